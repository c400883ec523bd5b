package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.MemoryStreams;
import io.thalweg.view.java.query.Helpers;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QuerySite;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Who waits for an event hears of each step that counts, whoever brought it into the index. */
class StepListenerTest {
    private static final UUID VIEW = new UUID(0, 7);

    private final MemoryStreams streams = new MemoryStreams(InstantSource.system());
    private final StepStore store = new StepStore(new MemoryStore());
    private final List<String> heard = new ArrayList<>();
    private int settled;

    /** Says what it hears in words. */
    private final class Words implements StepListener {
        @Override
        public void emitting(List<Origin> hops) {
            hops.forEach(origin -> heard.add("emits of " + origin.sequence()));
        }

        @Override
        public void refused(List<Origin> hops) {
            hops.forEach(origin -> heard.add("refused of " + origin.sequence()));
        }

        @Override
        public void committed(List<Origin> taken, List<Answer> answers) {
            taken.forEach(origin -> heard.add("took " + origin.sequence()));
            answers.forEach(answer -> heard.add("answered " + new String(answer.json(), StandardCharsets.UTF_8)));
        }

        @Override
        public void settled() {
            settled++;
        }
    }

    /** The streams, where somebody brings each step that is appended into the index before who appended it goes on. */
    private Streams followed() {
        ChangeLog follower = new ChangeLog(Surroundings.space(VIEW), 0, streams, store);
        return (Streams) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Streams.class}, (_, method, its) -> {
                    try {
                        Object result = method.invoke(streams, its);
                        if (method.getName().equals("begin")) {
                            follower.catchUp();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Partition lead(Streams its) {
        View view = declaration -> {
            Source.Hop<String> hop =
                    declaration.hop("on", Codec.text(), text -> text, (step, text) -> step.answer(text));
            Query<Boolean, Boolean> any = declaration.query(
                    Query.anywhere("any", Schema.of(Boolean.class), Schema.of(Boolean.class), (_, given) -> given));
            declaration.log("in", Codec.text(), (step, text) -> {
                heard.add("handles " + text);
                if (text.equals("stubborn")) {
                    int before = settled;
                    try {
                        step.ask(any, true);
                    } catch (Throwable e) {
                        heard.add("caught: " + e.getMessage() + ", when " + (settled - before) + " was settled");
                    }
                }
                step.hop(hop, text);
            });
        };
        return new Partition(
                new Wiring(view, 0, 1),
                new Surroundings(
                        VIEW,
                        false,
                        its,
                        store,
                        InstantSource.fixed(Instant.EPOCH),
                        new Words(),
                        CallRunner.INLINE,
                        new QuerySite(() -> Moment.of(store.store()), Helpers.NONE, Others.NONE)));
    }

    @Test
    void aStepThatAFollowerBringsFirstCountsForThoseWhoWait() {
        append("one");
        for (int leaders = 0; leaders < 10 && !heard.contains("answered \"one\""); leaders++) {
            Partition partition = lead(followed());
            while (partition.step()) {
                // until it has nothing to do, or is deposed
            }
        }
        assertThat(heard).containsExactly("handles one", "emits of 1", "took 1", "took 1", "answered \"one\"");
    }

    /** What becomes of an append that is held. */
    private enum Fate {
        STORED,
        REFUSED,
        UNKNOWN
    }

    /** Streams whose appends of steps are under way until somebody waits for them; from the second one on. */
    private final class Held extends Streams.Through {
        private final Fate fate;
        private BooleanSupplier newest = () -> false;

        Held(Fate fate) {
            super(streams);
            this.fate = fate;
        }

        /** The newest append arrives, whoever has given it up. */
        boolean arrive() {
            return newest.getAsBoolean();
        }

        @Override
        public Pending begin(String conditional, long expected, List<Append> appends) {
            if (expected == 0) {
                return super.begin(conditional, expected, appends); // where it begins
            }
            heard.add("sends " + (expected + 1));
            newest = () -> super.append(conditional, expected, appends);
            return new Pending() {
                private boolean waited;

                @Override
                public boolean isKnown(long ms) {
                    if (ms > 0) {
                        heard.add("waits at " + store.step(Surroundings.space(VIEW), 0));
                        waited = true;
                    }
                    return waited;
                }

                @Override
                public boolean appended() {
                    return switch (fate) {
                        case STORED -> arrive();
                        case REFUSED -> false;
                        case UNKNOWN -> throw new IllegalStateException("nobody knows");
                    };
                }
            };
        }
    }

    private void append(String text) {
        long before = streams.newest("in/0");
        Streams.Append event = new Streams.Append("in/0", "k", text.getBytes(StandardCharsets.UTF_8), null);
        assertThat(streams.append("in/0", before, List.of(event))).isTrue();
    }

    /** A partition of which one step is under way, and two more events wait. */
    private Partition underWay(Held held) {
        Partition partition = lead(held);
        assertThat(partition.step()).isTrue();
        append("one");
        assertThat(partition.step()).isTrue();
        append("two");
        assertThat(heard).containsExactly("handles one", "emits of 1", "sends 2");
        assertThat(partition.steps()).isEqualTo(1);
        assertThat(partition.taken()).containsEntry("in/0", 0L);
        heard.clear();
        return partition;
    }

    @Test
    void theNextStepIsMadeWhileOneIsStoredAndLeavesBehindIt() {
        Partition partition = underWay(new Held(Fate.STORED));
        assertThat(partition.step()).isTrue();
        assertThat(heard).containsExactly("handles two", "waits at 1", "took 1", "emits of 2", "sends 3");
        assertThat(partition.steps()).isEqualTo(2);
        heard.clear();
        partition.settle();
        // What the first one hopped here was taken with the second.
        assertThat(heard).containsExactly("took 2", "took 1", "answered \"one\"");
        assertThat(partition.steps()).isEqualTo(3);
    }

    @Test
    void aStepThatIsRefusedTakesTheOneOnTopOfItWithIt() {
        Partition partition = underWay(new Held(Fate.REFUSED));
        assertThat(partition.step()).isTrue();
        assertThat(heard).containsExactly("handles two", "waits at 1", "refused of 1");
        assertThat(partition.isDeposed()).isTrue();
        assertThat(store.step(Surroundings.space(VIEW), 0)).isEqualTo(1);
    }

    /** The same, and the handler of the second event asks a query, and goes on whatever comes of that. */
    private Partition stubborn(Fate fate) {
        Partition partition = lead(new Held(fate));
        assertThat(partition.step()).isTrue();
        append("one");
        assertThat(partition.step()).isTrue();
        append("stubborn");
        heard.clear();
        return partition;
    }

    private void nothingCame() {
        assertThat(heard)
                .contains("handles stubborn", "caught: the step before does not count, when 1 was settled")
                .noneMatch(each -> each.startsWith("took") || each.startsWith("sends"));
    }

    @Test
    void aHandlerThatWaitedForAStepOfAnotherLeaderComesToNothingWhateverItCatches() {
        Partition partition = stubborn(Fate.REFUSED);
        assertThat(partition.step()).isTrue();
        assertThat(partition.isDeposed()).isTrue();
        nothingCame();
    }

    @Test
    void aHandlerThatWaitedForAStepOfWhichNobodyKnowsComesToNothingWhateverItCatches() {
        assertThatThrownBy(stubborn(Fate.UNKNOWN)::step).hasMessage("nobody knows");
        nothingCame();
    }

    @Test
    void ofAStepOfWhichNobodyKnowsNothingIsToldAndWhatLayOnItIsMadeAgain() {
        Held held = new Held(Fate.UNKNOWN);
        Partition partition = underWay(held);
        assertThatThrownBy(partition::step).hasMessage("nobody knows");
        assertThat(heard).containsExactly("handles two", "waits at 1");
        assertThat(partition.isSettled()).isFalse();
        heard.clear();
        assertThat(held.arrive()).as("it is stored late").isTrue();
        Partition next = lead(streams);
        while (next.step()) {
            // until nothing is left
        }
        assertThat(heard)
                .filteredOn(each -> !each.startsWith("emits"))
                .containsExactly("handles two", "took 1", "took 2", "answered \"one\"", "took 2", "answered \"two\"");
    }
}
