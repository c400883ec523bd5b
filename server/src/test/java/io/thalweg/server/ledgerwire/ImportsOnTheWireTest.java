package io.thalweg.server.ledgerwire;

import static io.thalweg.server.ledgerwire.LedgerDoorTest.accounts;
import static io.thalweg.server.ledgerwire.LedgerDoorTest.batches;
import static io.thalweg.server.ledgerwire.LedgerDoorTest.body;
import static io.thalweg.server.ledgerwire.LedgerDoorTest.transfer;
import static io.thalweg.server.ledgerwire.WireClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.CreateAccountStatus;
import io.thalweg.ledger.CreateStatus;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports that end other servers of this protocol are answered, event by event. */
class ImportsOnTheWireTest {
    private static final int CREATE_ACCOUNTS = 146;
    private static final int CREATE_TRANSFERS = 147;
    private static final int LOOKUP_ACCOUNTS_A = 131;

    @TempDir
    private Path directory = Path.of("");

    private DevNode node;

    @BeforeEach
    void start() throws Exception {
        node = DevNode.start(NodeOptions.in(directory).withHttp("127.0.0.1", 0), new HostPort("127.0.0.1", 0));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private WireClient client(long id, int release) throws IOException {
        return new WireClient(node.ledgerAddress(), id, release).register();
    }

    private static ByteBuffer imported(long id, long timestamp) {
        return accounts(id, 1)
                .putShort(AccountLayout.FLAGS, (short) AccountLayout.FLAG_IMPORTED)
                .putLong(AccountLayout.TIMESTAMP, timestamp);
    }

    private static int status(ByteBuffer results, int event) {
        return results.getInt(16 * event + 8);
    }

    private ByteBuffer account(long id) throws IOException {
        try (WireClient reader = client(100 + id, WireClient.RELEASE_A)) {
            return body(reader.call(LOOKUP_ACCOUNTS_A, bytes(16).putLong(0, id)));
        }
    }

    @Test
    void aBatchThatIsNotImportedMayStandBeforeOneThatIs() throws Exception {
        try (WireClient client = client(5, WireClient.RELEASE_C)) {
            ByteBuffer first =
                    body(client.call(CREATE_ACCOUNTS, batches(128, accounts(0, 1), imported(1, 1), imported(2, 2))));
            assertThat(status(first, 0)).isEqualTo(CreateAccountStatus.ID_MUST_NOT_BE_ZERO.code());
            assertThat(status(first, 1)).isEqualTo(CreateStatus.CREATED_CODE);
            assertThat(status(first, 2)).isEqualTo(CreateStatus.CREATED_CODE);
            ByteBuffer second = body(client.call(CREATE_ACCOUNTS, batches(128, accounts(3, 1), imported(4, 3))));
            assertThat(status(second, 0)).isEqualTo(CreateStatus.CREATED_CODE);
            assertThat(status(second, 1))
                    .isEqualTo(CreateAccountStatus.IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS.code());
            ByteBuffer mixed =
                    bytes(256).put(accounts(5, 1)).put(imported(6, 4)).flip();
            ByteBuffer third = body(client.call(CREATE_ACCOUNTS, batches(128, mixed)));
            assertThat(status(third, 0)).isEqualTo(CreateStatus.CREATED_CODE);
            assertThat(status(third, 1)).isEqualTo(CreateAccountStatus.IMPORTED_EVENT_NOT_EXPECTED.code());
        }
        assertThat(account(2).getLong(AccountLayout.TIMESTAMP)).isEqualTo(2);
    }

    @Test
    void aPendingTransferThatWouldExpireIsPostedByAnImport() throws Exception {
        try (WireClient client = client(5, WireClient.RELEASE_C)) {
            client.call(CREATE_ACCOUNTS, batches(128, accounts(1, 2)));
            ByteBuffer pending = transfer(9, 40)
                    .putShort(TransferLayout.FLAGS, (short) TransferLayout.FLAG_PENDING)
                    .putInt(TransferLayout.TIMEOUT, 1_000);
            ByteBuffer reserved = body(client.call(CREATE_TRANSFERS, batches(128, pending)));
            assertThat(status(reserved, 0)).isEqualTo(CreateStatus.CREATED_CODE);
            ByteBuffer post = bytes(128)
                    .putLong(TransferLayout.ID, 10)
                    .putLong(TransferLayout.AMOUNT, 40)
                    .putLong(TransferLayout.PENDING_ID, 9)
                    .putLong(TransferLayout.TIMESTAMP, reserved.getLong(0) + 1)
                    .putShort(TransferLayout.FLAGS, (short)
                            (TransferLayout.FLAG_IMPORTED | TransferLayout.FLAG_POST_PENDING));
            ByteBuffer posted = body(client.call(CREATE_TRANSFERS, batches(128, post)));
            assertThat(status(posted, 0)).isEqualTo(CreateStatus.CREATED_CODE);
        }
        assertThat(account(1).getLong(AccountLayout.DEBITS_POSTED)).isEqualTo(40);
        assertThat(account(1).getLong(AccountLayout.DEBITS_PENDING)).isZero();
        node.close();
        start();
        assertThat(account(1).getLong(AccountLayout.DEBITS_POSTED)).isEqualTo(40);
    }
}
