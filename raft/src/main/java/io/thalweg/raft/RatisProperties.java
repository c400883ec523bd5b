package io.thalweg.raft;

import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** What we set in Ratis, and why; docs/decisions/0001 says what was measured. */
final class RatisProperties {
    // Ratis keeps the entries of an open segment in memory, and reads whole segments at start: small ones make both
    // cheap.
    static final int SEGMENT_BYTES = 16 << 20;
    private static final int CLOSED_SEGMENTS_IN_MEMORY = 2;
    // Zeros that an entry replaces before the next force never reach the disk; larger steps write most of the log
    // twice.
    private static final int PREALLOCATED_BYTES = 1 << 20;
    private static final int PROTO_BYTES_MAX = 64 << 10;

    // Eight messages of so many entries may be on their way to each follower; the entries of a busy shard are 256 KiB
    // each.
    private static final int APPEND_ENTRIES_MAX = 32;

    private static final TimeDuration AT_ONCE = TimeDuration.valueOf(10, TimeUnit.MILLISECONDS);

    private RatisProperties() {}

    static HeldElections of(RatisOptions options) {
        HeldElections p = new HeldElections();
        // Ratis' own default is a folder for temporary files. Each group gets its directory in prepare().
        RaftServerConfigKeys.setStorageDir(p, List.of(new File("/dev/null/unset")));

        RaftConfigKeys.Rpc.setType(p, new GrpcRoads());
        GrpcConfigKeys.Server.setHost(p, options.host());
        GrpcConfigKeys.Server.setPort(p, options.self().port());
        GrpcConfigKeys.setMessageSizeMax(p, size(2L * options.entryBytesMax() + (4 << 20)));

        // Ratis waits up to seven seconds before it calls a follower again that was away for half a minute; meanwhile
        // that
        // one hears nobody, and whoever asks it waits.
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "1ms,10, 100ms,2000000000");

        // Never acknowledge before the disk has it; see reference/ratis-rocksdb.md, section 5.
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
        RaftServerConfigKeys.Log.setCorruptionPolicy(p, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);

        // A slow disk is slow, not failed: wait, and warn each minute.
        RaftServerConfigKeys.Log.StateMachineData.setSyncTimeout(p, TimeDuration.ONE_MINUTE);
        RaftServerConfigKeys.Log.StateMachineData.setSyncTimeoutRetry(p, -1);

        // The log worker's direct buffer is allocated in full, once a group.
        int entryMax = options.entryBytesMax() + PROTO_BYTES_MAX;
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, size(entryMax));
        RaftServerConfigKeys.Log.Appender.setBufferElementLimit(p, APPEND_ENTRIES_MAX);
        RaftServerConfigKeys.Log.setWriteBufferSize(p, size(entryMax + 8));
        RaftServerConfigKeys.Log.setQueueByteLimit(p, size(64L << 20));
        RaftServerConfigKeys.Write.setElementLimit(p, 1 << 16);
        RaftServerConfigKeys.Write.setByteLimit(p, size(256L << 20));
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, size(SEGMENT_BYTES));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, size(PREALLOCATED_BYTES));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, CLOSED_SEGMENTS_IN_MEMORY);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, size((long) CLOSED_SEGMENTS_IN_MEMORY * SEGMENT_BYTES));

        // A new member counts when it is so few entries behind.
        RaftServerConfigKeys.setStagingCatchupGap(p, 10);
        RaftServerConfigKeys.setStagingTimeout(p, TimeDuration.valueOf(30, TimeUnit.SECONDS));

        // The shard says when a snapshot is due, and takes one itself before it closes.
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setTriggerWhenRemoveEnabled(p, false);
        RaftServerConfigKeys.Snapshot.setCreationGap(p, 1);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setPurgeGap(p, 1);
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, false);

        // An entry of Ratis' own after each commit, with a flush of its own: a start gets the same from the leader.
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);

        // Sessions keep the replies; this cache would keep them a second time.
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, TimeDuration.valueOf(5, TimeUnit.SECONDS));

        // We read by markers in the log. Should anyone ever use Ratis' reads, then without the lease:
        // EndedLeaders may elect while a leader that is alive still counts on it.
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.Read.setLeaderLeaseEnabled(p, false);

        // Ratis would close a server that was paused for a minute. A pause costs the leadership, which is enough.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(365, TimeUnit.DAYS));
        return p;
    }

    /** Sets what Ratis reads while it adds {@code group}. */
    static void prepare(RaftProperties p, RatisOptions options, ShardGroup group) {
        RaftServerConfigKeys.setStorageDir(p, List.of(group.directory().toFile()));
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, time(options.electionMin()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, time(options.electionMax()));
        waitUsually(p, options);
        if (standsAtOnce(group)) {
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, AT_ONCE);
            RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, AT_ONCE.multiply(2));
        }
    }

    /** Requests wait while a lone shard becomes a group: nobody else could stand, or has to be waited for. */
    static boolean standsAtOnce(ShardGroup group) {
        return group.fromLone() && group.members().size() == 1;
    }

    /** How long a member waits before it stands for the first time. Ratis looks each time that a member of any group draws how long, until that has heard of a leader. */
    static void waitUsually(RaftProperties p, RatisOptions options) {
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(p, time(options.electionMin()));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(p, time(options.electionMax()));
    }

    private static SizeInBytes size(long bytes) {
        return SizeInBytes.valueOf(bytes);
    }

    private static TimeDuration time(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
