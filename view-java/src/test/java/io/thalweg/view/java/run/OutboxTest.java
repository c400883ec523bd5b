package io.thalweg.view.java.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.store.MemoryStore;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.MemoryStreams;
import io.thalweg.view.java.query.Helpers;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.query.QuerySite;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a view emits to another shard arrives there once and in order, whichever leader sends it and however often. */
class OutboxTest {
    private static final UUID VIEW = new UUID(0, 9);

    /** A shard that has all but {@code out}, which lies in another one that knows its producers. */
    private static final class TwoShards implements Streams {
        private final MemoryStreams here = new MemoryStreams(InstantSource.system());
        private final Map<String, Long> newest = new HashMap<>();
        private final List<String> arrived = new ArrayList<>();
        private final Random random;

        TwoShards(Random random) {
            this.random = random;
        }

        @Override
        public List<Event> read(String stream, long after, int max) {
            return here.read(stream, after, max);
        }

        @Override
        public long first(String stream) {
            return here.first(stream);
        }

        @Override
        public long newest(String stream) {
            return here.newest(stream);
        }

        @Override
        public long before(String stream, Instant time) {
            return here.before(stream, time);
        }

        @Override
        public String identity(String stream) {
            return here.identity(stream);
        }

        @Override
        public boolean isBeside(String stream) {
            return !stream.startsWith("out/");
        }

        @Override
        public boolean append(String conditional, long expected, List<Append> appends) {
            assertThat(appends)
                    .allSatisfy(append -> assertThat(isBeside(append.stream())).isTrue());
            return here.append(conditional, expected, appends);
        }

        @Override
        public String address(String stream) {
            return stream;
        }

        @Override
        public void send(String producer, long number, List<Append> appends) {
            if (random.nextInt(3) == 0) {
                throw new IllegalStateException("the other shard has no leader");
            }
            if (newest.getOrDefault(producer, 0L) < number) {
                newest.put(producer, number);
                appends.forEach(append -> arrived.add(new String(append.payload(), StandardCharsets.UTF_8)));
            }
            if (random.nextInt(3) == 0) {
                throw new IllegalStateException("the other shard's answer got lost");
            }
        }
    }

    private static Partition lead(Streams streams, StepStore store) {
        return lead(streams, store, declaration -> {
            Output<String> out = declaration.output("out", Codec.text());
            declaration.log("in", Codec.text(), (step, text) -> step.emit(out, step.key(), text));
        });
    }

    private static Partition lead(Streams streams, StepStore store, View view) {
        return new Partition(
                new Wiring(view, 0, 1),
                new Surroundings(
                        VIEW,
                        false,
                        streams,
                        store,
                        InstantSource.system(),
                        StepListener.NONE,
                        CallRunner.INLINE,
                        new QuerySite(() -> Moment.of(store.store()), Helpers.NONE, Others.NONE)));
    }

    private static void perhapsSend(Partition partition) {
        Outbox outbox = partition.outbox();
        if (outbox == null) {
            throw new AssertionError("there is something to send, and nothing that sends it");
        }
        try {
            boolean _ = outbox.sendSome();
        } catch (IllegalStateException _) {
            // It is sent again.
        }
    }

    @Test
    void everythingArrivesOnceAndInOrder() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            TwoShards shards = new TwoShards(random);
            MemoryStore cells = new MemoryStore();
            Partition partition = lead(shards, new StepStore(cells));
            List<String> emitted = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String text = "e" + i;
                emitted.add(text);
                shards.here.append(
                        "in/0",
                        i,
                        List.of(new Streams.Append("in/0", "k", text.getBytes(StandardCharsets.UTF_8), null)));
                switch (random.nextInt(6)) {
                    case 0 -> {
                        cells.crash(random);
                        partition = lead(shards, new StepStore(cells));
                    }
                    case 1, 2 -> perhapsSend(partition);
                    default -> {
                        boolean _ = partition.step();
                    }
                }
            }
            for (int i = 0; i < 200; i++) {
                boolean _ = partition.step();
                perhapsSend(partition);
            }
            assertThat(shards.arrived).as("seed " + seed).isEqualTo(emitted);
        }
    }

    @Test
    void aPartitionWhoseStepsAreNotSentTakesNothingInUntilSomeAre() {
        TwoShards shards = new TwoShards(new Random(7));
        Partition partition = lead(shards, new StepStore(new MemoryStore()));
        long events = Outbox.STEPS_MAX + 200;
        for (int i = 0; i < events; i++) {
            shards.here.append("in/0", i, List.of(new Streams.Append("in/0", "k", new byte[] {'x'}, null)));
        }
        long taken = takeOneByOne(partition);
        assertThat(taken).isBetween(Outbox.STEPS_MAX - 2, Outbox.STEPS_MAX + 1);
        perhapsSendUpTo(partition, 100);
        long more = takeOneByOne(partition);
        assertThat(more).isGreaterThan(taken).isLessThan(events);
        perhapsSendUpTo(partition, more);
        assertThat(takeOneByOne(partition)).isEqualTo(events);
    }

    private static long takeOneByOne(Partition partition) {
        while (partition.stepOfOne()) {
            // as long as it takes any
        }
        return partition.taken().getOrDefault("in/0", 0L);
    }

    private static void perhapsSendUpTo(Partition partition, long step) {
        while (!partition.hasSent(step)) {
            perhapsSend(partition);
        }
    }

    @Test
    void aVersionThatEmitsNothingStillSendsWhatTheOneBeforeHasLeft() {
        TwoShards shards = new TwoShards(new Random(7));
        StepStore cells = new StepStore(new MemoryStore());
        shards.here.append("in/0", 0, List.of(new Streams.Append("in/0", "k", new byte[] {'x'}, null)));
        Partition before = lead(shards, cells);
        while (before.step()) {
            // all that there is
        }
        View silent = declaration -> declaration.log("in", Codec.text(), (_, _) -> {});
        Partition after = lead(shards, cells, silent);
        for (int i = 0; i < 20; i++) {
            perhapsSend(after);
        }
        assertThat(shards.arrived).containsExactly("x");
        while (after.step()) {
            // nothing, or the positions
        }
        shards.here.append("in/0", 1, List.of(new Streams.Append("in/0", "k", new byte[] {'y'}, null)));
        assertThat(after.step()).isTrue();
        assertThat(lead(shards, cells, silent).outbox())
                .as("nothing is left to send")
                .isNull();
    }
}
