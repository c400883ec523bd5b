package io.thalweg.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class HttpConnectionTest {
    private static final int TIMEOUT_MS = 10_000;

    /** Answers the first request with these bytes, one by one, so that each boundary falls between two reads. */
    private static HttpConnection served(String answers) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (server;
                    Socket socket = server.accept()) {
                socket.setTcpNoDelay(true);
                socket.getInputStream().read(new byte[1 << 10]);
                OutputStream out = socket.getOutputStream();
                for (byte one : answers.getBytes(StandardCharsets.ISO_8859_1)) {
                    out.write(one);
                    out.flush();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return new HttpConnection(URI.create("http://127.0.0.1:" + server.getLocalPort()), TIMEOUT_MS);
    }

    @Test
    void anAnswerWithALengthIsRead() throws IOException {
        try (HttpConnection connection = served("HTTP/1.1 200 OK\r\nX-Position: 7\r\ncontent-length: 5\r\n\r\nhello")) {
            HttpConnection.Response response = connection.exchange(connection.request("GET", "/", "", new byte[0]));
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).isEqualTo("hello");
            assertThat(response.header("x-position")).isEqualTo("7");
        }
    }

    @Test
    void anAnswerInChunksIsPutTogether() throws IOException {
        String chunked = "HTTP/1.1 409 Conflict\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + "3\r\n"
                + "abc\r\n"
                + "a;x=y\r\n"
                + "0123456789\r\n"
                + "0\r\n\r\n";
        try (HttpConnection connection = served(chunked)) {
            HttpConnection.Response response = connection.exchange(connection.request("GET", "/", "", new byte[0]));
            assertThat(response.status()).isEqualTo(409);
            assertThat(response.text()).isEqualTo("abc0123456789");
        }
    }

    @Test
    void aContinueIsSkipped() throws IOException {
        try (HttpConnection connection =
                served("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")) {
            assertThat(connection
                            .exchange(connection.request("POST", "/", "", new byte[2]))
                            .status())
                    .isEqualTo(204);
        }
    }

    @Test
    void anAnswerThatEndsTooEarlyIsNoAnswer() throws IOException {
        try (HttpConnection connection = served("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")) {
            byte[] request = connection.request("GET", "/", "", new byte[0]);
            assertThatThrownBy(() -> connection.exchange(request)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void payloadsHaveExactlyTheirSize() {
        for (int bytes : new int[] {1, 17, 18, 19, 100, 1024}) {
            assertThat(Payloads.event(bytes, bytes)).hasSize(bytes);
        }
        assertThat(Payloads.frames(3, 100)).hasSize(3 * 105);
    }
}
