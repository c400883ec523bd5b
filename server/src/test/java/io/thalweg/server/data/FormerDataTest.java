package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Data directories that earlier versions wrote open. {@code lone-shard-with-raft-log.zip} is that of a development node whose shard
 * was a Raft group of one: 20 events and a transfer, an orderly stop, 20 events and a transfer more, and kill -9.
 */
final class FormerDataTest {

    @TempDir
    Path data;

    @BeforeEach
    void unpack() throws IOException {
        try (InputStream packed =
                        Objects.requireNonNull(getClass().getResourceAsStream("lone-shard-with-raft-log.zip"));
                ZipInputStream zip = new ZipInputStream(packed)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = data.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(zip, file);
            }
        }
        Files.setPosixFilePermissions(data.resolve("dev.env"), PosixFilePermissions.fromString("rw-------"));
    }

    private static String pathOfLog(Client client) {
        for (JsonNode log : client.get("/logs").json().get("logs")) {
            if (log.get("log_name").asString().equals("old")) {
                return "/logs/" + log.get("log_id").asString();
            }
        }
        throw new AssertionError("the log is gone");
    }

    private static void hasAllAndTakesMore(TestNode node, int events) {
        Client client = node.client();
        String log = pathOfLog(client);
        JsonNode page = client.get(log + "/events?limit=1000").json();
        assertThat(page.get("events")).hasSize(events);
        for (int i = 0; i < 40; i++) {
            assertThat(page.get("events").get(i).get("payload").asString()).isEqualTo("{\"n\":" + (i + 1) + "}");
        }
        assertThat(client.get("/ledgers/default/accounts/2")
                        .json()
                        .get("credits_posted")
                        .asString())
                .isEqualTo("12");
        assertThat(client.post(log + "/append", "{\"n\":0}")
                        .json()
                        .get("sequence")
                        .asInt())
                .isEqualTo(events + 1);
    }

    @Test
    void aLoneShardThatHadARaftLogGoesOnWithoutIt() throws Exception {
        Path raft = data.resolve("shards/0/raft");
        assertThat(raft).exists();
        try (TestNode node = new TestNode(data)) {
            assertThat(raft).doesNotExist();
            hasAllAndTakesMore(node, 40);
            node.restart();
            hasAllAndTakesMore(node, 41);
        }
    }

    @Test
    void aJournalThatEndsBeforeTheRaftLogDoesIsRefusedAndTheRaftLogStays() throws Exception {
        Path journal = data.resolve("shards/0/journal/00000000000000000001.seg");
        byte[] bytes = Files.readAllBytes(journal);
        int end = bytes.length;
        while (bytes[end - 1] == 0) {
            end--;
        }
        bytes[end - 1] ^= 1;
        Files.write(journal, bytes);
        assertThatThrownBy(() -> new TestNode(data).close())
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("raft")
                .hasMessageContaining("which the journal has lost");
        assertThat(data.resolve("shards/0/raft")).exists();
    }
}
