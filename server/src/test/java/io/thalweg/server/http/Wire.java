package io.thalweg.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A connection to a node that sends bytes as they are and takes replies apart by itself, as strictly as RFC 9112 allows. */
final class Wire implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    /** One reply; header names in lower case. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    Wire(String url) throws IOException {
        URI place = URI.create(url);
        socket = new Socket(place.getHost(), place.getPort());
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** Sends text, each character a byte. */
    Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Wire send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Says that nothing more comes. */
    Wire shut() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** The next reply that is not an interim one. */
    Answer answer() throws IOException {
        return answer(false);
    }

    /** @param head whether it answers {@code HEAD}, so that no body follows whatever its headers say */
    Answer answer(boolean head) throws IOException {
        String status = line();
        if (!status.matches("HTTP/1\\.1 \\d{3} .*")) {
            throw new IOException("no status line: '" + status + "'");
        }
        int code = Integer.parseInt(status.substring(9, 12));
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        if (code / 100 == 1) {
            return code == 100 ? new Answer(code, headers, new byte[0]) : answer(head);
        }
        boolean none = head || code == 204 || code == 304;
        return new Answer(code, headers, none ? new byte[0] : body(headers));
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.containsKey("content-length")) {
            return in.readNBytes(Integer.parseInt(headers.get("content-length")));
        }
        if (!headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
            return in.readAllBytes();
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(), 16);
            body.write(in.readNBytes(size));
            line();
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("the connection ended after '" + line + "'");
            }
            line.append((char) b);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new IOException("a line without CR: '" + line + "'");
        }
        return line.substring(0, line.length() - 1);
    }

    /** Whether the node has closed the connection and sent nothing more before. */
    boolean ended() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException _) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
