package io.thalweg.raft.peer;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.ThalwegException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLHandshakeException;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Context;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Questions between nodes on the port that Ratis serves, so that there is one road, one set of certificates, and no secret on the way.
 *
 * <pre>
 * thalweg.Peers/ask      question -> answer
 * question = length u16, what in UTF-8, shard i32, body
 * </pre>
 *
 * An answer that another node has to give is {@code ABORTED}, and so is {@link PeerGate#ELSEWHERE}; they and a connection that could not be made say that
 * nobody has done anything, and come as {@code NOT_LEADER}. A node that has too much on its hands, and has done nothing either, answers {@link #OVERLOADED}. Every other failure leaves that open, and comes as {@code UNAVAILABLE}.
 */
final class PeerCalls implements AutoCloseable {
    static final String SERVICE = "thalweg.Peers";
    private static final int WORD_BYTES_MAX = 64;

    /** Never gRPC's own, as {@code RESOURCE_EXHAUSTED} is, which leaves open what was done. */
    private static final Status OVERLOADED = Status.OUT_OF_RANGE;

    private final PeerChannels channels;
    private final Consumer<String> elsewhere;
    private final int messageBytesMax;
    private final Map<String, ManagedChannel> open = new ConcurrentHashMap<>();
    private final MethodDescriptor<byte[], byte[]> ask;

    /** @param elsewhere told of each node at whose address another answers */
    PeerCalls(PeerChannels channels, Consumer<String> elsewhere, int messageBytesMax) {
        this.channels = channels;
        this.elsewhere = elsewhere;
        this.messageBytesMax = messageBytesMax;
        MethodDescriptor.Marshaller<byte[]> bytes = new Bytes(messageBytesMax);
        ask = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "ask"))
                .setRequestMarshaller(bytes)
                .setResponseMarshaller(bytes)
                .build();
    }

    private record Bytes(int max) implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readNBytes(max);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The side that answers. */
    ServerServiceDefinition service(PeerService service) {
        return ServerServiceDefinition.builder(SERVICE)
                .addMethod(ask, ServerCalls.asyncUnaryCall((question, to) -> answer(service, question, to)))
                .build();
    }

    private static void answer(PeerService service, byte[] question, StreamObserver<byte[]> to) {
        CompletableFuture<ByteBuffer> answer;
        try {
            BinaryReader in = new BinaryReader(ByteBuffer.wrap(question));
            int length = in.u16();
            if (length > WORD_BYTES_MAX) {
                throw new MalformedException("a question's word has " + length + " bytes, at most " + WORD_BYTES_MAX);
            }
            String what = new String(in.raw(length), StandardCharsets.UTF_8);
            int shard = in.i32();
            answer = service.answer(PeerGate.CALLING.get(), what, shard, in.slice(in.remaining()));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        var _ = answer.whenComplete((bytes, failure) -> {
            if (failure == null) {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                to.onNext(copy);
                to.onCompleted();
            } else {
                to.onError(status(failure).asRuntimeException());
            }
        });
    }

    private static Status status(Throwable failure) {
        Throwable cause = cause(failure);
        Status status = switch (cause) {
            case ThalwegException known when known.code() == ErrorCode.NOT_LEADER -> Status.ABORTED;
            case ThalwegException known when known.code() == ErrorCode.OVERLOADED -> OVERLOADED;
            case MalformedException _ -> Status.INVALID_ARGUMENT;
            default -> Status.INTERNAL;
        };
        return status.withDescription(String.valueOf(cause.getMessage()));
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /**
     * Asks a node. Does not block.
     *
     * @param node its id
     * @return fails as the class says
     */
    CompletableFuture<ByteBuffer> ask(String node, String what, int shard, ByteBuffer body, Duration patience) {
        byte[] word = what.getBytes(StandardCharsets.UTF_8);
        byte[] question = new byte[2 + word.length + 4 + body.remaining()];
        ByteBuffer into = ByteBuffer.wrap(question);
        into.put(new BinaryWriter(6 + word.length)
                        .u16(word.length)
                        .raw(word)
                        .i32(shard)
                        .toByteBuffer())
                .put(body.duplicate());
        ManagedChannel channel = open.computeIfAbsent(node, to -> channels.open(to, messageBytesMax));
        CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
        // Whoever asks while it answers somebody: what it asks does not end with its answer.
        Context.ROOT.run(() -> ClientCalls.asyncUnaryCall(
                channel.newCall(ask, CallOptions.DEFAULT.withDeadlineAfter(patience.toNanos(), TimeUnit.NANOSECONDS)),
                question,
                new StreamObserver<>() {
                    @Override
                    public void onNext(byte[] bytes) {
                        answer.complete(ByteBuffer.wrap(bytes));
                    }

                    @Override
                    public void onError(Throwable failure) {
                        // A node that was away is called as soon as anybody asks, not when gRPC has waited long enough.
                        channel.resetConnectBackoff();
                        if (isElsewhere(failure)) {
                            elsewhere.accept(node);
                        }
                        answer.completeExceptionally(refusal(node, failure));
                    }

                    @Override
                    public void onCompleted() {
                        // The answer has come before.
                    }
                }));
        return answer;
    }

    private static boolean isElsewhere(Throwable failure) {
        return isAnothers(failure) || hasCause(failure, SSLHandshakeException.class);
    }

    /** Who answered is another node, and says so. */
    private static boolean isAnothers(Throwable failure) {
        return failure instanceof StatusRuntimeException refused
                && refused.getStatus().getCode() == PeerGate.ELSEWHERE.getCode();
    }

    /** The next question to a node is asked over a new connection; those that are under way are left to theirs. */
    void again(String node) {
        ManagedChannel channel = open.remove(node);
        if (channel != null) {
            channel.shutdown();
        }
    }

    private static ThalwegException refusal(String node, Throwable failure) {
        if (failure instanceof StatusRuntimeException refused
                && (refused.getStatus().getCode() == Status.Code.ABORTED || isAnothers(failure))) {
            return new ThalwegException(
                    ErrorCode.NOT_LEADER, String.valueOf(refused.getStatus().getDescription()));
        }
        if (failure instanceof StatusRuntimeException refused
                && refused.getStatus().getCode() == OVERLOADED.getCode()) {
            return new ThalwegException(
                    ErrorCode.OVERLOADED, String.valueOf(refused.getStatus().getDescription()));
        }
        if (isUnseen(failure)) {
            return new ThalwegException(ErrorCode.NOT_LEADER, "node " + node + " does not answer", failure);
        }
        return new ThalwegException(
                ErrorCode.UNAVAILABLE,
                "node " + node + " broke off: what it was asked for may or may not take effect: "
                        + failure.getMessage(),
                failure);
    }

    /** Whether there was no connection, or none with a node that either side believes in, so that nobody can have seen the question. */
    private static boolean isUnseen(Throwable failure) {
        return hasCause(
                failure,
                ConnectException.class,
                NoRouteToHostException.class,
                UnknownHostException.class,
                SSLHandshakeException.class);
    }

    private static boolean hasCause(@Nullable Throwable failure, Class<?>... any) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            for (Class<?> each : any) {
                if (each.isInstance(cause)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void close() {
        open.values().forEach(PeerChannels::close);
    }
}
