package io.thalweg.raft;

import io.thalweg.raft.Copies.BrokenOffException;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets copies for a member of a group: from the leader, and if that gives none for a minute, from another member, which in that time has compared what it came to
 * with the others ({@link Comparison}). What has come of one that broke off is of use only for the next one of the same member, since no two have the same files: so
 * that member alone is asked as long as more and more comes, whoever leads by then. Thread-safe, one attempt at a time.
 */
final class CopyTaker {
    private static final Logger LOG = LoggerFactory.getLogger(CopyTaker.class);

    /** Who has given a part and now says nothing for so long is waited for no more; nor is a leader that gives nothing. */
    static final long SILENT_NS_MAX = TimeUnit.MINUTES.toNanos(1);

    /** And who says for so long that there will be one later: its snapshot may take a while, and it may have to give to others first. */
    static final long LATER_NS_MAX = TimeUnit.MINUTES.toNanos(30);

    /** Who has copies. */
    @FunctionalInterface
    interface Source {
        /** As {@link Copies#fetch}. */
        Position fetch(String node, long least, int interrupted, CopyIn into) throws IOException;

        /** Has the log stay behind what a copy of a node covers, which comes or has come. Does not block. */
        default void keepsLog(String node, Position covers) {}
    }

    private final String name;
    private final Replica replica;
    private final Source source;
    private final LongSupplier clockNs;

    /** How often that is asked for as long as a copy comes, and how often it is looked whether one does. */
    private static final long KEEP_MS = 20_000;

    private static final long LOOK_MS = 500;

    /** A copy that broke off: the next attempt goes on with it. */
    private @Nullable CopyIn begun;

    /** What it covered. */
    private long covered = -1;

    /** All of a copy. */
    private final AtomicReference<@Nullable CopyIn> arrived = new AtomicReference<>();

    /** Whose it is; empty as long as nothing has come of it. */
    private String giver = "";

    /** As much as there ever was of the giver's copy. */
    private long best;

    /** When that became more. */
    private long cameNs;

    private long answeredNs;
    private int interrupted;

    /** The leader that was asked first, since when, and when somebody was asked last. */
    private String leader = "";

    private long soughtNs;
    private long attemptNs;

    private final Object gate = new Object();

    /** Written behind the gate. */
    private volatile @Nullable CopyIn coming;

    /** Behind the gate: whether nothing is to be written any more. */
    private boolean ended;

    /**
     * @param name for the log
     * @param replica for which copies come
     * @param clockNs a clock that only goes forwards
     */
    CopyTaker(String name, Replica replica, Source source, LongSupplier clockNs) {
        this.name = name;
        this.replica = replica;
        this.source = source;
        this.clockNs = clockNs;
    }

    /** A copy that comes at the moment; any thread. */
    Optional<CopyIn> coming() {
        return Optional.ofNullable(coming);
    }

    /** No copy comes any more, and nothing is written or deleted from when this returns. Any thread. */
    void end() {
        synchronized (gate) {
            ended = true;
            CopyIn copy = coming;
            if (copy != null) {
                copy.abandon();
            }
        }
    }

    /** Gives away all of a copy that covers so much, if it has come. Any thread. */
    Optional<CopyIn> take(long least) {
        CopyIn copy = arrived.get();
        return copy != null && copy.covers().index() >= least && arrived.compareAndSet(copy, null)
                ? Optional.of(copy)
                : Optional.empty();
    }

    /** Whether all of a copy is there that covers so much; of one that covers less the next attempt leaves nothing. */
    synchronized boolean has(long least) {
        CopyIn copy = arrived.get();
        if (copy != null && copy.covers().index() < least && arrived.compareAndSet(copy, null)) {
            copy.abandon();
            copy = null;
        }
        return copy != null;
    }

    /** Drops what has come of copies that cover no more than is applied here: nobody asks for them. Returns whether there is any other. */
    synchronized boolean forgetUpTo(long applied) {
        CopyIn copy = begun;
        if (copy != null && covered <= applied) {
            begun = null;
            covered = -1;
            giver = "";
            drop(copy);
        }
        CopyIn whole = arrived.get();
        if (whole != null && whole.covers().index() <= applied && arrived.compareAndSet(whole, null)) {
            LOG.info(
                    "{}: the copy as of entry {} is not needed any more",
                    name,
                    whole.covers().index());
            drop(whole);
        }
        return begun != null || arrived.get() != null;
    }

    /** What has come so far, or a copy that begins; what was in the folder goes with it. */
    private CopyIn goOn() throws IOException {
        synchronized (gate) {
            if (ended) {
                throw new IOException("this replica closes");
            }
            CopyIn copy = begun;
            begun = null;
            arrived.set(null);
            copy = copy == null ? replica.copyIn() : copy;
            coming = copy;
            return copy;
        }
    }

    /**
     * Asks for a copy. Blocks until there is none to be had, or it has broken off, or all of it is there.
     *
     * @param members who may have one, the leader first
     * @param least the index that it has to cover
     * @return all of it; empty when the next attempt may get more
     */
    synchronized Optional<CopyIn> attempt(List<String> members, long least) {
        try {
            CopyIn copy = goOn();
            for (String node : asked(members, copy)) {
                if (comes(node, least, copy)) {
                    giver = "";
                    leader = "";
                    interrupted = 0;
                    covered = -1;
                    arrived.set(copy);
                    return Optional.of(copy);
                }
                if (copy.came() > 0) {
                    break;
                }
            }
            copy.again();
            begun = copy;
        } catch (IOException | RuntimeException e) {
            // It was not right, or this member's own disk failed: nothing of it is used.
            LOG.warn("{}: no copy yet, trying again: {}", name, e.getMessage(), e);
            giver = "";
            CopyIn copy = coming;
            if (copy != null) {
                drop(copy);
            }
        } finally {
            coming = null;
            attemptNs = clockNs.getAsLong(); // it may have waited for a minute
        }
        return Optional.empty();
    }

    private List<String> asked(List<String> members, CopyIn copy) throws IOException {
        long nowNs = clockNs.getAsLong();
        if (!leader.equals(members.getFirst()) || nowNs - attemptNs > SILENT_NS_MAX) {
            leader = members.getFirst();
            soughtNs = nowNs;
        }
        attemptNs = nowNs;
        if (giver.isEmpty()) {
            return nowNs - soughtNs < SILENT_NS_MAX ? List.of(leader) : members;
        }
        if (members.contains(giver) && nowNs - answeredNs < SILENT_NS_MAX && nowNs - cameNs < LATER_NS_MAX) {
            return List.of(giver);
        }
        LOG.info("{}: the copy of {} does not go on: beginning anew with another", name, giver);
        copy.forget();
        giver = "";
        return members;
    }

    /** Whether a copy comes in whole from a node. */
    private boolean comes(String node, long least, CopyIn copy) throws IOException {
        copy.again();
        Thread keeping = Thread.ofVirtual().name(name + "-keeping").start(() -> keepLog(node, copy));
        try {
            Position covers = source.fetch(node, least, interrupted, copy);
            LOG.info("{}: a copy has come from {} as of entry {}", name, node, covers.index());
            source.keepsLog(node, covers);
            return true;
        } catch (BrokenOffException e) {
            covered = Math.max(covered, copy.covers().index());
            LOG.info("{}: no copy of {} yet: {}", name, node, e.getMessage());
            interrupted += e.forSnapshot() ? 1 : 0;
            long nowNs = clockNs.getAsLong();
            if (giver.isEmpty() && copy.came() > 0) {
                giver = node;
                best = 0;
            }
            // That a segment which is written to comes anew each time is no progress.
            if (copy.taken() > best) {
                best = copy.taken();
                cameNs = nowNs;
                answeredNs = nowNs;
            } else if (e.answered() || (copy.covers().index() >= 0 && copy.taken() < best)) {
                answeredNs = nowNs; // also while it still compares what came before
            }
            return false;
        } finally {
            keeping.interrupt();
        }
    }

    private void keepLog(String node, CopyIn copy) {
        try {
            while (true) {
                boolean comes = copy.covers().index() >= 0;
                if (comes) {
                    source.keepsLog(node, copy.covers());
                }
                Thread.sleep(comes ? KEEP_MS : LOOK_MS);
            }
        } catch (InterruptedException _) {
            // It has come, or broken off.
        }
    }

    private void drop(CopyIn copy) {
        synchronized (gate) {
            if (ended) {
                return;
            }
            try {
                copy.forget();
            } catch (IOException | RuntimeException e) {
                // The next one begins with nothing in any case.
                LOG.warn("{}: what came of a copy still takes room: {}", name, e.getMessage());
            }
        }
    }
}
