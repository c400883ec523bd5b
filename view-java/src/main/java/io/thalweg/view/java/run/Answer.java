package io.thalweg.view.java.run;

/**
 * What a handler said to whoever appended an event.
 *
 * @param to the event
 * @param json the answer; shared, not to be changed
 */
public record Answer(Origin to, byte[] json) {}
