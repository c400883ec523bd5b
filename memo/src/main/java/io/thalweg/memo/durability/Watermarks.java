package io.thalweg.memo.durability;

/**
 * What a score asks for. Below the target copies are pushed; above target and headroom one may be let go, under pressure; in
 * between nothing is done, so that a score which swings a little does not make copies come and go.
 *
 * @param targetNines the low mark; 0 says that the memo may be lost
 * @param headroomNines how far above the target the high mark lies, 0 or more
 */
public record Watermarks(double targetNines, double headroomNines) {
    public Watermarks {
        Check.rate("target in nines", targetNines);
        Check.rate("headroom in nines", headroomNines);
    }

    /** What to do about a memo. */
    public enum Wish {
        /** Make copies. */
        PUSH,
        /** Leave it as it is. */
        KEEP,
        /** A copy may go when room is needed. */
        MAY_EVICT
    }

    /** What to do at this score. */
    public Wish wish(Loss loss) {
        double nines = loss.nines();
        if (nines < targetNines) {
            return Wish.PUSH;
        }
        return nines >= targetNines + headroomNines ? Wish.MAY_EVICT : Wish.KEEP;
    }

    /**
     * Whether one may evict one's own copy, given the loss without it and without those who leave. The last known copy stays whatever
     * the score, also when the target is 0.
     *
     * @param othersThatStay holders other than oneself that are not leaving
     */
    public boolean mayEvictOwn(Loss withoutSelf, int othersThatStay) {
        return othersThatStay > 0 && wish(withoutSelf) == Wish.MAY_EVICT;
    }
}
