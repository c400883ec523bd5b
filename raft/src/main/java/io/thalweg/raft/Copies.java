package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.raft.peer.PeerRoads;
import io.thalweg.shard.CopyIn;
import io.thalweg.shard.CopyOut;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of replicas on their way between nodes: a service of our own on the port that Ratis serves.
 *
 * <pre>
 * thalweg.Copies/copy    shard i32 -> chunk*                            a chunk is as {@link CopyOut} makes it; of version 1
 *                      | shard i32, 2 u8, interrupted u8, part* -> chunk*    of version 2
 * part                 = path text, length i64, checksum i64            what the other has of a file, {@link io.thalweg.shard.PartChecksum}
 * thalweg.Copies/renew   shard i32, member text -> nothing              has another than this member lead, in a later term
 * </pre>
 *
 * <p>Bounded in bandwidth by the sender, for all copies of a node together, who sends one copy of a shard at a time; others are told to come later. A copy
 * that breaks off, or of which nothing comes for a minute, is begun again by whoever wanted it ({@link CopyTaker}), who then gets what he lacks.
 *
 * <p>A snapshot that is due waits for a copy, and the log behind it grows. So the sender breaks off by itself, takes the snapshot, and goes on. Only what lasts
 * counts: the time in which bytes went that the next attempt need not bring. And each time that happens to a copy, the next snapshot waits twice as long: however
 * long it takes to find out what the other has, and however much each snapshot changes, an attempt comes that is long enough for all of it.
 */
final class Copies {
    private static final Logger LOG = LoggerFactory.getLogger(Copies.class);
    private static final String SERVICE = "thalweg.Copies";
    private static final int CHUNK_BYTES_MAX = 2 << 20;

    /** After so many times the next snapshot waits no longer than after so many: a thousand times as long as at first. */
    private static final int INTERRUPTED_MAX = 10;

    /** When a copy was broken off for a snapshot, none is sent until that begins; for so long at most, for it may not come. */
    private static final long SNAPSHOT_BEGINS_MS_MAX = 10_000;

    private static final long SNAPSHOT_BEGINS_MS = 50;

    private static final long CLOSE_SECONDS_MAX = 5;

    /** After so long without a chunk either side gives a copy up. */
    private static final long STALL_SECONDS_MAX = 60;

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readNBytes(CHUNK_BYTES_MAX + 1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    static final MethodDescriptor<byte[], byte[]> COPY = method("copy", MethodDescriptor.MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> RENEW = method("renew", MethodDescriptor.MethodType.UNARY);

    /** What a node's shards do for others. */
    interface Shards {
        /** The replica that is open here; null when there is none. */
        @Nullable
        Replica replica(int shard);

        /** Another node has got a copy in whole. */
        void gave(int shard, Position covers);

        /** If this node leads the shard, has another member lead than the one that asks. Quick. */
        void renew(int shard, String member);
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
    }

    /** The copy did not come in whole; what has come of it is right. */
    static final class BrokenOffException extends IOException {
        private static final long serialVersionUID = 1;
        private final boolean answered;
        private final boolean forSnapshot;

        BrokenOffException(String message, @Nullable Throwable cause, Status.Code code) {
            super(message, cause);
            forSnapshot = code == Status.Code.ABORTED;
            answered = forSnapshot || code == Status.Code.RESOURCE_EXHAUSTED;
        }

        BrokenOffException(String message, boolean forSnapshot) {
            super(message);
            answered = true;
            this.forSnapshot = forSnapshot;
        }

        /** Whether the other said that there will be one later. */
        boolean answered() {
            return answered;
        }

        /** Whether the other has broken it off because a snapshot is due. */
        boolean forSnapshot() {
            return forSnapshot;
        }
    }

    private Copies() {}

    /**
     * The side that sends.
     *
     * @param snapshotWaits how long a snapshot that is due waits for a copy that was never broken off
     */
    static ServerServiceDefinition service(Shards shards, Bandwidth bandwidth, Duration snapshotWaits) {
        Sending sending = new Sending(shards, bandwidth, snapshotWaits);
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(COPY, ServerCalls.asyncServerStreamingCall(sending::begin))
                .addMethod(RENEW, ServerCalls.asyncUnaryCall((request, to) -> renew(shards, request, to)))
                .build();
    }

    private static void renew(Shards shards, byte[] request, StreamObserver<byte[]> to) {
        if (request.length < Integer.BYTES) {
            to.onError(Status.INVALID_ARGUMENT.asRuntimeException());
            return;
        }
        shards.renew(
                ByteBuffer.wrap(request).getInt(),
                new String(request, Integer.BYTES, request.length - Integer.BYTES, StandardCharsets.UTF_8));
        to.onNext(new byte[0]);
        to.onCompleted();
    }

    /**
     * A request for a copy, as it is on the wire.
     *
     * @param interrupted how often the copy was broken off for a snapshot
     * @param parts what the other has of it; empty when it does not know version 2
     */
    private record Wanted(int shard, int interrupted, Optional<Map<String, CopyOut.Part>> parts) {
        private static final int FORM = 2;

        byte[] encode() {
            // The number of the shard in the order of bytes that it ever had.
            BinaryWriter out = new BinaryWriter(64).i32(Integer.reverseBytes(shard));
            parts.ifPresent(its -> encode(out.u8(FORM).u8(Math.min(interrupted, INTERRUPTED_MAX)), its));
            return out.toByteArray();
        }

        private static void encode(BinaryWriter out, Map<String, CopyOut.Part> parts) {
            parts.forEach((path, part) -> out.text(path).i64(part.length()).i64(part.checksum()));
        }

        static Wanted decode(byte[] request) {
            BinaryReader in = new BinaryReader(ByteBuffer.wrap(request));
            int shard = Integer.reverseBytes(in.i32());
            if (in.remaining() == 0) {
                return new Wanted(shard, 0, Optional.empty());
            }
            int form = in.u8();
            if (form != FORM) {
                throw new MalformedException("a request for a copy is of form " + form + ", expected " + FORM);
            }
            int interrupted = in.u8();
            Map<String, CopyOut.Part> parts = new HashMap<>();
            while (in.remaining() > 0) {
                parts.put(in.text(), new CopyOut.Part(in.i64(), in.i64()));
            }
            return new Wanted(shard, interrupted, Optional.of(parts));
        }

        Duration longer(Duration snapshotWaits) {
            return snapshotWaits.multipliedBy(1L << Math.min(interrupted, INTERRUPTED_MAX));
        }
    }

    /** What a node sends. */
    private static final class Sending {
        private final Shards shards;
        private final Bandwidth bandwidth;
        private final Duration snapshotWaits;
        private final Set<Integer> sending = ConcurrentHashMap.newKeySet();

        Sending(Shards shards, Bandwidth bandwidth, Duration snapshotWaits) {
            this.shards = shards;
            this.bandwidth = bandwidth;
            this.snapshotWaits = snapshotWaits;
        }

        void begin(byte[] request, StreamObserver<byte[]> to) {
            if (!(to instanceof ServerCallStreamObserver<byte[]> road)) {
                to.onError(Status.INVALID_ARGUMENT.asRuntimeException());
                return;
            }
            Wanted wanted;
            try {
                wanted = Wanted.decode(request);
            } catch (MalformedException e) {
                road.onError(
                        Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
                return;
            }
            int shard = wanted.shard;
            Replica replica = shards.replica(shard);
            if (replica == null) {
                road.onError(Status.NOT_FOUND
                        .withDescription("shard " + shard + " is not here")
                        .asRuntimeException());
                return;
            }
            if (!sending.add(shard)) {
                road.onError(later("another copy of shard " + shard + " is being sent, or its snapshot comes first"));
                return;
            }
            Semaphore room = new Semaphore(0);
            road.setOnReadyHandler(room::release);
            road.setOnCancelHandler(room::release);
            Thread.ofVirtual().name("copy-of-" + shard).start(() -> {
                try {
                    send(wanted, replica, road, room);
                } finally {
                    sending.remove(shard);
                }
            });
        }

        private static StatusRuntimeException later(@Nullable String why) {
            return Status.RESOURCE_EXHAUSTED
                    .withDescription(why + ": ask again later")
                    .asRuntimeException();
        }

        private void send(Wanted wanted, Replica replica, ServerCallStreamObserver<byte[]> road, Semaphore room) {
            int shard = wanted.shard;
            CopyOut copy;
            try {
                copy = replica.copyOut();
            } catch (CopyOut.LaterException e) {
                road.onError(later(e.getMessage()));
                return;
            } catch (IOException | RuntimeException e) {
                LOG.info("shard {}: a copy was not sent: {}", shard, e.getMessage());
                road.onError(Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException());
                return;
            }
            boolean whole;
            try (copy) {
                whole = send(wanted, copy, road, room);
                if (whole) {
                    shards.gave(shard, copy.position());
                }
            } catch (IOException | RuntimeException e) {
                LOG.info("shard {}: a copy was not sent: {}", shard, e.getMessage());
                road.onError(Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException());
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                road.onError(Status.UNAVAILABLE.withDescription("interrupted").asRuntimeException());
                return;
            }
            if (whole) {
                road.onCompleted();
            } else if (!road.isCancelled()) {
                road.onError(Status.ABORTED
                        .withDescription("a snapshot is due, and the rest of the copy comes after that")
                        .asRuntimeException());
                awaitSnapshot(copy);
            }
        }

        /** Returns false when it ends before the copy does: because a snapshot is due, or the other wants it no more. */
        private boolean send(Wanted wanted, CopyOut copy, ServerCallStreamObserver<byte[]> road, Semaphore room)
                throws IOException, InterruptedException {
            int shard = wanted.shard;
            wanted.parts.ifPresent(copy::leaveOut);
            copy.inChunksOf(bandwidth.pieceBytes());
            long lastingNsMax = wanted.longer(snapshotWaits).toNanos();
            long lastingNs = 0;
            long sent = 0;
            long beginNs = System.nanoTime();
            for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                awaitRoom(shard, road, room);
                if (road.isCancelled()) {
                    return false;
                }
                sent += chunk.length;
                road.onNext(chunk);
                bandwidth.take(chunk.length);
                long nowNs = System.nanoTime();
                if (copy.isLasting()) {
                    lastingNs += nowNs - beginNs;
                    // A node of before would begin at nothing.
                    if (lastingNs > lastingNsMax && wanted.parts.isPresent() && copy.isWaitedFor()) {
                        LOG.info("shard {}: {} bytes of a copy were sent; it goes on behind a snapshot", shard, sent);
                        return false;
                    }
                }
                beginNs = nowNs;
                if (copy.isInTheWay()) {
                    LOG.info("shard {}: the copy ends here, since one has come for this replica itself", shard);
                    return false;
                }
            }
            LOG.info(
                    "shard {}: sent a copy as of entry {}, {} bytes",
                    shard,
                    copy.position().index(),
                    sent);
            return true;
        }

        private static void awaitRoom(int shard, ServerCallStreamObserver<byte[]> road, Semaphore room)
                throws IOException, InterruptedException {
            while (!road.isReady() && !road.isCancelled()) {
                if (!room.tryAcquire(STALL_SECONDS_MAX, TimeUnit.SECONDS)) {
                    throw new IOException("nobody took a chunk of the copy of shard " + shard + " for "
                            + STALL_SECONDS_MAX + " seconds");
                }
            }
        }

        private static void awaitSnapshot(CopyOut closed) {
            for (long ms = 0; ms < SNAPSHOT_BEGINS_MS_MAX && closed.isWaitedFor(); ms += SNAPSHOT_BEGINS_MS) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SNAPSHOT_BEGINS_MS));
            }
        }
    }

    /**
     * The side that takes: has a copy sent, and returns what it covers when it has arrived in whole. Blocks.
     *
     * @param node id of one that has the shard
     * @param least the index that it has to cover, which may become more while it comes
     * @param interrupted how often it was broken off for a snapshot
     * @param into what it has by earlier attempts does not come again
     * @throws BrokenOffException when it broke off or stalled, or covers less
     * @throws IOException when what has come cannot be used
     */
    static Position fetch(PeerRoads roads, String node, int shard, LongSupplier least, int interrupted, CopyIn into)
            throws IOException {
        try {
            return fetch(roads, node, least, into, new Wanted(shard, interrupted, Optional.of(into.parts())));
        } catch (BrokenOffException e) {
            if (!(e.getCause() instanceof StatusRuntimeException refused)
                    || refused.getStatus().getCode() != Status.Code.INVALID_ARGUMENT) {
                throw e;
            }
            return fetchWhole(roads, node, shard, least, into);
        }
    }

    /** The same as a node of before asks, and is asked: it knows no parts. */
    static Position fetchWhole(PeerRoads roads, String node, int shard, LongSupplier least, CopyIn into)
            throws IOException {
        into.forget();
        return fetch(roads, node, least, into, new Wanted(shard, 0, Optional.empty()));
    }

    private static Position fetch(PeerRoads roads, String node, LongSupplier least, CopyIn into, Wanted wanted)
            throws IOException {
        int shard = wanted.shard;
        ManagedChannel channel = roads.open(node, CHUNK_BYTES_MAX);
        Semaphore came = new Semaphore(0);
        Thread watch = Thread.ofVirtual().name("copy-watch-" + shard).start(() -> endWhenStalled(channel, came));
        try {
            Iterator<byte[]> chunks =
                    ClientCalls.blockingServerStreamingCall(channel, COPY, CallOptions.DEFAULT, wanted.encode());
            while (chunks.hasNext()) {
                came.release();
                into.take(ByteBuffer.wrap(chunks.next()));
                long needed = least.getAsLong();
                if (into.covers().index() < needed) {
                    throw new BrokenOffException(
                            "the copy of shard " + shard + " from node " + node + " would cover "
                                    + into.covers().index() + ", needed is " + needed,
                            false);
                }
            }
            return into.arrived();
        } catch (StatusRuntimeException e) {
            throw new BrokenOffException(
                    "the copy of shard " + shard + " from node " + node + " broke off: "
                            + e.getStatus().getDescription(),
                    e,
                    e.getStatus().getCode());
        } finally {
            watch.interrupt();
            PeerRoads.end(channel);
        }
    }

    private static void endWhenStalled(ManagedChannel channel, Semaphore came) {
        try {
            while (came.tryAcquire(STALL_SECONDS_MAX, TimeUnit.SECONDS)) {
                came.drainPermits();
            }
            channel.shutdownNow();
        } catch (InterruptedException _) {
            // The copy has ended by itself.
        }
    }

    /** Asks the leader to let another lead than the member that asks. Blocks for some seconds at most. */
    static void renew(PeerRoads roads, String leader, int shard, String member) throws IOException {
        byte[] name = member.getBytes(StandardCharsets.UTF_8);
        ManagedChannel channel = roads.open(leader, CHUNK_BYTES_MAX);
        try {
            var _ = ClientCalls.blockingUnaryCall(
                    channel,
                    RENEW,
                    CallOptions.DEFAULT.withDeadlineAfter(CLOSE_SECONDS_MAX, TimeUnit.SECONDS),
                    ByteBuffer.allocate(Integer.BYTES + name.length)
                            .putInt(shard)
                            .put(name)
                            .array());
        } catch (StatusRuntimeException e) {
            throw new IOException("node " + leader + " was not asked to let another lead shard " + shard, e);
        } finally {
            PeerRoads.end(channel);
        }
    }
}
