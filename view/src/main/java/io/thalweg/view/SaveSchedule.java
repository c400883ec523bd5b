package io.thalweg.view;

/**
 * When a follower's state is due to be saved, and what of it is. Changed by the follower's worker; {@link #finished} comes from the
 * thread that saved, and {@link #dueByTime} is asked by the watchdog's.
 */
final class SaveSchedule {
    private final SnapshotPolicy policy;
    private long events; // since the last save
    private long bytes;
    private boolean soon;
    private volatile boolean saving;
    private volatile long savedPosition = -1;
    private volatile long lastSaveMs;

    SaveSchedule(SnapshotPolicy policy, long nowMs) {
        this.policy = policy;
        this.lastSaveMs = nowMs;
    }

    /** The state was restored, and reflects {@code position}. */
    void restored(long position, boolean fromSaved) {
        events = 0;
        bytes = 0;
        if (!fromSaved || savedPosition < 0) {
            savedPosition = position;
        }
    }

    void processed(long events, long bytes) {
        this.events += events;
        this.bytes += bytes;
    }

    /** Not by any policy, but because it would be a pity to lose this state. */
    void soon() {
        soon = true;
    }

    /** Events that may be processed before a save is due. */
    long eventsLeft() {
        return saving ? Long.MAX_VALUE : policy.everyEvents() - events;
    }

    /** Bytes that may be processed before a save is due. */
    long bytesLeft() {
        return saving ? Long.MAX_VALUE : policy.everyBytes() - bytes;
    }

    boolean due(long position, long nowMs) {
        return !saving
                && (soon
                        || events >= policy.everyEvents()
                        || bytes >= policy.everyBytes()
                        || dueByTime(position, nowMs));
    }

    boolean dueByTime(long position, long nowMs) {
        return !saving
                && isNew(position)
                && nowMs - lastSaveMs >= policy.everyTime().toMillis();
    }

    /** Whether a save would keep anything that is not yet kept. */
    boolean isNew(long position) {
        return position > savedPosition;
    }

    /** A save begins, or is not needed. */
    void begun(long nowMs, boolean inFlight) {
        soon = false;
        events = 0;
        bytes = 0;
        lastSaveMs = nowMs;
        saving = inFlight;
    }

    /** The save under way is over. */
    void finished(boolean good, long position) {
        if (good) {
            savedPosition = position;
        }
        saving = false;
    }

    boolean saving() {
        return saving;
    }

    long savedPosition() {
        return savedPosition;
    }
}
