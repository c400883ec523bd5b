package io.thalweg.view.java;

/** What becomes of an event. May do what Java does; what it writes counts once, however often it runs. */
@FunctionalInterface
public interface Handler<E> {
    /** @throws Exception whatever goes wrong: nothing of what it did counts, and the event is tried again, then parked */
    void handle(Step step, E event) throws Exception;
}
