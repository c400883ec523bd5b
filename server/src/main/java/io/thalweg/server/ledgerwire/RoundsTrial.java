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
    private static final int TURNS_IN_A_WINDOW = 16;
    private static final int WINDOWS_NEEDED = 3;
    /** Between windows: what is not compiled yet is only waited for. */
    private static final long PAUSE_MS = 20;

    private static final long TRIAL_NS_MAX = TimeUnit.SECONDS.toNanos(60);

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
        if (!BEGUN.get()
                && BEGUN.compareAndSet(false, true)
                && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
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
        int won = 0;
        // Data on the heap and off it, so that neither is a surprise to the compiled code.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment heap = MemorySegment.ofArray(new byte[TRIAL_BYTES]);
            MemorySegment direct = arena.allocate(TRIAL_BYTES);
            while (won < WINDOWS_NEEDED && System.nanoTime() - begin < TRIAL_NS_MAX) {
                won = wins(vectors, heap) && wins(vectors, direct) ? won + 1 : 0;
                Thread.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (won == WINDOWS_NEEDED) {
            fastest = vectors;
        }
        LOG.debug("checksums at the ledger port are done by {}", won == WINDOWS_NEEDED ? "vectors" : "tables");
    }

    /** Compares the best turns of a window: all others tell of what else the machine had to do. */
    private static boolean wins(AegisRounds vectors, MemorySegment data) {
        long best = Long.MAX_VALUE;
        long bestOfTables = Long.MAX_VALUE;
        for (int turn = 0; turn < TURNS_IN_A_WINDOW; turn++) {
            best = Math.min(best, time(vectors, data));
            bestOfTables = Math.min(bestOfTables, time(TABLES, data));
        }
        return best < bestOfTables;
    }

    /** Bodies have any length, which the compiler should know before it is certain of another. */
    private static long time(AegisRounds rounds, MemorySegment data) {
        int[] state = new int[AegisRounds.WORDS];
        rounds.absorb(state, data, 0, 0);
        rounds.absorb(state, data, AegisRounds.BLOCK_BYTES, AegisRounds.BLOCK_BYTES);
        long begin = System.nanoTime();
        rounds.absorb(state, data, 0, TRIAL_BYTES);
        return System.nanoTime() - begin;
    }
}
