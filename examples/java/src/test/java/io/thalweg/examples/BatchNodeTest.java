package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Views with batches on a node. */
final class BatchNodeTest extends OnNode {
    /** Moves money between accounts: the sum of all is always nothing. */
    public static final class Books implements View {
        static final Index<Map<String, Long>> ACCOUNTS = Index.of("accounts", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.query(Query.anywhere(
                    "sum",
                    Schema.of(Boolean.class),
                    Schema.of(Long.class),
                    (at, _) -> at.all(
                            there -> there.select(ACCOUNTS, Maps.values()).stream()
                                    .mapToLong(Long::longValue)
                                    .sum(),
                            Aggregates.sum())));
            view.batch("books", batch -> {
                batch.index(ACCOUNTS);
                Batch.Stage<Number, Long, Long> accounts = batch.stage(
                        "accounts",
                        Schema.of(Long.class),
                        Aggregates.sum(),
                        (at, sum) -> at.index(ACCOUNTS)
                                .at(Maps.key(at.key()))
                                .update(before -> before == null ? sum : (Long) (before + sum)));
                batch.log("moves", Codec.text(), (from, move) -> {
                    String[] parts = move.split(" ", -1);
                    from.send(accounts, parts[0], -Long.parseLong(parts[2]));
                    from.send(accounts, parts[1], Long.parseLong(parts[2]));
                });
            });
        }
    }

    @Test
    void nobodyEverSeesABatchPartlyAndARestartLosesNone() throws Exception {
        deploy("books", Books.class, 4);
        String moves = log("moves");
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
        AtomicInteger reads = new AtomicInteger();
        byte[] asked = "{\"argument\":true}".getBytes(StandardCharsets.UTF_8);
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    Answer sum = sendOnce("POST", "/views/books/queries/sum", asked);
                    if (sum.status() == 503 && sum.text().contains("starting")) {
                        continue; // another version begins
                    }
                    assertThat(sum.status()).as(sum.text()).isEqualTo(200);
                    assertThat(sum.json().asLong()).isZero();
                    reads.incrementAndGet();
                }
            } catch (Throwable e) {
                wrong.set(e);
            }
        });
        try {
            for (int i = 0; i < 200; i++) {
                String from = "a" + i % 7;
                Answer appended = post("/logs/" + moves + "/append", from + " b" + i % 11 + " 1", "Thalweg-Key", from);
                assertThat(appended.status()).as(appended.text()).isLessThan(300);
                if (i == 100) {
                    deploy("books", Books.class, 4);
                }
            }
        } finally {
            over.set(true);
            reader.join();
        }
        assertThat(wrong.get()).isNull();
        assertThat(reads.get()).as("reads while batches counted").isGreaterThan(20);
        // Only what its own partition had to take is waited for by a position; all of it by this.
        assertThat(select("books", "accounts", "[[\"key\",\"b0\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[19]");
        Answer full = post("/logs/" + moves + "/append?ack=full", "a0 b0 5", "Thalweg-Key", "a0");
        assertThat(full.status()).as(full.text()).isLessThan(300);
        assertThat(select("books", "accounts", "[[\"key\",\"b0\"]]", "").toString())
                .isEqualTo("[24]");
        restart();
        post("/logs/" + moves + "/append?ack=full", "a0 b0 1", "Thalweg-Key", "a0");
        assertThat(select("books", "accounts", "[[\"key\",\"b0\"]]", "?consistency=linearizable")
                        .toString())
                .isEqualTo("[25]");
    }

    @Test
    void trendsAreAskedForOverHttp() throws Exception {
        deploy("trends", Trends.class, 3);
        String mentions = log("mentions");
        for (String topic : List.of("rivers", "rain", "rivers", "snow", "rivers", "rain")) {
            post(
                    "/logs/" + mentions + "/append",
                    "{\"topic\":\"" + topic + "\",\"at\":\"2026-01-01T12:00:10Z\"}",
                    "Thalweg-Key",
                    topic);
        }
        Answer trends =
                post("/views/trends/queries/trends?consistency=linearizable", "{\"at\":\"2026-01-01T12:05:00Z\"}");
        assertThat(trends.status()).as(trends.text()).isEqualTo(200);
        assertThat(trends.json().get(0).get("topic").asString()).isEqualTo("rivers");
        assertThat(trends.json().get(0).get("mentions").asLong()).isEqualTo(3);
        assertThat(trends.json()).hasSize(3);
    }
}
