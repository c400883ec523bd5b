package io.thalweg.view.java;

import static io.thalweg.index.path.Maps.entries;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.view.java.examples.Orders;
import io.thalweg.view.java.examples.Social;
import io.thalweg.view.java.examples.WordCount;
import java.nio.charset.StandardCharsets;
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

    /** Crashes its leader before an append, or after it so that nobody hears that it counts. */
    private record Faulty(Streams streams, Random random) implements Streams {
        @Override
        public List<Event> read(String stream, long after, int max) {
            return streams.read(stream, after, Math.min(max, 1 + random.nextInt(4)));
        }

        @Override
        public long newest(String stream) {
            return streams.newest(stream);
        }

        @Override
        public boolean append(String conditional, long expected, List<Append> appends) {
            if (random.nextInt(6) == 0) {
                throw new Crash();
            }
            boolean appended = streams.append(conditional, expected, appends);
            if (random.nextInt(6) == 0) {
                throw new Crash();
            }
            return appended;
        }
    }

    /** Runs a view of three partitions over what {@code feed} appends, with faults; all is processed in the end. */
    private static LocalView run(Supplier<View> code, long seed, int events, Feed feed) {
        Random random = new Random(seed);
        LocalView view = new LocalView(code, 3);
        List<Partition> old = new ArrayList<>();
        int left = events;
        while (left > 0) {
            if (random.nextInt(3) == 0) {
                feed.append(view, random, events - left);
                left--;
            }
            int at = random.nextInt(3);
            try {
                switch (random.nextInt(12)) {
                    case 0 -> {
                        // Another leader takes over on the same store, and the one before does not know.
                        old.add(view.leader(at));
                        view.leader(at, view.lead(at, new Faulty(view.streams(), random)));
                    }
                    case 1 -> {
                        if (!old.isEmpty()) {
                            Partition ghost = old.remove(random.nextInt(old.size()));
                            ghost.step();
                        }
                    }
                    case 2 -> view.store(at).flush();
                    default -> view.leader(at).step();
                }
                if (view.leader(at).isDeposed()) {
                    view.leader(at, view.lead(at, new Faulty(view.streams(), random)));
                }
            } catch (Crash e) {
                view.store(at).crash(random);
                old.clear();
                for (int i = 0; i < 3; i++) {
                    view.leader(i, view.lead(i, new Faulty(view.streams(), random)));
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            view.leader(i, view.lead(i, view.streams()));
        }
        view.process();
        assertThat(view.parked()).as("seed " + seed).isEmpty();
        return view;
    }

    private interface Feed {
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
            replicasAreTheSame(view, seed);
        }
    }

    /** Who follows the change log from its start, without code, has the same cells. */
    private static void replicasAreTheSame(LocalView view, long seed) {
        for (int i = 0; i < 3; i++) {
            MemoryStore replica = new MemoryStore();
            for (Streams.Event step : view.streams().read("view/local/changes/" + i, 0, Integer.MAX_VALUE)) {
                replica.commit(StepRecord.read(step.payload()).changes());
            }
            assertThat(cells(replica)).as("seed " + seed + " partition " + i).isEqualTo(cells(view.store(i)));
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
                List.of(new Answer("in/0", 7, new byte[] {'1'})));
        StepRecord read = StepRecord.read(record.write());
        assertThat(read.answers()).singleElement().satisfies(answer -> {
            assertThat(answer.stream()).isEqualTo("in/0");
            assertThat(answer.sequence()).isEqualTo(7);
        });
    }
}
