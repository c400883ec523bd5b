package io.thalweg.server.ledgerwire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the ways to do {@link AegisRounds} run beside each other once in the life of a process, which also has them compiled, and
 * keeps the faster. Which one that is depends on the processor, and a way that is not compiled yet is a hundred times slower
 * than it will be: so requests are served by tables until vectors have won.
 */
final class RoundsTrial implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RoundsTrial.class);

    private static final int TRIAL_BYTES = 1 << 10;
    private static final int WINS_NEEDED = 100;
    private static final long TRIAL_NS_MAX = TimeUnit.SECONDS.toNanos(3);

    private static final AegisRounds TABLES = new TableRounds();
    private static final AtomicBoolean BEGUN = new AtomicBoolean();
    private static volatile AegisRounds fastest = TABLES;

    private RoundsTrial() {}

    /** The fastest as far as it is known; any thread. */
    static AegisRounds fastest() {
        return fastest;
    }

    /** Begins the trial, unless it was begun before or only tables are possible here. */
    static void begin() {
        boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        if (vectors && BEGUN.compareAndSet(false, true)) {
            Thread.ofPlatform().name("aegis-trial").daemon().start(new RoundsTrial());
        }
    }

    @Override
    public void run() {
        if (!VectorRounds.possible()) {
            return;
        }
        AegisRounds vectors = new VectorRounds();
        long begin = System.nanoTime();
        int wins = 0;
        // Data on the heap and off it, so that neither is a surprise to the compiled code.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] data = {MemorySegment.ofArray(new byte[TRIAL_BYTES]), arena.allocate(TRIAL_BYTES)};
            while (wins < WINS_NEEDED && System.nanoTime() - begin < TRIAL_NS_MAX) {
                long took = 0;
                long tablesTook = 0;
                for (MemorySegment each : data) {
                    took += time(vectors, each);
                    tablesTook += time(TABLES, each);
                }
                wins = took < tablesTook ? wins + 1 : 0;
            }
        }
        if (wins == WINS_NEEDED) {
            fastest = vectors;
        }
        LOG.debug("checksums at the ledger port are done by {}", wins == WINS_NEEDED ? "vectors" : "tables");
    }

    private static long time(AegisRounds rounds, MemorySegment data) {
        long begin = System.nanoTime();
        rounds.absorb(new int[AegisRounds.WORDS], data, 0, TRIAL_BYTES);
        return System.nanoTime() - begin;
    }
}
