package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.model.LogId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes that earlier releases wrote are read; they are kept beside this test. */
final class FormsOfOldTest {
    private static final LogId ORDERS = DirectoryFixture.logId(1);

    /** A tenant with a log of three partitions and a key that is limited to it. */
    @Test
    void aSnapshotFromBeforeLedgersIsReadAndItsLimitedKeysReachNone() throws IOException {
        Tenant tenant = tenantIn("state-1.hex");
        Authority authority = Authority.of(tenant.key(DirectoryFixture.keyId(1)).orElseThrow());
        assertThat(authority.reaches(ORDERS)).isTrue();
        assertThat(authority.reaches(DirectoryFixture.ledgerId(1))).isFalse();
        assertThat(tenant.ledgers()).isEmpty();
    }

    /** The same with a ledger. */
    @Test
    void aSnapshotFromBeforeShardsConfirmedHasEverythingInTheDirectorysShard() throws IOException {
        Tenant tenant = tenantIn("state-2.hex");
        assertThat(tenant.log(ORDERS).orElseThrow())
                .isEqualTo(new Log(
                        ORDERS,
                        "orders",
                        List.of(0, 0, 0),
                        new Retention(60, 0),
                        tenant.log(ORDERS).orElseThrow().createdNs()));
        assertThat(tenant.ledger("books").orElseThrow().shard()).isZero();
    }

    /** Format 6 is format 7 without what it ends with. */
    @Test
    void aSnapshotFromBeforeTheDirectoryKnewNodesHasNone() {
        DirectoryFixture fixture = new DirectoryFixture();
        fixture.tenant(0);
        byte[] now = fixture.save();
        int nothing = 4 + 4 + 8 + 1 + 4;
        byte[] before = Arrays.copyOf(now, now.length - nothing);
        before[0] = 6;
        Directory read = DirectoryFixture.load(before).current();
        assertThat(read.cluster()).isEqualTo(ClusterState.NONE);
        assertThat(read.tenant(DirectoryFixture.tenantId(0))).isPresent();
    }

    private static Tenant tenantIn(String name) throws IOException {
        Directory directory = DirectoryFixture.load(bytes(name)).current();
        assertThat(directory.dataShards()).isZero();
        assertThat(directory.pending()).isEmpty();
        assertThat(directory.load.get(0)).as("streams and ledgers of shard 0").isGreaterThanOrEqualTo(6);
        return directory.tenant(DirectoryFixture.tenantId(0)).orElseThrow();
    }

    @Test
    void aRequestFromBeforeShardsConfirmedIsToBeAppliedAtOnce() throws IOException {
        DirectoryRequest request = DirectoryRequest.decode(ByteBuffer.wrap(bytes("create-log-1.hex")));
        assertThat(request.atOnce()).isTrue();
        assertThat(request.command())
                .isEqualTo(new DirectoryCommand.CreateLog(ORDERS, "orders", 3, 0, new Retention(60, 0)));
        assertThat(DirectoryRequest.decode(DirectoryRequest.encode(Actor.operator(), request.command()))
                        .atOnce())
                .isFalse();
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = FormsOfOldTest.class.getResourceAsStream(name)) {
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        }
    }
}
