package io.thalweg.bench.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.stream.Stream;

/**
 * What processes have taken of a machine so far; 0 where the system does not tell.
 *
 * @param threads of the system: virtual ones are none
 * @param residentBytes of memory, at the moment
 */
public record ProcessCost(long threads, long residentBytes, Duration cpu) {
    private static final ProcessCost NONE = new ProcessCost(0, 0, Duration.ZERO);

    /** Of one. */
    public static ProcessCost of(ProcessHandle process) throws IOException {
        return new ProcessCost(
                status(process, "Threads:"),
                status(process, "VmRSS:") << 10,
                process.info().totalCpuDuration().orElse(Duration.ZERO));
    }

    /** Of several together. */
    public static ProcessCost of(Collection<ProcessHandle> processes) throws IOException {
        ProcessCost all = NONE;
        for (ProcessHandle process : processes) {
            ProcessCost one = of(process);
            all = new ProcessCost(
                    all.threads + one.threads, all.residentBytes + one.residentBytes, all.cpu.plus(one.cpu));
        }
        return all;
    }

    private static long status(ProcessHandle process, String line) throws IOException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(each -> each.startsWith(line))
                    .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        }
    }
}
