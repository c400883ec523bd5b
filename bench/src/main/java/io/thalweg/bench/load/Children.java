package io.thalweg.bench.load;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Processes that must not outlive this one: whoever stops a benchmark half way finds nothing left running. Thread-safe. */
public final class Children {
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform()
                        .name("end-children")
                        .unstarted(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private Children() {}

    /** Remembers a process until it ends, and returns it. */
    public static Process watched(Process process) {
        RUNNING.add(process);
        var _ = process.onExit().thenAccept(RUNNING::remove);
        return process;
    }
}
