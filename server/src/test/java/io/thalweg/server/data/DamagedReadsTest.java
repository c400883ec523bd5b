package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.ScrubSettings;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage that is met while something is read: its reader sees that the answer is not whole, and the operator where it is. */
final class DamagedReadsTest {
    private static final int EVENTS = 9000;
    private static final int BATCH = 1000;
    private static final int DAMAGED = 8000;
    private static final int BATCH_TRANSFERS = 8_190;
    private static final int BATCHES = 20;

    @TempDir
    private Path data = Path.of("");

    /** Without its scrub, which may meet the same byte at any moment, and counts it, too. */
    private TestNode node() throws Exception {
        return new TestNode(NodeOptions.in(data)
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withScrub(new ScrubSettings(0, ScrubSettings.DEFAULT.bytesPerSecondMax())));
    }

    private static String metric(TestNode node) {
        return node.anonymous()
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("thalweg_damage_met_total"))
                .findFirst()
                .orElse("none");
    }

    @Test
    void aWrongByteIsCountedInEveryFormAndACutAnswerIsNotTakenForAWholeOne() throws Exception {
        try (TestNode node = node();
                HttpClient http = HttpClient.newHttpClient()) {
            Client client = node.client();
            String log = "/logs/" + client.createLog("orders");
            for (int from = 1; from <= EVENTS; from += BATCH) {
                StringBuilder lines = new StringBuilder();
                for (int i = from; i < from + BATCH; i++) {
                    lines.append("{\"payload\":\"number-").append(i).append("-x\"}\n");
                }
                Client.Answer answer = client.post(
                        log + "/append_batch",
                        lines.toString(),
                        "Content-Type",
                        "application/vnd.thalweg.events+ndjson");
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            }
            flip("number-" + DAMAGED + "-");
            Client.Answer one = client.get(log + "/events?limit=2&from=" + DAMAGED);
            assertThat(one.status()).as(one.text()).isEqualTo(500);
            assertThat(metric(node)).endsWith(" 1.0");
            int met = 1;
            for (String form : List.of("application/x-ndjson", "application/vnd.thalweg.frames", "text/event-stream")) {
                boolean tail = form.equals("text/event-stream");
                URI uri = URI.create(node.url() + log + (tail ? "/tail?from=1" : "/events?from=1&limit=" + EVENTS));
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + node.dev().apiKey())
                        .header("Accept", form)
                        .build();
                assertThatThrownBy(() -> http.send(request, BodyHandlers.ofByteArray()))
                        .as(form)
                        .isInstanceOf(IOException.class);
                assertThat(metric(node)).as(form).endsWith(" " + ++met + ".0");
            }
            assertThat(client.get(log + "/events?from=1&limit=10").status()).isEqualTo(200);
        }
    }

    /** So many that the first of them leave memory, and come from the disk when they are asked for. */
    private static void book(Client client, long from, int count) {
        ByteBuffer events = ByteBuffer.allocate(count * TransferLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int at = i * TransferLayout.BYTES;
            events.putLong(at + TransferLayout.ID, from + i)
                    .putLong(at + TransferLayout.DEBIT_ACCOUNT_ID, 1)
                    .putLong(at + TransferLayout.CREDIT_ACCOUNT_ID, 2)
                    .putLong(at + TransferLayout.AMOUNT, 1)
                    .putInt(at + TransferLayout.LEDGER, 1)
                    .putShort(at + TransferLayout.CODE, (short) 1);
        }
        Client.Answer answer = client.post(
                "/ledgers/books/transfers", events.array(), "Content-Type", "application/vnd.thalweg.ledger");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void aWrongByteBelowALedgersQueryIsCountedInEveryForm() throws Exception {
        try (TestNode node = node()) {
            Client client = node.client();
            String id = client.post("/ledgers", "{\"name\":\"books\"}")
                    .json()
                    .get("ledger_id")
                    .asString();
            client.post(
                    "/ledgers/books/accounts",
                    "[{\"id\":1,\"ledger\":1,\"code\":1},{\"id\":2,\"ledger\":1,\"code\":1}]");
            for (int batch = 0; batch < BATCHES; batch++) {
                book(client, 1 + (long) batch * BATCH_TRANSFERS, BATCH_TRANSFERS);
            }
            Path records = data.resolve("shards/0/ledgers").resolve(id).resolve("transfers.records");
            await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(records) && Files.size(records) > 1 << 20);
            try (RandomAccessFile file = new RandomAccessFile(records.toFile(), "rw")) {
                file.seek(100);
                int value = file.read();
                file.seek(100);
                file.write(value ^ 1);
            }
            String oldest = "/ledgers/books/accounts/1/transfers?limit=1";
            AtomicLong next = new AtomicLong(1 + (long) BATCHES * BATCH_TRANSFERS);
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                book(client, next.getAndIncrement(), 1);
                return client.get(oldest).status() == 500;
            });
            int met = 1;
            assertThat(metric(node)).endsWith(" " + met + ".0");
            for (String form : List.of("application/json", "application/x-ndjson", "application/vnd.thalweg.ledger")) {
                Client.Answer answer = client.get(oldest, "Accept", form);
                assertThat(answer.status()).as("%s: %s", form, answer.text()).isEqualTo(500);
                assertThat(answer.text()).doesNotContain(data.toString());
                assertThat(metric(node)).as(form).endsWith(" " + ++met + ".0");
            }
            assertThat(client.get("/ledgers/books/transfers?limit=1&reversed=true")
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Turns a bit of a text in the newest segment. */
    private void flip(String text) throws IOException {
        Path segment;
        try (Stream<Path> files = Files.list(data.resolve("shards/0/journal"))) {
            segment = files.filter(file -> file.toString().endsWith(".seg"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
        String content = Files.readString(segment, StandardCharsets.ISO_8859_1);
        int at = content.indexOf(text);
        assertThat(at).isPositive();
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(at);
            file.write(content.charAt(at) ^ 1);
        }
    }
}
