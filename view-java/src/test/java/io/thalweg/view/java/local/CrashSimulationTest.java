package io.thalweg.view.java.local;

import static io.thalweg.index.path.Maps.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.View;
import io.thalweg.view.java.examples.Orders;
import io.thalweg.view.java.examples.Social;
import io.thalweg.view.java.examples.WordCount;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.ChangeLog;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.StepRecord;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Views whose leaders crash at every step, are deposed, and lose what their stores had not written, beside a recount of the logs. */
class CrashSimulationTest {
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * Crashes its leader before an append, or after it so that nobody hears that it counts; or lets it sleep behind the append, while another
     * leader goes on.
     */
    private record Faulty(Streams streams, Random random, int rarely, Runnable meanwhile) implements Streams {
        @Override
        public List<Event> read(String stream, long after, int max) {
            return streams.read(stream, after, Math.min(max, 1 + random.nextInt(4)));
        }

        @Override
        public List<Part> parts(String log, int partition) {
            return streams.parts(log, partition);
        }

        @Override
        public long first(String stream) {
            return streams.first(stream);
        }

        @Override
        public long newest(String stream) {
            return streams.newest(stream);
        }

        @Override
        public boolean append(String conditional, long expected, List<Append> appends) {
            if (random.nextInt(rarely) == 0) {
                throw new Crash();
            }
            boolean appended = streams.append(conditional, expected, appends);
            if (random.nextInt(rarely) == 0) {
                throw new Crash();
            }
            if (random.nextInt(rarely) == 0) {
                meanwhile.run();
            }
            return appended;
        }

        @Override
        public long before(String stream, Instant time) {
            return streams.before(stream, time);
        }

        @Override
        public String identity(String stream) {
            return streams.identity(stream);
        }

        @Override
        public boolean isBeside(String stream) {
            return streams.isBeside(stream);
        }

        @Override
        public String address(String stream) {
            return stream;
        }

        @Override
        public void send(String producer, long number, List<Append> appends) {
            streams.send(producer, number, appends);
        }
    }

    /** What looks at a view while it runs. */
    interface Observer {
        /** @param anywhere what some replica of each partition has, however far it is */
        void look(LocalView view, Moment anywhere);
    }

    /** Three replicas of each partition: who does not lead follows the steps, and may lead next. */
    private static final class Groups {
        private static final int REPLICAS = 3;
        private final LocalView view;
        private final Random random;
        private final int rarely;
        private final List<List<MemoryStore>> stores = new ArrayList<>();
        private final List<List<StepStore>> ways = new ArrayList<>();

        Groups(LocalView view, Random random, int rarely) {
            this.view = view;
            this.random = random;
            this.rarely = rarely;
            for (int i = 0; i < 3; i++) {
                List<MemoryStore> its = new ArrayList<>(List.of(view.store(i)));
                List<StepStore> ways = new ArrayList<>(List.of(view.way(i)));
                while (its.size() < REPLICAS) {
                    its.add(new MemoryStore());
                    ways.add(new StepStore(its.getLast()));
                }
                this.stores.add(its);
                this.ways.add(ways);
            }
        }

        /** A replica applies what it has not yet; also the one that a leader works on. */
        void follow(int partition) {
            int replica = random.nextInt(REPLICAS);
            boolean _ = new ChangeLog(
                            Surroundings.space(view.id()),
                            partition,
                            view.streams(),
                            ways.get(partition).get(replica))
                    .follow();
        }

        /** What some replica of each partition has. */
        Moment anywhere() {
            List<IndexStore.Snapshot> its = new ArrayList<>();
            stores.forEach(of -> its.add(of.get(random.nextInt(REPLICAS)).snapshot()));
            return new Moment() {
                @Override
                public Reading partition(int number) {
                    return its.get(number);
                }

                @Override
                public void close() {
                    its.forEach(IndexStore.Snapshot::close);
                }
            };
        }

        /** Some replica leads; the leader before does not know. */
        void lead(int partition, boolean faulty) {
            int replica = random.nextInt(REPLICAS);
            view.replica(
                    partition,
                    stores.get(partition).get(replica),
                    ways.get(partition).get(replica));
            Streams through =
                    faulty ? new Faulty(view.streams(), random, rarely, () -> meanwhile(partition)) : view.streams();
            view.leader(partition, view.lead(partition, through));
        }

        private void meanwhile(int partition) {
            lead(partition, false);
            for (int i = random.nextInt(4); i > 0; i--) {
                boolean _ = view.leader(partition).step();
            }
        }

        /** Lets go of steps that all replicas have for good. */
        void trim(int partition) {
            long applied = Long.MAX_VALUE;
            for (int i = 0; i < REPLICAS; i++) {
                stores.get(partition).get(i).flush();
                applied = Math.min(applied, ways.get(partition).get(i).step(Surroundings.space(view.id()), partition));
            }
            view.streams().trim(Wiring.changes(partition), applied + 1);
        }

        void crash(int partition) {
            stores.get(partition).forEach(store -> store.crash(random));
        }
    }

    /** Runs a view of three partitions over what {@code feed} appends, with faults; all is processed in the end. */
    static LocalView run(Supplier<View> code, long seed, int events, Feed feed) {
        return run(code, seed, events, new World(OFTEN, 3), feed, (_, _) -> {});
    }

    private static final int OFTEN = 6;

    /**
     * What a view lives in.
     *
     * @param rarely one of so many appends fails in each of the ways in which one can; from 6
     * @param pace so many things happen from one event to the next, about
     */
    record World(int rarely, int pace) {}

    /** The same, looked at after each thing that happens. */
    static LocalView run(Supplier<View> code, long seed, int events, World world, Feed feed, Observer observer) {
        Random random = new Random(seed);
        LocalView view = new LocalView(code, 3);
        Groups groups = new Groups(view, random, world.rarely);
        List<Partition> old = new ArrayList<>();
        int left = events;
        while (left > 0) {
            if (random.nextInt(world.pace) == 0) {
                feed.append(view, random, events - left);
                left--;
            }
            int at = random.nextInt(3);
            try {
                switch (random.nextInt(12)) {
                    case 0 -> {
                        if (random.nextInt(world.rarely) < OFTEN) {
                            old.add(view.leader(at));
                            groups.lead(at, true);
                        }
                    }
                    case 1 -> {
                        if (!old.isEmpty()) {
                            Partition ghost = old.remove(random.nextInt(old.size()));
                            ghost.step();
                        }
                    }
                    case 2 -> view.store(at).flush();
                    case 3, 4 -> groups.follow(at);
                    case 5 -> groups.trim(at);
                    default -> view.leader(at).step();
                }
                if (view.leader(at).isDeposed()) {
                    groups.lead(at, true);
                }
                observer.look(view, groups.anywhere());
            } catch (Crash e) {
                groups.crash(at);
                old.clear();
                for (int i = 0; i < 3; i++) {
                    groups.lead(i, true);
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            groups.lead(i, false);
        }
        view.process();
        assertThat(view.parked()).as("seed " + seed).isEmpty();
        replicasAreTheSame(groups, seed);
        return view;
    }

    interface Feed {
        void append(LocalView view, Random random, int number);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void countsEqualARecountWhateverCrashes() {
        for (long seed = 1; seed <= 120; seed++) {
            Map<String, Long> recount = new HashMap<>();
            LocalView view = run(WordCount::new, seed, 25, (to, random, number) -> {
                StringBuilder line = new StringBuilder();
                for (int i = random.nextInt(5); i > 0; i--) {
                    String word = "w" + random.nextInt(8);
                    line.append(word).append(' ');
                    recount.merge(word, 1L, Long::sum);
                }
                to.append("lines", "l" + number, utf8(line.toString()));
            });
            Map<String, Long> counted = new HashMap<>();
            view.select(WordCount.COUNTS, entries()).forEach(entry -> counted.put(entry.getKey(), entry.getValue()));
            assertThat(counted).as("seed " + seed).isEqualTo(recount);
        }
    }

    /** Of each key the number of its newest event; -1 for ever once one was not behind the one before it. */
    private static final class InOrder implements View {
        static final Index<Map<String, Long>> NEWEST = Index.of("newest", Schema.map(String.class, Long.class));

        @Override
        public void declare(Declaration view) {
            view.index(NEWEST);
            view.log(
                    "lines",
                    Codec.text(),
                    (step, line) -> step.index(NEWEST).at(Maps.key(step.key())).update(before -> {
                        long number = Long.parseLong(line);
                        return number == (before == null ? 1 : before + 1) ? number : -1;
                    }));
        }
    }

    @Test
    void eventsOfAKeyAreTakenOnceAndInOrderOverSplitsWhateverCrashes() {
        for (long seed = 3_001; seed <= 3_100; seed++) {
            Map<String, Long> newest = new HashMap<>();
            int[] splits = {0};
            LocalView view = run(InOrder::new, seed, 40, (to, random, number) -> {
                if (random.nextInt(6) == 0) {
                    to.split("lines", random.nextInt(3 + splits[0]++), random.nextInt(Slots.COUNT));
                }
                String key = "key-" + random.nextInt(6);
                to.append("lines", key, utf8(Long.toString(newest.merge(key, 1L, Long::sum))));
            });
            Map<String, Long> taken = new HashMap<>();
            view.select(InOrder.NEWEST, entries()).forEach(entry -> taken.put(entry.getKey(), entry.getValue()));
            assertThat(taken).as("seed " + seed + ", " + splits[0] + " splits").isEqualTo(newest);
            assertThat(view.log("lines")).hasSize(40);
        }
    }

    /** Who follows the change log, without code, has the same cells as who led. */
    private static void replicasAreTheSame(Groups groups, long seed) {
        for (int i = 0; i < 3; i++) {
            for (int replica = 0; replica < Groups.REPLICAS; replica++) {
                new ChangeLog(
                                Surroundings.space(groups.view.id()),
                                i,
                                groups.view.streams(),
                                groups.ways.get(i).get(replica))
                        .catchUp();
                assertThat(cells(groups.stores.get(i).get(replica)))
                        .as("seed " + seed + " partition " + i + " replica " + replica)
                        .isEqualTo(cells(groups.view.store(i)));
            }
        }
    }

    private static List<String> cells(IndexStore store) {
        List<String> cells = new ArrayList<>();
        try (Cursor cursor = store.latest().cursor(new byte[] {0}, new byte[] {-1}, false)) {
            for (; cursor.valid(); cursor.next()) {
                cells.add(HexFormat.of().formatHex(cursor.key()) + "="
                        + HexFormat.of().formatHex(cursor.value()));
            }
        }
        return cells;
    }

    @Test
    void followersAreNeverPeopleWhoDoNotExistAndBothSidesAgree() {
        for (long seed = 1_001; seed <= 1_060; seed++) {
            LocalView view = run(Social::new, seed, 30, (to, random, number) -> {
                String user = "u" + random.nextInt(5);
                String other = "u" + random.nextInt(5);
                switch (random.nextInt(5)) {
                    case 0 -> to.append("profiles", user, utf8("{\"user\":\"" + user + "\",\"name\":\"N\"}"));
                    case 1, 2 ->
                        to.append(
                                "follows",
                                user,
                                utf8("{\"from\":\"" + user + "\",\"to\":\"" + other + "\",\"follow\":"
                                        + (random.nextInt(4) > 0) + "}"));
                    default ->
                        to.append(
                                "posts",
                                user,
                                utf8("{\"user\":\"" + user + "\",\"post\":\"p" + number + "\",\"text\":\"t\"}"));
                }
            });
            Set<String> one = pairs(view, Social.FOLLOWERS, true);
            assertThat(pairs(view, Social.FOLLOWING, false)).as("seed " + seed).isEqualTo(one);
            view.select(Social.TIMELINES, entries())
                    .forEach(entry -> assertThat(entry.getValue())
                            .as("a post stands once in a timeline")
                            .doesNotHaveDuplicates());
        }
    }

    private static Set<String> pairs(LocalView view, Index<Map<String, Set<String>>> index, boolean turned) {
        Set<String> pairs = new TreeSet<>();
        view.select(index, entries())
                .forEach(entry -> entry.getValue()
                        .forEach(other ->
                                pairs.add(turned ? other + ">" + entry.getKey() : entry.getKey() + ">" + other)));
        return pairs;
    }

    @Test
    void stockAndOrdersAddUp() {
        for (long seed = 2_001; seed <= 2_060; seed++) {
            Map<String, Long> added = new TreeMap<>();
            LocalView view = run(Orders::new, seed, 30, (to, random, number) -> {
                String item = "i" + random.nextInt(3);
                long add = random.nextInt(4);
                added.merge(item, add, Long::sum);
                to.append(
                        "stock",
                        item,
                        utf8("{\"item\":\"" + item + "\",\"add\":" + add + ",\"order\":\"o" + number + "\",\"take\":"
                                + random.nextInt(6) + "}"));
            });
            long[] orders = {0};
            view.select(Orders.STOCK, entries()).forEach(entry -> {
                Orders.Stock stock = entry.getValue();
                long held = stock.orders().values().stream()
                        .mapToLong(Orders.Order::count)
                        .sum();
                assertThat(stock.free() + held).isEqualTo(added.get(entry.getKey()));
                assertThat(stock.free()).isNotNegative();
                orders[0] += stock.orders().size();
            });
            view.advance(Orders.PATIENCE.plusSeconds(1));
            view.select(Orders.STOCK, entries()).forEach(entry -> {
                assertThat(entry.getValue().orders()).isEmpty();
                assertThat(entry.getValue().free()).isEqualTo(added.get(entry.getKey()));
            });
        }
    }

    @Test
    void aStepIsReadAsItWasWritten() {
        StepRecord record = new StepRecord(
                io.thalweg.index.store.Changes.read(new ValueReader(
                        new ValueWriter().raw(1).count(0).count(0).toByteArray())),
                List.of(new Answer(new Origin("in/0", 7), new byte[] {'1'})),
                List.of(new Streams.Append("out/1", null, new byte[] {2}, null)));
        StepRecord read = StepRecord.read(record.write());
        assertThat(read.answers()).singleElement().satisfies(answer -> {
            assertThat(answer.to()).isEqualTo(new Origin("in/0", 7));
        });
        assertThat(read.sent()).singleElement().satisfies(append -> {
            assertThat(append.stream()).isEqualTo("out/1");
            assertThat(append.payload()).containsExactly(2);
        });
    }
}
