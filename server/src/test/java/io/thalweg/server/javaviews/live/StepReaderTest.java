package io.thalweg.server.javaviews.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.Slots;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.Streams;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps are read once, whoever follows how many paths, and only those hear of one into whose slots it reaches. */
final class StepReaderTest {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final long SECONDS = 30;

    private final MemoryStore store = new MemoryStore();
    private final IndexSpace space = new IndexSpace(UUID.randomUUID(), 1);
    private final OpenIndex<Map<String, Long>> counts = space.open(COUNTS, new Overlay(store.latest()));
    private final Written written = new Written();
    private final List<Ear> ears = new ArrayList<>();
    private final StepReader reader = new StepReader(written);

    /** Steps of one partition. */
    private static final class Written implements StepReader.Steps {
        private final List<byte[]> steps = new ArrayList<>(); // guarded by this, as all that follows
        private long forgotten;
        private int read;

        @Override
        public int width() {
            return 1;
        }

        @Override
        public synchronized long newest(int partition) {
            return steps.size();
        }

        @Override
        public synchronized List<Streams.Event> read(int partition, long after, int max) {
            List<Streams.Event> some = new ArrayList<>();
            for (long at = Math.max(after, forgotten); at < steps.size() && some.size() < max; at++) {
                some.add(new Streams.Event(at + 1, null, steps.get((int) at), null, Instant.EPOCH));
                read++;
            }
            return some;
        }

        @Override
        public synchronized void await(Map<Integer, Long> seen, Duration timeout) throws InterruptedException {
            long endNs = System.nanoTime() + timeout.toNanos();
            long leftMs = timeout.toMillis();
            while (steps.size() <= seen.getOrDefault(0, 0L) && leftMs > 0) {
                wait(leftMs);
                leftMs = (endNs - System.nanoTime()) / 1_000_000;
            }
        }

        synchronized void add(byte[] step) {
            steps.add(step);
            notifyAll();
        }

        /** The same with a step before it that is not kept. */
        synchronized void addBehindAGap(byte[] step) {
            steps.add(step);
            forgotten = steps.size();
            add(step);
        }

        synchronized int read() {
            return read;
        }
    }

    /** Who hears of steps. */
    private final class Ear implements StepReader.Listener {
        private final OptionalInt slot;
        private final BlockingQueue<Object> heard = new ArrayBlockingQueue<>(1_000);

        Ear(OptionalInt slot) {
            this.slot = slot;
            ears.add(this);
        }

        @Override
        public OpenIndex<?> index() {
            return counts;
        }

        @Override
        public OptionalInt slot() {
            return slot;
        }

        @Override
        public Set<Integer> partitions() {
            return Set.of(0);
        }

        @Override
        public void touched(int partition, long step) {
            heard.add(step);
        }

        @Override
        public void end(String reason) {
            heard.add(reason);
        }

        Object hear() throws InterruptedException {
            return String.valueOf(heard.poll(SECONDS, TimeUnit.SECONDS));
        }
    }

    @AfterEach
    void end() {
        for (int i = 0; i < ears.size(); i++) {
            assertThat(reader.remove(ears.get(i))).as("the last one ends it").isEqualTo(i == ears.size() - 1);
        }
    }

    private byte[] step(String key) {
        Overlay overlay = new Overlay(store.latest());
        counts.writer(overlay, Slots.of(key)).at(Maps.key(key)).set(1L);
        return new StepRecord(overlay.changes(), List.of(), List.of()).write();
    }

    private Ear follow(OptionalInt slot) {
        Ear ear = new Ear(slot);
        reader.add(ear);
        ear.heard.clear(); // what may have been before he came
        return ear;
    }

    @Test
    void aStepIsReadOnceAndHeardOfByThoseOfItsSlotAlone() throws Exception {
        List<Ear> others = new ArrayList<>();
        for (int slot = 0; slot < Slots.COUNT; slot += 2) {
            if (slot != Slots.of("a") && slot != Slots.of("b")) {
                others.add(follow(OptionalInt.of(slot)));
            }
        }
        Ear a = follow(OptionalInt.of(Slots.of("a")));
        Ear b = follow(OptionalInt.of(Slots.of("b")));
        Ear all = follow(OptionalInt.empty());
        for (int i = 0; i < 50; i++) {
            written.add(step("a"));
        }
        written.add(step("b"));
        for (int i = 1; i <= 50; i++) {
            assertThat(a.hear()).isEqualTo(String.valueOf(i));
            assertThat(all.hear()).isEqualTo(String.valueOf(i));
        }
        assertThat(b.hear()).isEqualTo("51");
        assertThat(all.hear()).isEqualTo("51");
        assertThat(a.heard).isEmpty();
        assertThat(others).allSatisfy(other -> assertThat(other.heard).isEmpty());
        assertThat(written.read()).as("steps that were read").isEqualTo(51);
    }

    @Test
    void whatIsNotKeptMayHaveBeenAnythingAndWhatCannotBeReadEndsAllWhoFollow() throws Exception {
        Ear a = follow(OptionalInt.of(Slots.of("a")));
        Ear b = follow(OptionalInt.of(Slots.of("b")));
        written.addBehindAGap(step("a"));
        assertThat(List.of(a.hear(), b.hear())).containsExactly("2", "2");
        written.add(new byte[] {1, 2, 3, 4, 5});
        assertThat(String.valueOf(b.hear())).contains("TWST");
        assertThat(String.valueOf(a.hear())).contains("TWST");
    }
}
