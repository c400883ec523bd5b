package io.thalweg.cli.local;

import io.thalweg.cli.api.Api;
import io.thalweg.client.AppendSession;
import io.thalweg.client.Appended;
import io.thalweg.client.LogClient;
import io.thalweg.client.NewEvent;
import io.thalweg.testkit.history.LedgerModel;
import io.thalweg.testkit.history.LogHistory;
import io.thalweg.testkit.history.RetryHistory;
import io.thalweg.testkit.history.SerialHistory;
import io.thalweg.testkit.history.Violation;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Clients of a cluster that go on whatever happens to its nodes, and note all that they ask and are told: appenders and bookers, who repeat
 * what was not answered elsewhere until it is; a producer in a session of the Java client; linearizable readers; and readers who follow a log from node to node by position.
 */
final class RecordedClients {
    private static final int UNIT = 1;
    private static final int ACCOUNTS = 4;

    /** Events of a producer. */
    private static final int UNDER_WAY = 8;

    /** Words that are said, and the one that is in every line. */
    private static final int WORDS = 50;

    private static final String EACH = "said";
    private static final String COUNTS = "/views/words/indexes/counts/select?consistency=linearizable";

    /** How long a client asks for one thing before it leaves the outcome open. */
    private static final Duration STUBBORN = Duration.ofSeconds(60);

    private static final Duration OVERDUE = Duration.ofMinutes(5);

    private final HttpClient http = HttpClient.newHttpClient();
    private final LocalProcess local;
    private final String log;
    private final String lines;
    private final List<WatchedExample.Deployed> examples;
    private final long seed;
    private final LogHistory events = new LogHistory();
    private final RetryHistory retries = new RetryHistory();
    private final SerialHistory<LedgerModel.Transfer, LedgerModel.Answer> bookings = new SerialHistory<>();
    private final List<Client> clients = new ArrayList<>();
    private final Listener listener;

    /** How often each word was said, as far as that was acknowledged. */
    private final Map<String, Long> said = new ConcurrentHashMap<>();

    private volatile boolean stopping;
    private volatile long stoppedNs;

    /**
     * @param log id of the log that is written and read
     * @param lines id of the log whose words the view {@code words} counts
     * @param examples other views, which are appended for and recounted
     */
    RecordedClients(LocalProcess local, String log, String lines, List<WatchedExample.Deployed> examples, long seed) {
        this.local = local;
        this.log = log;
        this.lines = lines;
        this.examples = List.copyOf(examples);
        this.seed = seed;
        this.listener = new Listener();
    }

    /** Whether a healthy cluster had time enough for all that was under way when everybody was to stop. */
    private boolean isOverdue() {
        return stopping && System.nanoTime() - stoppedNs > OVERDUE.toNanos();
    }

    /** One client on a thread of its own. */
    private abstract class Client {
        final String name;
        final Random random;
        final AtomicLong done = new AtomicLong();
        private final Thread thread;
        private volatile @Nullable Throwable failure;

        Client(String name) {
            this.name = name;
            this.random = new Random(seed ^ name.hashCode());
            this.thread = Thread.ofPlatform().name(name).unstarted(this::live);
        }

        private void live() {
            try {
                while (!stopping) {
                    act();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }

        abstract void act() throws InterruptedException;

        String node() {
            List<String> nodes = local.all("http");
            return nodes.get(random.nextInt(nodes.size()));
        }

        /** The answer of some node that has one; empty when this one has none at the moment. */
        Optional<HttpResponse<String>> ask(HttpRequest.Builder request, String path) throws InterruptedException {
            try {
                HttpResponse<String> answer = http.send(
                        request.uri(URI.create(node() + path))
                                .timeout(Duration.ofSeconds(20))
                                .setHeader("Authorization", "Bearer " + local.apiKey())
                                .build(),
                        BodyHandlers.ofString());
                if (answer.statusCode() < 300) {
                    return Optional.of(answer);
                }
                if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                    throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
                }
            } catch (IOException e) {
                // It is gone, or it goes: nobody knows what became of what it was asked for.
            }
            Thread.sleep(50);
            return Optional.empty();
        }

        /** Appends under an idempotency key until that is answered; empty when it is not for long. */
        Optional<Long> append(String to, String event, String key) throws InterruptedException {
            return appendWith("/logs/" + to + "/append", event, "Idempotency-Key", key);
        }

        /** The same under more headers than that key. */
        Optional<Long> appendWith(String path, String event, String... headers) throws InterruptedException {
            long untilNs = System.nanoTime() + STUBBORN.toNanos();
            while (System.nanoTime() < untilNs) {
                HttpRequest.Builder request = HttpRequest.newBuilder()
                        .header("Content-Type", "text/plain")
                        .headers(headers)
                        .POST(BodyPublishers.ofString(event));
                Optional<HttpResponse<String>> answer = ask(request, path);
                if (answer.isPresent()) {
                    return Optional.of(Api.JSON
                            .readTree(answer.get().body())
                            .get("sequence")
                            .asLong());
                }
            }
            return Optional.empty();
        }

        /** Gives back what it has open, when it has stopped. */
        void end() {}

        /** Whether everybody waits for it behind each fault. */
        boolean isHasty() {
            return true;
        }
    }

    /** Says lines of which a view counts the words. */
    private final class Speaker extends Client {
        private long number;

        Speaker() {
            super("speaker");
        }

        @Override
        void act() throws InterruptedException {
            String word = "w" + ++number % WORDS;
            if (append(lines, EACH + " " + word, name + number).isPresent()) {
                said.merge(word, 1L, Long::sum);
                said.merge(EACH, 1L, Long::sum);
                done.incrementAndGet();
            }
            Thread.sleep(10);
        }
    }

    /** Appends what an example of a view follows. */
    private final class ExampleWriter extends Client {
        private final WatchedExample.Deployed its;
        private long number = 1;

        ExampleWriter(WatchedExample.Deployed its) {
            super("writer-of-" + its.example().view());
            this.its = its;
        }

        @Override
        void act() throws InterruptedException {
            WatchedExample.Said said = its.example().next(random, number);
            String path = "/logs/" + its.id(said.log()) + "/append" + (said.full() ? "?ack=full&timeout=15000" : "");
            String event = said.event().toString();
            if (appendWith(path, event, "Idempotency-Key", name + number, "Thalweg-Key", said.key())
                    .isPresent()) {
                done.incrementAndGet();
                number++;
            } else if (!said.full()) {
                number++; // nobody knows what became of it
            }
            Thread.sleep(20);
        }
    }

    /** Asks how often something was said, which is no less than was acknowledged, nor than it was answered before. Whoever leads the view next begins a while after who leads its log. */
    private final class Listener extends Client {
        private long last;

        Listener() {
            super("listener");
        }

        @Override
        boolean isHasty() {
            return false;
        }

        @Override
        void act() throws InterruptedException {
            long known = said.getOrDefault(EACH, 0L);
            Optional<HttpResponse<String>> answer = ask(
                    HttpRequest.newBuilder().POST(BodyPublishers.ofString("{\"path\":[[\"key\",\"" + EACH + "\"]]}")),
                    COUNTS);
            if (answer.isPresent()) {
                long counted =
                        Api.JSON.readTree(answer.get().body()).at("/values/0").asLong(0);
                if (counted < known) {
                    throw new AssertionError("the view has counted " + counted + " lines, and " + known
                            + " were acknowledged before it was asked");
                }
                if (counted < last) {
                    throw new AssertionError("the view has counted " + counted + " lines, and had " + last);
                }
                last = counted;
                done.incrementAndGet();
            }
            Thread.sleep(10);
        }
    }

    /** Appends one event after the other under an idempotency key, and some of them twice. */
    private final class Appender extends Client {
        private long number;

        Appender(int index) {
            super("appender-" + index);
        }

        @Override
        void act() throws InterruptedException {
            String event = name + "-" + ++number;
            LogHistory.Append append = events.append(name, List.of(event), System.nanoTime());
            Optional<Long> sequence = append(log, event, event);
            if (sequence.isEmpty()) {
                return;
            }
            append.acknowledged(sequence.get(), System.nanoTime());
            done.incrementAndGet();
            RetryHistory.Numbered numbered = new RetryHistory.Numbered(event, 0);
            retries.answered(numbered, sequence.get().toString(), sequence.get());
            if (random.nextInt(8) == 0) {
                append(log, event, event).ifPresent(again -> retries.answered(numbered, again.toString(), again));
            }
        }
    }

    /** Appends as a producer in a session of the Java client, which finds its way itself: several events are under way at a time, and keep their order. */
    private final class Producer extends Client {
        private final LogClient open;
        private AppendSession session;
        private long number;
        private long last;

        Producer() {
            super("producer");
            open = LogClient.open(local.all("http").stream().map(URI::create).toList(), local.apiKey(), STUBBORN);
            session = open.session(log, name);
        }

        @Override
        void act() throws InterruptedException {
            List<LogHistory.Append> appends = new ArrayList<>();
            List<CompletableFuture<Appended>> answers = new ArrayList<>();
            for (int i = 0; i < UNDER_WAY; i++) {
                String event = name + "-" + ++number;
                appends.add(events.append(name, List.of(event), System.nanoTime()));
                answers.add(session.append(new NewEvent(
                        name.getBytes(StandardCharsets.UTF_8),
                        "text/plain",
                        List.of(),
                        event.getBytes(StandardCharsets.UTF_8),
                        -1)));
            }
            boolean isLost = false;
            for (int i = 0; i < UNDER_WAY; i++) {
                try {
                    long sequence = answers.get(i).get().sequence();
                    appends.get(i).acknowledged(sequence, System.nanoTime());
                    done.incrementAndGet();
                    if (sequence <= last) {
                        throw new AssertionError(appends.get(i) + " stands at " + sequence
                                + ", and what was sent before" + " at " + last);
                    }
                    last = sequence;
                } catch (ExecutionException e) {
                    isLost = true; // Nobody knows what became of it.
                }
            }
            if (isLost) {
                session.close();
                session = open.session(log, name);
            }
            Thread.sleep(10);
        }

        @Override
        void end() {
            session.close();
        }
    }

    /** Books transfers between a few accounts, each until it is answered. */
    private final class Booker extends Client {
        private final int index;
        private long number;

        Booker(int index) {
            super("booker-" + index);
            this.index = index;
        }

        @Override
        void act() throws InterruptedException {
            long debit = 1L + random.nextInt(ACCOUNTS);
            LedgerModel.Transfer transfer = new LedgerModel.Transfer(
                    1_000_000L * (index + 1) + ++number, debit, 1 + debit % ACCOUNTS, 1 + random.nextInt(100));
            var booking = bookings.begin(name, transfer, System.nanoTime());
            while (!isOverdue()) {
                Optional<HttpResponse<String>> answer =
                        ask(HttpRequest.newBuilder().POST(BodyPublishers.ofString(json(transfer))), TRANSFERS);
                if (answer.isPresent()) {
                    JsonNode result = Api.JSON
                            .readTree(answer.get().body())
                            .get("results")
                            .get(0);
                    String status = result.get("status").asString();
                    if (!status.equals("created") && !status.equals("exists")) {
                        throw new AssertionError(transfer + " was answered " + result);
                    }
                    // "exists" is the answer to a repeat: the first was done, and its place is told again.
                    booking.answered(
                            LedgerModel.Answer.CREATED,
                            Long.parseLong(result.get("timestamp").asString()),
                            System.nanoTime());
                    done.incrementAndGet();
                    return;
                }
                // Also when all stop: a booking whose outcome nobody knows is asked for until it is known.
            }
            throw new AssertionError(transfer + " is not answered long after the last fault");
        }
    }

    private static final String TRANSFERS = "/ledgers/default/transfers";

    private static String json(LedgerModel.Transfer transfer) {
        return "[{\"id\":\"" + transfer.id() + "\",\"debit_account_id\":\"" + transfer.debit()
                + "\",\"credit_account_id\":\"" + transfer.credit() + "\",\"amount\":\"" + transfer.amount()
                + "\",\"ledger\":" + UNIT + ",\"code\":1}]";
    }

    /** Asks for what was acknowledged so far, of whichever node, also one that has just slept. */
    private final class FreshReader extends Client {
        private long known;

        FreshReader(int index) {
            super("fresh-reader-" + index);
        }

        @Override
        void act() throws InterruptedException {
            long from = Math.max(1, known - random.nextInt(20));
            long begunNs = System.nanoTime();
            Optional<Page> page = read(this, "from=" + from + "&consistency=linearizable");
            if (page.isPresent()) {
                known = page.get().head;
                events.read(name, begunNs, System.nanoTime(), from, page.get().events, known, true);
                done.incrementAndGet();
            }
        }
    }

    /** Follows the log with the position of its last page, which no node may be behind. */
    private final class Follower extends Client {
        private long next = 1;

        Follower(int index) {
            super("follower-" + index);
        }

        @Override
        void act() throws InterruptedException {
            long begunNs = System.nanoTime();
            Optional<Page> page = read(this, next == 1 ? "from=1" : "after=" + (next - 1));
            if (page.isPresent()) {
                // The next node must know what was read here, of which `after` tells it, not that there is more.
                long shown = next - 1 + page.get().events.size();
                long head = Math.min(page.get().head, shown);
                events.read(name, begunNs, System.nanoTime(), next, page.get().events, head, false);
                next = shown + 1;
                done.incrementAndGet();
                if (page.get().events.isEmpty()) {
                    Thread.sleep(20);
                }
            }
        }
    }

    private record Page(List<String> events, long head) {}

    private Optional<Page> read(Client client, String query) throws InterruptedException {
        Optional<HttpResponse<String>> answer =
                client.ask(HttpRequest.newBuilder().GET(), "/logs/" + log + "/events?limit=500&" + query);
        return answer.map(found -> {
            JsonNode page = Api.JSON.readTree(found.body());
            List<String> names = new ArrayList<>();
            page.get("events").forEach(event -> names.add(event.get("payload").asString()));
            return new Page(names, page.get("head").asLong());
        });
    }

    /** Makes the accounts, and starts everybody. */
    void start() throws Exception {
        StringBuilder accounts = new StringBuilder();
        for (int id = 1; id <= ACCOUNTS; id++) {
            accounts.append(id == 1 ? "[" : ",").append("{\"id\":\"" + id + "\",\"ledger\":" + UNIT + ",\"code\":1}");
        }
        HttpResponse<String> made = http.send(
                HttpRequest.newBuilder(URI.create(local.all("http").getFirst() + "/ledgers/default/accounts"))
                        .header("Authorization", "Bearer " + local.apiKey())
                        .POST(BodyPublishers.ofString(accounts.append("]").toString()))
                        .build(),
                BodyHandlers.ofString());
        if (made.statusCode() >= 300) {
            throw new AssertionError("accounts: " + made.statusCode() + " " + made.body());
        }
        for (int i = 0; i < 3; i++) {
            clients.add(new Appender(i));
        }
        for (int i = 0; i < 2; i++) {
            clients.add(new Booker(i));
            clients.add(new FreshReader(i));
            clients.add(new Follower(i));
        }
        clients.add(new Producer());
        clients.add(new Speaker());
        examples.forEach(each -> clients.add(new ExampleWriter(each)));
        clients.add(listener);
        clients.forEach(client -> client.thread.start());
    }

    /** How much each has done that others wait for; throws what one of them met that is no fault of nodes. */
    Map<String, Long> done() {
        Map<String, Long> done = new TreeMap<>();
        for (Client client : clients) {
            if (client.failure != null) {
                throw new AssertionError(client.name + " gave up", client.failure);
            }
            if (client.isHasty()) {
                done.put(client.name, client.done.get());
            }
        }
        return done;
    }

    /** Ends all clients; waits for what they have under way. */
    void stop() throws InterruptedException {
        stoppedNs = System.nanoTime();
        stopping = true;
        for (Client client : clients) {
            client.thread.join();
            client.end();
        }
        done();
    }

    /** Everything that the clients were told and that cannot be, given what the log holds in the end. */
    List<Violation> check() throws InterruptedException {
        List<String> all = new ArrayList<>();
        Client reader = new Follower(clients.size());
        while (true) {
            if (isOverdue()) {
                throw new AssertionError("the log cannot be read long after the last fault");
            }
            Optional<Page> page = read(reader, "from=" + (all.size() + 1) + "&consistency=linearizable");
            if (page.isPresent()) {
                all.addAll(page.get().events);
                if (page.get().events.isEmpty()) {
                    break;
                }
            }
        }
        List<Violation> violations = new ArrayList<>(events.check(all));
        violations.addAll(retries.check());
        violations.addAll(bookings.check(new LedgerModel(_ -> false)));
        return violations;
    }

    /** Has the view's counts be those of its log, which has whatever was acknowledged. */
    void requireCounted() throws InterruptedException {
        if (listener.done.get() == 0) {
            throw new AssertionError("the view never answered while there were faults");
        }
        Map<String, Long> recount = new TreeMap<>();
        Asked asked = this::insist;
        asked.payloads(lines, line -> {
            for (String word : line.split(" ", -1)) {
                recount.merge(word, 1L, Long::sum);
            }
        });
        Map<String, Long> counted = new TreeMap<>();
        insist(HttpRequest.newBuilder().POST(BodyPublishers.ofString("{\"path\":[[\"all\"]]}")), COUNTS)
                .get("values")
                .forEach(pair -> counted.put(pair.get(0).asString(), pair.get(1).asLong()));
        if (!counted.equals(recount)) {
            throw new AssertionError("the view has counted " + counted + ", and its log has " + recount);
        }
        said.forEach((word, times) -> {
            if (recount.getOrDefault(word, 0L) < times) {
                throw new AssertionError(word + " was acknowledged " + times + " times, and the log has " + recount);
            }
        });
    }

    /** Has the view of each example be what comes of its logs. */
    void requireRecounted() throws InterruptedException {
        for (WatchedExample.Deployed each : examples) {
            each.example().requireRecounted(each, this::insist);
        }
    }

    private JsonNode insist(HttpRequest.Builder request, String path) throws InterruptedException {
        while (!isOverdue()) {
            Optional<HttpResponse<String>> answer = listener.ask(request, path);
            if (answer.isPresent()) {
                return Api.JSON.readTree(answer.get().body());
            }
        }
        throw new AssertionError(path + " is not answered long after the last fault");
    }

    @Override
    public String toString() {
        return events.acknowledged() + " appends acknowledged and " + events.unknown() + " open, " + events.reads()
                + " reads, " + retries.answers() + " answers, " + said.getOrDefault(EACH, 0L)
                + " lines said; by client: "
                + done();
    }
}
