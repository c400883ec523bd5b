package io.thalweg.server.ledgerwire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has {@link VectorRounds} compiled, and put to use if they are clearly faster than tables, once in the life of a process. Which is
 * faster depends on the processor, and what is not compiled yet is a hundred times slower than it will be: so requests are served
 * by tables until vectors have won. Tables take part for a few turns only, for the compiler has much work with them that is of
 * no use if they lose.
 */
final class RoundsTrial implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RoundsTrial.class);

    private static final int TRIAL_BYTES = 1 << 10;
    private static final int TURNS = 16;
    private static final int TURNS_OF_TABLES = 3;
    /** Tables may gain that much by being compiled further. */
    private static final int CLEARLY = 4;

    private static final int WINDOWS_NEEDED = 3;
    /** Between windows, while the compiler is waited for. */
    private static final long PAUSE_MS = 10;

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
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment heap = MemorySegment.ofArray(new byte[TRIAL_BYTES]);
            MemorySegment direct = arena.allocate(TRIAL_BYTES);
            while (won < WINDOWS_NEEDED && System.nanoTime() - begin < TRIAL_NS_MAX) {
                long best = best(vectors, heap, direct, TURNS);
                won = CLEARLY * best < best(TABLES, heap, direct, TURNS_OF_TABLES) ? won + 1 : 0;
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

    /**
     * The best of some turns: all others tell of what else the machine had to do. On the heap and off it from the beginning, or
     * what was compiled for one would be thrown away at the first sight of the other.
     */
    private static long best(AegisRounds rounds, MemorySegment heap, MemorySegment direct, int turns) {
        long bestOnHeap = Long.MAX_VALUE;
        long bestOffHeap = Long.MAX_VALUE;
        for (int turn = 0; turn < turns; turn++) {
            bestOnHeap = Math.min(bestOnHeap, time(rounds, heap));
            bestOffHeap = Math.min(bestOffHeap, time(rounds, direct));
        }
        return Math.max(bestOnHeap, bestOffHeap);
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
