package io.thalweg.cli.train;

import io.thalweg.cli.api.Api;
import io.thalweg.client.Account;
import io.thalweg.client.LedgerClient;
import io.thalweg.client.LedgerClientOptions;
import io.thalweg.client.Transfer;
import io.thalweg.client.U128;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;

/** A node that takes appends, views and transfers for some seconds: its classes, and the profiles of what a node does all day. */
final class NodeTraining {
    private static final String HOST = "127.0.0.1";
    private static final int APPENDS = 400;
    private static final int BATCHES = 40;
    private static final int EVENTS_IN_A_BATCH = 500;
    private static final int ACCOUNTS = 1_000;

    /** Enough for the loops of a batch to be compiled by the optimizing compiler, which is when a profile is whole. */
    private static final int TRANSFER_BATCHES = 24;

    private static final int TRANSFERS_IN_A_BATCH = 4_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private NodeTraining() {}

    static void run(Path data) throws Exception {
        NodeOptions options = NodeOptions.in(data.toAbsolutePath().normalize()).withHttp(HOST, 0);
        try (DevNode node = DevNode.start(options, new HostPort(HOST, 0))) {
            URI url = URI.create(node.node().url());
            try (Api api = new Api(url, node.apiKey(), SSLContext.getDefault())) {
                append(api);
                ViewTraining.run(api);
            }
            LedgerClientOptions ledger =
                    LedgerClientOptions.of(url, node.apiKey(), DevNode.LEDGER).withTimeout(PATIENCE);
            try (LedgerClient client = LedgerClient.open(ledger)) {
                book(client);
            }
        }
        GroupTraining.run(data.resolveSibling("group"));
    }

    static void append(Api api) throws IOException, InterruptedException {
        String log = api.post("/logs", Api.JSON.createObjectNode().put("name", "training"))
                .path("log_id")
                .asString();
        byte[] event = "{\"order\":17,\"price\":\"19.90\"}".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < APPENDS; i++) {
            api.send(
                    "POST",
                    "/logs/" + log + "/append",
                    BodyPublishers.ofByteArray(event),
                    Map.of("Content-Type", "application/json"));
        }
        String batch =
                "{\"payload\":{\"order\":17,\"item\":\"lamp\"},\"key\":\"customer-4\"}\n".repeat(EVENTS_IN_A_BATCH);
        for (int i = 0; i < BATCHES; i++) {
            api.send(
                    "POST",
                    "/logs/" + log + "/append_batch",
                    BodyPublishers.ofString(batch),
                    Map.of("Content-Type", "application/vnd.thalweg.events+ndjson", "Idempotency-Key", "batch-" + i));
            api.get("/logs/" + log + "/events?from=" + (1 + i * EVENTS_IN_A_BATCH) + "&limit=500");
        }
        api.get("/logs");
        api.get("/openapi.json");
        api.get("/health/ready");
    }

    private static void book(LedgerClient client) throws Exception {
        client.createAccounts(IntStream.rangeClosed(1, ACCOUNTS)
                        .mapToObj(id -> Account.of(U128.of(id), 1, 1, 0))
                        .toList())
                .get();
        // The same in every build, so that caches of equal jars are alike.
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        long next = 1;
        for (int batch = 0; batch < TRANSFER_BATCHES; batch++) {
            long first = next;
            List<Transfer> transfers = IntStream.range(0, TRANSFERS_IN_A_BATCH)
                    .mapToObj(i -> transfer(first + i, random))
                    .toList();
            client.createTransfers(transfers).get();
            next += TRANSFERS_IN_A_BATCH;
        }
        client.lookUpTransfers(List.of(U128.of(1), U128.of(next - 1)));
        client.lookUpAccounts(List.of(U128.of(1), U128.of(ACCOUNTS)));
    }

    private static Transfer transfer(long id, RandomGenerator random) {
        long debit = random.nextLong(1, ACCOUNTS + 1L);
        long credit = 1 + debit % ACCOUNTS;
        return Transfer.of(U128.of(id), U128.of(debit), U128.of(credit), U128.of(1 + random.nextInt(100)), 1, 1)
                .withUserData(new U128(random.nextLong(), random.nextLong()), random.nextLong(), random.nextInt());
    }
}
