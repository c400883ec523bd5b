package io.thalweg.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.DevProcess;
import io.thalweg.cli.api.Api;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose heap is smaller than what its configuration lets strangers take. */
class OutOfMemoryIT {
    /** Less than the least of {@code http.body_memory}, so that no budget of the node's own is in the way. */
    private static final String HEAP = "-Xmx48m";

    private static final int UPLOADS = 24;
    private static final int UPLOAD_BYTES = 9 << 20;
    private static final int MINUTES_MAX = 2;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void outOfMemoryTheProcessEndsInsteadOfStayingUpDeaf() throws Exception {
        String thalweg = DevProcess.REPOSITORY.resolve("thalweg").toString();
        List<Socket> open = new ArrayList<>();
        try (ReadyProcess node =
                DevProcess.start(directory, List.of("env", "THALWEG_JAVA_OPTS=" + HEAP, thalweg, "dev"))) {
            URI place = URI.create(node.ready().path("http").asString());
            String key = node.ready().path("apiKey").asString();
            String log;
            try (Api api = new Api(place, key, SSLContext.getDefault())) {
                log = api.post("/logs", Api.JSON.createObjectNode().put("name", "large"))
                        .path("log_id")
                        .asString();
            }
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < UPLOADS; i++) {
                Socket socket = new Socket(place.getHost(), place.getPort());
                open.add(socket);
                senders.add(Thread.ofVirtual().start(() -> upload(socket, log, key)));
            }
            assertThat(node.ended(Duration.ofMinutes(MINUTES_MAX)))
                    .as("the process ended")
                    .isTrue();
            assertThat(node.exitValue()).as("what a supervisor sees").isEqualTo(3);
            for (Thread sender : senders) {
                sender.join();
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        // What was acknowledged is there, and nothing else is needed than a start.
        DevProcess.start(directory, List.of(thalweg, "dev")).close();
    }

    /** All of a large batch but its end, so that what came of it stays in memory. */
    private static void upload(Socket socket, String log, String key) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /logs/" + log + "/append_batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key
                            + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " + (UPLOAD_BYTES + 1)
                            + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] some = new byte[64 << 10];
            for (int sent = 0; sent < UPLOAD_BYTES; sent += some.length) {
                out.write(some);
            }
        } catch (IOException _) {
            // The node is gone, which is what is waited for.
        }
    }
}
