package io.thalweg.bench.javaviews;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;

/** The events of a pipeline, the same in both systems and on every run. Event {@code n} depends on {@code n} alone. */
public enum Workload {
    /** Lines of eight words of ten thousand, the frequent ones often; each word is counted under its own key. */
    WORDS("lines", "counts") {
        @Override
        public String key(long n) {
            return "line-" + n;
        }

        @Override
        public byte[] payload(long n) {
            SplittableRandom random = new SplittableRandom(SEED + n);
            StringBuilder line = new StringBuilder(64);
            for (int i = 0; i < WORDS_OF_A_LINE; i++) {
                // The k-th word as often as 1/k, as words are.
                long word = (long) Math.exp(random.nextDouble() * Math.log(VOCABULARY));
                line.append(i == 0 ? "w" : " w").append(word);
            }
            return bytes(line.toString());
        }

        @Override
        public String probeKey(String name) {
            return name;
        }

        @Override
        public byte[] probe(String name) {
            return bytes(name);
        }

        @Override
        public long counted(long events) {
            return events * WORDS_OF_A_LINE;
        }
    },
    /** Events of 100 bytes about one of a million keys; each is counted where it was appended. */
    KEYS("clicks", "clicked") {
        @Override
        public String key(long n) {
            return "k" + new SplittableRandom(SEED + n).nextInt(KEYS_COUNT);
        }

        @Override
        public byte[] payload(long n) {
            return bytes(padded(Long.toString(n)));
        }

        @Override
        public String probeKey(String name) {
            return name;
        }

        @Override
        public byte[] probe(String name) {
            return bytes(padded(name));
        }

        @Override
        public long counted(long events) {
            return events;
        }
    },
    /** Payments of 100 bytes, counted for the account, then for the merchant, then for the kind of goods: two hops. */
    HOPS("payments", "goods") {
        @Override
        public String key(long n) {
            return "a" + new SplittableRandom(SEED + n).nextInt(ACCOUNTS);
        }

        @Override
        public byte[] payload(long n) {
            SplittableRandom random = new SplittableRandom(SEED + ~n);
            return bytes(padded("m" + random.nextInt(MERCHANTS) + ",g" + random.nextInt(GOODS) + ","));
        }

        @Override
        public String probeKey(String name) {
            return "a0";
        }

        @Override
        public byte[] probe(String name) {
            return bytes(padded("m0," + name + ","));
        }

        @Override
        public long counted(long events) {
            return events;
        }
    },
    /** The lines of {@link #WORDS} in batches, each of which is seen everywhere at once. */
    BATCHES("batched_lines", "batched_counts") {
        @Override
        public String key(long n) {
            return WORDS.key(n);
        }

        @Override
        public byte[] payload(long n) {
            return WORDS.payload(n);
        }

        @Override
        public String probeKey(String name) {
            return name;
        }

        @Override
        public byte[] probe(String name) {
            return bytes(name);
        }

        @Override
        public long counted(long events) {
            return WORDS.counted(events);
        }
    },
    /** Halves of pairs, one right after the other; the pairs that have both are counted by window. */
    JOINS("halves", "joined") {
        @Override
        public String key(long n) {
            return "half-" + n;
        }

        @Override
        public byte[] payload(long n) {
            long pair = n / 2;
            return bytes((n % 2 == 0 ? "left" : "right") + ",pair" + pair + ",w" + pair / WINDOW_PAIRS);
        }

        @Override
        public String probeKey(String name) {
            return name;
        }

        @Override
        public byte[] probe(String name) {
            return bytes(BOTH + "," + name + "," + name);
        }

        @Override
        public long counted(long events) {
            return events / 2;
        }
    };

    /** What says that an event of {@link #JOINS} is both halves. */
    public static final String BOTH = "both";

    /** Partitions of each log or topic, in both systems. */
    public static final int PARTITIONS = 4;

    private static final long SEED = 20_261_129L;
    private static final int WORDS_OF_A_LINE = 8;
    private static final int VOCABULARY = 10_000;
    private static final int KEYS_COUNT = 1_000_000;
    private static final int ACCOUNTS = 100_000;
    private static final int MERCHANTS = 10_000;
    private static final int GOODS = 1_000;
    private static final int EVENT_BYTES = 100;
    private static final long WINDOW_PAIRS = 500;

    private final String log;
    private final String index;

    Workload(String log, String index) {
        this.log = log;
        this.index = index;
    }

    /** The log, or topic, that its events go to. */
    public String log() {
        return log;
    }

    /** The last index, or state store, of the pipeline. */
    public String index() {
        return index;
    }

    /** What event {@code n} is about. */
    public abstract String key(long n);

    public abstract byte[] payload(long n);

    /** What a probe is appended under. */
    public abstract String probeKey(String name);

    /** An event that leaves {@code name}, letters and digits, as a key of the last index. */
    public abstract byte[] probe(String name);

    /** The sum of the last index after so many events. */
    public abstract long counted(long events);

    /** The merchant of a payment. */
    public static String merchant(String payment) {
        return payment.substring(0, payment.indexOf(','));
    }

    /** The kind of goods of a payment. */
    public static String goods(String payment) {
        int from = payment.indexOf(',') + 1;
        return payment.substring(from, payment.indexOf(',', from));
    }

    /** As orders and tables call it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String padded(String text) {
        return text + ".".repeat(EVENT_BYTES - text.length());
    }
}
