package io.thalweg.server.ledgerwire;

import static io.thalweg.server.ledgerwire.WireClient.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ledger.CreateStatus;
import io.thalweg.ledger.MultiBatch;
import io.thalweg.ledger.layout.AccountFilterLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door with a real node behind it. */
final class LedgerDoorTest {
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
        return new WireClient(node.ledgerAddress(), id, release);
    }

    static ByteBuffer accounts(long firstId, int count) {
        ByteBuffer events = bytes(count * 128);
        for (int i = 0; i < count; i++) {
            events.putLong(i * 128 + AccountLayout.ID, firstId + i)
                    .putInt(i * 128 + AccountLayout.LEDGER, 1)
                    .putShort(i * 128 + AccountLayout.CODE, (short) 1);
        }
        return events;
    }

    static ByteBuffer transfer(long id, long amount) {
        ByteBuffer event = bytes(128);
        event.putLong(TransferLayout.ID, id)
                .putLong(TransferLayout.DEBIT_ACCOUNT_ID, 1)
                .putLong(TransferLayout.CREDIT_ACCOUNT_ID, 2)
                .putLong(TransferLayout.AMOUNT, amount)
                .putInt(TransferLayout.LEDGER, 1)
                .putShort(TransferLayout.CODE, (short) 1);
        return event;
    }

    static ByteBuffer batches(int eventBytes, ByteBuffer... batches) {
        int[] counts = new int[batches.length];
        int size = MultiBatch.trailerBytes(batches.length, eventBytes);
        for (int i = 0; i < batches.length; i++) {
            counts[i] = batches[i].capacity() / eventBytes;
            size += batches[i].capacity();
        }
        ByteBuffer body = bytes(size);
        for (ByteBuffer batch : batches) {
            body.put(batch.duplicate().clear());
        }
        MultiBatch.putTrailer(body, counts, eventBytes);
        return body.flip();
    }

    private static int reason(ByteBuffer message) {
        assertThat(message.get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_EVICTION);
        return message.get(Header.EVICTION_REASON);
    }

    static ByteBuffer body(ByteBuffer reply) {
        assertThat(reply.get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_REPLY);
        return reply.slice(Header.BYTES, reply.capacity() - Header.BYTES).order(reply.order());
    }

    private long debitsPosted(WireClient client) throws IOException {
        return body(client.call(LOOKUP_ACCOUNTS_A, bytes(16).putLong(0, 1))).getLong(AccountLayout.DEBITS_POSTED);
    }

    @Test
    void aRetryGetsTheSameBytesOnAnyConnectionAndAfterARestart() throws Exception {
        ByteBuffer request;
        ByteBuffer reply;
        try (WireClient client = client(5, WireClient.RELEASE_C).register()) {
            ByteBuffer created = body(client.call(146, batches(128, accounts(1, 2))));
            assertThat(created.getInt(8)).isEqualTo(CreateStatus.CREATED_CODE);
            assertThat(created.getInt(24)).isEqualTo(CreateStatus.CREATED_CODE);
            request = client.request(147, client.session, 2, batches(128, transfer(9, 10), transfer(9, 11)));
            reply = client.call(request);
            assertThat(client.call(request)).isEqualTo(reply);
        }
        assertThat(body(reply).getInt(8)).isEqualTo(CreateStatus.CREATED_CODE);
        assertThat(body(reply).getInt(24)).as("exists with another amount").isEqualTo(39);
        node.close();
        start();
        try (WireClient client = client(5, WireClient.RELEASE_C);
                WireClient other = client(6, WireClient.RELEASE_A).register()) {
            assertThat(client.call(request)).isEqualTo(reply);
            assertThat(debitsPosted(other)).isEqualTo(10);
        }
    }

    private void limitStorage(String limits) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String url = node.node().url() + "/operator/tenants";
            String key = "Bearer " + node.node().operatorKey();
            String list = http.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .header("Authorization", key)
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            String id = list.replaceAll("(?s).*\"tenant_id\":\"([^\"]*)\".*", "$1");
            assertThat(http.send(
                                    HttpRequest.newBuilder(URI.create(url + "/" + id + "/limits"))
                                            .header("Authorization", key)
                                            .PUT(BodyPublishers.ofString(limits))
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aTenantWithoutRoomBooksNothingMoreButIsAnsweredWhatItBooked() throws Exception {
        try (WireClient client = client(7, WireClient.RELEASE_C).register()) {
            body(client.call(146, batches(128, accounts(1, 2))));
            ByteBuffer request = client.request(147, client.session, 2, batches(128, transfer(9, 10)));
            ByteBuffer reply = client.call(request);
            limitStorage("{\"storage_bytes\":300}");
            assertThat(client.call(request)).as("a repetition").isEqualTo(reply);
            ByteBuffer next = client.request(147, client.session, 3, batches(128, transfer(10, 5)));
            client.timeout(500);
            client.send(next);
            assertThatThrownBy(client::receive).isInstanceOf(SocketTimeoutException.class);
            client.timeout(20_000);
            try (WireClient other = client(8, WireClient.RELEASE_A).register()) {
                assertThat(debitsPosted(other)).isEqualTo(10);
                limitStorage("{}");
                assertThat(body(client.call(next)).getInt(8)).isEqualTo(CreateStatus.CREATED_CODE);
                assertThat(debitsPosted(other)).isEqualTo(15);
            }
        }
    }

    @Test
    void eachFamilyIsAnsweredInItsOwnForm() throws Exception {
        try (WireClient a = client(1, WireClient.RELEASE_A).register();
                WireClient b = client(2, WireClient.RELEASE_B).register()) {
            assertThat(body(a.call(129, accounts(1, 3))).capacity())
                    .as("all created")
                    .isZero();
            ByteBuffer again = body(a.call(129, accounts(3, 2)));
            assertThat(again.capacity()).isEqualTo(8);
            assertThat(again.getInt(0)).isZero();
            assertThat(again.getInt(4)).as("exists").isEqualTo(21);
            ByteBuffer sparse = body(b.call(138, batches(128, accounts(4, 1), bytes(0), accounts(9, 1))));
            assertThat(MultiBatch.counts(sparse, 8)).containsExactly(1, 0, 0);
            ByteBuffer rows = body(
                    b.call(140, batches(16, bytes(16).putLong(0, 3), bytes(16).putLong(0, 77))));
            assertThat(MultiBatch.counts(rows, 128)).containsExactly(1, 0);
            assertThat(rows.getLong(AccountLayout.ID)).isEqualTo(3);
        }
    }

    @Test
    void pingsAreAnsweredAlsoBeforeRegistering() throws Exception {
        try (WireClient client = client(1, WireClient.RELEASE_C)) {
            ByteBuffer pong = client.call(client.ping(4711));
            assertThat(pong.get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_PONG_CLIENT);
            assertThat(pong.getLong(Header.PONG_MONOTONIC)).isEqualTo(4711);
            assertThat(pong.getInt(Header.RELEASE)).isNotZero();
        }
    }

    @Test
    void aWrongRequestEvictsItsClientForTheRightReason() throws Exception {
        try (WireClient client = client(1, WireClient.RELEASE_A);
                WireClient old = client(2, (16 << 8) | 3)) {
            assertThat(reason(client.call(129, accounts(1, 1))))
                    .as("never registered")
                    .isEqualTo(1);
            assertThat(reason(client.call(LOOKUP_ACCOUNTS_A, bytes(16))))
                    .as("the same for a read")
                    .isEqualTo(1);
            assertThat(reason(old.call(old.request(WireOperation.REGISTER, 0, 0, bytes(256)))))
                    .isEqualTo(2);
            client.register();
            assertThat(reason(client.call(200, accounts(1, 1)))).isEqualTo(4);
            assertThat(reason(client.call(129, bytes(100)))).isEqualTo(5);
            assertThat(reason(client.call(138, accounts(1, 1))))
                    .as("no trailer")
                    .isEqualTo(5);
            assertThat(reason(client.call(135, bytes(128)))).as("two filters").isEqualTo(5);
            assertThat(reason(client.call(client.request(129, client.session - 1, 9, accounts(1, 1)))))
                    .isEqualTo(7);
            WireClient newer = client(1, WireClient.RELEASE_B);
            assertThat(reason(newer.call(newer.request(129, client.session, 9, accounts(1, 1)))))
                    .isEqualTo(8);
            newer.close();
            assertThat(body(client.call(129, accounts(1, 2))).capacity()).isZero();
        }
    }

    @Test
    void silenceIsTheAnswerToWhatIsOutOfDate() throws Exception {
        try (WireClient client = client(1, WireClient.RELEASE_A).register()) {
            client.number = 7;
            assertThat(body(client.call(129, accounts(1, 2))).capacity()).isZero();
            client.send(client.request(129, client.session, 7, accounts(3, 2)));
            client.send(client.request(130, client.session + 100, 9, transfer(1, 1)));
            assertThat(client.call(client.ping(1)).get(Header.COMMAND))
                    .as("nothing comes before the pong")
                    .isEqualTo((byte) Header.COMMAND_PONG_CLIENT);
        }
    }

    @Test
    void bytesThatAreNoMessageCloseTheirConnectionAndNothingElse() throws Exception {
        try (WireClient good = client(1, WireClient.RELEASE_C).register()) {
            assertThat(body(good.call(146, batches(128, accounts(1, 2)))).capacity())
                    .isPositive();
            SplittableRandom random = new SplittableRandom(20261120);
            for (int round = 0; round < 300; round++) {
                try (WireClient bad = client(1000 + round, WireClient.RELEASE_C)) {
                    bad.send(hostile(bad, random));
                    bad.endOutput();
                    assertThat(bad.isClosed()).as("round %d", round).isTrue();
                }
            }
            assertThat(good.call(good.ping(1))).isNotNull();
            assertThat(body(good.call(147, batches(128, transfer(1, 5)))).getInt(8))
                    .isEqualTo(CreateStatus.CREATED_CODE);
            assertThat(body(good.call(140, batches(16, bytes(16).putLong(0, 1))))
                            .getLong(AccountLayout.DEBITS_POSTED))
                    .isEqualTo(5);
        }
    }

    /** A good message with one thing wrong in it. */
    private static ByteBuffer hostile(WireClient client, SplittableRandom random) {
        ByteBuffer message = client.request(147, 1, 1, batches(128, transfer(1, 1)));
        int choice = random.nextInt(5);
        switch (choice) {
            case 0 -> { // any bit
                int at = random.nextInt(message.capacity());
                message.put(at, (byte) (message.get(at) ^ (1 << random.nextInt(8))));
            }
            case 1 -> { // a length that cannot be, well checksummed
                int[] sizes = {0, 255, (1 << 20) + 1, Integer.MAX_VALUE, -1};
                message.putInt(Header.SIZE, sizes[random.nextInt(sizes.length)]);
                Header.sealHeader(message, new Aegis128L());
            }
            case 2 -> { // a reserved byte, well checksummed
                int[] reserved = {16, 48, 64, 79, 100, 112, 116, 127, 144, 184, 197, 204, 255};
                message.put(reserved[random.nextInt(reserved.length)], (byte) 1);
                Header.sealHeader(message, new Aegis128L());
            }
            case 3 -> { // another command, or another cluster
                message.put(random.nextBoolean() ? Header.COMMAND : Header.CLUSTER, (byte) (6 + random.nextInt(200)));
                Header.sealHeader(message, new Aegis128L());
            }
            default -> { // cut off
                return message.slice(0, 1 + random.nextInt(message.capacity() - 1));
            }
        }
        return message;
    }

    @Test
    void aThousandIdleAndHalfSpokenConnectionsHinderNobody() throws Exception {
        List<WireClient> idle = new ArrayList<>();
        try (WireClient good = client(1, WireClient.RELEASE_A).register()) {
            for (int i = 0; i < 1000; i++) {
                WireClient client = client(100 + i, WireClient.RELEASE_C);
                idle.add(client);
                ByteBuffer message = client.request(146, 1, 1, bytes(1 << 19));
                if (i % 2 == 0) {
                    client.send(message.slice(0, 1 + i % 300));
                }
            }
            assertThat(body(good.call(129, accounts(1, 2))).capacity()).isZero();
            assertThat(body(good.call(130, transfer(1, 3))).capacity()).isZero();
            assertThat(debitsPosted(good)).isEqualTo(3);
            WireClient quiet = idle.get(1);
            assertThat(quiet.call(quiet.ping(3)).get(Header.COMMAND)).isEqualTo((byte) Header.COMMAND_PONG_CLIENT);
        } finally {
            for (WireClient client : idle) {
                client.close();
            }
        }
    }

    private static ByteBuffer transfersOf(long account, int limit) {
        return bytes(128)
                .putLong(AccountFilterLayout.ACCOUNT_ID, account)
                .putInt(AccountFilterLayout.LIMIT, limit)
                .putInt(AccountFilterLayout.FLAGS, 3);
    }

    @Test
    void filtersWhoseResultsOneReplyCannotHoldAreRefusedAndNotCutShort() throws Exception {
        try (WireClient client = client(7, WireClient.RELEASE_B).register()) {
            body(client.call(138, batches(128, accounts(1, 2))));
            body(client.call(139, batches(128, transfer(1, 1), transfer(2, 1))));
            ByteBuffer fits = body(client.call(142, batches(128, transfersOf(1, 4_000), transfersOf(2, 4_000))));
            assertThat(MultiBatch.counts(fits, 128)).containsExactly(2, 2);
            ByteBuffer alone = body(client.call(142, batches(128, transfersOf(1, 1_000_000))));
            assertThat(MultiBatch.counts(alone, 128)).as("one filter is capped").containsExactly(2);
            assertThat(reason(client.call(142, batches(128, transfersOf(1, 8_000), transfersOf(2, 8_000)))))
                    .isEqualTo(5);
        }
    }

    @Test
    void aReadsReplyTellsTheTimeAtWhichItWasMade() throws Exception {
        try (WireClient client = client(8, WireClient.RELEASE_A).register()) {
            long before = client.call(129, accounts(1, 2)).getLong(Header.REPLY_TIMESTAMP);
            long read = client.call(LOOKUP_ACCOUNTS_A, bytes(16).putLong(0, 1)).getLong(Header.REPLY_TIMESTAMP);
            long after = client.call(130, transfer(1, 1)).getLong(Header.REPLY_TIMESTAMP);
            assertThat(read).isBetween(before, after);
        }
    }

    /** More than the port has memory for, were it taken before anything has come. */
    @Test
    void bodiesThatAreAnnouncedAndDoNotComeHinderNobody() throws Exception {
        List<WireClient> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 400; i++) {
                WireClient client = client(100 + i, WireClient.RELEASE_A);
                silent.add(client);
                client.send(client.request(130, 1, 1, bytes(8_190 * 128)).slice(0, Header.BYTES));
            }
            try (WireClient honest = client(9, WireClient.RELEASE_A).register()) {
                body(honest.call(129, accounts(1, 2)));
                assertThat(debitsPosted(honest)).isZero();
            }
        } finally {
            for (WireClient client : silent) {
                client.close();
            }
        }
    }

    /** All that the port has is held by requests that want memory for their answers, too. */
    @Test
    void readersWhoFillTheMemoryWithTheirRequestsDoNotWaitForOneAnother() throws Exception {
        List<WireClient> readers = new ArrayList<>();
        ByteBuffer ids = bytes(8_190 * 16);
        try {
            for (int i = 0; i < 2_100; i++) {
                WireClient reader = client(1_000 + i, WireClient.RELEASE_A);
                readers.add(reader);
                reader.send(reader.request(LOOKUP_ACCOUNTS_A, 1, 1, ids).slice(0, Header.BYTES));
            }
            for (WireClient reader : readers) {
                reader.send(ids);
            }
            try (WireClient honest = client(9, WireClient.RELEASE_A).register()) {
                body(honest.call(129, accounts(1, 2)));
            }
        } finally {
            for (WireClient reader : readers) {
                reader.close();
            }
        }
    }
}
