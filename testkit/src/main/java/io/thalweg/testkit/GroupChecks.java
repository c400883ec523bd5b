package io.thalweg.testkit;

import io.thalweg.log.EventBatch;
import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.StreamId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica.Digest;
import io.thalweg.shard.Shard;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.thread.ShardExecutors;
import io.thalweg.testkit.raft.RaftEntry.Members;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What must hold of a {@link SimulatedGroup}, all the time and at the end. A replica with an inverted bit may refuse to answer, and may not
 * answer wrongly. One thread.
 */
final class GroupChecks {
    private static final int DIGEST_EVERY = 7;

    /** The step, and some milliseconds by which clocks differ anyway; a minute ahead would be a clock that is believed. */
    private static final long AHEAD_NS_MAX = 60_000_000_000L;

    private final SimulatedGroup group;
    private final SplittableRandom random;
    private final History history;
    private final List<StreamId> streams;
    private final Map<SimulatedNode, Long> compared = new HashMap<>();
    private final Map<Long, String> digests = new HashMap<>();
    private final Map<Long, Long> running = new HashMap<>();
    private final Map<StreamId, Map<Long, byte[]>> seen = new HashMap<>();
    private int refused;

    GroupChecks(SimulatedGroup group, History history, List<StreamId> streams) {
        this.group = group;
        this.history = history;
        this.streams = streams;
        random = group.random;
    }

    /** Looks at all replicas as they are, and at the time of what was committed last: one clock alone never moves it far. */
    void watch() {
        if (group.quorum.newestNs() > group.time.wallNs() + AHEAD_NS_MAX) {
            throw new AssertionError("an entry is stamped " + (group.quorum.newestNs() - group.time.wallNs())
                    + " ns ahead of what most clocks show");
        }
        for (SimulatedNode node : group.nodes()) {
            Shard shard = node.shard();
            if (shard == null || node.isHalted()) {
                continue;
            }
            long applied = shard.appliedIndex();
            if (applied > compared.getOrDefault(node, -1L) && applied % DIGEST_EVERY == 0) {
                compared.put(node, applied);
                String digest = HexFormat.of().formatHex(shard.digest());
                String before = digests.putIfAbsent(applied, digest);
                if (before != null && !before.equals(digest)) {
                    throw new AssertionError("replicas differ at entry " + applied);
                }
            }
            compare(shard.digests());
            if (random.nextInt(20) == 0) {
                try {
                    read(shard);
                } catch (UncheckedIOException | CorruptionException e) {
                    if (!node.isFlipped()) {
                        throw e;
                    }
                    refused++;
                }
            }
        }
    }

    /** What replicas compare by themselves: none would halt for another. */
    private void compare(List<Digest> digests) {
        if (!digests.isEmpty()) {
            Digest newest = digests.getLast();
            Long before = running.putIfAbsent(newest.index(), newest.value());
            if (before != null && before != newest.value()) {
                throw new AssertionError("a replica would take itself for odd at entry " + newest.index());
            }
        }
    }

    /** Places at which digests were kept to be compared. */
    int compared() {
        return running.size();
    }

    /** Reads one event somewhere: whoever read it before saw the same. */
    private void read(Shard shard) {
        StreamId stream = streams.get(random.nextInt(streams.size()));
        long head = shard.events().head(stream);
        if (head == 0) {
            return;
        }
        long first = shard.events().first(stream);
        if (first > head) {
            return;
        }
        long sequence = first + random.nextLong(head - first + 1);
        EventBatch batch = shard.events().read(stream, sequence, 1, 1 << 20);
        if (!batch.next()) {
            throw new AssertionError(stream + " has no event at " + sequence + ", but its head is " + head);
        }
        byte[] payload = new byte[batch.payloadLength()];
        batch.payload().get(payload);
        byte[] before = seen.computeIfAbsent(stream, _ -> new HashMap<>()).putIfAbsent(sequence, payload);
        if (before != null && !Arrays.equals(before, payload)) {
            throw new AssertionError(stream + " at " + sequence + " is read as another event than before");
        }
    }

    /** Whether all members are well and have applied as far as each other. */
    boolean agree() {
        Members members = group.members();
        Set<Long> applied = new HashSet<>();
        for (SimulatedNode node : group.nodes()) {
            if (members != null && !members.all().contains(node.id())) {
                continue;
            }
            Shard shard = node.shard();
            if (members == null || shard == null || node.isHalted()) {
                return false;
            }
            applied.add(shard.appliedIndex());
        }
        return applied.size() == 1;
    }

    /** At the end: every member has what was acknowledged, what the tenancy wants, and the state that the committed entries alone give. */
    void checkEnd(long seed) {
        SplittableRandom salts = new SplittableRandom(seed);
        SimulatedDisk empty = new SimulatedDisk();
        List<Machine> machines = group.tenancy.machines(empty);
        Shard replayed = Shard.open(
                group.options.withJournal(JournalOptions.small(1 << 16, salts::nextLong)),
                empty,
                group.time,
                replica -> new ReplayConsensus(replica, group.quorum.entries()),
                machines,
                new ShardExecutors(Runnable::run, Runnable::run, Runnable::run));
        for (int id : Objects.requireNonNull(group.members(), "a leader").all()) {
            SimulatedNode node = group.nodes().get(id);
            Shard shard = node.shard();
            if (shard == null) {
                throw new AssertionError("node " + id + " is down");
            }
            try {
                for (StreamId stream : streams) {
                    history.check(stream, shard.events());
                }
                group.tenancy.check(shard, node.machines());
            } catch (UncheckedIOException | CorruptionException e) {
                if (!node.isFlipped()) {
                    throw e;
                }
                refused++;
            }
            if (!Arrays.equals(shard.digest(), replayed.digest())) {
                throw new AssertionError(
                        "node " + id + " has another state than the committed entries give: " + group.nodes());
            }
        }
        group.tenancy.check(replayed, machines);
        replayed.close();
    }

    /** Reads that a replica with an inverted bit refused to answer. */
    int refused() {
        return refused;
    }
}
