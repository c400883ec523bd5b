package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.placement.OwnerSearch;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.Slots;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.stream.Applying;
import io.thalweg.shard.stream.LogMachine;
import io.thalweg.shard.stream.StreamIndex;
import io.thalweg.shard.stream.StreamSplits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Writers that know the log as it was some splits ago, and try again what they do not know the outcome of: each event stands once, in the
 * partition that owned its slot then, and the events of a key are in order over all partitions.
 */
final class SplitOrderTest {
    private static final int SEEDS = 60;
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final LogId LOG = new LogId(new UUID(2, 2));

    @Test
    void eventsOfAKeyStandOnceAndInOrderOverAllSplits() throws Exception {
        long first = Long.getLong("thalweg.seed", new Random().nextLong());
        Map<String, Integer> outcomes = new TreeMap<>();
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                new World(new Random(seed), outcomes).run();
            } catch (AssertionError e) {
                throw new AssertionError("replay with -Dthalweg.seed=" + seed, e);
            }
        }
        System.out.println("seed " + first + ": " + outcomes);
        assertThat(outcomes).containsKeys("moved", "repeated over a split", "repeated", "told twice");
    }

    /** The streams of a shard, a log, and what clients know to be appended. */
    private static final class World {
        private final Random random;
        private final Map<String, Integer> outcomes;

        /** The log after each split. */
        private final List<Log> logs = new ArrayList<>();

        private final Map<StreamId, List<String>> events = new HashMap<>();
        private final Map<String, Integer> written = new TreeMap<>();
        private LogMachine streams = machine();
        private Applying applying = new Applying(streams);
        private long nowNs = 1;
        private int number;

        World(Random random, Map<String, Integer> outcomes) {
            this.random = random;
            this.outcomes = outcomes;
            logs.add(new Log(LOG, "orders", 1 + random.nextInt(3), 0, Retention.FOREVER, 1));
            logs.getLast()
                    .streams()
                    .forEach(stream -> applying.createStream(TENANT, stream).orThrow());
        }

        private static LogMachine machine() {
            return new LogMachine(Duration.ofHours(1), 10_000, new Nowhere());
        }

        private Reply apply(Request request) {
            applying.begin(1, nowNs++, 0, request, 0);
            Reply reply;
            try {
                reply = streams.apply(applying, request);
            } catch (ThalwegException e) {
                reply = new Reply.Refused(e.code(), String.valueOf(e.getMessage())); // as the shard does
            }
            applying.end();
            streams.publish();
            if (reply instanceof Reply.Refused refused && refused.code() == ErrorCode.SLOT_MOVED) {
                outcomes.merge("moved", 1, Integer::sum);
            }
            return reply;
        }

        void run() throws InterruptedException {
            for (int i = 0; i < 150; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> split();
                    case 1 -> restart();
                    default -> append();
                }
            }
            assertOrder();
        }

        private void split() {
            Log log = logs.getLast();
            int from = random.nextInt(log.partitions());
            List<Integer> slots = log.slots(from);
            if (slots.size() < 2) {
                return;
            }
            SlotSplit split = new SlotSplit(from, slots.get(1 + random.nextInt(slots.size() - 1)), slots.getLast());
            int to = log.partitions();
            applying.splitStream(TENANT, log.stream(from), to).orThrow();
            streams.publish();
            if (random.nextBoolean()) {
                // The directory has not heard yet, and tells the shard again: to have it twice is to have it.
                once(log, "early");
                applying.splitStream(TENANT, log.stream(from), to).orThrow();
                streams.publish();
                outcomes.merge("told twice", 1, Integer::sum);
            }
            logs.add(log.with(split));
            StreamSplits its = streams.splits(new StreamId(LOG, to)).orElseThrow();
            assertThat(streams.splits(log.stream(from)).orElseThrow().given())
                    .endsWith(new StreamSplits.Given(to, its.fromAt()));
        }

        private void restart() {
            BinaryWriter out = new BinaryWriter();
            streams.save(out);
            long lastNs = applying.lastNs();
            streams = machine();
            applying = new Applying(streams);
            applying.lastNs(lastNs);
            BinaryReader in = new BinaryReader(out.toByteArray());
            streams.load(in);
            in.end();
            streams.publish();
        }

        /** Appends as a client does that may not know whether it did before. */
        private void append() throws InterruptedException {
            String key = "key-" + random.nextInt(40);
            int nth = written.merge(key, 1, Integer::sum);
            boolean numbered = random.nextBoolean();
            int mine = ++number;
            int before = logs.size();
            for (int attempt = 0; attempt <= random.nextInt(2); attempt++) {
                if (attempt > 0 && random.nextInt(3) == 0) {
                    split();
                }
                boolean duplicate = OwnerSearch.run(
                        logs.get(random.nextInt(logs.size())),
                        (log, _) -> logs.stream()
                                .filter(each -> each.partitions() > log.partitions())
                                .findFirst(),
                        true,
                        (log, asOf) -> send(log, asOf, key, key + "#" + nth, mine, numbered));
                assertThat(duplicate).isEqualTo(attempt > 0);
                if (attempt > 0) {
                    outcomes.merge(logs.size() > before ? "repeated over a split" : "repeated", 1, Integer::sum);
                }
            }
        }

        /** Whoever has not heard of the split is refused, if the slot was of the stream that was split, and else lands where he meant. */
        private void once(Log log, String key) {
            int nth = written.merge(key, 1, Integer::sum);
            try {
                assertThat(send(log, log.partitions(), key, key + "#" + nth, ++number, false))
                        .isFalse();
            } catch (ThalwegException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.SLOT_MOVED);
                written.merge(key, -1, Integer::sum);
            }
        }

        /** Whether it was there before. */
        private boolean send(Log log, int asOf, String key, String payload, int mine, boolean numbered) {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            StreamId stream = log.stream(log.owner(Slots.of(bytes), asOf));
            Event event = Event.of(payload.getBytes(StandardCharsets.UTF_8)).withKey(bytes);
            AppendResult result;
            if (numbered) {
                AppendAllBody.Builder body = new AppendAllBody.Builder();
                body.by(new AppendAllBody.Producer("p", 0, mine))
                        .add(stream, event)
                        .asOf(stream, asOf);
                result = AppendAllResult.decode(apply(body.request(TENANT)).orThrow())
                        .parts()
                        .getFirst();
            } else {
                AppendBody.Builder body =
                        AppendBody.builder(stream).idempotencyKey("k" + mine).asOf(asOf);
                result = AppendResult.decode(
                        apply(body.add(event).request(TENANT)).orThrow());
            }
            List<String> there = events.computeIfAbsent(stream, _ -> new ArrayList<>());
            if (result.duplicate()) {
                assertThat(there.get((int) result.firstSequence() - 1)).isEqualTo(payload);
            } else {
                there.add(payload);
                assertThat(result.firstSequence()).isEqualTo(there.size());
            }
            return result.duplicate();
        }

        /** Follows each key from the partition that the log began with to the one that has it now. */
        private void assertOrder() {
            Map<String, Integer> seen = new TreeMap<>();
            // Slots go to partitions with larger numbers, so that what stood before is seen before.
            for (StreamId stream : logs.getLast().streams()) {
                for (String payload : events.getOrDefault(stream, List.of())) {
                    String key = payload.substring(0, payload.indexOf('#'));
                    assertThat(payload).as("in %s", stream).isEqualTo(key + "#" + seen.merge(key, 1, Integer::sum));
                }
                assertThat(streams.stats(stream).orElseThrow().head())
                        .isEqualTo(events.getOrDefault(stream, List.of()).size());
            }
            written.values().removeIf(count -> count == 0);
            assertThat(seen).isEqualTo(written);
        }
    }

    /** These tests are about what is decided, not about where events stand. */
    private static final class Nowhere implements StreamIndex {
        @Override
        public void restore(StreamId stream, long first, long head) {}

        @Override
        public void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {}

        @Override
        public void trim(StreamId stream, long firstSequence) {}

        @Override
        public void delete(StreamId stream) {}

        @Override
        public void publish(StreamId stream, long head) {}
    }
}
