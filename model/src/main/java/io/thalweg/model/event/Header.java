package io.thalweg.model.event;

/** A named text value that travels with an event; the name has 1 to 255 UTF-8 bytes, the value at most 65,535. */
public record Header(String name, String value) {}
