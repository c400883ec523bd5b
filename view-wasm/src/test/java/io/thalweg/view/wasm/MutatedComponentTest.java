package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewTrap;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Components with wrong bytes: each is refused, or runs and traps, or runs. Nothing else comes out, nothing hangs, nothing takes the memory of
 * the process. {@code -Dthalweg.fuzz.first=SEED -Dthalweg.fuzz.count=N} runs others, or one again.
 */
class MutatedComponentTest {
    private static final long FIRST = Long.getLong("thalweg.fuzz.first", 1);
    private static final int COUNT = Integer.getInteger("thalweg.fuzz.count", 400);
    private static final int[] INTERESTING = {0, 1, 2, 0x40, 0x41, 0x42, 0x60, 0x70, 0x7f, 0x80, 0xfe, 0xff};

    /** A mutated loop may be endless: the fuse that ends it is the one that followers use. */
    private static final long FUSE_MS = 300;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "counter-c",
                "delays-c",
                "counter-rs",
                "last-flight-as",
                "hostile-machine",
                "hostile-view",
                "wasi-clock"
            })
    void isRefusedOrTrapsOrRuns(String name) {
        byte[] original = Guests.component(name);
        int loaded = 0;
        try (ScheduledExecutorService fuse = Executors.newSingleThreadScheduledExecutor()) {
            for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
                try {
                    loaded +=
                            run(mutate(original, seed), seed % 8 == 0 ? WasmMode.COMPILED : WasmMode.INTERPRETED, fuse);
                } catch (Throwable e) {
                    throw new AssertionError(name + " with seed " + seed, e);
                }
            }
        }
        assertThat(loaded).as("some mutations do not matter").isBetween(1, COUNT - 1);
    }

    private static int run(byte[] component, WasmMode mode, ScheduledExecutorService fuse) {
        try (ViewProgram program = WasmPrograms.load(component, mode);
                ViewInstance view = program.start(
                        new ViewLimits(8 << 20, Duration.ofSeconds(1), 1 << 20),
                        new MapIndex(),
                        MemoryGrant.unbounded())) {
            Future<?> burning = fuse.scheduleAtFixedRate(view::interrupt, FUSE_MS, FUSE_MS, TimeUnit.MILLISECONDS);
            try {
                view.init();
                Guests.append(view, Batch.of("{\"inc\":1}", "{\"delay\":5,\"origin\":\"LAX\"}", "", "put"));
                Guests.ask(view, "");
                Guests.ask(view, "text", "airport", "LAX");
                view.restore(view.snapshot());
            } catch (ViewTrap _) {
                // as it should be
            } finally {
                burning.cancel(false);
            }
            return 1;
        } catch (ThalwegException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_COMPONENT);
            return 0;
        }
    }

    private static byte[] mutate(byte[] original, long seed) {
        // The first numbers of neighbouring seeds are alike; the factor drives them apart.
        Random random = new Random(seed * 0x9e3779b97f4a7c15L);
        byte[] bytes = original.clone();
        // Half of them change one byte and keep all lengths, so that more get past the decoder and run.
        boolean gentle = random.nextBoolean();
        for (int i = gentle ? 0 : random.nextInt(4); i >= 0 && bytes.length > 16; i--) {
            int at = 8 + random.nextInt(bytes.length - 8);
            int length = Math.min(1 + random.nextInt(16), bytes.length - at);
            switch (random.nextInt(gentle ? 3 : 7)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) INTERESTING[random.nextInt(INTERESTING.length)];
                case 2 -> bytes[at] = (byte) random.nextInt();
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> bytes = without(bytes, at, at + length);
                case 5 -> bytes = doubled(bytes, at, at + length);
                default -> Arrays.fill(bytes, at, Math.min(at + 5, bytes.length), (byte) 0xff);
            }
        }
        return bytes;
    }

    private static byte[] without(byte[] bytes, int from, int to) {
        byte[] result = new byte[bytes.length - (to - from)];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(bytes, to, result, from, bytes.length - to);
        return result;
    }

    private static byte[] doubled(byte[] bytes, int from, int to) {
        byte[] result = new byte[bytes.length + to - from];
        System.arraycopy(bytes, 0, result, 0, to);
        System.arraycopy(bytes, from, result, to, bytes.length - from);
        return result;
    }
}
