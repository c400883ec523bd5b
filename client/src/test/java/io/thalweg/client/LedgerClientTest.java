package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.FakeLedger.Fate;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LedgerClientTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static LedgerClient client(URI url, Duration timeout) {
        return LedgerClient.open(LedgerClientOptions.of(url, "key", "books").withTimeout(timeout));
    }

    private static Transfer transfer(long id, int flags) {
        return Transfer.of(U128.of(id), U128.of(1), U128.of(2), U128.of(1), 1, 1)
                .withFlags(flags);
    }

    private static List<Transfer> transfers(long... ids) {
        List<Transfer> transfers = new ArrayList<>();
        for (long id : ids) {
            transfers.add(transfer(id, 0));
        }
        return transfers;
    }

    /** Many callers with random calls, under a script of faults; each event is applied once, and each caller gets its own. */
    private static FakeLedger run(long seed, int callers, int calls, IntFunction<Fate> script) throws Exception {
        FakeLedger ledger = new FakeLedger(script);
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Map<Long, List<Long>> asked = new HashMap<>();
        try (ledger;
                LedgerClient client = client(ledger.url(), LONG)) {
            List<Thread> threads = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                Random random = new Random(seed + caller);
                long base = (caller + 1) * 10_000_000L;
                List<List<Transfer>> work = new ArrayList<>();
                for (int call = 0; call < calls; call++) {
                    List<Transfer> list = new ArrayList<>();
                    int imported = random.nextInt(16) == 0 ? TransferFlags.IMPORTED : 0;
                    for (int n = 1 + random.nextInt(20); n > 0; n--) {
                        int linked = random.nextInt(10) == 0 ? TransferFlags.LINKED : 0;
                        list.add(transfer(base + call * 1000L + list.size(), linked | imported));
                    }
                    work.add(list);
                    asked.put(
                            list.getFirst().id().low(),
                            list.stream().map(one -> one.id().low()).toList());
                }
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        for (List<Transfer> list : work) {
                            List<CreateResult> results =
                                    client.createTransfers(list).join();
                            assertThat(results.stream().map(CreateResult::timestamp))
                                    .isEqualTo(list.stream()
                                            .map(one -> one.id().low())
                                            .toList());
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(failures).isEmpty();
        Set<Long> seen = new HashSet<>();
        for (FakeLedger.Applied request : ledger.applied) {
            List<FakeLedger.Event> events = request.events();
            assertThat(events).hasSizeLessThanOrEqualTo(Batch.EVENTS_MAX);
            events.forEach(
                    event -> assertThat(seen.add(event.id())).as("booked once").isTrue());
            for (int at = 0; at < events.size(); ) {
                // a request is made of whole calls
                List<Long> call = java.util.Objects.requireNonNull(
                        asked.get(events.get(at).id()));
                int end = at + call.size();
                assertThat(events.subList(at, end).stream().map(FakeLedger.Event::id))
                        .isEqualTo(call);
                FakeLedger.Event last = events.get(end - 1);
                assertThat((last.flags() & TransferFlags.LINKED) == 0 || end == events.size())
                        .as("an open chain is the last thing of its request")
                        .isTrue();
                assertThat(last.flags() & TransferFlags.IMPORTED)
                        .as("imports are not mixed with others")
                        .isEqualTo(events.getFirst().flags() & TransferFlags.IMPORTED);
                at = end;
            }
        }
        assertThat(seen).hasSize(asked.values().stream().mapToInt(List::size).sum());
        assertThat(ledger.mostUnderWay).isEqualTo(1);
        return ledger;
    }

    @Test
    void concurrentCallersShareRequestsAndGetTheirOwnResults() throws Exception {
        FakeLedger ledger = run(1, 64, 40, _ -> Fate.ANSWER);
        assertThat(ledger.requests()).isLessThan(64 * 40 / 2);
    }

    @Test
    void whateverHappensToRequestsAndRepliesNothingIsBookedTwiceOrLost() throws Exception {
        long seed = Long.getLong("thalweg.seed", 20_261_120);
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        run(seed, 16, 30, _ -> {
            synchronized (random) {
                return switch (random.nextInt(10)) {
                    case 0 -> Fate.SWALLOW_REPLY;
                    case 1 -> Fate.SWALLOW_REQUEST;
                    case 2 -> Fate.OVERLOADED;
                    case 3 -> Fate.UNKNOWN;
                    default -> Fate.ANSWER;
                };
            }
        });
    }

    @Test
    void accountsAndTransfersGoInTheOrderOfTheirCalls() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        try (FakeLedger ledger = new FakeLedger(n -> {
                    if (n == 0) {
                        await(first);
                    }
                    return Fate.ANSWER;
                });
                LedgerClient client = client(ledger.url(), LONG)) {
            var holding = client.createTransfers(transfers(1));
            await(() -> ledger.requests() == 1);
            var accounts = client.createAccounts(List.of(Account.of(U128.of(5), 1, 1, 0)));
            var one = client.createTransfers(transfers(6));
            var two = client.createTransfers(transfers(7, 8));
            first.countDown();
            CompletableFuture.allOf(holding, accounts, one, two).join();
            assertThat(ledger.applied.stream()
                            .map(request -> request.path() + " "
                                    + request.number() + " "
                                    + request.events().stream()
                                            .map(FakeLedger.Event::id)
                                            .toList()))
                    .containsExactly(
                            "/ledgers/books/transfers 1 [1]",
                            "/ledgers/books/accounts 2 [5]",
                            "/ledgers/books/transfers 3 [6, 7, 8]");
        }
    }

    @Test
    void aDeadlineLeavesWhatWasSentUnknownAndWhatWaitedUndone() throws Exception {
        AtomicInteger hanging = new AtomicInteger(1);
        try (FakeLedger ledger = new FakeLedger(_ -> hanging.getAndDecrement() > 0 ? Fate.HANG : Fate.ANSWER);
                LedgerClient client = client(ledger.url(), LONG)) {
            var sent = client.createTransfers(transfers(1), Duration.ofSeconds(2));
            await(() -> ledger.requests() == 1);
            var waiting = client.createTransfers(transfers(2), Duration.ofMillis(300));
            assertThatThrownBy(waiting::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(LedgerException.class)
                    .hasMessageContaining("before anything was sent");
            assertThatThrownBy(sent::join).hasCauseInstanceOf(OutcomeUnknownException.class);
            assertThat(client.createTransfers(transfers(3)).join()).hasSize(1);
            // a number that may still be applied is never used again, nor is its session
            assertThat(ledger.applied).hasSize(1);
            assertThat(ledger.applied.getFirst().number()).isEqualTo(1);
            assertThat(ledger.applied.getFirst().events().getFirst().id()).isEqualTo(3);
        }
    }

    @Test
    void aForgottenSessionIsBegunAnewUnlessAnAttemptWentUnanswered() throws Exception {
        Map<Integer, Fate> script = Map.of(1, Fate.FORGET, 3, Fate.SWALLOW_REPLY, 4, Fate.FORGET);
        try (FakeLedger ledger = new FakeLedger(n -> script.getOrDefault(n, Fate.ANSWER));
                LedgerClient client = client(ledger.url(), LONG)) {
            client.createTransfers(transfers(1)).join();
            assertThat(client.createTransfers(transfers(2)).join()).hasSize(1);
            assertThat(ledger.applied).extracting(FakeLedger.Applied::number).containsExactly(1L, 1L);
            var unclear = client.createTransfers(transfers(3));
            assertThatThrownBy(unclear::join).hasCauseInstanceOf(OutcomeUnknownException.class);
            assertThat(client.createTransfers(transfers(4)).join()).hasSize(1);
            assertThat(ledger.applied.stream()
                            .flatMap(request -> request.events().stream())
                            .filter(event -> event.id() == 3))
                    .hasSize(1);
        }
    }

    @Test
    void aReplyThatMakesNoSenseIsAskedForAgainAndTheClientGoesOn() throws Exception {
        List<Fate> script = List.of(Fate.NONSENSE, Fate.NONSENSE, Fate.ANSWER, Fate.ANSWER);
        try (FakeLedger ledger = new FakeLedger(script::get);
                LedgerClient client = client(ledger.url(), LONG)) {
            assertThat(client.createTransfers(transfers(1)).join()).hasSize(1);
            assertThat(client.createTransfers(transfers(2)).join()).hasSize(1);
            assertThat(ledger.applied).hasSize(2);
        }
    }

    @Test
    void aRefusalIsToldAndTheClientGoesOn() throws Exception {
        List<Fate> script = List.of(Fate.FORBIDDEN, Fate.FULL, Fate.ANSWER);
        try (FakeLedger ledger = new FakeLedger(script::get);
                LedgerClient client = client(ledger.url(), LONG)) {
            assertThatThrownBy(client.createTransfers(transfers(1))::join)
                    .hasCauseInstanceOf(LedgerException.class)
                    .hasMessageContaining("forbidden");
            assertThatThrownBy(client.createTransfers(transfers(1))::join)
                    .hasCauseInstanceOf(LedgerException.class)
                    .hasMessageContaining("quota_exceeded");
            assertThat(client.createTransfers(transfers(2)).join()).hasSize(1);
            assertThat(client.createTransfers(List.of()).join()).isEmpty();
            assertThatThrownBy(() ->
                            client.createTransfers(java.util.Collections.nCopies(Batch.EVENTS_MAX + 1, transfer(1, 0))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whoWaitsWhenTheClientIsClosedIsTold() throws Exception {
        try (FakeLedger ledger = new FakeLedger(_ -> Fate.HANG)) {
            LedgerClient client = client(ledger.url(), LONG);
            var sent = client.createTransfers(transfers(1));
            await(() -> ledger.requests() == 1);
            var waiting = client.createTransfers(transfers(2));
            client.close();
            assertThatThrownBy(sent::join).hasCauseInstanceOf(OutcomeUnknownException.class);
            assertThatThrownBy(waiting::join).hasCauseInstanceOf(LedgerException.class);
            assertThatThrownBy(client.createTransfers(transfers(3))::join).hasCauseInstanceOf(LedgerException.class);
        }
    }

    @Test
    void callersWaitForRoomAndNoLongerThanTheirDeadline() throws Exception {
        try (FakeLedger ledger = new FakeLedger(_ -> Fate.HANG);
                LedgerClient client = LedgerClient.open(
                        new LedgerClientOptions(ledger.url(), "key", "books", LONG, Batch.EVENTS_MAX))) {
            var sent = client.createTransfers(transfers(1));
            await(() -> ledger.requests() == 1);
            var _ = client.createTransfers(java.util.Collections.nCopies(Batch.EVENTS_MAX, transfer(2, 0)));
            assertThatThrownBy(client.createTransfers(transfers(3), Duration.ofMillis(200))::join)
                    .hasCauseInstanceOf(LedgerException.class)
                    .hasMessageContaining("no room");
            assertThat(sent).isNotDone();
        }
    }

    @Test
    void idsOnlyGrowWhateverTheClockDoes() {
        U128 before = U128.ZERO;
        long base = System.currentTimeMillis() + 1_000_000;
        for (long ms : new long[] {0, 0, 0, 1, 1, -500, 2, 2, 1, 5}) {
            U128 id = Ids.next(base + ms);
            assertThat(id).isGreaterThan(before);
            before = id;
        }
        assertThat(before.high() >>> 16).isEqualTo(base + 5);
        Set<U128> distinct = java.util.concurrent.ConcurrentHashMap.newKeySet();
        java.util.stream.IntStream.range(0, 10_000)
                .parallel()
                .forEach(_ -> assertThat(distinct.add(Ids.next())).isTrue());
    }

    @Test
    void numbersOf128BitsAreWrittenAndReadInDecimal() {
        for (String text : List.of(
                "0", "1", "9223372036854775808", "18446744073709551616", "340282366920938463463374607431768211455")) {
            assertThat(U128.parse(text)).hasToString(text);
        }
        assertThat(U128.parse(U128.MAX.toString())).isEqualTo(U128.MAX);
        assertThatThrownBy(() -> U128.parse("340282366920938463463374607431768211456"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> U128.parse("-1")).isInstanceOf(IllegalArgumentException.class);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException, IOException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
    }
}
