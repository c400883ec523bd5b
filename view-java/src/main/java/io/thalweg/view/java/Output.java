package io.thalweg.view.java;

/** A log that the view emits to. */
public record Output<E>(String name, Codec<E> codec) {}
