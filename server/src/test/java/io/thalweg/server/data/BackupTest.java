package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A copy made while the node writes has all that was acknowledged before it began, and goes on from there. */
class BackupTest {
    @TempDir
    private Path directory = Path.of("");

    /** What a client did until now: events in a log, and as many transfers. */
    private static final class Writer implements Runnable {
        final AtomicLong acknowledged = new AtomicLong();
        final AtomicBoolean stop = new AtomicBoolean();
        private final Client client;
        private final String log;
        private final String ledger;

        private final Runnable snapshots;

        /** @param snapshots has the node take some, so that files come and go under the copy */
        Writer(Client client, String log, String ledger, Runnable snapshots) {
            this.snapshots = snapshots;
            this.client = client;
            this.log = log;
            this.ledger = ledger;
        }

        @Override
        public void run() {
            for (long n = 1; !stop.get(); n++) {
                assertThat(client.post("/logs/" + log + "/append", "event " + n).status())
                        .isEqualTo(200);
                String transfer = "[{\"id\":" + n
                        + ",\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":1,\"ledger\":1,\"code\":1}]";
                assertThat(client.post("/ledgers/" + ledger + "/transfers", transfer)
                                .text())
                        .contains("created");
                acknowledged.set(n);
                if (n % 20 == 0) {
                    snapshots.run();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aNodeStartsFromACopyThatWasMadeWhileAnotherWrote(int shards) throws Exception {
        Path data = directory.resolve("data");
        try (TestNode node = new TestNode(options(data).withDataShards(shards))) {
            Client client = node.client();
            String log = client.createLog("written");
            String ledger = client.post("/ledgers", "{\"name\":\"books\"}")
                    .json()
                    .get("ledger_id")
                    .asString();
            client.post(
                    "/ledgers/" + ledger + "/accounts",
                    "[{\"id\":1,\"ledger\":1,\"code\":1},{\"id\":2,\"ledger\":1,\"code\":1}]");
            Writer writer = new Writer(client, log, ledger, () -> {
                for (int shard = 0; shard <= shards; shard++) {
                    node.shards().numbered(shard).snapshot().join();
                }
            });
            Thread writing = Thread.ofVirtual().start(writer);
            for (int copy = 0; copy < 3; copy++) {
                long before = writer.acknowledged.get();
                Path to = directory.resolve("copy" + copy);
                Backup.make(data, to);
                restored(to, shards, log, ledger, before);
            }
            writer.stop.set(true);
            writing.join();
        }
    }

    private static NodeOptions options(Path data) {
        return NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false);
    }

    private static void restored(Path copy, int shards, String log, String ledger, long before) throws Exception {
        assertThat(copy.resolve("LOCK")).doesNotExist();
        try (TestNode node = new TestNode(options(copy).withDataShards(shards))) {
            Client client = node.client();
            JsonNode page = client.get("/logs/" + log + "/events?limit=10000").json();
            long events = page.get("events").size();
            assertThat(events).isGreaterThanOrEqualTo(before);
            for (int i = 0; i < events; i++) {
                assertThat(page.get("events").get(i).get("payload").asString()).isEqualTo("event " + (i + 1));
            }
            JsonNode account = client.get("/ledgers/" + ledger + "/accounts/1").json();
            assertThat(account.get("debits_posted").asLong()).isGreaterThanOrEqualTo(before);
            assertThat(client.post("/logs/" + log + "/append", "on")
                            .json()
                            .get("sequence")
                            .asLong())
                    .isEqualTo(events + 1);
            assertThat(client.createLog("made afterwards")).isNotEmpty();
        }
    }

    @Test
    void aFolderThatIsNoDataDirectoryOrNotEmptyIsRefused() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        Files.writeString(full.resolve("file"), "something");
        assertThatThrownBy(() -> Backup.make(full, directory.resolve("to")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no folder shards");
        Files.createDirectories(full.resolve("shards"));
        assertThatThrownBy(() -> Backup.make(full, full))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not empty");
    }

    @Test
    void aMemberOfAGroupIsRefusedForItWouldHaveForgottenItsVote() throws Exception {
        Path member = directory.resolve("member");
        Files.createDirectories(member.resolve("shards/1/raft"));
        Files.writeString(member.resolve("shards/1/raft/group"), "A group of nodes orders this shard.\n");
        assertThatThrownBy(() -> Backup.make(member, directory.resolve("to")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("shards/1/raft/group")
                .hasMessageContaining("other members");
        assertThat(directory.resolve("to")).doesNotExist();
    }
}
