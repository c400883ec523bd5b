package io.thalweg.server.ledgerwire;

import static io.thalweg.server.ledgerwire.WireClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Messages to the ledger port with flipped bits, wrong lengths, odd numbers and bodies, half of them with checksums that are right again,
 * so that they are looked at. What is answered is whole, honest clients are served all the while, and balances say what was created.
 *
 * <p>{@code -Dthalweg.fuzz.seconds=600} goes on for longer, {@code -Dthalweg.fuzz.seed=N} repeats a run.
 */
final class LedgerPortFuzzTest {
    private static final int SECONDS = Integer.getInteger("thalweg.fuzz.seconds", 0);

    /** As many whatever the machine: a build tries the same everywhere. */
    private static final int ROUNDS = 200;

    private static final long SEED = Long.getLong("thalweg.fuzz.seed", 20_261_128);

    /** Operations of all families, those that the protocol keeps for itself, and some that nobody knows. */
    private static final List<Integer> OPERATIONS = List.of(
            0, 1, 2, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 140, 142, 145, 146, 147, 148, 150, 255);

    private final Random random = new Random(SEED);
    private final Aegis128L checksum = new Aegis128L();

    @Test
    void whateverIsSentHonestClientsAreServed(@TempDir Path directory) throws Exception {
        try (DevNode node =
                DevNode.start(NodeOptions.in(directory).withHttp("127.0.0.1", 0), new HostPort("127.0.0.1", 0))) {
            String address = node.ledgerAddress();
            try (WireClient honest = new WireClient(address, 1, WireClient.RELEASE_A).register()) {
                assertThat(honest.call(129, accounts()).capacity()).isEqualTo(Header.BYTES);
                long booked = 0;
                long endNs = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
                for (int round = 0; round < ROUNDS || System.nanoTime() < endNs; round++) {
                    String where = "seed " + SEED + ", round " + round;
                    try {
                        strange(address, 1_000 + round);
                    } catch (IOException e) {
                        throw new AssertionError(where + ": a message that is not whole came back", e);
                    }
                    booked++;
                    ByteBuffer created = honest.call(130, transfer(booked));
                    assertThat(created.capacity()).as(where).isEqualTo(Header.BYTES);
                }
                ByteBuffer account = honest.call(131, bytes(16).putLong(0, 1));
                assertThat(account.getLong(Header.BYTES + AccountLayout.DEBITS_POSTED))
                        .as("only honest transfers name these accounts")
                        .isEqualTo(booked);
            }
        }
    }

    private void strange(String address, long id) throws IOException {
        try (WireClient client = new WireClient(address, id, release())) {
            client.timeout(50);
            try {
                client.register();
            } catch (IOException e) {
                return; // a release that nobody knows is turned away
            }
            for (int messages = random.nextInt(4); messages >= 0; messages--) {
                client.send(spoilt(message(client)));
            }
            if (random.nextBoolean()) {
                client.endOutput();
            }
            while (client.receive() != null) {
                // whole, with right checksums: receive has looked
            }
        } catch (SocketTimeoutException | SocketException e) {
            // Silence is an answer, and so is the end of the connection while this side still writes.
        }
    }

    private int release() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt();
            case 1, 2 -> WireClient.RELEASE_B;
            case 3, 4 -> WireClient.RELEASE_C;
            default -> WireClient.RELEASE_A;
        };
    }

    private ByteBuffer message(WireClient client) {
        ByteBuffer body = bytes(16 * random.nextInt(40));
        for (int at = 0; at < body.capacity(); at += 8) {
            body.putLong(at, random.nextInt(3) == 0 ? random.nextLong() : 1_000_000 + random.nextInt(5));
        }
        if (random.nextInt(12) == 0) {
            return client.ping(random.nextLong());
        }
        int number = random.nextInt(6) == 0 ? random.nextInt() : ++client.number;
        long session = random.nextInt(6) == 0 ? random.nextLong() : client.session;
        return client.request(OPERATIONS.get(random.nextInt(OPERATIONS.size())), session, number, body);
    }

    private ByteBuffer spoilt(ByteBuffer message) {
        boolean sealed = random.nextBoolean();
        for (int flips = random.nextInt(4); flips > 0; flips--) {
            int at = random.nextInt(random.nextBoolean() ? Header.BYTES : message.capacity());
            message.put(
                    at, (byte) (random.nextBoolean() ? message.get(at) ^ 1 << random.nextInt(8) : random.nextInt()));
        }
        if (sealed) {
            int bodyBytes = message.capacity() - Header.BYTES;
            message.putInt(
                    Header.SIZE, Header.BYTES + (random.nextInt(4) == 0 ? random.nextInt(bodyBytes + 1) : bodyBytes));
            Header.seal(message, checksum);
        }
        return message;
    }

    private static ByteBuffer accounts() {
        ByteBuffer accounts = bytes(256);
        for (int i = 0; i < 2; i++) {
            accounts.putLong(i * 128 + AccountLayout.ID, i + 1)
                    .putInt(i * 128 + AccountLayout.LEDGER, 1)
                    .putShort(i * 128 + AccountLayout.CODE, (short) 1);
        }
        return accounts;
    }

    private static ByteBuffer transfer(long id) {
        return bytes(128)
                .putLong(TransferLayout.ID, id)
                .putLong(TransferLayout.DEBIT_ACCOUNT_ID, 1)
                .putLong(TransferLayout.CREDIT_ACCOUNT_ID, 2)
                .putLong(TransferLayout.AMOUNT, 1)
                .putInt(TransferLayout.LEDGER, 1)
                .putShort(TransferLayout.CODE, (short) 1);
    }
}
