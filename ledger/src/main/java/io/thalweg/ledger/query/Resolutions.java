package io.thalweg.ledger.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What resolved pending transfers of late, in a ring that one thread writes and any may read. A table of what has become of
 * transfers runs ahead of the point at which a reader looks; the ring tells how far, without a search for each transfer.
 *
 * <p>An entry is written before the table says so. A reader that finds a transfer resolved in the table, and afterwards reads the
 * ring up to its end, has therefore met what resolved it, unless that is older than the ring; and what is older than the ring is
 * older than the point, or else the ring does not {@linkplain #covers cover} the point.
 */
public final class Resolutions {
    private static final int ENTRIES = 1 << 16;

    /** The entries that readers begin with; the others give a reader time before it is overtaken. */
    private static final int KEPT = ENTRIES / 2;

    private static final VarHandle CLAIMED = field("claimed");
    private static final VarHandle ADDED = field("added");
    private static final VarHandle GONE_TRANSFERS = field("goneTransfers");
    private static final VarHandle GONE_EXPIRIES = field("goneExpiries");

    /** Two longs an entry: the pending transfer, and the transfer, or the complement of the expiry, that resolved it. */
    private long[] ring = {};

    /** Entries that were written or are being written; those {@link #ENTRIES} before are overwritten. */
    @SuppressWarnings("unused") // Through its handle.
    private long claimed;

    /** Entries that are complete. */
    private long added;

    /** All transfers that resolved something and are no longer among those kept have slots below this. */
    private long goneTransfers;

    /** The same of expiries. */
    private long goneExpiries;

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(Resolutions.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Says how many transfers and expiries there were before the first entry. Before readers know this object. */
    public void begin(long transfers, long expiries) {
        goneTransfers = transfers;
        goneExpiries = expiries;
    }

    /**
     * Notes that a transfer is about to be resolved. One thread, which says so in its table afterwards.
     *
     * @param pending its slot
     * @param by the slot of the transfer that resolves it, or of the expiry
     */
    public void add(long pending, long by, boolean expiry) {
        long entry = added;
        if (entry == 0) {
            // Most ledgers have no transfers in two phases.
            ring = new long[2 * ENTRIES];
        }
        if (entry >= KEPT) {
            forget(ring[at(entry - KEPT) + 1]);
        }
        CLAIMED.setOpaque(this, entry + 1);
        VarHandle.storeStoreFence();
        ring[at(entry)] = pending;
        ring[at(entry) + 1] = expiry ? ~by : by;
        ADDED.setRelease(this, entry + 1);
        VarHandle.storeStoreFence();
    }

    private void forget(long by) {
        if (by >= 0) {
            GONE_TRANSFERS.setOpaque(this, Math.max(goneTransfers, by + 1));
        } else {
            GONE_EXPIRIES.setOpaque(this, Math.max(goneExpiries, ~by + 1));
        }
    }

    /** The number of the first entry that is kept. */
    long start() {
        return Math.max(0, end() - KEPT);
    }

    /** Whether all that resolved transfers after a point is among the entries from an earlier {@link #start} on. */
    boolean covers(Point point) {
        return (long) GONE_TRANSFERS.getAcquire(this) <= point.transfers()
                && (long) GONE_EXPIRIES.getAcquire(this) <= point.expiries();
    }

    /** The number of the entry behind the last. */
    long end() {
        return (long) ADDED.getAcquire(this);
    }

    /** The pending transfer of an entry. */
    long pending(long entry) {
        return ring[at(entry)];
    }

    /** Whether what resolved the transfer of an entry happened after a point. */
    boolean after(long entry, Point point) {
        long by = ring[at(entry) + 1];
        return by < 0 ? ~by >= point.expiries() : by >= point.transfers();
    }

    /** Whether an entry that has been read was still there. */
    boolean held(long entry) {
        VarHandle.loadLoadFence();
        return (long) CLAIMED.getOpaque(this) - entry <= ENTRIES;
    }

    private static int at(long entry) {
        return (int) (entry & (ENTRIES - 1)) * 2;
    }
}
