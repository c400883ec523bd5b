package io.thalweg.raft;

import io.thalweg.ports.clock.Clock;
import io.thalweg.raft.peer.Member;
import io.thalweg.raft.peer.MutualTls;
import java.time.Duration;
import java.util.Optional;

/**
 * How a node takes part in consensus.
 *
 * @param self this node, at the address at which the others reach it
 * @param host name or address on which this node listens, at the same port
 * @param entryBytesMax largest body of an entry; a group takes about this much direct memory
 * @param electionMin shortest silence of the leader before a member starts an election
 * @param electionMax longest
 * @param tls between the nodes; in the clear when it is empty
 * @param clock this node's, which others ask for, and which stamps what it orders
 * @param logKeptBytes how much of the logs of all groups together stays although snapshots cover it, half of it of one group: a member that was away for no
 *     more goes on with entries, and needs no copy
 * @param copyBytesPerSecond what copies of all shards together take of the network, as this node sends them
 * @param snapshotWaits how long a snapshot that is due waits for a copy that is being sent; longer for one that was broken off before
 */
public record RatisOptions(
        Member self,
        String host,
        int entryBytesMax,
        Duration electionMin,
        Duration electionMax,
        Optional<MutualTls> tls,
        Clock clock,
        long logKeptBytes,
        long copyBytesPerSecond,
        Duration snapshotWaits) {

    /** The committer folds at most 32 MiB of one request; the rest is room for its head. */
    public static final int ENTRY_BYTES_MAX = 33 << 20;

    /** Of one group as much as is applied between two snapshots. A start reads it. */
    private static final long LOG_KEPT_BYTES = 512L << 20;

    private static final long COPY_BYTES_PER_SECOND = 256L << 20;
    private static final Duration SNAPSHOT_WAITS = Duration.ofSeconds(30);

    public RatisOptions {
        if (entryBytesMax < 1 << 16 || entryBytesMax > 64 << 20) {
            throw new IllegalArgumentException("entryBytesMax is " + entryBytesMax + ", expected 64 KiB to 64 MiB");
        }
        if (electionMin.toMillis() < 10 || electionMax.compareTo(electionMin) <= 0) {
            throw new IllegalArgumentException("election timeouts " + electionMin + " to " + electionMax
                    + " must be at least 10 ms, and the second above the first");
        }
        if (logKeptBytes < 0) {
            throw new IllegalArgumentException("logKeptBytes is " + logKeptBytes + ", expected at least 0");
        }
        if (copyBytesPerSecond < 1 << 16) {
            throw new IllegalArgumentException("copies get " + copyBytesPerSecond + " bytes a second, expected 64 KiB");
        }
    }

    /** A node of a cluster, listening on its own address. */
    public static RatisOptions listening(Member self) {
        return new RatisOptions(
                self,
                self.host(),
                ENTRY_BYTES_MAX,
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Optional.empty(),
                Clock.system(),
                LOG_KEPT_BYTES,
                COPY_BYTES_PER_SECOND,
                SNAPSHOT_WAITS);
    }

    public RatisOptions withHost(String listening) {
        return new RatisOptions(
                self,
                listening,
                entryBytesMax,
                electionMin,
                electionMax,
                tls,
                clock,
                logKeptBytes,
                copyBytesPerSecond,
                snapshotWaits);
    }

    public RatisOptions withElection(Duration min, Duration max) {
        return new RatisOptions(
                self, host, entryBytesMax, min, max, tls, clock, logKeptBytes, copyBytesPerSecond, snapshotWaits);
    }

    public RatisOptions withTls(Optional<MutualTls> files) {
        return new RatisOptions(
                self,
                host,
                entryBytesMax,
                electionMin,
                electionMax,
                files,
                clock,
                logKeptBytes,
                copyBytesPerSecond,
                snapshotWaits);
    }

    public RatisOptions withClock(Clock own) {
        return new RatisOptions(
                self,
                host,
                entryBytesMax,
                electionMin,
                electionMax,
                tls,
                own,
                logKeptBytes,
                copyBytesPerSecond,
                snapshotWaits);
    }

    public RatisOptions withLogKept(long bytes) {
        return new RatisOptions(
                self,
                host,
                entryBytesMax,
                electionMin,
                electionMax,
                tls,
                clock,
                bytes,
                copyBytesPerSecond,
                snapshotWaits);
    }

    public RatisOptions withCopyBandwidth(long bytesPerSecond) {
        return new RatisOptions(
                self,
                host,
                entryBytesMax,
                electionMin,
                electionMax,
                tls,
                clock,
                logKeptBytes,
                bytesPerSecond,
                snapshotWaits);
    }

    public RatisOptions withSnapshotsWaiting(Duration most) {
        return new RatisOptions(
                self,
                host,
                entryBytesMax,
                electionMin,
                electionMax,
                tls,
                clock,
                logKeptBytes,
                copyBytesPerSecond,
                most);
    }
}
