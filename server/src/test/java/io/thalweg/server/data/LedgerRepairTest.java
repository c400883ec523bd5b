package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.DevNode;
import io.thalweg.server.LedgerRepair;
import io.thalweg.server.TestNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.ledgerwire.EvictionProbe;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with a damaged ledger, as its clients and its operator see it. */
class LedgerRepairTest {
    private static final String ACCOUNTS =
            "[{\"id\":1,\"ledger\":700,\"code\":10},{\"id\":2,\"ledger\":700,\"code\":10}]";

    private static String transfer(long id) {
        return "[{\"id\":" + id
                + ",\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":5,\"ledger\":700,\"code\":1}]";
    }

    private static String debits(Client client, String ledger) {
        return client.get("/ledgers/" + ledger + "/accounts/1")
                .json()
                .get("debits_posted")
                .asString();
    }

    @Test
    void aDamagedLedgerIsRefusedAloneAndIsRightAgainAfterTheRepair(@TempDir Path data) throws Exception {
        String id;
        TestNode node = new TestNode(data);
        try {
            Client client = node.client();
            for (String ledger : List.of("damaged", "whole")) {
                assertThat(client.post("/ledgers", "{\"name\":\"" + ledger + "\"}")
                                .status())
                        .isEqualTo(201);
                assertThat(client.post("/ledgers/" + ledger + "/accounts", ACCOUNTS)
                                .status())
                        .isEqualTo(200);
                assertThat(client.post("/ledgers/" + ledger + "/transfers", transfer(1))
                                .status())
                        .isEqualTo(200);
            }
            id = client.get("/ledgers/damaged").json().get("ledger_id").asString();
        } finally {
            node.close();
        }
        flip(data.resolve("shards").resolve("0").resolve("ledgers").resolve(id));

        node = new TestNode(data);
        try {
            Client client = node.client();
            for (int round = 0; round < 2; round++) {
                Client.Answer refused = client.post("/ledgers/damaged/transfers", transfer(2));
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.text()).contains("ledger_frozen").doesNotContain(data.toString());
                assertThat(client.get("/ledgers/damaged/accounts/1").status()).isEqualTo(503);
                assertThat(client.get("/ledgers/damaged/accounts/1/transfers").status())
                        .isEqualTo(503);
                assertThat(client.post("/ledgers/whole/transfers", transfer(2 + round))
                                .status())
                        .isEqualTo(200);
                assertThat(debits(client, "whole")).isEqualTo(String.valueOf(10 + 5 * round));
                assertThat(node.anonymous().get("/metrics").text()).contains("thalweg_ledgers_frozen 1");
                node.restart();
                client = node.client();
            }
            assertThatTheLedgersPortSaysSo(node);
        } finally {
            node.close();
        }

        assertThat(LedgerRepair.run(data, Set.of(), null, _ -> {})).isTrue();
        assertThat(LedgerRepair.run(data, Set.of(), null, _ -> {})).isFalse();

        node = new TestNode(data);
        try {
            Client client = node.client();
            assertThat(debits(client, "damaged"))
                    .as("what was answered with an unknown outcome took effect, once")
                    .isEqualTo("10");
            assertThat(client.post("/ledgers/damaged/transfers", transfer(2)).text())
                    .contains("exists");
            assertThat(debits(client, "whole")).isEqualTo("15");
        } finally {
            node.close();
        }
    }

    /** An official client of such a ledger is evicted, which its program sees, and does not wait for ever. */
    private static void assertThatTheLedgersPortSaysSo(TestNode node) throws IOException {
        String port = node.openLedger(new LedgerPort(new HostPort("127.0.0.1", 0), DevNode.TENANT, "damaged", 0));
        assertThat(EvictionProbe.register(port)).isEqualTo(1);
    }

    /** Turns a bit in the newest file of cells: it is read when the ledger is opened. */
    private static void flip(Path ledger) throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(ledger)) {
            file = files.filter(it -> it.getFileName().toString().startsWith("cells"))
                    .max(Path::compareTo)
                    .orElseThrow();
        }
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(40);
            int value = open.read();
            open.seek(40);
            open.write(value ^ 4);
        }
    }
}
