package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Start;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where views begin in their logs, how they know a log again, and what a replay does. */
class StartTest {
    private static final Index<Map<String, String>> SEEN = Index.of("seen", Schema.map(String.class, String.class));

    private static View seen(@Nullable Start start) {
        return view -> {
            view.index(SEEN);
            if (start != null) {
                view.from("in", start);
            }
            view.log(
                    "in",
                    Codec.text(),
                    (step, text) -> step.index(SEEN).at(Maps.key(text)).set(step.isReplay() ? "again" : "new"));
        };
    }

    private static void append(LocalView view, String text) {
        view.append("in", text, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A view that is deployed after three events, of which one came a minute ago each, and before a fourth. */
    private static List<String> found(Start start) {
        AtomicReference<View> code = new AtomicReference<>(view -> view.tick("wait", Duration.ofDays(1), (_, _) -> {}));
        LocalView view = new LocalView(code::get, 1);
        for (String text : List.of("a", "b", "c")) {
            append(view, text);
            view.advance(Duration.ofMinutes(1));
        }
        code.set(seen(start));
        view.deploy(code::get);
        view.crash(0, new Random(1));
        append(view, "d");
        view.process();
        return view.select(SEEN, entries()).stream()
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    @Test
    void aViewBeginsWhereItSays() {
        assertThat(found(new Start.Beginning())).containsExactly("a", "b", "c", "d");
        assertThat(found(new Start.Sequence(3))).containsExactly("c", "d");
        assertThat(found(new Start.Ago(Duration.ofSeconds(130)))).containsExactly("b", "c", "d");
        assertThat(found(new Start.At(Instant.parse("2026-01-01T00:01:59Z")))).containsExactly("c", "d");
        assertThat(found(new Start.End())).containsExactly("d");
        assertThatThrownBy(() -> new LocalView(
                        () -> view -> {
                            view.log("in", Codec.text(), (_, _) -> {});
                            view.from("out", new Start.End());
                        },
                        1))
                .hasMessageContaining("log out");
    }

    @Test
    void aLogThatWasDeletedAndMadeAgainIsNotTakenForTheSame() {
        LocalView view = new LocalView(() -> seen(null), 1);
        view.streams().remake("in/0", "first");
        append(view, "a");
        view.process();
        view.streams().remake("in/0", "second");
        append(view, "b");
        append(view, "c");
        assertThatThrownBy(view::process)
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("deleted and made again")
                .hasMessageContaining("second");
        view.rebuild();
        assertThat(view.select(SEEN, entries()))
                .containsExactlyInAnyOrder(Map.entry("b", "again"), Map.entry("c", "again"));
        append(view, "d");
        view.process();
        assertThat(view.select(SEEN, Maps.key("d"))).contains("new");
    }

    /** A text in one of the slots from 2048 on, which a split moves below, or in one of those before. */
    private static String text(boolean moved) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "text-" + i)
                .filter(text -> (Slots.of(text) >= 2048) == moved)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatComesToAPartitionThatASplitMadeLongAfterARebuildIsNew() {
        LocalView view = new LocalView(() -> seen(null), 1);
        append(view, text(false));
        view.process();
        view.rebuild();
        view.split("in", 0, 2048);
        append(view, text(true));
        view.crash(0, new Random(1));
        view.process();
        assertThat(view.select(SEEN, entries()))
                .containsExactlyInAnyOrder(Map.entry(text(false), "again"), Map.entry(text(true), "new"));
    }

    @Test
    void aPartitionIsReadThoughNothingIsKeptOfTheOneThatItsSlotsCameFrom() {
        AtomicReference<View> code = new AtomicReference<>(view -> view.tick("wait", Duration.ofDays(1), (_, _) -> {}));
        LocalView view = new LocalView(code::get, 1);
        append(view, text(false));
        view.split("in", 0, 2048);
        append(view, text(true));
        view.streams().trim("in/0", 2);
        code.set(seen(null));
        view.deploy(code::get);
        assertThat(view.select(SEEN, entries())).containsExactly(Map.entry(text(true), "new"));
    }

    /** Calls with the text of each event. */
    private static View caller(boolean inReplays, List<String> asked) {
        return view -> {
            CallOptions options = new CallOptions(Duration.ofSeconds(30), 5, inReplays);
            Source.Call<String, String> call = view.call(
                    "ask",
                    Codec.text(),
                    Codec.text(),
                    options,
                    (_, text) -> {
                        asked.add(text);
                        return text;
                    },
                    (_, _) -> {});
            view.log("in", Codec.text(), (step, text) -> step.call(call, text));
        };
    }

    @Test
    void aRebuildCallsAgainOnlyWhereItIsAskedTo() {
        List<String> asked = new ArrayList<>();
        for (boolean inReplays : List.of(false, true)) {
            asked.clear();
            LocalView view = new LocalView(() -> caller(inReplays, asked), 1);
            append(view, "a");
            view.process();
            view.rebuild();
            append(view, "b");
            view.process();
            assertThat(asked).isEqualTo(inReplays ? List.of("a", "a", "b") : List.of("a", "b"));
        }
    }

    @Test
    void anIndexThatMissesStepsSaysSoAndDoesNotGoOnWithAHole() {
        LocalView view = new LocalView(() -> seen(null), 1);
        for (String text : List.of("a", "b", "c")) {
            append(view, text);
            view.process();
        }
        view.streams().trim(Wiring.changes(0), 3);
        StepStore empty = new StepStore(new MemoryStore());
        assertThatThrownBy(() -> new ChangeLog(Surroundings.space(view.id()), 0, view.streams(), empty).catchUp())
                .isInstanceOf(ChangeLog.BehindException.class)
                .hasMessageContaining("at step 0")
                .hasMessageContaining("oldest that is kept is 3");
    }
}
