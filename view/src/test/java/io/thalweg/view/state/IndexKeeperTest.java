package io.thalweg.view.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.ViewId;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.host.HostRig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexKeeperTest {
    private static final byte[] NONE = {};

    @TempDir
    private Path root;

    private static IndexDatabase open(Path directory) {
        return IndexDatabase.open(directory, 8 << 20, 8 << 20, () -> {});
    }

    private static void close(IndexDatabase database) throws InterruptedException {
        database.quiesce();
        database.close();
    }

    private static IndexKeeper keeper(IndexDatabase database, long view) {
        return new IndexKeeper(
                database,
                new SnapshotFile.Owner(new ViewId(new UUID(0, view)), 1, new byte[] {7}, HostRig.STREAM),
                1 << 20,
                _ -> {});
    }

    private static SavedState state(long sequence, byte[] guest) {
        return new SavedState(HostRig.at(sequence), HostRig.at(3), 4, List.of(), guest);
    }

    private static NavigableMap<byte[], byte[]> model() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    private static List<String> texts(List<ViewIndex.Item> items) {
        return items.stream()
                .map(item -> Arrays.toString(item.key()) + "=" + Arrays.toString(item.value()))
                .toList();
    }

    private static List<String> range(
            NavigableMap<byte[], byte[]> model, byte[] from, byte[] to, int limit, boolean reverse) {
        List<String> found = new ArrayList<>();
        if (to.length != 0 && Arrays.compareUnsigned(from, to) >= 0) {
            return found;
        }
        NavigableMap<byte[], byte[]> part =
                to.length == 0 ? model.tailMap(from, true) : model.subMap(from, true, to, false);
        for (var entry : (reverse ? part.descendingMap() : part).entrySet()) {
            if (found.size() == limit) {
                break;
            }
            found.add(Arrays.toString(entry.getKey()) + "=" + Arrays.toString(entry.getValue()));
        }
        return found;
    }

    /** Short keys of few letters, so that many are prefixes and neighbours of each other; 0 and 255 among them. */
    private static byte[] key(Random random) {
        byte[] key = new byte[random.nextInt(4)];
        for (int i = 0; i < key.length; i++) {
            key[i] = new byte[] {0, 1, 127, -128, -1}[random.nextInt(5)];
        }
        return key;
    }

    @Test
    void anIndexBehavesLikeASortedMapThatForgetsWhatIsNotCommitted() throws Exception {
        for (long seed = 1; seed <= 3; seed++) {
            System.out.println("seed " + seed);
            Random random = new Random(seed);
            Path directory = root.resolve("seed-" + seed);
            IndexDatabase database = open(directory);
            // Neighbours on both sides must never shine through.
            for (long neighbour : new long[] {1, 3}) {
                IndexKeeper other = keeper(database, neighbour);
                other.load();
                other.writable(true);
                other.put(NONE, new byte[] {99});
                other.put(new byte[] {-1, -1, -1, -1}, new byte[] {99});
                other.commit(state(1, NONE));
            }
            IndexKeeper keeper = keeper(database, 2);
            assertThat(keeper.load().hasNext()).isFalse();
            keeper.writable(true);
            NavigableMap<byte[], byte[]> now = model();
            NavigableMap<byte[], byte[]> committed = model();
            NavigableMap<byte[], byte[]> beforeEvent = model();
            long position = 0;
            long committedPosition = -1;
            for (int step = 0; step < 3_000; step++) {
                switch (random.nextInt(20)) {
                    case 0 -> {
                        keeper.eventDone();
                        beforeEvent = copy(now);
                    }
                    case 1 -> {
                        keeper.eventRefused();
                        now = copy(beforeEvent);
                    }
                    case 2 -> {
                        keeper.eventDone();
                        beforeEvent = copy(now);
                        committed = copy(now);
                        committedPosition = ++position;
                        SavedState state = state(position, new byte[] {(byte) position});
                        if (random.nextBoolean()) {
                            keeper.commit(state);
                        } else {
                            assertThat(keeper.save(state).get().position()).isEqualTo(HostRig.at(position));
                        }
                    }
                    case 3 -> {
                        if (random.nextInt(10) == 0) {
                            // In order: what is committed is flushed, what is not is gone.
                            database.flush().get();
                            close(database);
                            database = open(directory);
                            keeper = keeper(database, 2);
                        }
                        Iterator<SavedState> states = keeper.load();
                        assertThat(states.hasNext()).isEqualTo(committedPosition >= 0);
                        if (committedPosition >= 0) {
                            SavedState state = states.next();
                            assertThat(state.position()).isEqualTo(HostRig.at(committedPosition));
                            assertThat(state.guest()).containsExactly((byte) committedPosition);
                        }
                        keeper.writable(true);
                        now = copy(committed);
                        beforeEvent = copy(committed);
                    }
                    case 4, 5, 6 -> {
                        byte[] key = key(random);
                        keeper.delete(key);
                        now.remove(key);
                    }
                    case 7, 8, 9, 10 -> {
                        byte[] from = key(random);
                        byte[] to = key(random);
                        int limit = random.nextInt(12);
                        boolean reverse = random.nextBoolean();
                        assertThat(texts(keeper.range(from, to, limit, reverse)))
                                .as(
                                        "range %s to %s, %d, %s",
                                        Arrays.toString(from), Arrays.toString(to), limit, reverse)
                                .isEqualTo(range(now, from, to, limit, reverse));
                    }
                    case 11, 12, 13 -> {
                        byte[] key = key(random);
                        assertThat(keeper.get(key)).isEqualTo(now.get(key));
                    }
                    default -> {
                        byte[] key = key(random);
                        byte[] value = new byte[random.nextInt(3)];
                        random.nextBytes(value);
                        keeper.put(key, value);
                        now.put(key, value);
                    }
                }
            }
            close(database);
        }
    }

    private static NavigableMap<byte[], byte[]> copy(NavigableMap<byte[], byte[]> map) {
        NavigableMap<byte[], byte[]> copy = model();
        copy.putAll(map);
        return copy;
    }

    @Test
    void stateOfOtherCodeIsForgottenAndReported() throws Exception {
        IndexDatabase database = open(root);
        IndexKeeper keeper = keeper(database, 1);
        keeper.load();
        keeper.writable(true);
        keeper.put(new byte[] {1}, new byte[] {2});
        keeper.commit(state(5, NONE));
        IndexKeeper other = new IndexKeeper(
                database,
                new SnapshotFile.Owner(new ViewId(new UUID(0, 1)), 1, new byte[] {8}, HostRig.STREAM),
                1 << 20,
                _ -> {});
        assertThat(other.load().hasNext()).isFalse();
        assertThat(other.problem()).contains("other code");
        assertThat(other.get(new byte[] {1})).isNull();
        close(database);
    }
}
