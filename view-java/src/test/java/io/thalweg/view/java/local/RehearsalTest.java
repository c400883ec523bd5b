package io.thalweg.view.java.local;

import static io.thalweg.index.path.Control.stay;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Rehearsals have bounds, go on behind what fails, and tell code that it has been here before. */
class RehearsalTest {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final long HOUR_NS = 3_600_000_000_000L;

    private final MemoryStreams streams = new MemoryStreams(InstantSource.fixed(Instant.EPOCH));

    private void append(String text) {
        streams.append(
                "in/0",
                streams.newest("in/0"),
                List.of(new Streams.Append("in/0", "k", text.getBytes(StandardCharsets.UTF_8), null)));
    }

    private static Supplier<View> code(BiConsumer<Step, String> does) {
        return () -> view -> {
            view.index(COUNTS);
            view.log("in", Codec.text(), does::accept);
        };
    }

    private static void count(Step step) {
        step.index(COUNTS).at(key(step.key())).update(count -> count == null ? 1 : count + 1);
    }

    private static final Supplier<View> COUNTING = code((step, _) -> count(step));

    private Rehearsal.Report rehearse(Supplier<View> before, Supplier<View> after, int events, long forNs)
            throws InterruptedException {
        Rehearsal rehearsal = new Rehearsal(
                new UUID(0, 1), 1, new MemoryStore().latest(), Instant.EPOCH, Others.NONE, System.nanoTime() + forNs);
        rehearsal.add(streams, List.of("in"), events);
        return rehearsal.compare(before, after);
    }

    @Test
    void eventsBehindOneThatIsParkedAreProcessedAndEachThatFailsIsTold() throws Exception {
        for (int i = 0; i < 6; i++) {
            append(i % 2 == 0 ? "bad " + i : "good");
        }
        Supplier<View> picky = code((step, text) -> {
            if (text.startsWith("bad")) {
                throw new IllegalStateException("no " + text);
            }
            count(step);
        });
        Rehearsal.Report report = rehearse(picky, COUNTING, 100, HOUR_NS);
        assertThat(report.complete()).isTrue();
        assertThat(report.failures()).hasSize(3).allSatisfy(each -> {
            assertThat(String.valueOf(each.before())).contains("no bad");
            assertThat(each.after()).isNull();
        });
        assertThat(report.entries()).containsExactly(new Rehearsal.Difference("counts[k]", 3L, 6L));
    }

    @Test
    void codeIsToldThatItProcessesAgain() throws Exception {
        append("one");
        Supplier<View> asks = code((step, _) -> {
            if (!step.isReplay()) {
                throw new IllegalStateException("it is for the first time");
            }
            count(step);
        });
        Rehearsal.Report report = rehearse(COUNTING, asks, 100, HOUR_NS);
        assertThat(report.failures()).isEmpty();
        assertThat(report.entries()).isEmpty();
    }

    @Test
    void whatOnlyOneOfThemWritesIsToldWithoutItsOther() throws Exception {
        append("one");
        Rehearsal.Report report = rehearse(code((_, _) -> {}), COUNTING, 100, HOUR_NS);
        assertThat(report.entries()).containsExactly(new Rehearsal.Difference("counts[k]", null, 1L));
    }

    @Test
    void ofLargeEventsTheNewestThatFitAreTakenAndTheReportIsNotComplete() throws Exception {
        String large = "x".repeat(1 << 20);
        int fit = (int) (Rehearsal.EVENT_BYTES_MAX >> 20);
        for (int i = 0; i < fit + 4; i++) {
            append(large);
        }
        append("newest");
        boolean[] newest = new boolean[1];
        Rehearsal.Report report =
                rehearse(COUNTING, code((_, text) -> newest[0] |= text.equals("newest")), 10_000, HOUR_NS);
        assertThat(report.complete()).isFalse();
        assertThat(report.events()).isPositive().isLessThanOrEqualTo(fit);
        assertThat(newest[0]).isTrue();
    }

    @Test
    void codeThatWritesWithoutMeasureIsEnded() throws Exception {
        String large = "x".repeat(500_000);
        for (int i = 0; i < 200; i++) {
            append("one");
        }
        Supplier<View> loud = () -> view -> {
            Output<String> out = view.output("out", Codec.text());
            view.log("in", Codec.text(), (step, _) -> step.emit(out, "k", large));
        };
        Rehearsal.Report report = rehearse(COUNTING, loud, 10_000, HOUR_NS);
        assertThat(report.complete()).isFalse();
        assertThat(report.failures())
                .singleElement()
                .satisfies(each -> assertThat(String.valueOf(each.after())).contains("writes and emits more than"));
    }

    @Test
    void aHandlerThatSwallowsItsInterruptionDoesNotGoOnBeyondTheDeadline() {
        for (int i = 0; i < 1_000; i++) {
            append("one");
        }
        Supplier<View> deaf = code((step, _) -> {
            boolean _ = Thread.interrupted();
            count(step);
        });
        assertThatThrownBy(() -> rehearse(deaf, deaf, 10_000, 0)).isInstanceOf(InterruptedException.class);
    }

    private static final Index<Map<String, Map<String, Long>>> MANY =
            Index.of("many", Schema.map(Schema.of(String.class), Schema.map(String.class, Long.class)));

    /** An index of one slot with more keys than are compared without knowing which, of which the code writes one. */
    private Rehearsal.Report rehearseOnMany(Supplier<View> before, Supplier<View> after) throws InterruptedException {
        MemoryStore store = new MemoryStore();
        Overlay cells = new Overlay(store.latest());
        IndexSpace space = Surroundings.space(new UUID(0, 1));
        OpenIndex<Map<String, Map<String, Long>>> many = space.open(MANY, cells);
        for (int i = 0; i < Rehearsal.KEYS_MAX + 100; i++) {
            many.writer(cells, Slots.of("k")).at(key("a" + i), key("x")).set(1L);
        }
        store.commit(cells.changes());
        append("one");
        Rehearsal rehearsal = new Rehearsal(
                new UUID(0, 1), 1, store.latest(), Instant.EPOCH, Others.NONE, System.nanoTime() + HOUR_NS);
        rehearsal.add(streams, List.of("in"), 100);
        return rehearsal.compare(before, after);
    }

    private static Supplier<View> writing(Consumer<IndexWriter<Map<String, Map<String, Long>>>> does) {
        return () -> view -> {
            view.index(MANY);
            view.log("in", Codec.text(), (step, _) -> {
                does.accept(step.index(MANY));
            });
        };
    }

    @Test
    void ofALargeIndexWhatWasWrittenIsComparedAndNothingIsLeftOut() throws Exception {
        Rehearsal.Report report =
                rehearseOnMany(writing(many -> many.at(key("k"), key("y")).set(1L)), writing(many -> {
                    many.at(key("k"), key("y")).set(2L);
                    many.at(key("k"), key("x")).remove();
                }));
        assertThat(report.entries())
                .containsExactly(new Rehearsal.Difference("many[k]", Map.of("y", 1L), Map.of("y", 2L)));
        assertThat(report.leftOut()).isEmpty();
        assertThat(report.complete()).isTrue();
        Rehearsal.Report removed = rehearseOnMany(
                writing(many -> many.at(key("k"), key("y")).set(1L)),
                writing(many -> many.at(key("k")).remove()));
        assertThat(removed.entries()).containsExactly(new Rehearsal.Difference("many[k]", Map.of("y", 1L), null));
        assertThat(removed.complete()).isTrue();
    }

    @Test
    void whereManyEntriesAreEmptiedAtOnceItIsSaidHowManyWereCompared() throws Exception {
        Rehearsal.Report report =
                rehearseOnMany(writing(_ -> {}), writing(many -> many.at(stay()).set(Map.of())));
        assertThat(report.entries()).hasSize(Rehearsal.TOLD_MAX);
        assertThat(report.leftOut())
                .anySatisfy(each -> assertThat(each).contains("of index many only some 10000 entries are compared"))
                .anySatisfy(each -> assertThat(each).contains("of the entries that differ only 100 are told"));
        assertThat(report.complete()).isFalse();
    }
}
