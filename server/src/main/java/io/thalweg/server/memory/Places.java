package io.thalweg.server.memory;

import io.thalweg.model.TenantId;
import java.util.HashMap;
import java.util.Map;

/**
 * Places of one kind on this node, such as tails that are served at the same time. A tenant has at most half of them, or a smaller part, so that none
 * takes them from all others. Nobody waits for one. Thread-safe.
 */
public final class Places {
    private static final int TENANT_PART = 2;

    private final int max;
    private final int part;
    private final Map<TenantId, Integer> taken = new HashMap<>(); // guarded by this
    private int all; // guarded by this

    /** @param max of all tenants together, and half of them of each */
    public Places(int max) {
        this(max, TENANT_PART);
    }

    /**
     * @param max of all tenants together
     * @param part a tenant has one of so many parts of them
     */
    public Places(int max, int part) {
        this.max = max;
        this.part = part;
    }

    /** Takes so many, if there are as many for this tenant. */
    public synchronized boolean take(TenantId tenant, int count) {
        int its = taken.getOrDefault(tenant, 0);
        if (all + count > max || its + count > max / part) {
            return false;
        }
        all += count;
        taken.put(tenant, its + count);
        return true;
    }

    /** Gives back what was taken. */
    public synchronized void give(TenantId tenant, int count) {
        int left = taken.getOrDefault(tenant, 0) - count;
        if (left < 0) {
            throw new IllegalStateException("a tenant gives " + count + " places back, and had " + (left + count));
        }
        all -= count;
        if (left == 0) {
            taken.remove(tenant);
        } else {
            taken.put(tenant, left);
        }
    }

    /** What is told to whom there is no place for. */
    public String none(String what) {
        return "this node already serves " + what + ": all of " + max + ", or " + max / part
                + " of them to this tenant";
    }
}
