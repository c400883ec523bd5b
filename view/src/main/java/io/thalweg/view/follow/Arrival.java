package io.thalweg.view.follow;

/**
 * Whether a version has caught up with its stream. Under a steady stream it may never stand at the head itself; so it counts to have
 * come to where the head was when it last looked, with little added since.
 */
final class Arrival {
    /** Events that a version may lack and still take over. */
    private static final long SMALL_LAG = 1_000;

    private long headToReach = -1;
    private boolean reached;

    /** Takes note of where state and stream are. */
    void look(long sequence, long head) {
        boolean farFromIt = sequence < headToReach || headToReach < 0 || head - sequence > SMALL_LAG;
        if (sequence < head && farFromIt) {
            headToReach = sequence < headToReach ? headToReach : head;
        } else {
            reached = true;
        }
    }

    /** The state fell back; what counts is where the head is then. */
    void restart() {
        headToReach = -1;
    }

    /** Whether it has, once. */
    boolean isReached() {
        return reached;
    }
}
