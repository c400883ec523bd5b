import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.rangeFrom;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.RocksStore;
import io.thalweg.model.Slots;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Point and range reads of an index beside a bare RocksDB with the same options and the same data, in one process and one thread: a map of a
 * number of keys to numbers, and as many numbers, up to a million, in maps of a thousand each, of which a hundred that follow each other are read at a time. Bare
 * keys are the text, bare values eight bytes; both sides turn what they read into Java's values. Arguments: folder, keys, seconds for each
 * measurement. Prints {@code NAME INDEX_READS_A_SECOND BARE_READS_A_SECOND} a line.
 */
final class RocksReads {
    private static final long CACHE_BYTES = 64L << 20;
    private static final int BATCH = 1_000;
    private static final int MAX_SERIES = 1_000;
    private static final int MIN_SERIES = 10;
    private static final int LENGTH = 1_000;
    private static final int RANGE = 100;
    private static final int ROUNDS = 3;
    private static final Index<Map<String, Long>> COUNTS =
            Index.of("counts", Schema.map(String.class, Long.class).unsized());
    private static final Index<Map<String, Map<Long, Long>>> NUMBERS = Index.of(
            "numbers",
            Schema.map(
                            Schema.of(String.class),
                            Schema.map(Long.class, Long.class).unsized())
                    .unsized());

    private RocksReads() {}

    private static String name(long n) {
        return "k" + n;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    private static byte[] series(long series, long place) {
        byte[] name = bytes("s" + series + "/");
        return ByteBuffer.allocate(name.length + Long.BYTES)
                .put(name)
                .putLong(place)
                .array();
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        long keys = Long.parseLong(arguments[1]);
        long series = Math.max(MIN_SERIES, Math.min(MAX_SERIES, keys / LENGTH));
        long ns = (long) (Double.parseDouble(arguments[2]) * 1e9);
        Files.createDirectories(folder.resolve("bare"));
        RocksStore store = RocksStore.open(folder.resolve("index"), CACHE_BYTES, CACHE_BYTES);
        LRUCache cache = new LRUCache(CACHE_BYTES);
        try (Options options = new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(CACHE_BYTES / 2)
                        .setDbWriteBufferSize(CACHE_BYTES)
                        .setMaxOpenFiles(1024)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setTableFormatConfig(RocksStore.tables(cache, new BloomFilter(10)));
                RocksDB bare = RocksDB.open(options, folder.resolve("bare").toString())) {
            IndexSpace space = new IndexSpace(new UUID(0, 1), 0);
            Overlay overlay = new Overlay(store.latest());
            OpenIndex<Map<String, Long>> counts = space.open(COUNTS, overlay);
            OpenIndex<Map<String, Map<Long, Long>>> numbers = space.open(NUMBERS, overlay);
            store.commit(overlay.changes());
            try (WriteOptions unlogged = new WriteOptions().setDisableWAL(true)) {
                for (long from = 0; from < keys; from += BATCH) {
                    Overlay some = new Overlay(store.latest());
                    try (WriteBatch batch = new WriteBatch()) {
                        for (long n = from; n < Math.min(keys, from + BATCH); n++) {
                            counts.writer(some, Slots.of(name(n)))
                                    .at(key(name(n)))
                                    .set(n);
                            batch.put(bytes(name(n)), number(n));
                        }
                        bare.write(unlogged, batch);
                    }
                    store.commit(some.changes());
                }
                for (long s = 0; s < series; s++) {
                    Overlay some = new Overlay(store.latest());
                    try (WriteBatch batch = new WriteBatch()) {
                        for (long place = 0; place < LENGTH; place++) {
                            numbers.writer(some, Slots.of("s" + s))
                                    .at(key("s" + s), key(place))
                                    .set(s + place);
                            batch.put(series(s, place), number(s + place));
                        }
                        bare.write(unlogged, batch);
                    }
                    store.commit(some.changes());
                }
            }
            store.flush();
            try (FlushOptions whole = new FlushOptions().setWaitForFlush(true)) {
                bare.flush(whole);
            }
            bare.compactRange();
            try (IndexStore.Snapshot snapshot = store.snapshot()) {
                compare(
                        "points",
                        ns,
                        keys,
                        n -> {
                            Long found = counts.reader(snapshot, Slots.of(name(n)))
                                    .at(key(name(n)))
                                    .get();
                            require(found != null && found == n);
                        },
                        n -> require(ByteBuffer.wrap(get(bare, bytes(name(n)))).getLong() == n));
                compare(
                        "ranges",
                        ns,
                        series * (LENGTH - RANGE),
                        n -> {
                            long s = n % series;
                            long sum = 0;
                            int seen = 0;
                            for (Map.Entry<Long, Long> each : numbers.reader(snapshot, Slots.of("s" + s))
                                    .at(key("s" + s), rangeFrom(n / series, RANGE), entries())
                                    .all()) {
                                sum += each.getValue() - each.getKey();
                                seen++;
                            }
                            require(seen == RANGE && sum == s * RANGE);
                        },
                        n -> {
                            long s = n % series;
                            long sum = 0;
                            int seen = 0;
                            int prefix = bytes("s" + s + "/").length;
                            try (RocksIterator at = bare.newIterator()) {
                                for (at.seek(series(s, n / series)); seen < RANGE && at.isValid(); at.next()) {
                                    sum += ByteBuffer.wrap(at.value()).getLong()
                                            - ByteBuffer.wrap(at.key()).getLong(prefix);
                                    seen++;
                                }
                            }
                            require(seen == RANGE && sum == s * RANGE);
                        });
            }
        } finally {
            store.close();
        }
    }

    private static byte[] get(RocksDB bare, byte[] key) {
        try {
            return bare.get(key);
        } catch (org.rocksdb.RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void require(boolean right) {
        if (!right) {
            throw new IllegalStateException("a read found something else than was written");
        }
    }

    /** By turns; the median of what each does in a second. */
    private static void compare(String name, long ns, long count, LongConsumer index, LongConsumer bare) {
        double[] ours = new double[ROUNDS];
        double[] theirs = new double[ROUNDS];
        for (int round = -1; round < ROUNDS; round++) {
            double our = rate(ns, count, index);
            double their = rate(ns, count, bare);
            if (round >= 0) {
                ours[round] = our;
                theirs[round] = their;
            }
        }
        Arrays.sort(ours);
        Arrays.sort(theirs);
        System.out.println(name + " " + ours[ROUNDS / 2] + " " + theirs[ROUNDS / 2]);
    }

    private static double rate(long ns, long count, LongConsumer read) {
        SplittableRandom random = new SplittableRandom(1);
        long start = System.nanoTime();
        long reads = 0;
        while (System.nanoTime() - start < ns) {
            for (int i = 0; i < 100; i++) {
                read.accept(random.nextLong(count));
            }
            reads += 100;
        }
        return reads * 1e9 / (System.nanoTime() - start);
    }
}
