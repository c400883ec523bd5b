package io.thalweg.directory;

import io.thalweg.model.LogId;
import io.thalweg.model.ViewId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
 * @param createdNs nanoseconds since 1970
 * @param options of a view in Java
 * @param takingOver whether of a view in Java the state of the active version may not answer yet, but that of the version before; nothing of either is to go then
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
        long createdNs,
        ViewOptions options,
        boolean takingOver) {
    /** Versions kept; the oldest that is neither active, candidate nor previous makes room. */
    public static final int MAX_VERSIONS = 16;

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
    }

    /** One without options. */
    public View(
            ViewId id,
            LogId log,
            String name,
            Wanted wanted,
            int active,
            int candidate,
            int previous,
            int latest,
            List<ViewVersion> versions,
            long createdNs) {
        this(id, log, name, wanted, active, candidate, previous, latest, versions, createdNs, ViewOptions.NONE, false);
    }

    /** Streams of a view in Java for each of its partitions: its steps, what hops to it, and its dead letters. */
    public static final int JAVA_STREAMS = 3;

    /** Partitions of a view in Java. */
    public static final int MAX_JAVA_PARTITIONS = 256;

    /**
     * Whether it is a view in Java: of the tenant, not of a log. Its {@link #log} is then its own, which nobody else appends to: with P
     * partitions of the view the streams of its steps are 0 to P, those of what hops to each are P to 2P, those of dead letters 2P to 3P.
     */
    public boolean isJava() {
        return versions.getFirst().code().isJava();
    }

    /** The same view in Java with another log in the place of that of its active version. */
    public View withLog(LogId other) {
        List<ViewVersion> changed = versions.stream()
                .map(version -> log.equals(version.state()) ? version.withState(other) : version)
                .toList();
        return new View(
                id, other, name, wanted, active, candidate, previous, latest, changed, createdNs, options, takingOver);
    }

    /** Of a view in Java: the log of the steps that made the indexes on which a version runs. */
    public LogId state(int number) {
        return version(number).map(ViewVersion::state).orElse(log);
    }

    /** Of a view in Java: the logs of all its states that somebody may need, that of the active version first. */
    public Set<LogId> states() {
        Set<LogId> states = new LinkedHashSet<>(List.of(log));
        if (candidate != 0) {
            states.add(state(candidate));
        }
        if (previous != 0) {
            states.add(state(previous));
        }
        return states;
    }

    /** Of a view in Java: whether a state began as a copy of the one that answered. */
    public boolean beganAsCopy(LogId state) {
        return versions.stream().anyMatch(version -> version.copied() && state.equals(version.state()));
    }

    /** Whether any version has a state of its own. */
    public boolean hasStates() {
        return versions.stream().anyMatch(version -> version.state() != null);
    }

    /** Whether a version is on the state of the active one. */
    public boolean sharesState(int number) {
        return state(number).equals(log);
    }

    public View withOptions(ViewOptions changed) {
        return new View(
                id, log, name, wanted, active, candidate, previous, latest, versions, createdNs, changed, takingOver);
    }

    /** Of a view in Java: the same with the state of each version said, so that {@link #log} may become another one. */
    public View withStatesSaid() {
        return withVersions(
                active,
                candidate,
                previous,
                latest,
                versions.stream()
                        .map(version -> version.state() == null ? version.withState(log) : version)
                        .toList());
    }

    /** The same whose active version is the candidate; in Java on its state, which has still to take over. */
    public View withCandidateActive() {
        return withActive(candidate);
    }

    /** The same whose active version is the one before; in Java on its state, which may have to take over. */
    public View withPreviousActive() {
        return withActive(previous);
    }

    private View withActive(int number) {
        return new View(
                id,
                isJava() ? state(number) : log,
                name,
                wanted,
                number,
                0,
                active,
                latest,
                versions,
                createdNs,
                options,
                takingOver || (isJava() && !sharesState(number)));
    }

    /** The same whose active version's state answers. */
    public View withTakenOver() {
        return new View(
                id, log, name, wanted, active, candidate, previous, latest, versions, createdNs, options, false);
    }

    /** A version that is kept. */
    public Optional<ViewVersion> version(int number) {
        return versions.stream().filter(version -> version.number() == number).findFirst();
    }

    public View withWanted(Wanted changed) {
        return new View(
                id, log, name, changed, active, candidate, previous, latest, versions, createdNs, options, takingOver);
    }

    /** What any version that is kept skips, sorted, each once. */
    public List<Skip> skipped() {
        return versions.stream()
                .flatMap(version -> version.skipped().stream())
                .sorted()
                .distinct()
                .toList();
    }

    public View withVersion(ViewVersion changed) {
        return withVersions(
                active,
                candidate,
                previous,
                latest,
                versions.stream()
                        .map(version -> version.number() == changed.number() ? changed : version)
                        .toList());
    }

    public View withVersions(
            int newActive, int newCandidate, int newPrevious, int newLatest, List<ViewVersion> changed) {
        return new View(
                id,
                log,
                name,
                wanted,
                newActive,
                newCandidate,
                newPrevious,
                newLatest,
                changed,
                createdNs,
                options,
                takingOver);
    }
}
