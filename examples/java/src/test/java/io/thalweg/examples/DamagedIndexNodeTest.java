package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Wrong bytes in the files of indexes: what was in them is made again from the steps of the views. */
final class DamagedIndexNodeTest extends OnNode {
    private static final int SUMS = 50;

    /** Turns a byte of the first block of each file, in a file of its own: what it was linked to stays as it is. */
    static void damage(Path store) throws Exception {
        List<Path> files;
        try (Stream<Path> all = Files.list(store)) {
            files = all.filter(file -> file.toString().endsWith(".sst")).toList();
        }
        assertThat(files).as("files of %s", store).isNotEmpty();
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[10] ^= 1;
            Files.delete(file);
            Files.write(file, bytes);
        }
    }

    /** The store that counts, of the only shard that has one. */
    static Path store(Path data, int damages) throws Exception {
        try (Stream<Path> all = Files.list(data.resolve("indexes"))) {
            return all.filter(place ->
                            String.valueOf(place.getFileName()).matches(damages == 0 ? "\\d+" : "\\d+\\." + damages))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void awaitSum(long sum) throws Exception {
        awaitSum(this, "[[\"key\",\"alice\"]]", sum);
    }

    /** While the index is made again the node says that it cannot answer. */
    static void awaitSum(OnNode node, String path, long sum) throws Exception {
        byte[] body = ("{\"path\":" + path + "}").getBytes(StandardCharsets.UTF_8);
        Answer answer = null;
        for (long end = System.nanoTime() + 60_000_000_000L; answer == null || answer.status() != 200; ) {
            assertThat(System.nanoTime()).as("in time: %s", answer).isLessThan(end);
            answer = node.send("POST", "/views/sums/indexes/sums/select?consistency=linearizable", body);
        }
        assertThat(answer.json().at("/values/0").asLong()).isEqualTo(sum);
    }

    private void add(String log) throws Exception {
        assertThat(post("/logs/" + log + "/append", "1", "Thalweg-Key", "alice").status())
                .isEqualTo(200);
    }

    @Test
    void whatIsDamagedIsMadeAgainFromTheSteps() throws Exception {
        deploy("sums", EarlierNodeTest.Sums.class, 2);
        String log = log("numbers");
        for (int i = 0; i < SUMS; i++) {
            add(log);
        }
        awaitSum(SUMS);

        // Somebody reads it.
        restart(data -> damage(store(data, 0)));
        awaitSum(SUMS);
        add(log);
        awaitSum(SUMS + 1);

        // It does not even open.
        restart(data -> Files.writeString(store(data, 1).resolve("CURRENT"), "nothing"));
        awaitSum(SUMS + 1);
        add(log);
        restart();
        awaitSum(SUMS + 2);
    }
}
