package io.thalweg.server.http;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.config.Patience;
import io.thalweg.server.memory.NodeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request. Memory is taken as bytes come and not as they are announced: an array that grows fourfold up to the
 * announced length, so that at most a third of a body is copied twice, and a client that announces ten megabytes and sends none
 * holds none.
 *
 * <p>A body has time, as {@link Patience} says: a grace, and then a second for so many bytes. Whoever is slower is answered 408
 * and loses the connection, so that nobody keeps a thread and memory for nothing. Belongs to the thread that handles the call.
 */
final class Body {
    private static final int FIRST_BYTES = 16 << 10;
    private static final int GROWTH = 4;

    /** What is read of a body that nobody wanted, so that its connection can go on. */
    private static final int DRAIN_BYTES_MAX = 16 << 20;

    /** What is read of one after whose answer the connection ends: closing at once could take the answer from its reader. */
    private static final int LINGER_BYTES_MAX = 256 << 20;

    private static final Duration LINGER = Duration.ofSeconds(5);

    private final Request request;
    private final NodeMemory.Share memory;
    private final Patience patience;
    private final long startNs = System.nanoTime();
    private final long announced;
    private long received;
    private boolean begun;
    private boolean ended;
    private boolean tooSlow;

    /** What the server below was asked for and has not brought. */
    private @Nullable Done asked;

    /** The body, once it was read in whole. */
    private byte @Nullable [] whole;

    Body(Request request, NodeMemory.Share memory, Patience patience) {
        this.request = request;
        this.memory = memory;
        this.patience = patience;
        this.announced = request.getLength();
        this.ended = announced == 0;
        if (announced < 0 && hasNone(request)) {
            ended = true;
        }
    }

    private static boolean hasNone(Request request) {
        return request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2
                && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }

    /** Bytes that the client announces; -1 when it does not say. */
    long announced() {
        return announced;
    }

    /** The whole body in an array of its length, the same again and again; refused with 413 before more than {@code maxBytes} are read. */
    byte[] read(int maxBytes) {
        byte[] known = whole;
        if (known == null) {
            known = readAll(maxBytes);
            whole = known;
        } else if (known.length > maxBytes) {
            // Read before by somebody who takes more.
            throw tooLarge(maxBytes);
        }
        return known;
    }

    private byte[] readAll(int maxBytes) {
        if (ended) {
            return new byte[0];
        }
        if (announced > maxBytes) {
            throw tooLarge(maxBytes);
        }
        int limit = announced < 0 ? maxBytes : (int) announced;
        byte[] body = new byte[0];
        int length = 0;
        while (true) {
            Content.Chunk chunk = next();
            if (chunk == null) {
                return length == body.length ? body : Arrays.copyOf(body, length);
            }
            try {
                ByteBuffer bytes = chunk.getByteBuffer();
                int count = bytes.remaining();
                if (count > limit - length) {
                    throw tooLarge(maxBytes);
                }
                if (count > body.length - length) {
                    int larger = larger(body.length, length + count, limit);
                    memory.take(larger - body.length);
                    body = Arrays.copyOf(body, larger);
                }
                bytes.get(body, length, count);
                length += count;
            } finally {
                chunk.release();
            }
        }
    }

    private int larger(int size, int needed, int limit) {
        long wanted = Math.max(needed, Math.max(FIRST_BYTES, (long) size * GROWTH));
        return (int) Math.min(limit, wanted);
    }

    /** The next bytes, which whoever takes them releases; null at the end. */
    private Content.@Nullable Chunk next() {
        begun = true;
        while (!ended) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                await(left(patience.grace().toNanos() + received * 1_000_000_000L / patience.bytesPerSecondMin()));
                continue;
            }
            if (Content.Chunk.isFailure(chunk)) {
                throw failed(chunk.getFailure());
            }
            ended = chunk.isLast();
            if (chunk.hasRemaining()) {
                received += chunk.remaining();
                return chunk;
            }
            chunk.release();
        }
        return null;
    }

    private Duration left(long allowedNs) {
        return Duration.ofNanos(allowedNs - (System.nanoTime() - startNs));
    }

    private void await(Duration left) {
        try {
            if (left.isNegative() || !comesWithin(left)) {
                tooSlow = true;
                throw new Refusal(
                        408,
                        "request_timeout",
                        "the body came too slowly: after " + patience.grace().toSeconds() + " s it has to come at "
                                + patience.bytesPerSecondMin() + " bytes a second or more");
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Whether something can be read in time. What was not is still waited for by the next call: only one at a time may ask. */
    private boolean comesWithin(Duration time) throws IOException {
        Done ready = asked;
        if (ready == null) {
            ready = new Done();
            asked = ready;
            request.demand(new Ready(ready));
        }
        if (!ready.within(time)) {
            return false;
        }
        asked = null;
        return true;
    }

    /** Wakes the reader; does not block, so that no thread has to be found for it. */
    private record Ready(Done done) implements Invocable.Task {
        @Override
        public void run() {
            done.succeeded();
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }

    /** A broken framing is the client's fault and can be said; everything else means that the client is gone. */
    private RuntimeException failed(Throwable failure) {
        ended = true;
        tooSlow = true;
        return failure instanceof HttpException bad
                ? new Refusal(400, ErrorCode.INVALID_REQUEST.text(), "the body is broken: " + bad.getReason())
                : new BrokenOff("the client went away in the middle of its request", failure);
    }

    private static ThalwegException tooLarge(int maxBytes) {
        return new ThalwegException(
                ErrorCode.TOO_LARGE, "the body is larger than " + maxBytes + " bytes, the most that is taken here");
    }

    /** Whether the connection can carry another request once what is left of this body is read. */
    boolean mayGoOn() {
        if (ended || http2()) {
            return !tooSlow;
        }
        boolean waiting = !begun && request.getHeaders().contains(HttpHeader.EXPECT);
        return !tooSlow && !waiting && announced <= DRAIN_BYTES_MAX;
    }

    private boolean http2() {
        return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
    }

    /**
     * Reads what is left of a body that nobody wanted, after the answer has gone out. Where the connection ends anyway this only
     * gives the client time to read the answer; a client that waits for permission to send has nothing to be read.
     *
     * @return false when an HTTP/2 client still sends, so that its stream has to be ended
     */
    boolean discard() {
        boolean waiting = !begun && request.getHeaders().contains(HttpHeader.EXPECT);
        return ended || waiting || readOn() || !http2();
    }

    private boolean readOn() {
        long max = mayGoOn() ? DRAIN_BYTES_MAX : LINGER_BYTES_MAX;
        long untilNs = System.nanoTime() + LINGER.toNanos();
        long read = 0;
        while (read < max) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                try {
                    if (!comesWithin(Duration.ofNanos(untilNs - System.nanoTime()))) {
                        return false;
                    }
                } catch (IOException e) {
                    return false;
                }
            } else if (Content.Chunk.isFailure(chunk)) {
                return false;
            } else {
                read += chunk.remaining();
                ended = chunk.isLast();
                chunk.release();
                if (ended) {
                    return true;
                }
            }
        }
        return false;
    }
}
