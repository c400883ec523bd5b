package io.thalweg.ports.fault;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A wall clock that jumps and a disk that is slow or fails, on the word of a file, for tests of real processes: none can be had from outside without having it on
 * the whole machine. The door is there only where the process was started with the system property {@code thalweg.test.faults}, which names a folder; then a file in
 * it says, from the start on and as often as it changes:
 *
 * <pre>
 * ahead = SECONDS   that the wall clock shows more than it should
 * force = MS        that each force of a file takes longer
 * force = fail      that each force of a file fails, and nothing of it is known to be on the disk
 * </pre>
 *
 * The file's name is what {@code thalweg.test.node} says, or else the process' id. What is not said, and where there is no file, is as it should be. Thread-safe.
 */
public final class FaultDoor {
    private static final System.Logger LOG = System.getLogger(FaultDoor.class.getName());
    private static final long LOOK_NS = Duration.ofMillis(50).toNanos();
    private static final long FORCE_MS_MAX = 10_000;
    private static final @Nullable String FOLDER = System.getProperty("thalweg.test.faults");
    private static final boolean OPEN = FOLDER != null;

    private static volatile long aheadNs;
    private static volatile long forceNs;
    private static volatile boolean forceFails;

    static {
        if (FOLDER != null) {
            String name = System.getProperty(
                    "thalweg.test.node", Long.toString(ProcessHandle.current().pid()));
            Path said = Path.of(FOLDER).resolve(name);
            LOG.log(Level.WARNING, "this process takes faults for tests from " + said);
            // Before anybody asks for the time: a clock that jumps later is another fault than one that begins ahead.
            String first = read(said);
            take(first);
            Thread.ofPlatform().daemon().name("faults").start(() -> follow(said, first));
        }
    }

    private FaultDoor() {}

    /** Nanoseconds that the wall clock is ahead. */
    public static long aheadNs() {
        return OPEN ? aheadNs : 0;
    }

    /**
     * Before each force of a file.
     *
     * @throws IOException when it is to fail, as by a disk that reports an error
     */
    public static void beforeForce() throws IOException {
        if (OPEN) {
            if (forceFails) {
                throw new IOException("Input/output error, as a test wants it");
            }
            long untilNs = System.nanoTime() + forceNs;
            for (long leftNs = forceNs; leftNs > 0; leftNs = untilNs - System.nanoTime()) {
                LockSupport.parkNanos(leftNs);
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
            }
        }
    }

    private static void follow(Path said, String first) {
        String before = first;
        while (true) {
            String now = read(said);
            if (!now.equals(before)) {
                before = now;
                take(now);
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    private static String read(Path said) {
        try {
            return Files.readString(said);
        } catch (NoSuchFileException _) {
            return "";
        } catch (IOException e) {
            LOG.log(Level.WARNING, said + " cannot be read", e);
            return "";
        }
    }

    private static void take(String said) {
        long ahead = 0;
        long force = 0;
        boolean fails = false;
        for (String line : said.lines().toList()) {
            String[] words = line.split("\\s*=\\s*", 2);
            switch (words[0].strip()) {
                case "ahead" ->
                    ahead = Duration.ofSeconds(Long.parseLong(words[1].strip())).toNanos();
                case "force" -> {
                    String how = words[1].strip();
                    fails = how.equals("fail");
                    force = fails
                            ? 0
                            : Duration.ofMillis(Math.min(FORCE_MS_MAX, Long.parseLong(how)))
                                    .toNanos();
                }
                default -> LOG.log(Level.WARNING, "'" + line + "' is no fault that this door knows");
            }
        }
        aheadNs = ahead;
        forceNs = force;
        forceFails = fails;
    }
}
