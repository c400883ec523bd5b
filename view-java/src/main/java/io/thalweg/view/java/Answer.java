package io.thalweg.view.java;

/**
 * What a handler said to whoever appended an event.
 *
 * @param stream of the event
 * @param sequence of the event in it
 * @param json the answer; shared, not to be changed
 */
public record Answer(String stream, long sequence, byte[] json) {}
