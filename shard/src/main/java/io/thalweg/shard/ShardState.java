package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.Applying;
import io.thalweg.shard.stream.LogMachine;
import io.thalweg.shard.stream.StreamIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What applying a shard's entries has made: the machines, the sessions, and the shard's time. It is a function of the entries
 * alone, wherever they come from: the consensus in a running replica, the journal when something is computed again ({@link
 * LedgerRepair}). Knows no journal and no threads; one thread at a time.
 *
 * <pre>
 * state   = newest tick i64, sessions, from version 2 on: -version i32, from version 6 on: digest of what was applied i64,
 *           machines i32, machine*
 * machine = name text, length i32, the machine's own form
 * </pre>
 */
final class ShardState {
    private static final Reply EMPTY = new Reply.Done(ByteBuffer.allocate(0).asReadOnlyBuffer());

    private final LogMachine streams;
    private final List<Machine> machines;
    private final @Nullable Machine[] owners = new @Nullable Machine[128];
    private final Sessions sessions;
    private final Applying applying;
    private final Consumer<ByteBuffer> markers;
    private final RunningDigest digest = new RunningDigest();

    /** Of what may be in the order; written by the apply thread. */
    private volatile int version;

    /**
     * @param index is told where events stand
     * @param others the machines beside the streams
     * @param markers gets the body of each marker at its place in the order
     */
    ShardState(ShardOptions options, StreamIndex index, List<Machine> others, Consumer<ByteBuffer> markers) {
        this.markers = markers;
        sessions = new Sessions(options.sessionsMax(), options.idempotencyWindow(), options.idempotencyKeysMax());
        streams = new LogMachine(options.idempotencyWindow(), options.idempotencyKeysMax(), index);
        applying = new Applying(streams);
        machines = new ArrayList<>(others.size() + 1);
        machines.add(streams);
        machines.addAll(others);
        for (Operation operation : Operation.values()) {
            for (Machine machine : machines) {
                if (machine.owns(operation)) {
                    Machine other = owners[operation.number()];
                    if (other != null) {
                        throw new IllegalArgumentException(
                                operation + " is owned by both " + other.name() + " and " + machine.name());
                    }
                    owners[operation.number()] = machine;
                }
            }
        }
    }

    LogMachine streams() {
        return streams;
    }

    /** Which version the order has, as of what is applied; 0 as long as it has none. Any thread. */
    int version() {
        return version;
    }

    /** As {@link Replica#digests}. */
    List<Replica.Digest> digests() {
        return digest.kept();
    }

    private boolean isDigested() {
        return version >= Operation.VERSION_OF_DIGESTS;
    }

    /** Whether requests of this operation append events, which are read again. */
    boolean appends(Operation operation) {
        return owners[operation.number()] == streams;
    }

    boolean canApplyAhead(Operation operation) {
        Machine owner = owners[operation.number()];
        return owner != null && owner.canApplyAhead(operation);
    }

    /** Whether the journal must keep everything, because something may have to be computed again from it. Any thread. */
    boolean needsJournal() {
        return machines.stream().anyMatch(Machine::needsJournal);
    }

    /** Applies the requests of an entry, in order; returns the replies to them, one after another. */
    ByteBuffer apply(long index, long stampNs, int count, ByteBuffer body) {
        BinaryWriter replies = new BinaryWriter(32 * Math.max(1, count));
        if (isDigested()) {
            digest.before(index, stampNs, applying.lastNs());
        }
        RequestCodec.Cursor requests = RequestCodec.cursor(body);
        while (requests.hasNext()) {
            Request request = requests.next();
            applying.begin(index, stampNs, version, request, requests.bodyOffset());
            boolean numbered = !request.session().equals(Request.NO_SESSION);
            int checksum = numbered ? checksum(request) : 0;
            byte[] known = sessions.replay(request, checksum, applying.timestampNs());
            if (known != null) {
                replies.raw(known);
            } else if (!numbered) {
                ReplyCodec.write(replies, answer(request));
            } else {
                BinaryWriter reply = new BinaryWriter(64);
                ReplyCodec.write(reply, answer(request));
                sessions.remember(request, checksum, reply.toByteArray(), applying.timestampNs());
                replies.raw(reply.toByteBuffer());
            }
            applying.end();
        }
        ByteBuffer all = replies.toByteBuffer();
        long noted = applying.takeNoted();
        if (isDigested()) {
            digest.after(all, noted);
        }
        return all;
    }

    private int checksum(Request request) {
        Machine owner = owners[request.operation().number()];
        return owner == null ? 0 : owner.checksum(request);
    }

    private Reply answer(Request request) {
        if (request.operation() == Operation.MARKER) {
            markers.accept(request.body());
            return EMPTY;
        }
        if (request.operation() == Operation.RAISE) {
            return raise(request.body());
        }
        Machine owner = owners[request.operation().number()];
        if (owner == null) {
            return new Reply.Refused(
                    ErrorCode.INVALID_REQUEST, "this shard does not serve " + request.operation() + " requests");
        }
        try {
            return owner.apply(applying, request);
        } catch (MalformedException e) {
            return new Reply.Refused(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
        } catch (ThalwegException e) {
            return new Reply.Refused(e.code(), String.valueOf(e.getMessage()));
        }
    }

    private Reply raise(ByteBuffer body) {
        int to;
        try {
            BinaryReader in = new BinaryReader(body);
            to = in.i32();
            in.end();
        } catch (MalformedException e) {
            return new Reply.Refused(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
        }
        requireKnown(to);
        if (to < Operation.RAISE.since()) {
            return new Reply.Refused(ErrorCode.INVALID_REQUEST, "version " + to + " is in no shard's order");
        }
        boolean begins = version < Operation.VERSION_OF_DIGESTS && to >= Operation.VERSION_OF_DIGESTS;
        version = Math.max(version, to);
        if (begins) {
            digest.startAt(0);
        }
        return EMPTY;
    }

    /** What comes next may mean anything to this program. */
    private static void requireKnown(int version) {
        if (version > Operation.VERSION_NEWEST) {
            throw new IllegalStateException("the shard's order has version " + version
                    + ", and this program knows those up to " + Operation.VERSION_NEWEST);
        }
    }

    /** An entry is applied in whole: other threads may see what it changed. */
    void publish() {
        machines.forEach(Machine::publish);
    }

    // --- snapshots

    /**
     * A snapshot that was begun.
     *
     * @param head of the state: all that is no machine's
     * @param machines their parts, and what else they have to do
     * @param names theirs
     */
    record Captured(Consumer<BinaryWriter> head, List<Machine.Captured> machines, List<String> names) {

        /** The state, one piece after another; once, off the apply thread. */
        List<ByteBuffer> pieces() {
            return ShardState.pieces(
                    head,
                    names,
                    machines.stream().map(part -> part.form().get()).toList());
        }

        /** Makes durable what the state refers to. */
        void persist() throws IOException {
            for (Machine.Captured machine : machines) {
                machine.persist().run();
            }
        }

        /** The snapshot counts. */
        void published() throws IOException {
            for (Machine.Captured machine : machines) {
                machine.published().run();
            }
        }
    }

    /** Begins a snapshot as of now. */
    Captured capture() {
        List<Machine.Captured> captured = new ArrayList<>(machines.size());
        for (Machine machine : machines) {
            captured.add(machine.capture());
        }
        return new Captured(head(), captured, names());
    }

    private Consumer<BinaryWriter> head() {
        long lastNs = applying.lastNs();
        int known = version;
        long made = digest.value();
        Consumer<BinaryWriter> captured = sessions.capture();
        return out -> {
            captured.accept(out.i64(lastNs));
            if (known > 0) {
                out.i32(-known);
            }
            if (known >= Operation.VERSION_OF_DIGESTS) {
                out.i64(made);
            }
        };
    }

    private List<String> names() {
        return machines.stream().map(Machine::name).toList();
    }

    /** A state in pieces that are not copied again. */
    private static List<ByteBuffer> pieces(Consumer<BinaryWriter> head, List<String> names, List<ByteBuffer> parts) {
        List<ByteBuffer> pieces = new ArrayList<>();
        BinaryWriter first = new BinaryWriter(1 << 12);
        head.accept(first);
        pieces.add(first.i32(parts.size()).toByteBuffer());
        for (int i = 0; i < parts.size(); i++) {
            ByteBuffer part = parts.get(i);
            pieces.add(new BinaryWriter(64)
                    .text(names.get(i))
                    .i32(part.remaining())
                    .toByteBuffer());
            pieces.add(part);
        }
        return pieces;
    }

    void load(Snapshots.Loaded snapshot) {
        try {
            BinaryReader in = new BinaryReader(snapshot.state());
            applying.lastNs(in.i64());
            sessions.load(in);
            int parts = in.i32();
            version = Math.max(0, -parts);
            if (version > Operation.VERSION_NEWEST) {
                // Nothing is wrong with it: it must never be taken for damaged, and replaced.
                throw new IllegalStateException(snapshot.file() + " is of version " + version
                        + " of the shard's order, and this program knows those up to " + Operation.VERSION_NEWEST
                        + ": start one that is as new as what wrote it");
            }
            digest.startAt(isDigested() ? in.i64() : 0);
            if (version > 0) {
                parts = in.i32();
            }
            if (parts != machines.size()) {
                throw new MalformedException(parts + " machines, expected " + machines.size());
            }
            for (Machine machine : machines) {
                String name = in.text();
                if (!name.equals(machine.name())) {
                    throw new MalformedException("machine " + name + ", expected " + machine.name());
                }
                BinaryReader part = new BinaryReader(in.slice(in.i32()));
                machine.load(part);
                part.end();
                machine.loaded(applying.lastNs());
            }
            in.end();
        } catch (MalformedException e) {
            throw new CorruptionException(
                    snapshot.file(), 0, "the snapshot is whole, but is not of this program: " + e.getMessage());
        }
    }

    /** Takes the sessions of a state that applied the same entries, and could answer all of them. */
    void takeSessions(ShardState other) {
        BinaryWriter out = new BinaryWriter(1 << 12);
        other.sessions.save(out);
        sessions.load(new BinaryReader(out.toByteBuffer()));
    }

    /** SHA-256 of the state; while nothing is applied. */
    byte[] digest() {
        List<ByteBuffer> parts = new ArrayList<>(machines.size());
        for (Machine machine : machines) {
            BinaryWriter part = new BinaryWriter(1 << 12);
            machine.save(part);
            parts.add(part.toByteBuffer());
        }
        return Snapshots.digest(pieces(head(), names(), parts));
    }

    /**
     * What two states that applied the same entries must have alike, although one may have frozen ledgers: the time, and all
     * machines but some.
     *
     * @param apart names of machines to leave out
     */
    byte[] digestWithout(List<String> apart) {
        List<ByteBuffer> pieces = new ArrayList<>();
        pieces.add(new BinaryWriter(8).i64(applying.lastNs()).toByteBuffer());
        for (Machine machine : machines) {
            if (!apart.contains(machine.name())) {
                BinaryWriter part = new BinaryWriter(1 << 12);
                machine.save(part);
                pieces.add(part.toByteBuffer());
            }
        }
        return Snapshots.digest(pieces);
    }

    void close() throws IOException {
        for (Machine machine : machines) {
            machine.close();
        }
    }
}
