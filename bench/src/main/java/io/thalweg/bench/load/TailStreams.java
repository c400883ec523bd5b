package io.thalweg.bench.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tails of logs, or subscriptions to paths, as streams of one HTTP/2 connection, as cheap as they can be: a follower is two numbers here, and a thread reads for all of them. It
 * knows no more of the protocol than that takes (RFC 9113): it decodes no headers, and gives the server room for all that a run sends. Tails are opened
 * by one thread.
 */
public final class TailStreams implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Begins each event of a tail. */
    private static final byte[] EVENT = "\ndata: ".getBytes(StandardCharsets.US_ASCII);

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int WINDOW_UPDATE = 8;

    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;

    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int WINDOW_BYTES = 1 << 30;
    private static final int BUFFER_BYTES = 64 << 10;

    private final URI url;
    private final Socket socket;
    private final OutputStream out;
    private final int[] matched;
    private final int[] seen;
    private final BitSet heard = new BitSet();
    private final Seen listener;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final AtomicLong begun = new AtomicLong();
    private int opened;
    private volatile boolean closed;

    /** Hears of events. */
    @FunctionalInterface
    public interface Seen {
        /**
         * On the connection's thread.
         *
         * @param number of the event in its tail, from 0
         */
        void seen(int number);
    }

    /** @param tails how many there will be at most */
    public TailStreams(URI url, int tails, Seen listener) throws IOException {
        this.url = url;
        this.matched = new int[tails];
        this.seen = new int[tails];
        this.listener = listener;
        this.socket = new Socket(url.getHost(), url.getPort());
        socket.setTcpNoDelay(true);
        this.out = socket.getOutputStream();
        synchronized (out) {
            out.write(PREFACE);
            frame(SETTINGS, 0, 0, settings());
            frame(WINDOW_UPDATE, 0, 0, number(WINDOW_BYTES));
            out.flush();
        }
        Thread.ofPlatform().daemon().name("tails").start(this::run);
    }

    private static byte[] settings() {
        return ByteBuffer.allocate(6)
                .putShort((short) INITIAL_WINDOW_SIZE)
                .putInt(WINDOW_BYTES)
                .array();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }

    /** Follows what a path of the API gives as server-sent events. */
    public void open(String path, String token) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.write(0x82); // :method GET
        head.write(0x86); // :scheme http
        head.write(0x01); // :authority
        text(head, url.getAuthority());
        head.write(0x04); // :path
        text(head, path);
        head.write(0x0f); // authorization, number 23 of the static table
        head.write(23 - 0x0f);
        text(head, "Bearer " + token);
        synchronized (out) {
            frame(HEADERS, END_STREAM | END_HEADERS, 1 + 2 * opened, head.toByteArray());
            out.flush();
        }
        opened++;
    }

    /** A string without Huffman's code, its length in front in seven bits and more. */
    private static void text(ByteArrayOutputStream to, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        int left = bytes.length;
        if (left < 0x7f) {
            to.write(left);
        } else {
            to.write(0x7f);
            for (left -= 0x7f; left >= 0x80; left >>>= 7) {
                to.write((left & 0x7f) | 0x80);
            }
            to.write(left);
        }
        to.write(bytes, 0, bytes.length);
    }

    private void frame(int type, int flags, int stream, byte[] body) throws IOException {
        out.write(ByteBuffer.allocate(9)
                .put((byte) (body.length >>> 16))
                .putShort((short) body.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        out.write(body);
    }

    private void run() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES))) {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt() & Integer.MAX_VALUE;
                byte[] body = in.readNBytes(length);
                take(type, flags, stream, body);
            }
        } catch (IOException | RuntimeException e) {
            if (closed) {
                end.complete(null);
            } else {
                end.completeExceptionally(e);
            }
        }
    }

    private void take(int type, int flags, int stream, byte[] body) throws IOException {
        switch (type) {
            case DATA -> {
                int padding = (flags & PADDED) == 0 ? 0 : 1 + (body[0] & 0xff);
                data((stream - 1) / 2, body, padding == 0 ? 0 : 1, body.length - Math.max(0, padding - 1));
                requireGoingOn(flags, stream);
            }
            case HEADERS -> requireGoingOn(flags, stream);
            case RESET, GO_AWAY ->
                throw new IOException("the server ends " + (stream == 0 ? "the connection" : "tail " + stream));
            case SETTINGS, PING -> {
                if ((flags & ACK) == 0) {
                    synchronized (out) {
                        frame(type, ACK, 0, type == PING ? body : new byte[0]);
                        out.flush();
                    }
                }
            }
            default -> {}
        }
    }

    private static void requireGoingOn(int flags, int stream) throws IOException {
        if ((flags & END_STREAM) != 0) {
            throw new IOException("tail " + stream + " has ended");
        }
    }

    private void data(int tail, byte[] body, int from, int to) {
        if (!heard.get(tail)) {
            heard.set(tail);
            begun.incrementAndGet();
        }
        int at = matched[tail];
        for (int i = from; i < to; i++) {
            at = body[i] == EVENT[at] ? at + 1 : body[i] == EVENT[0] ? 1 : 0;
            if (at == EVENT.length) {
                at = 0;
                listener.seen(seen[tail]++);
            }
        }
        matched[tail] = at;
    }

    /** How many of them the server has begun to answer. */
    public long begun() {
        return begun.get();
    }

    /** Refuses when a tail or the connection has ended. */
    public void requireOpen() throws IOException {
        if (end.isDone()) {
            try {
                end.join();
            } catch (RuntimeException e) {
                throw new IOException("tails have ended: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        socket.close();
    }
}
