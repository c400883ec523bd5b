package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads that partitions of views have on a node, each one, with those that were given up because a handler does not come back. A tenant has half of
 * what there is at most. Thread-safe.
 */
final class ViewThreads {
    /** Partitions of all views. */
    static final int PARTITIONS_MAX = 1_024;

    /** Threads that were given up; beyond that no view starts until the node does. */
    static final int STUCK_MAX = 16;

    private static final int TENANT_PART = 2;

    private final Map<Thread, TenantId> givenUp = new ConcurrentHashMap<>();

    /** Counts a thread until it ends. */
    void giveUp(Thread thread, TenantId tenant) {
        if (thread.isAlive()) {
            givenUp.put(thread, tenant);
        }
    }

    /** Whether one that was given up still runs, which may read from a store. */
    boolean isAnyStuck() {
        forgetEnded();
        return !givenUp.isEmpty();
    }

    void forgetEnded() {
        givenUp.keySet().removeIf(thread -> !thread.isAlive());
    }

    /**
     * Refuses a view for which there is no room.
     *
     * @param all partitions of the node with those of the view
     * @param its the same of the tenant
     * @throws ThalwegException {@code OVERLOADED}
     */
    void requireRoom(TenantId tenant, int all, int its) {
        forgetEnded();
        long stuck = givenUp.values().stream().filter(tenant::equals).count();
        if (givenUp.size() >= STUCK_MAX || stuck >= STUCK_MAX / TENANT_PART) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    givenUp.size() + " handlers never came back, " + stuck + " of this tenant: with " + STUCK_MAX
                            + " of all, or " + STUCK_MAX / TENANT_PART
                            + " of one, no view starts before the node does");
        }
        if (all > PARTITIONS_MAX || its > PARTITIONS_MAX / TENANT_PART) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    "with it the node would run " + all + " partitions of views, " + its + " of this tenant: at most "
                            + PARTITIONS_MAX + " are possible, and " + PARTITIONS_MAX / TENANT_PART + " of a tenant");
        }
    }
}
