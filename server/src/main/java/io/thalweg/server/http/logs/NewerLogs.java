package io.thalweg.server.http.logs;

import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.placement.OwnerSearch;
import io.thalweg.server.routing.Administration;
import java.time.Duration;
import java.util.Optional;

/** Logs that were split since somebody looked at them: a shard knows of a split before the directory says who has the slots. Thread-safe. */
final class NewerLogs implements OwnerSearch.Newer {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Administration administration;

    NewerLogs(Administration administration) {
        this.administration = administration;
    }

    @Override
    public Optional<Log> than(Log log, boolean patient) throws InterruptedException {
        long startNs = System.nanoTime();
        Directory directory = administration.directory();
        while (true) {
            Optional<Log> newer = directory.log(log.id()).filter(found -> found.partitions() > log.partitions());
            Duration left = PATIENCE.minusNanos(System.nanoTime() - startNs);
            if (newer.isPresent() || !patient || left.isNegative()) {
                return newer;
            }
            directory = administration.await(directory.version() + 1, left);
        }
    }
}
