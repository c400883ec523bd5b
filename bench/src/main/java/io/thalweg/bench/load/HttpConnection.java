package io.thalweg.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection that is kept alive, on a blocking socket: as little work as a client can do, so that on a small machine
 * the server is measured and not its client. One request at a time, one thread. It understands what our server sends: a length
 * or chunks.
 */
public final class HttpConnection implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 256 << 20;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String host;
    private byte[] buffer = new byte[64 << 10];
    private int position;
    private int limit;

    /**
     * What came back.
     *
     * @param head status line and headers as they came
     */
    public record Response(int status, String head, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The first header of this name, whatever its case. */
        public @Nullable String header(String name) {
            return head.lines()
                    .skip(1)
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse(null);
        }
    }

    /** @param base {@code http://host:port}; a read that takes longer than {@code timeoutMs} fails */
    public HttpConnection(URI base, int timeoutMs) throws IOException {
        host = base.getHost() + ":" + base.getPort();
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(timeoutMs);
        socket.connect(new InetSocketAddress(base.getHost(), base.getPort()), timeoutMs);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** The bytes of a whole request, to be sent as often as one likes. Header lines end with {@code \r\n}. */
    public byte[] request(String method, String path, String headers, byte[] body) {
        byte[] head = (method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + body.length
                        + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /** Sends a request made by {@link #request} and reads the answer. */
    public Response exchange(byte[] request) throws IOException {
        out.write(request);
        for (; ; ) {
            Response response = read();
            if (response.status() != 100) {
                return response;
            }
        }
    }

    private Response read() throws IOException {
        int end = findHeadEnd();
        String head = new String(buffer, position, end - position, StandardCharsets.ISO_8859_1);
        position = end;
        int status = Integer.parseInt(head.substring(9, 12));
        String lower = head.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("\r\ncontent-length:");
        if (length >= 0) {
            int from = length + "\r\ncontent-length:".length();
            return new Response(
                    status,
                    head,
                    take(bounded(Long.parseLong(
                            head.substring(from, head.indexOf('\r', from)).strip()))));
        }
        if (lower.contains("\r\ntransfer-encoding: chunked")) {
            return new Response(status, head, chunks());
        }
        return new Response(status, head, new byte[0]);
    }

    private byte[] chunks() throws IOException {
        byte[] body = new byte[1 << 10];
        int filled = 0;
        for (; ; ) {
            int size = bounded(Long.parseLong(line().split(";", -1)[0].strip(), 16));
            if (size == 0) {
                while (!line().isEmpty()) {
                    // trailers
                }
                return Arrays.copyOf(body, filled);
            }
            bounded((long) filled + size);
            if (filled + size > body.length) {
                body = Arrays.copyOf(body, Math.max(filled + size, 2 * body.length));
            }
            System.arraycopy(take(size), 0, body, filled, size);
            filled += size;
            line();
        }
    }

    private static int bounded(long length) throws IOException {
        if (length < 0 || length > MAX_BODY_BYTES) {
            throw new IOException("a body of " + length + " bytes, more than " + MAX_BODY_BYTES);
        }
        return (int) length;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = next(); c != '\n'; c = next()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private int next() throws IOException {
        if (position == limit) {
            fill();
        }
        return buffer[position++] & 0xff;
    }

    private byte[] take(int length) throws IOException {
        byte[] taken = new byte[length];
        int buffered = Math.min(length, limit - position);
        System.arraycopy(buffer, position, taken, 0, buffered);
        position += buffered;
        if (buffered < length && in.readNBytes(taken, buffered, length - buffered) < length - buffered) {
            throw new EOFException("the server closed the connection in the middle of an answer");
        }
        return taken;
    }

    /** Where the empty line after the headers ends; keeps all from {@code position} on in the buffer. */
    private int findHeadEnd() throws IOException {
        for (int scan = position; ; ) {
            for (; scan + 3 < limit; scan++) {
                if (buffer[scan] == '\r'
                        && buffer[scan + 1] == '\n'
                        && buffer[scan + 2] == '\r'
                        && buffer[scan + 3] == '\n') {
                    return scan + 4;
                }
            }
            int scanned = scan - position;
            fill();
            scan = position + scanned;
        }
    }

    private void fill() throws IOException {
        if (position > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        if (limit == buffer.length) {
            buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        if (read < 0) {
            throw new EOFException("the server closed the connection");
        }
        limit += read;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
