package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.keys;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What users test their views with: several of them on the same logs, one event again step by step, and an index alone. */
class LocalNodeTest {
    private static final int PARTITIONS = 3;
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Cuts lines into words, which go to a log. */
    private static final class Cutter implements View {
        @Override
        public void declare(Declaration view) {
            Output<String> words = view.output("words", Codec.text());
            view.log("lines", Codec.text(), (step, line) -> {
                for (String word : line.split(" ", -1)) {
                    step.emit(words, word, word);
                }
            });
        }
    }

    /** Counts what the log of words has, and says how often after an hour. */
    private static final class Counter implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Output<String> reports = view.output("reports", Codec.text());
            Source.Timer<String> later = view.timer(
                    "later",
                    Codec.text(),
                    (step, word) -> step.emit(
                            reports,
                            word,
                            word + "=" + step.index(COUNTS).at(key(word)).get()));
            view.log("words", Codec.text(), (step, word) -> {
                var count = step.index(COUNTS).at(key(word));
                if (count.get() == null) {
                    step.schedule(later, step.now().plus(Duration.ofHours(1)), word);
                }
                count.update(before -> before == null ? 1 : before + 1);
                step.answer(Map.of("count", count.orElse(0L)));
            });
        }
    }

    private static Map<String, Long> counts(LocalView view) {
        Map<String, Long> counts = new TreeMap<>();
        view.select(COUNTS, entries()).forEach(each -> counts.put(each.getKey(), each.getValue()));
        return counts;
    }

    @Test
    void whatOneViewEmitsAnotherTakesInOneTimeWhateverLeadersDie() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            LocalNode node = new LocalNode(PARTITIONS);
            node.deploy("cutter", Cutter::new);
            node.deploy("counter", Counter::new);
            Map<String, Long> expected = new TreeMap<>();
            for (int i = 0; i < 30; i++) {
                String word = "w" + random.nextInt(5);
                node.append("lines", "line" + i, utf8(word + " x"));
                expected.merge(word, 1L, Long::sum);
                expected.merge("x", 1L, Long::sum);
                if (random.nextInt(4) == 0) {
                    node.crash(random.nextInt(PARTITIONS), random);
                }
                if (random.nextInt(4) == 0) {
                    node.process();
                }
            }
            node.process();
            assertThat(counts(node.view("counter"))).as("seed " + seed).isEqualTo(expected);
            assertThat(node.log("reports")).as("seed " + seed).isEmpty();
            node.advance(Duration.ofHours(2));
            assertThat(node.log("reports").stream().map(report -> new String(report, StandardCharsets.UTF_8)))
                    .as("seed " + seed)
                    .containsExactlyInAnyOrderElementsOf(expected.entrySet().stream()
                            .map(each -> each.getKey() + "=" + each.getValue())
                            .toList());
        }
    }

    @Test
    void anAnswerIsOfTheViewThatGaveItAndAnotherVersionGoesOnWithItsIndexes() {
        LocalNode node = new LocalNode(PARTITIONS);
        node.deploy("counter", Counter::new);
        node.append("words", "a", utf8("a"));
        String second = node.append("words", "a", utf8("a"));
        assertThat(node.answer("counter", second)).as("before it is processed").isNull();
        node.process();
        assertThat(node.answer("counter", second)).isEqualTo(Map.of("count", 2));
        node.deploy("counter", () -> view -> {
            view.index(COUNTS);
            view.log(
                    "words",
                    Codec.text(),
                    (step, word) ->
                            step.index(COUNTS).at(key(word)).update(before -> before == null ? 10 : before * 10));
        });
        node.append("words", "a", utf8("a"));
        node.process();
        assertThat(counts(node.view("counter"))).isEqualTo(Map.of("a", 20L));
        assertThatThrownBy(() -> node.view("other"))
                .hasMessageContaining("other")
                .hasMessageContaining("counter");
    }

    /** Counts words by hop. */
    private static final class Words implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Source.Hop<String> words = view.hop("words", Codec.text(), word -> word, (step, word) -> {
                if (word.equals("bad")) {
                    throw new IllegalStateException("a bad word");
                }
                step.index(COUNTS).at(key(word)).update(before -> before == null ? 1 : before + 1);
            });
            view.log("lines", Codec.text(), (step, line) -> {
                for (String word : line.split(" ", -1)) {
                    step.hop(words, word);
                }
                step.answer(Map.of("words", (long) line.split(" ", -1).length));
            });
        }
    }

    @Test
    void oneEventIsProcessedAgainHandlerByHandlerInTheWorldThatItMet() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            LocalView view = new LocalView(Words::new, PARTITIONS);
            List<String> lines = new ArrayList<>();
            List<String> events = new ArrayList<>();
            int processed = 0;
            for (int i = 0; i < 20; i++) {
                lines.add("w" + random.nextInt(4) + " w" + random.nextInt(4) + " only" + i);
                events.add(view.append("lines", "key" + random.nextInt(8), utf8(lines.getLast())));
                if (random.nextBoolean()) {
                    view.process();
                    processed = i + 1;
                }
                if (random.nextInt(5) == 0) {
                    view.crash(random.nextInt(PARTITIONS), random);
                }
            }
            if (processed == 0) {
                view.process();
                processed = 20;
            }
            Map<String, Long> now = counts(view);
            int chosen = random.nextInt(processed);
            String as = "seed " + seed + ", event " + events.get(chosen);
            Replay replay = view.replay(events.get(chosen));
            String only = "only" + chosen;
            assertThat(replay.view().select(COUNTS, only, key(only))).as(as).containsOnlyNulls();
            Replay.Handled first = replay.next();
            assertThat(first.through()).as(as).isEqualTo("lines");
            assertThat(first.failure()).as(as).isNull();
            assertThat(first.indexes()).as(as).isEmpty();
            assertThat(first.answer()).as(as).isEqualTo(Map.of("words", 3));
            assertThat(first.emitted().stream().map(Replay.Emitted::key))
                    .as(as)
                    .containsExactly(lines.get(chosen).split(" ", -1));
            List<String> keys = new ArrayList<>();
            while (replay.hasNext()) {
                Replay.Handled handled = replay.next();
                assertThat(handled.through()).as(as).isEqualTo("words");
                assertThat(handled.indexes()).as(as).containsExactly("counts");
                keys.add(handled.key());
            }
            assertThat(keys).as(as).containsExactlyInAnyOrder(lines.get(chosen).split(" ", -1));
            assertThat(replay.view().select(COUNTS, only, key(only))).as(as).containsExactly(1L);
            assertThat(counts(view)).as(as + ": nothing changes here").isEqualTo(now);
        }
    }

    @Test
    void aReplayShowsTheHandlerThatFailsAndWhatWasNotTakenHasNone() {
        LocalView view = new LocalView(Words::new, PARTITIONS);
        String event = view.append("lines", "k", utf8("good bad"));
        assertThatThrownBy(() -> view.replay(event)).hasMessageContaining("process it first");
        view.process();
        assertThat(view.parked()).hasSize(1);
        Replay replay = view.replay(event);
        List<String> failures = new ArrayList<>();
        while (replay.hasNext()) {
            String failure = replay.next().failure();
            failures.add(failure == null ? "" : failure);
        }
        assertThat(failures).containsExactlyInAnyOrder("", "", "java.lang.IllegalStateException: a bad word");
        assertThat(replay.view().select(COUNTS, keys())).containsExactly("good");
    }

    @Test
    void anIndexAloneKeepsWhatIsCommitted() {
        LocalIndex<Map<String, Long>> index = new LocalIndex<>(COUNTS);
        index.writer().at(key("a")).set(1L);
        assertThat(index.writer().at(key("a")).get()).isEqualTo(1L);
        assertThat(index.reader().at(key("a")).get()).isNull();
        index.commit();
        index.writer().at(key("b")).set(2L);
        assertThat(index.select(List.of(List.of("all")))).containsExactly(List.of("a", 1L));
        index.commit();
        assertThat(index.select(List.of(List.of("key", "b")))).containsExactly(2L);
        index.crash(new Random(1));
        assertThat(index.reader().at(key("b")).get()).isIn(null, 2L);
    }
}
