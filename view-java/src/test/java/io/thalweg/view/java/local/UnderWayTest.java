package io.thalweg.view.java.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.CallRunner;
import io.thalweg.view.java.run.Handover;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.UnderWay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What is under way goes on in a version that declares and reads it; of any other it is said before it starts, and it is never left out in silence. */
class UnderWayTest {
    private static final int PARTITIONS = 3;
    private static final Index<Map<String, Long>> SEEN = Index.of("seen", Schema.map(String.class, Long.class));

    /** Reads nothing that was written before. */
    private static final Codec<String> PICKY = new Codec<>() {
        @Override
        public byte[] encode(String text) {
            return Codec.text().encode("new " + text);
        }

        @Override
        public String decode(byte[] bytes) {
            String text = Codec.text().decode(bytes);
            if (!text.startsWith("new ")) {
                throw new IllegalArgumentException("old: " + text);
            }
            return text.substring(4);
        }
    };

    /** Has a timer to come, a call open and a hop that does not get through, of each event. */
    private record Busy(boolean timer, boolean call, boolean hop, Codec<String> codec) implements View {
        @Override
        public void declare(Declaration view) {
            view.index(SEEN);
            Source.Timer<String> later = timer ? view.timer("later", codec, (_, _) -> {}) : null;
            Source.Call<String, String> pay = call
                    ? view.call("pay", codec, Codec.text(), CallOptions.DEFAULT, (_, text) -> text, (_, _) -> {})
                    : null;
            Source.Hop<String> on = hop
                    ? view.hop("on", codec, text -> "h" + text, (_, text) -> {
                        throw new IllegalStateException("not yet " + text);
                    })
                    : null;
            view.log("in", Codec.text(), (step, text) -> {
                if (later != null && pay != null && on != null) {
                    step.schedule(later, step.now().plusSeconds(3_600), text);
                    step.call(pay, text);
                    step.hop(on, text);
                }
            });
        }
    }

    /** Calls that do not end. */
    private static final class NoEnd implements CallRunner {
        @Override
        public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {}

        @Override
        public String transfer(UUID id, String ledger, Scene.Money money) {
            throw new UnsupportedOperationException("there is no ledger here");
        }
    }

    private static List<String> misfits(LocalView view, View next) {
        List<StepStore> stores = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            stores.add(view.way(i));
        }
        return UnderWay.misfits(
                new Handover.Side(view.id(), stores, view.streams()), new Wiring(next, 0, PARTITIONS), null);
    }

    @Test
    void eachThingThatWouldNotGoOnIsSaid() {
        LocalView view = new LocalView(() -> new Busy(true, true, true, Codec.text()), PARTITIONS, new NoEnd());
        for (int i = 0; i < 300; i++) {
            view.append("in", "k" + i, ("e" + i).getBytes(StandardCharsets.UTF_8));
        }
        view.process();
        assertThat(misfits(view, new Busy(true, true, true, Codec.text()))).isEmpty();
        assertThat(misfits(view, new Busy(true, true, true, PICKY)))
                .hasSize(3)
                .allSatisfy(each -> assertThat(each)
                        .startsWith("300 of ")
                        .contains("cannot be read any more: java.lang.IllegalArgumentException: old: e"));
        assertThat(misfits(view, new Busy(false, true, true, Codec.text())))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("300 of timer later (the first: key \"k"));
        assertThat(misfits(view, new Busy(true, false, true, Codec.text())))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("300 of call pay"));
        assertThat(misfits(view, new Busy(true, true, false, Codec.text())))
                .singleElement()
                .satisfies(each -> assertThat(each).startsWith("300 of hop on").contains("does not declare"));
    }

    @Test
    void aTimerThatAVersionDoesNotKnowStandsStillUntilOneDoes() {
        LocalView view = new LocalView(() -> new Busy(true, true, true, Codec.text()), 1, new NoEnd());
        view.append("in", "k", "e".getBytes(StandardCharsets.UTF_8));
        view.process();
        view.deploy(() -> new Busy(false, true, true, Codec.text()));
        view.advance(Duration.ofHours(2));
        assertThat(view.parked()).anySatisfy(each -> {
            assertThat(each.stream()).isEqualTo("timer");
            assertThat(each.reason()).contains("no timer later any more");
        });
        view.deploy(() -> new Busy(true, true, true, Codec.text()));
        assertThat(view.parked()).noneMatch(each -> each.stream().equals("timer"));
    }
}
