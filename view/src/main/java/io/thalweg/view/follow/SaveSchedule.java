package io.thalweg.view.follow;

import io.thalweg.view.SnapshotPolicy;

/** When a follower's state is due to be saved. Used by the follower's worker alone. */
final class SaveSchedule {
    private final SnapshotPolicy policy;
    private long events; // since the last save
    private long bytes;
    private boolean soon;
    private boolean saving;
    private long saved = -1;
    private long lastSaveMs;

    SaveSchedule(SnapshotPolicy policy, long nowMs) {
        this.policy = policy;
        this.lastSaveMs = nowMs;
    }

    /** The state was restored, and reflects {@code position}: what was saved beyond that cannot be used, or it would have been. */
    void restored(long position) {
        events = 0;
        bytes = 0;
        saved = position;
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
                        || nowMs >= dueAtMs(position));
    }

    /** When a save of this position is due by time; never when there is nothing new, or one is under way. */
    long dueAtMs(long position) {
        return saving || !isNew(position)
                ? Phase.NEVER
                : lastSaveMs + policy.everyTime().toMillis();
    }

    /** Whether a save would keep anything that is not yet kept. */
    boolean isNew(long position) {
        return position > saved;
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
            saved = position;
        }
        saving = false;
    }

    boolean saving() {
        return saving;
    }

    /** The newest position that is durable; -1 before it is known. */
    long saved() {
        return saved;
    }

    /** What was saved is gone. */
    void forgotten() {
        saved = -1;
    }
}
