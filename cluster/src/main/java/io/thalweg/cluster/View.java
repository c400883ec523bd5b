package io.thalweg.cluster;

import io.thalweg.model.LogId;
import io.thalweg.model.ViewId;
import java.util.List;
import java.util.Optional;

/**
 * A view as the directory wants it; how far it is, its node knows.
 *
 * @param name unique in the log
 * @param wanted whether it is to process events
 * @param active number of the version that answers queries
 * @param candidate number of the version that replays beside it and is to take over; 0 for none
 * @param previous number of the version to roll back to; 0 for none
 * @param latest number of the newest version ever deployed
 * @param versions those that are kept, by number, at most {@link #MAX_VERSIONS}
 * @param skipped events that no version processes, sorted, at most {@link #MAX_SKIPPED}
 * @param createdNs nanoseconds since 1970
 */
public record View(
        ViewId id,
        LogId log,
        String name,
        Wanted wanted,
        int active,
        int candidate,
        int previous,
        int latest,
        List<ViewVersion> versions,
        List<Skip> skipped,
        long createdNs) {
    /** Versions kept; the oldest that is neither active, candidate nor previous makes room. */
    public static final int MAX_VERSIONS = 16;

    /** Events that a view may skip. */
    public static final int MAX_SKIPPED = 10_000;

    /** Whether a view is to process events. */
    public enum Wanted {
        RUNNING,
        PAUSED
    }

    /** One event that is not processed. */
    public record Skip(int partition, long sequence) implements Comparable<Skip> {
        @Override
        public int compareTo(Skip other) {
            int order = Integer.compare(partition, other.partition);
            return order != 0 ? order : Long.compare(sequence, other.sequence);
        }
    }

    public View {
        versions = List.copyOf(versions);
        skipped = List.copyOf(skipped);
    }

    /** A version that is kept. */
    public Optional<ViewVersion> version(int number) {
        return versions.stream().filter(version -> version.number() == number).findFirst();
    }

    View withWanted(Wanted changed) {
        return new View(id, log, name, changed, active, candidate, previous, latest, versions, skipped, createdNs);
    }

    View withSkipped(List<Skip> changed) {
        return new View(id, log, name, wanted, active, candidate, previous, latest, versions, changed, createdNs);
    }

    View withVersions(int newActive, int newCandidate, int newPrevious, int newLatest, List<ViewVersion> changed) {
        return new View(
                id, log, name, wanted, newActive, newCandidate, newPrevious, newLatest, changed, skipped, createdNs);
    }
}
