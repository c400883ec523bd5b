package io.thalweg.testkit;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The consensus of a group, seen from one of its replicas: it does to it what Raft does, on the simulation's lanes and on the simulated disk. It keeps a
 * log of references of its own, forced only after the replica says that the entry's body is durable; it commits what is
 * forced, applies what is committed, and mixes in entries of its own. After a restart it cuts its torn tail, lets the
 * replica load its snapshot, and applies what came after again. As a member of a group might have to, it also drops what is not
 * committed ({@link #depose}), and orders other entries at the same indexes then, in a newer term. A lone shard needs none of
 * this: see {@link Witness}.
 *
 * <pre>
 * file   = record*
 * record = index i64, term i64, kind u8 (0 own, 1 entry), reference 16 bytes, CRC-32C u32
 * </pre>
 *
 * The file itself is taken to be honest: what was forced is never damaged, since Raft's log is not what is under test here.
 */
public final class SimulatedConsensus implements Consensus {
    private static final int RECORD_BYTES = 8 + 8 + 1 + 16 + 4;

    /** One entry of the log; indexes have no gaps here. */
    private static final class Slot {
        final long index;
        final long term;
        final @Nullable ByteBuffer reference;

        @Nullable
        Entry entry;

        final CompletableFuture<ByteBuffer> reply = new CompletableFuture<>();
        boolean flushed;

        Slot(long index, long term, @Nullable ByteBuffer reference) {
            this.index = index;
            this.term = term;
            this.reference = reference;
        }

        boolean own() {
            return reference == null;
        }
    }

    private final Replica replica;
    private final Disk disk;
    private final Path directory;
    private final Quorum quorum;
    private final SplittableRandom random;
    private final Executor logLane;
    private final Executor applyLane;
    private final boolean keepsTail;

    private final List<Slot> slots = new ArrayList<>();
    private DiskFile file;
    private long fileBytes;
    private long term;
    private long written;
    private long committed;
    private long applied;
    private long previousSnapshot;
    private boolean stopped;

    /**
     * Opens the log in {@code directory} and the replica, and starts to apply.
     *
     * @param keepsTail whether the log keeps what only the newest snapshot covers, so that the one before can still be used
     */
    public SimulatedConsensus(
            Replica replica,
            Disk disk,
            Path directory,
            Quorum quorum,
            Simulation simulation,
            SplittableRandom random,
            boolean keepsTail) {
        this.replica = replica;
        this.disk = disk;
        this.directory = directory;
        this.quorum = quorum;
        this.random = random;
        this.keepsTail = keepsTail;
        logLane = simulation.lane();
        applyLane = simulation.lane();
        try {
            disk.createDirectories(directory);
            disk.delete(unfinished());
            boolean isNew = !disk.exists(path());
            file = disk.open(path());
            if (isNew) {
                file.force();
                disk.forceDirectory(directory);
            }
            load();
            Replica.Position position = replica.open();
            applied = position.index();
            previousSnapshot = position.index();
            requireStored();
            long last = last();
            term = 1 + (slots.isEmpty() ? position.term() : slots.getLast().term);
            committed = last;
            written = last;
            forgetUncommitted();
            if (random.nextBoolean()) {
                // Bodies that never got a reference are allowed to stay until they are overwritten.
                var _ = replica.truncate(last());
            }
            own();
            apply();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path path() {
        return directory.resolve("references");
    }

    private Path unfinished() {
        return directory.resolve("references.tmp");
    }

    private long last() {
        return slots.isEmpty() ? applied : slots.getLast().index;
    }

    private Slot slot(long index) {
        return slots.get((int) (index - slots.getFirst().index));
    }

    // --- start

    private void load() throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) file.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, all);
        all.flip();
        while (all.remaining() >= RECORD_BYTES) {
            int at = all.position();
            if (new Checksum().of(all, at, RECORD_BYTES - 4) != all.getInt(at + RECORD_BYTES - 4)) {
                break;
            }
            boolean own = all.get(at + 16) == 0;
            ByteBuffer reference = own ? null : all.slice(at + 17, 16);
            Slot slot = new Slot(all.getLong(at), all.getLong(at + 8), reference);
            if (!slots.isEmpty() && slot.index != slots.getLast().index + 1) {
                break;
            }
            slots.add(slot);
            all.position(at + RECORD_BYTES);
        }
        fileBytes = all.position();
        if (fileBytes < file.size()) {
            file.truncate(fileBytes);
            file.force();
        }
    }

    /** A reference is only written once the body is durable, so no body may be missing. */
    private void requireStored() throws IOException {
        for (Slot slot : slots.reversed()) {
            if (!slot.own()) {
                if (replica.storedIndex() < slot.index) {
                    throw new IOException("the log refers to entry " + slot.index
                            + ", but the newest body stored in /shard is " + replica.storedIndex());
                }
                return;
            }
        }
    }

    /** The tail that no quorum knows is either taken over or dropped, as the next leader of a group would decide. */
    private void forgetUncommitted() throws IOException {
        if (last() <= quorum.index()) {
            return;
        }
        long keep = quorum.index() + random.nextLong(last() - quorum.index() + 1);
        if (keep < last() && keep >= applied) {
            cut(keep);
        }
        for (Slot slot : slots) {
            if (slot.index > quorum.index()) {
                ByteBuffer reference = slot.reference;
                slot.entry = reference == null ? null : copy(replica.read(slot.index, slot.term, reference));
                quorum.commit(new Quorum.Committed(slot.index, slot.term, slot.entry));
            }
        }
        committed = last();
        written = last();
    }

    static Entry copy(Entry entry) {
        BinaryWriter out = new BinaryWriter(entry.length());
        entry.body().forEach(out::raw);
        return Entry.of(
                entry.timestampNs(),
                entry.requests(),
                List.of(out.toByteBuffer().asReadOnlyBuffer()),
                entry.length());
    }

    private void cut(long keep) throws IOException {
        while (last() > keep && !slots.isEmpty()) {
            Slot gone = slots.removeLast();
            gone.reply.completeExceptionally(
                    new IllegalStateException("entry " + gone.index + " was dropped by a new leader"));
        }
        var _ = replica.truncate(keep);
        if (written > keep) {
            fileBytes -= (written - keep) * RECORD_BYTES;
            written = keep;
            file.truncate(fileBytes);
            file.force();
        }
    }

    // --- ordering

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        if (stopped) {
            return CompletableFuture.failedFuture(
                    new ThalwegException(ErrorCode.NOT_LEADER, "the simulated consensus has stopped"));
        }
        if (random.nextInt(16) == 0) {
            own();
        }
        Slot slot = new Slot(last() + 1, term, replica.reference(entry));
        slot.entry = entry;
        slots.add(slot);
        var _ = replica.write(slot.index, slot.term, entry).whenComplete((_, failure) -> stopOn(failure));
        var _ = replica.flush(slot.index).whenComplete((_, failure) -> {
            stopOn(failure);
            if (failure == null) {
                slot.flushed = true;
                logLane.execute(this::writeReferences);
            }
        });
        return slot.reply;
    }

    private void own() {
        Slot slot = new Slot(last() + 1, term, null);
        slot.flushed = true;
        slots.add(slot);
        logLane.execute(this::writeReferences);
    }

    private void stopOn(@Nullable Throwable failure) {
        if (failure != null && !stopped) {
            stopped = true;
            replica.fail(failure);
        }
    }

    /** Writes and forces the references of all bodies that are durable, in order, up to the first that is not. */
    private void writeReferences() {
        if (stopped) {
            return;
        }
        BinaryWriter out = new BinaryWriter();
        long to = written;
        while (to < last() && slot(to + 1).flushed) {
            to++;
            write(slot(to), out);
        }
        if (to == written) {
            return;
        }
        try {
            file.write(fileBytes, out.toByteBuffer());
            file.force();
        } catch (IOException e) {
            stopOn(e);
            return;
        }
        fileBytes += out.length();
        written = to;
        logLane.execute(this::commit);
    }

    private static void write(Slot slot, BinaryWriter out) {
        int start = out.length();
        out.i64(slot.index).i64(slot.term).u8(slot.own() ? 0 : 1);
        ByteBuffer reference = slot.reference;
        out.raw(reference == null ? ByteBuffer.allocate(16) : reference);
        out.i32(new Checksum().of(out.toByteBuffer(), start, RECORD_BYTES - 4));
    }

    private void commit() {
        while (committed < written && !stopped) {
            committed++;
            Slot slot = slot(committed);
            if (committed > quorum.index()) {
                Entry entry = slot.entry;
                quorum.commit(new Quorum.Committed(slot.index, slot.term, entry == null ? null : copy(entry)));
            }
        }
        applyLane.execute(this::apply);
    }

    private void apply() {
        if (stopped || applied >= committed) {
            return;
        }
        if (slots.isEmpty() || slots.getFirst().index > applied + 1) {
            // The log begins behind the snapshot; a consensus that does not notice goes on with what it has.
            applied = slots.getFirst().index - 1;
        }
        Slot slot = slot(applied + 1);
        ByteBuffer reference = slot.reference;
        try {
            if (reference == null) {
                replica.skip(slot.index, slot.term);
            } else {
                ByteBuffer replies = replica.apply(slot.index, slot.term, reference);
                slot.reply.complete(replies);
            }
        } catch (RuntimeException e) {
            stopOn(e);
            slot.reply.completeExceptionally(e);
            return;
        }
        applied++;
        slot.entry = null;
        applyLane.execute(this::apply);
    }

    /** Loses the leadership to someone who knows only what is committed and perhaps some more, and wins it back. */
    public void depose() {
        if (stopped) {
            return;
        }
        long keep = committed + random.nextLong(last() - committed + 1);
        if (keep < last()) {
            try {
                cut(keep);
            } catch (IOException e) {
                stopOn(e);
                return;
            }
        }
        term++;
        own();
    }

    @Override
    public Role role() {
        return stopped ? Role.STOPPED : Role.LEADER;
    }

    /** Index of the newest applied entry; all entries are applied when it is the newest of the quorum and nothing is in flight. */
    public long applied() {
        return applied;
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        CompletableFuture<Long> done = new CompletableFuture<>();
        applyLane.execute(() -> {
            if (stopped) {
                done.completeExceptionally(new ThalwegException(ErrorCode.UNAVAILABLE, "stopped"));
                return;
            }
            try {
                Replica.Position position = replica.snapshot();
                if (position.index() > previousSnapshot) {
                    purge(keepsTail ? previousSnapshot : position.index());
                    previousSnapshot = position.index();
                }
                done.complete(position.index());
            } catch (IOException | RuntimeException e) {
                stopOn(e);
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** Drops what is at or before {@code index}, but never the newest entry. */
    private void purge(long index) throws IOException {
        if (slots.isEmpty() || written < slots.getFirst().index) {
            return;
        }
        long to = Math.min(index, written - 1);
        slots.removeIf(slot -> slot.index <= to);
        replaceFile(written);
    }

    /** Puts a file with the log up to {@code last} in the place of the one before, durably. */
    private void replaceFile(long last) throws IOException {
        BinaryWriter out = new BinaryWriter();
        for (Slot slot : slots) {
            if (slot.index <= last) {
                write(slot, out);
            }
        }
        DiskFile next = disk.open(unfinished());
        next.write(0, out.toByteBuffer());
        next.force();
        disk.rename(unfinished(), path());
        disk.forceDirectory(directory);
        file.close();
        file = next;
        fileBytes = out.length();
    }

    @Override
    public void close() {
        stopped = true;
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
