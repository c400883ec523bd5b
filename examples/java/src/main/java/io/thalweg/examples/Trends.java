package io.thalweg.examples;

import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.range;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Batch;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What is talked about most: the top ten topics of each window of ten minutes, and there is a window for every minute. Each batch counts its
 * mentions by topic and minute, adds them where the topic lies, and tells the windows that a minute is in; they keep the largest. Since a
 * batch is seen whole, a window never names a topic with a count that the topic itself does not have yet.
 */
public final class Trends implements View {
    static final int MINUTES = 10;
    static final int TOP = 10;

    /** An event of {@code mentions}. */
    public record Mention(String topic, Instant at) {}

    /** A topic in a window. */
    public record Ranked(String topic, long mentions) {}

    /** What {@code trends} is asked with: the window that ends with the minute of this time. */
    public record When(Instant at) {}

    public static final Index<Map<String, Map<Long, Long>>> COUNTS =
            Index.of("counts", Schema.map(String.class, Schema.map(Long.class, Long.class)));
    public static final Index<Map<String, List<Ranked>>> WINDOWS = Index.of(
            "windows", Schema.map(String.class, Schema.list(Ranked.class).inline()));

    public static final Query<When, List<Ranked>> TRENDS = Query.at(
            "trends",
            Schema.of(When.class),
            Schema.list(Ranked.class),
            when -> window(minute(when.at())),
            (at, _) -> at.index(WINDOWS).at(key(at.key()), elements()).all());

    private static final Comparator<Ranked> LARGEST =
            Comparator.comparingLong(Ranked::mentions).reversed().thenComparing(Ranked::topic);

    static long minute(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), 60);
    }

    private static String window(long lastMinute) {
        return Long.toString(lastMinute);
    }

    @Override
    public void declare(Declaration view) {
        view.query(TRENDS);
        view.batch("trends", Trends::declare);
    }

    private static void declare(Batch batch) {
        batch.index(COUNTS);
        batch.index(WINDOWS);
        Batch.Stage<Ranked, List<Ranked>, List<Ranked>> windows =
                batch.stage("windows", Schema.list(Ranked.class), Aggregates.list(), Trends::rank);
        Batch.Stage<Long, Map<Long, Long>, Map<Long, Long>> topics = batch.stage(
                "topics",
                Schema.map(Long.class, Long.class),
                Aggregates.grouped(minute -> minute, Aggregates.count()),
                (at, minutes) -> {
                    var counts = at.index(COUNTS).at(key(at.key()));
                    TreeSet<Long> changed = new TreeSet<>();
                    minutes.forEach((minute, more) -> {
                        counts.then(key(minute)).update(before -> before == null ? more : (Long) (before + more));
                        for (long last = minute; last < minute + MINUTES; last++) {
                            changed.add(last);
                        }
                    });
                    for (long last : changed) {
                        long mentions =
                                counts.then(range(last - MINUTES + 1, last + 1)).then(Maps.values()).all().stream()
                                        .mapToLong(Long::longValue)
                                        .sum();
                        at.send(windows, window(last), new Ranked(at.key(), mentions));
                    }
                });
        batch.log(
                "mentions",
                Codec.json(Mention.class),
                (from, mention) -> from.send(topics, mention.topic(), minute(mention.at())));
    }

    /** Counts only grow, so that whoever is not among the largest comes back by growing only. */
    private static void rank(Batch.At at, List<Ranked> news) {
        var window = at.index(WINDOWS).at(key(at.key()));
        List<Ranked> all = new ArrayList<>(window.then(elements()).all());
        all.removeIf(old -> news.stream().anyMatch(each -> each.topic().equals(old.topic())));
        all.addAll(news);
        all.sort(LARGEST);
        window.set(List.copyOf(all.subList(0, Math.min(TOP, all.size()))));
    }
}
