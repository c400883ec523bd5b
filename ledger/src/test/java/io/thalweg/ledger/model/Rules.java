package io.thalweg.ledger.model;

/**
 * What differs between accounts and transfers in a request that creates them.
 *
 * @param <E> an event of the request
 * @param <S> its status
 */
interface Rules<E, S extends Enum<S>> {
    /** An event's outcome before the request's chains are considered. */
    record Verdict<S>(S status, long timestamp) {}

    boolean isLinked(E event);

    boolean isImported(E event);

    long timestamp(E event);

    /** The statuses that need no look at the object. */
    Common<S> common();

    int number(S status);

    /**
     * Checks an event and creates the object if nothing is wrong.
     *
     * @param tick the event's own time
     */
    Verdict<S> check(E event, long tick);

    /** Called once for each event that failed, after any rollback. */
    void failed(E event, S status);

    /** The statuses of the loop over a request. */
    record Common<S>(
            S chainOpen,
            S linkedFailed,
            S importedNotExpected,
            S importedExpected,
            S timestampOutOfRange,
            S timestampMustNotAdvance,
            S timestampMustBeZero,
            S created) {}
}
