package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does whose disk is nearly full. */
final class DiskSpaceTest {
    private static final long GIB = 1L << 30;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatFreesALittleIsNotTakenForEnoughAndWhatCannotBeMeasuredIsAsItWas() {
        AtomicLong room = new AtomicLong();
        DiskSpace space = new DiskSpace(
                () -> {
                    if (room.get() < 0) {
                        throw new IOException("no such file system");
                    }
                    return room.get();
                },
                folder,
                1000);
        long[] usable = {1000, 999, 1000, 1124, 1125, 1000, 0};
        boolean[] full = {false, true, true, true, false, false, true};
        for (int i = 0; i < usable.length; i++) {
            room.set(usable[i]);
            space.measure();
            assertThat(space.isFull())
                    .as("with %d bytes, step %d", usable[i], i)
                    .isEqualTo(full[i]);
        }
        room.set(-1);
        space.measure();
        assertThat(space.isFull()).isTrue();
    }

    private Client.Answer append(Client client, String log) {
        return client.post(log + "/append", "one");
    }

    /** Room is taken in one go, and given back so: what others do on this disk meanwhile is less. */
    @Test
    void belowTheMarkWritesAreRefusedReadsAndDeletionsGoOnAndSoDoesAllWhenThereIsRoomAgain() throws Exception {
        long mark = Files.getFileStore(folder).getUsableSpace() - 2 * GIB;
        assertThat(mark).as("this test needs a disk with more room").isGreaterThan(3 * GIB);
        NodeOptions options = NodeOptions.in(folder.resolve("data"))
                .withHttp("127.0.0.1", 0)
                .withCompiled(false)
                .withDiskFreeBytesMin(mark);
        Path filler = folder.resolve("filler");
        try (TestNode node = new TestNode(options)) {
            Client client = node.client();
            String log = "/logs/" + client.createLog("orders");
            String other = "/logs/" + client.createLog("others");
            assertThat(append(client, log).status()).isEqualTo(200);
            Process filling = new ProcessBuilder("fallocate", "-l", "4GiB", filler.toString())
                    .inheritIO()
                    .start();
            assertThat(filling.waitFor()).isZero();

            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(append(client, log).status()).isEqualTo(503));
            Client.Answer refused = append(client, log);
            assertThat(refused.code()).isEqualTo("disk_full");
            Client.Answer batch = client.post(
                    log + "/append_batch",
                    "{\"payload\":\"a\"}\n{\"payload\":\"b\"}\n",
                    "Content-Type",
                    "application/vnd.thalweg.events+ndjson");
            assertThat(batch.code()).as(batch.text()).isEqualTo("disk_full");
            Client.Answer booking =
                    client.post("/ledgers/default/accounts", "[{\"id\":\"1\",\"ledger\":1,\"code\":1}]");
            assertThat(booking.code()).as(booking.text()).isEqualTo("disk_full");

            long taken = client.get(log + "/events?from=1&consistency=linearizable")
                    .json()
                    .get("head")
                    .asLong();
            assertThat(taken).isPositive();
            assertThat(client.delete(other).status()).isLessThan(300);
            Client.Answer ready = node.anonymous().get("/health/ready");
            assertThat(ready.status()).isEqualTo(200);
            assertThat(ready.json().get("reason").asString()).contains("disk.free_min");
            assertThat(node.anonymous().get("/metrics").text()).contains("thalweg_disk_full 1.0");

            Files.delete(filler);
            await().atMost(PATIENCE)
                    .untilAsserted(
                            () -> assertThat(append(client, log).status()).isEqualTo(200));
            assertThat(client.get(log + "/events?from=1").json().get("head").asLong())
                    .isEqualTo(taken + 1);
            assertThat(node.anonymous()
                            .get("/health/ready")
                            .json()
                            .get("reason")
                            .asString())
                    .isEmpty();
        } finally {
            Files.deleteIfExists(filler);
        }
    }
}
