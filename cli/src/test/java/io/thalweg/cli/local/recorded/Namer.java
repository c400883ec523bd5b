package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import io.thalweg.testkit.history.NameHistory;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Makes logs under a few names that others make and delete logs under, too, and deletes what is there, at any node. */
final class Namer extends Client {
    /** At a time. After a while they are others: what is open of a name lets almost anything be right. */
    private static final int NAMES = 3;

    private static final long WHILE_NS = Duration.ofSeconds(30).toNanos();
    private static final String OURS = "named-";
    private static final int GONE = 404;
    private static final int TAKEN = 409;

    /** What a node says, as TAKEN, to whose log somebody else deleted before its shard had confirmed it: it was made. */
    private static final String DELETED_MEANWHILE = "deleted meanwhile";

    /** Each of them has three shards write something. */
    private static final long PAUSE_MS = 100;

    private final NameHistory names;

    /** Identifiers by name, of those that are there as far as it was told. */
    private final Map<String, String> there = new TreeMap<>();

    Namer(Run run, int index, NameHistory names) {
        super(run, "namer-" + index);
        this.names = names;
    }

    /** Nobody waits for it: a log that is made or deleted takes several times as long as an append. */
    @Override
    boolean isHasty() {
        return false;
    }

    @Override
    boolean isAnswer(int status) {
        return super.isAnswer(status) || status == TAKEN || status == GONE;
    }

    @Override
    void act() throws InterruptedException {
        String log = OURS + System.nanoTime() / WHILE_NS + "-" + random.nextInt(NAMES);
        String id = there.remove(log);
        if (id == null) {
            make(log);
        } else {
            delete(id);
        }
        Thread.sleep(PAUSE_MS);
    }

    private void make(String log) throws InterruptedException {
        NameHistory.Making making = names.make(log, System.nanoTime());
        Optional<HttpResponse<String>> answer = ask(named(log), "/logs");
        if (answer.isEmpty()) {
            return; // Nobody knows. To ask again tells.
        }
        if (answer.get().statusCode() != TAKEN) {
            String id = Api.JSON.readTree(answer.get().body()).get("log_id").asString();
            making.made(id, System.nanoTime());
            there.put(log, id);
            done.incrementAndGet();
        } else if (!answer.get().body().contains(DELETED_MEANWHILE)) {
            making.taken(System.nanoTime());
            done.incrementAndGet();
            find(log);
        }
    }

    private void delete(String id) throws InterruptedException {
        NameHistory.Deleting deleting = names.delete(id, System.nanoTime());
        Optional<HttpResponse<String>> answer = ask(HttpRequest.newBuilder().DELETE(), "/logs/" + id);
        // GONE says nothing: somebody else deleted it, or the node has not heard of it yet.
        if (answer.isPresent() && answer.get().statusCode() != GONE) {
            deleting.deleted(System.nanoTime());
            done.incrementAndGet();
        }
    }

    /** Looks at some node, which may not have heard of the newest, for what has a name. */
    private void find(String log) throws InterruptedException {
        long begunNs = System.nanoTime();
        Optional<HttpResponse<String>> list = ask(HttpRequest.newBuilder().GET(), "/logs");
        if (list.isPresent()) {
            String id = byName(list.get()).get(log);
            names.looked(log, id, begunNs, System.nanoTime(), false);
            if (id != null) {
                there.put(log, id);
            }
        }
    }

    /** What there is in the end, by the word of a node that has just made a log, and so has heard of all that came before. */
    Map<String, String> inTheEnd() throws InterruptedException {
        String node = run.nodes().getFirst();
        while (!run.isOverdue()) {
            Optional<HttpResponse<String>> made = ask(node, named("end-" + UUID.randomUUID()), "/logs");
            Optional<HttpResponse<String>> list =
                    made.isEmpty() ? made : ask(node, HttpRequest.newBuilder().GET(), "/logs");
            if (list.isPresent()) {
                Map<String, String> all = byName(list.get());
                all.keySet().removeIf(log -> !log.startsWith(OURS));
                return all;
            }
        }
        throw new AssertionError("logs cannot be listed long after the last fault");
    }

    private static HttpRequest.Builder named(String log) {
        return HttpRequest.newBuilder().POST(BodyPublishers.ofString("{\"name\":\"" + log + "\"}"));
    }

    private static Map<String, String> byName(HttpResponse<String> list) {
        Map<String, String> logs = new TreeMap<>();
        Api.JSON
                .readTree(list.body())
                .get("logs")
                .forEach(each -> logs.put(
                        each.get("log_name").asString(), each.get("log_id").asString()));
        return logs;
    }
}
