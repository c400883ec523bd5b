package io.thalweg.raft;

import java.time.Duration;

/**
 * How a node takes part in consensus.
 *
 * @param self this node
 * @param wire whether it talks to others; without, no port is opened and every group must have one member
 * @param entryBytesMax largest body of an entry; a group takes about this much direct memory
 * @param electionMin shortest silence of the leader before a member of a group of several starts an election
 * @param electionMax longest
 */
public record RatisOptions(Member self, boolean wire, int entryBytesMax, Duration electionMin, Duration electionMax) {

    /** The committer folds at most 32 MiB of one request; the rest is room for its head. */
    public static final int ENTRY_BYTES_MAX = 33 << 20;

    public RatisOptions {
        if (entryBytesMax < 1 << 16 || entryBytesMax > 64 << 20) {
            throw new IllegalArgumentException("entryBytesMax is " + entryBytesMax + ", expected 64 KiB to 64 MiB");
        }
        if (electionMin.toMillis() < 10 || electionMax.compareTo(electionMin) <= 0) {
            throw new IllegalArgumentException("election timeouts " + electionMin + " to " + electionMax
                    + " must be at least 10 ms, and the second above the first");
        }
    }

    /** A node that is the only one of its cluster. */
    public static RatisOptions alone(String id) {
        return new RatisOptions(Member.alone(id), false, ENTRY_BYTES_MAX, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    /** A node of a cluster, listening on its own address. */
    public static RatisOptions listening(Member self) {
        return new RatisOptions(self, true, ENTRY_BYTES_MAX, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    public RatisOptions withElection(Duration min, Duration max) {
        return new RatisOptions(self, wire, entryBytesMax, min, max);
    }
}
