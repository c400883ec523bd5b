package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.store.MemoryStore;
import io.thalweg.view.java.Codec;
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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who waits for an event hears of each step that counts, whoever brought it into the index. */
class StepListenerTest {
    private static final UUID VIEW = new UUID(0, 7);

    private final MemoryStreams streams = new MemoryStreams(InstantSource.system());
    private final StepStore store = new StepStore(new MemoryStore());
    private final List<String> heard = new ArrayList<>();

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
    }

    /** The streams, where somebody brings each step that is appended into the index before who appended it goes on. */
    private Streams followed() {
        ChangeLog follower = new ChangeLog(Surroundings.space(VIEW), 0, streams, store);
        return (Streams) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Streams.class}, (_, method, its) -> {
                    try {
                        Object result = method.invoke(streams, its);
                        if (method.getName().equals("append")) {
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
            declaration.log("in", Codec.text(), (step, text) -> step.hop(hop, text));
        };
        return new Partition(
                new Wiring(view, 0, 1),
                new Surroundings(
                        VIEW,
                        false,
                        its,
                        store,
                        InstantSource.system(),
                        new Words(),
                        CallRunner.INLINE,
                        new QuerySite(() -> Moment.of(store.store()), Helpers.NONE, Others.NONE)));
    }

    @Test
    void aStepThatAFollowerBringsFirstCountsForThoseWhoWait() {
        Streams.Append one = new Streams.Append("in/0", "k", "one".getBytes(StandardCharsets.UTF_8), null);
        assertThat(streams.append("in/0", 0, List.of(one))).isTrue();
        for (int leaders = 0; leaders < 10 && !heard.contains("answered \"one\""); leaders++) {
            Partition partition = lead(followed());
            while (partition.step()) {
                // until it has nothing to do, or is deposed
            }
        }
        assertThat(heard).containsExactly("emits of 1", "took 1", "took 1", "answered \"one\"");
    }
}
