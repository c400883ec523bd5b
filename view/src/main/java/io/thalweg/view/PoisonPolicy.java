package io.thalweg.view;

/**
 * What becomes of an event that the view's code refuses by returning an error. An event at which the code traps always parks
 * the view: a trap may come from a limit of this machine, which must never decide what a view contains.
 */
public enum PoisonPolicy {
    /** The view stops before the event until an operator retries, skips or deploys a fix. */
    PARK,
    /** The event goes to {@link DeadLetters} and the view goes on behind it. */
    DEAD_LETTER
}
