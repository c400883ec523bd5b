package io.thalweg.cli.local.recorded;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Lines of which the view {@code words} counts the words, and how often each was said, as far as that was acknowledged. Thread-safe. */
final class CountedWords {
    static final String COUNTS = "/views/words/indexes/counts/select?consistency=linearizable";

    /** A word that is in every line. */
    static final String EACH = "said";

    private final String log;
    private final Map<String, Long> said = new ConcurrentHashMap<>();

    /** @param log id of the log of lines */
    CountedWords(String log) {
        this.log = log;
    }

    String log() {
        return log;
    }

    /** A line with a word and the one that is in each was acknowledged. */
    void said(String word) {
        said.merge(word, 1L, Long::sum);
        said.merge(EACH, 1L, Long::sum);
    }

    long lines() {
        return said.getOrDefault(EACH, 0L);
    }

    /** Has the view's counts be those of its log, which has whatever was acknowledged. */
    void requireCounted(Asked asked) throws InterruptedException {
        Map<String, Long> recount = new TreeMap<>();
        asked.payloads(log, line -> {
            for (String word : line.split(" ", -1)) {
                recount.merge(word, 1L, Long::sum);
            }
        });
        Map<String, Long> counted = new TreeMap<>();
        asked.ask(HttpRequest.newBuilder().POST(BodyPublishers.ofString("{\"path\":[[\"all\"]]}")), COUNTS)
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
}
