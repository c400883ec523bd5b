package io.thalweg.raft;

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
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 * thalweg.Copies/copy    shard i32 -> chunk*                 a chunk is as {@link CopyOut} makes it
 * thalweg.Copies/renew   shard i32, member text -> nothing   has another than this member lead, in a later term
 * </pre>
 *
 * <p>Bounded in bandwidth by the sender, who sends one copy of a shard at a time; others are told to come later. A copy that breaks off, or
 * of which nothing comes for a minute, is begun again by whoever wanted it.
 */
final class Copies {
    private static final Logger LOG = LoggerFactory.getLogger(Copies.class);
    private static final String SERVICE = "thalweg.Copies";
    private static final int CHUNK_BYTES_MAX = 2 << 20;
    private static final long BYTES_PER_SECOND = 256L << 20;
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

    private static final MethodDescriptor<byte[], byte[]> COPY =
            method("copy", MethodDescriptor.MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<byte[], byte[]> RENEW = method("renew", MethodDescriptor.MethodType.UNARY);

    /** What a node's shards do for others. */
    interface Shards {
        /** The replica that is open here; null when there is none. */
        @Nullable
        Replica replica(int shard);

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

    private Copies() {}

    /** The side that sends. */
    static ServerServiceDefinition service(Shards shards) {
        Set<Integer> sending = ConcurrentHashMap.newKeySet();
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(
                        COPY,
                        ServerCalls.asyncServerStreamingCall((request, to) -> begin(shards, sending, request, to)))
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

    private static void begin(Shards shards, Set<Integer> sending, byte[] request, StreamObserver<byte[]> to) {
        if (!(to instanceof ServerCallStreamObserver<byte[]> road) || request.length != Integer.BYTES) {
            to.onError(Status.INVALID_ARGUMENT.asRuntimeException());
            return;
        }
        int shard = ByteBuffer.wrap(request).getInt();
        Replica replica = shards.replica(shard);
        if (replica == null) {
            road.onError(Status.NOT_FOUND
                    .withDescription("shard " + shard + " is not here")
                    .asRuntimeException());
            return;
        }
        if (!sending.add(shard)) {
            road.onError(Status.UNAVAILABLE
                    .withDescription("another copy of shard " + shard + " is being sent: ask again later")
                    .asRuntimeException());
            return;
        }
        Semaphore room = new Semaphore(0);
        road.setOnReadyHandler(room::release);
        road.setOnCancelHandler(room::release);
        Thread.ofVirtual().name("copy-of-" + shard).start(() -> {
            try {
                send(shard, replica, road, room);
            } finally {
                sending.remove(shard);
            }
        });
    }

    private static void send(int shard, Replica replica, ServerCallStreamObserver<byte[]> road, Semaphore room) {
        try (CopyOut copy = replica.copyOut()) {
            long begin = System.nanoTime();
            long sent = 0;
            for (byte[] chunk = copy.next(); chunk != null; chunk = copy.next()) {
                while (!road.isReady() && !road.isCancelled()) {
                    if (!room.tryAcquire(STALL_SECONDS_MAX, TimeUnit.SECONDS)) {
                        throw new IOException("nobody took a chunk of the copy of shard " + shard + " for "
                                + STALL_SECONDS_MAX + " seconds");
                    }
                }
                if (road.isCancelled()) {
                    return;
                }
                sent += chunk.length;
                road.onNext(chunk);
                long early = TimeUnit.SECONDS.toNanos(1) * sent / BYTES_PER_SECOND - (System.nanoTime() - begin);
                if (early > 0) {
                    LockSupport.parkNanos(early);
                }
            }
            road.onCompleted();
            LOG.info(
                    "shard {}: sent a copy as of entry {}, {} bytes",
                    shard,
                    copy.position().index(),
                    sent);
        } catch (IOException | RuntimeException e) {
            LOG.info("shard {}: a copy was not sent: {}", shard, e.getMessage());
            road.onError(Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            road.onError(Status.UNAVAILABLE.withDescription("interrupted").asRuntimeException());
        }
    }

    /**
     * The side that takes: has a copy sent, and returns what it covers when it has arrived in whole. Blocks.
     *
     * @param node id of one that has the shard
     * @throws IOException when it broke off or stalled, or what came was not right
     */
    static Position fetch(PeerRoads roads, String node, int shard, CopyIn into) throws IOException {
        ManagedChannel channel = roads.open(node, CHUNK_BYTES_MAX);
        Semaphore came = new Semaphore(0);
        Thread watch = Thread.ofVirtual().name("copy-watch-" + shard).start(() -> endWhenStalled(channel, came));
        try {
            Iterator<byte[]> chunks = ClientCalls.blockingServerStreamingCall(
                    channel,
                    COPY,
                    CallOptions.DEFAULT,
                    ByteBuffer.allocate(Integer.BYTES).putInt(shard).array());
            while (chunks.hasNext()) {
                came.release();
                into.take(ByteBuffer.wrap(chunks.next()));
            }
            return into.arrived();
        } catch (StatusRuntimeException e) {
            throw new IOException(
                    "the copy of shard " + shard + " from node " + node + " broke off: "
                            + e.getStatus().getDescription(),
                    e);
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
