package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.Streams;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Parked events that are tried again as somebody wants them to be, and as they are. */
class RepairTest {
    private static final Index<Map<String, String>> TEXTS = Index.of("texts", Schema.map(String.class, String.class));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> all(LocalView view) {
        Map<String, String> all = new HashMap<>();
        view.select(TEXTS, entries()).forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return all;
    }

    /** Takes nothing bad, as long as it is picky. */
    private static LocalView picky(AtomicBoolean picky) {
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.index(TEXTS);
                    declared.log("in", Codec.text(), (step, text) -> {
                        if (picky.get() && text.startsWith("bad")) {
                            throw new IllegalStateException("no " + text);
                        }
                        step.index(TEXTS).at(key(step.key())).set(text);
                    });
                },
                1);
        view.append("in", "k", utf8("bad apple"));
        view.process();
        return view;
    }

    private static Partition.Parked parked(LocalView view) {
        assertThat(view.parked()).hasSize(1);
        return view.parked().getFirst();
    }

    @Test
    void aRetryTakesTheEventAsItStandsAndNotAsItWasEditedBefore() {
        for (boolean all : new boolean[] {false, true}) {
            AtomicBoolean picky = new AtomicBoolean(true);
            LocalView view = picky(picky);
            view.leader(0).repairs().edit(parked(view), utf8("bad plum"));
            view.process();
            assertThat(parked(view).reason()).contains("no bad plum");
            picky.set(false);
            if (all) {
                view.leader(0).repairs().retry();
            } else {
                view.leader(0).repairs().retry(parked(view));
            }
            view.process();
            assertThat(all(view)).containsExactly(Map.entry("k", "bad apple"));
        }
    }

    @Test
    void anEditIsOfOneEventAndHoldsUntilThatIsTaken() {
        LocalView view = picky(new AtomicBoolean(true));
        view.append("in", "k2", utf8("fine"));
        view.leader(0).repairs().edit(parked(view), utf8("plum"));
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(all(view)).isEqualTo(Map.of("k", "plum", "k2", "fine"));
    }

    @Test
    void hopsOfOneEventFailByThemselvesAndAreRepairedOneByOne() {
        Index<Map<String, Long>> counts = Index.of("counts", Schema.map(String.class, Long.class));
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.index(counts);
                    Source.Hop<String> words = declared.hop("words", Codec.text(), text -> text, (step, text) -> {
                        if (text.startsWith("bad")) {
                            throw new IllegalStateException("no " + text);
                        }
                        step.index(counts).at(key(step.key())).update(count -> count == null ? 1 : count + 1);
                    });
                    declared.log("in", Codec.text(), (step, text) -> {
                        for (String word : text.split(" ", -1)) {
                            step.hop(words, word);
                        }
                    });
                },
                1);
        view.append("in", "k", utf8("a bad1 b bad2 c"));
        view.append("in", "k", utf8("a"));
        view.process();
        assertThat(view.streams().newest("@hops/0"))
                .as("one event for both lines")
                .isEqualTo(1);
        Partition.Parked first = parked(view);
        assertThat(first.stream()).isEqualTo("@hops/0.1");
        assertThat(first.sequence()).isEqualTo(1);
        view.leader(0).repairs().edit(first, utf8("good"));
        view.process();
        Partition.Parked second = parked(view);
        assertThat(second.stream()).isEqualTo("@hops/0.3");
        assertThat(second.sequence()).isEqualTo(1);
        assertThatThrownBy(() -> view.leader(0).repairs().skip(first)).hasMessageContaining("does not wait");
        view.skip(second);
        assertThat(view.parked()).isEmpty();
        assertThat(view.select(counts, entries()))
                .containsExactlyInAnyOrder(
                        Map.entry("a", 2L), Map.entry("bad1", 1L), Map.entry("b", 1L), Map.entry("c", 1L));
    }

    @Test
    void hopsThatCannotBeReadAreSkippedAndNotEdited() {
        Index<Map<String, Long>> counts = Index.of("counts", Schema.map(String.class, Long.class));
        LocalView view = new LocalView(
                () -> declared -> {
                    declared.index(counts);
                    Source.Hop<String> words = declared.hop(
                            "words",
                            Codec.text(),
                            text -> text,
                            (step, text) ->
                                    step.index(counts).at(key(step.key())).set(1L));
                    declared.log("in", Codec.text(), (step, text) -> step.hop(words, text));
                },
                1);
        view.streams()
                .append(
                        "@hops/0",
                        0,
                        List.of(new Streams.Append(
                                "@hops/0", null, utf8("no bundle"), new Streams.Hop("$hops", null, false, null))));
        view.append("in", "k", utf8("a"));
        view.process();
        Partition.Parked parked = parked(view);
        assertThat(parked.stream()).isEqualTo("@hops/0");
        assertThatThrownBy(() -> view.leader(0).repairs().edit(parked, utf8("good")))
                .hasMessageContaining("skip it");
        view.leader(0).repairs().retry(parked);
        view.process();
        Partition.Parked again = parked(view);
        assertThatThrownBy(() -> view.leader(0).repairs().edit(again, utf8("good")))
                .hasMessageContaining("skip it");
        view.skip(again);
        assertThat(view.parked()).isEmpty();
        assertThat(view.select(counts, entries())).containsExactly(Map.entry("a", 1L));
    }
}
