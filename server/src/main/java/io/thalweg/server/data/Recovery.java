package io.thalweg.server.data;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.model.StreamId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.raft.RaftLogReplay;
import io.thalweg.raft.ShardGroup;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamStats;
import io.thalweg.shard.thread.ShardExecutors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last resort of a cluster of which most nodes are gone for good: what is left of it goes on from the best replica of each shard, on whichever of
 * the nodes that are left that is, and the others are to be made whole from there. All of these are stopped, and their directories held by the caller.
 *
 * <p>Looking changes nothing: what a member's Raft log has is applied to its replica on a disk on which nothing happens. The best replica is the one of
 * the newest term, and among those the one with the highest entry, which is whom Raft would let lead. To go on, its log is applied for good, and a
 * group begins with the snapshot of that, in a later term and with this node alone; what was there before lies in {@code DIR/left}. Which nodes are
 * lost is written to {@code DIR/recovered}, for the node to tell the directory as soon as it leads it.
 *
 * <p>Each step can be done again: a directory in which this was broken off is looked at, and gone on with, as before.
 */
public final class Recovery {
    /** In a data directory: ids of the nodes that are lost, one a line. */
    public static final String LOST = "recovered";

    private static final long CACHE_BYTES = 16 << 20;
    private static final int SESSIONS_MAX = 10_000;
    private static final long SNAPSHOT_MINUTES_MAX = 30;
    private static final String FRESH = "raft.fresh";

    private final NavigableMap<String, Path> nodes = new TreeMap<>();
    private final Map<String, Directory> directories = new HashMap<>();
    private final List<Kept> kept = new ArrayList<>();

    /**
     * A replica that is left.
     *
     * @param node on which it is
     * @param end the last entry that it has, applied or in its log
     * @param term the newest that the member knows of
     * @param forced up to which entry its log was on disk once; behind its end when the end is lost
     * @param voters of its group, as far as it knows
     * @param joining whether it had not been whole yet since it came into its group
     * @param heads of its streams
     */
    private record Kept(
            int shard,
            String node,
            Replica.Position end,
            long term,
            OptionalLong forced,
            Set<String> voters,
            boolean joining,
            Map<StreamId, Long> heads) {}

    /**
     * A log's partition, and the last event of it that there is.
     *
     * @param log its name
     */
    public record KeptLog(String tenant, String log, int partition, long head) {}

    /**
     * What becomes of a shard.
     *
     * @param node whose replica is gone on from; null when none is left, and everything is lost
     * @param entry the last one that there is; what was acknowledged behind it is lost
     * @param lostUpTo up to here entries are surely lost that this node had acknowledged; empty when it knows of none
     * @param voters on whose nodes it was
     * @param joining whether the replica that is gone on from had not been whole yet since it came into its group: what it has is a beginning of what
     *     the others had
     * @param logs that are in it
     */
    public record Outcome(
            int shard,
            @Nullable String node,
            long entry,
            long term,
            OptionalLong lostUpTo,
            Set<String> voters,
            boolean joining,
            List<KeptLog> logs) {}

    /**
     * What becomes of the cluster.
     *
     * @param lost nodes of the cluster that are not among those that are left, and where they took requests from other nodes
     * @param goesOnWithout whether the nodes that are left are a majority of each shard, so that nothing needs to be lost
     */
    public record Report(SortedMap<String, String> lost, List<Outcome> shards, boolean goesOnWithout) {}

    private Recovery() {}

    /**
     * Looks at what is left.
     *
     * @param data directories of nodes of one cluster, all of which the caller holds
     * @throws IOException when one is none, or damaged
     */
    public static Recovery look(List<Path> data) throws IOException {
        Recovery recovery = new Recovery();
        Set<UUID> clusters = new TreeSet<>();
        for (Path each : data) {
            Identity identity = Identity.check(each);
            clusters.add(identity.cluster());
            if (recovery.nodes.put(identity.node(), each) != null) {
                throw new IOException("node " + identity.node() + " is there twice");
            }
        }
        if (clusters.size() != 1) {
            throw new IOException("these are nodes of different clusters: " + clusters);
        }
        for (Map.Entry<String, Path> node : recovery.nodes.entrySet()) {
            recovery.look(node.getKey(), node.getValue());
        }
        return recovery;
    }

    private void look(String node, Path data) throws IOException {
        new LeftReplicas(data, ShardFolders.find(data)).restore();
        ShardFolders folders = ShardFolders.find(data);
        for (int shard = 0; shard <= folders.highest(); shard++) {
            Path place = folders.place(shard);
            finish(folders, shard);
            if (folders.isGroup(shard)) {
                boolean joining = folders.isJoining(shard);
                try (TrialDisk disk = TrialDisk.rehearsal(new FileDisk())) {
                    Kept found = replay(disk, shard, place, (replayed, opened) -> {
                        if (opened.directory != null) {
                            directories.put(node, opened.directory.current());
                        }
                        return new Kept(
                                opened.number,
                                node,
                                replayed.end(),
                                replayed.term(),
                                replayed.forced(),
                                replayed.voters(),
                                joining,
                                heads(opened.shard));
                    });
                    kept.add(found);
                }
            }
        }
    }

    private Map<StreamId, Long> heads(Shard shard) {
        Map<StreamId, Long> heads = new HashMap<>();
        for (Directory directory : directories.values()) {
            for (Tenant tenant : directory.tenants()) {
                for (StreamId stream : shard.streams(tenant.id())) {
                    shard.stats(stream).map(StreamStats::head).ifPresent(head -> heads.put(stream, head));
                }
            }
        }
        return heads;
    }

    private record Opened(int number, Shard shard, @Nullable DirectoryMachine directory) {}

    private static <T> T replay(Disk disk, int number, Path place, BiFunction<RaftLogReplay, Opened, T> with)
            throws IOException {
        try (BlockCache cache = new BlockCache(CACHE_BYTES)) {
            LedgerMachine ledgers = new LedgerMachine(
                    disk,
                    place.resolve("ledgers"),
                    LedgerOptions.DEFAULT,
                    cache,
                    Runnable::run,
                    SESSIONS_MAX,
                    Damage.Policy.FREEZE);
            DirectoryMachine directory = number == Bounds.DIRECTORY_SHARD ? new DirectoryMachine(ledgers) : null;
            Machine first = directory == null ? new PlacementMachine(ledgers) : directory;
            AtomicReference<@Nullable RaftLogReplay> replayed = new AtomicReference<>();
            ShardGroup group = new ShardGroup(number, List.of(), ShardFolders.raft(place));
            try (Shard shard = Shard.open(
                    ShardOptions.in(place),
                    disk,
                    Clock.system(),
                    replica -> {
                        RaftLogReplay made = new RaftLogReplay(group, replica);
                        replayed.set(made);
                        return made;
                    },
                    List.of(first, ledgers),
                    new ShardExecutors(Runnable::run, Runnable::run, Runnable::run))) {
                RaftLogReplay made = replayed.get();
                if (made == null) {
                    throw new IllegalStateException("shard " + number + " was not opened");
                }
                return with.apply(made, new Opened(number, shard, directory));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    // ---- what is left

    /** One that has nothing but its vote is none. */
    private Optional<Kept> best(int shard) {
        return kept.stream()
                .filter(each -> each.shard() == shard && each.end().index() >= 0)
                .max(Comparator.comparingLong((Kept each) -> each.end().term())
                        .thenComparingLong(each -> each.end().index()));
    }

    /** The directory as the best replica of it has it. */
    private Directory directory() throws IOException {
        Kept best = best(Bounds.DIRECTORY_SHARD)
                .orElseThrow(() -> new IOException("none of the nodes " + nodes.keySet()
                        + " has the directory, without which nobody knows what is in the shards"));
        Directory known = directories.get(best.node());
        if (known == null) {
            throw new IllegalStateException("the directory of node " + best.node() + " was not read");
        }
        return known;
    }

    /** What would become of the cluster. */
    public Report report() throws IOException {
        Directory directory = directory();
        SortedMap<String, String> lost = new TreeMap<>();
        for (NodeRecord node : directory.cluster().present()) {
            if (!nodes.containsKey(node.id())) {
                lost.put(node.id(), node.peer());
            }
        }
        List<Outcome> outcomes = new ArrayList<>();
        boolean goesOn = true;
        for (int shard = 0; shard <= directory.dataShards(); shard++) {
            Optional<Kept> best = best(shard);
            Set<String> voters = new TreeSet<>(
                    best.map(Kept::voters).orElseGet(Set::of).isEmpty()
                            ? directory.cluster().wanted(shard)
                            : best.orElseThrow().voters());
            long left = voters.stream().filter(nodes::containsKey).count();
            goesOn &= left > voters.size() / 2;
            outcomes.add(outcome(directory, shard, best, voters));
        }
        return new Report(lost, outcomes, goesOn);
    }

    private static Outcome outcome(Directory directory, int shard, Optional<Kept> best, Set<String> voters) {
        List<KeptLog> logs = new ArrayList<>();
        for (Tenant tenant : directory.tenants()) {
            for (Log log : tenant.logs()) {
                for (int partition = 0; partition < log.partitions(); partition++) {
                    if (log.shard(partition) == shard) {
                        long head = best.isEmpty() ? 0 : best.get().heads().getOrDefault(log.stream(partition), 0L);
                        logs.add(new KeptLog(tenant.name(), log.name(), partition, head));
                    }
                }
            }
        }
        if (best.isEmpty()) {
            return new Outcome(shard, null, -1, -1, OptionalLong.empty(), voters, false, logs);
        }
        Kept from = best.get();
        OptionalLong forced = from.forced();
        return new Outcome(
                shard,
                from.node(),
                from.end().index(),
                from.end().term(),
                forced.isPresent() && forced.getAsLong() > from.end().index() ? forced : OptionalLong.empty(),
                voters,
                from.joining(),
                logs);
    }

    // ---- going on

    /** Has the nodes that are left go on with what they have: what the report says is lost then. The nodes are to be started afterwards. */
    public void goOn() throws IOException {
        Report report = report();
        for (Outcome outcome : report.shards()) {
            String from = outcome.node();
            if (from != null) {
                long term = kept.stream()
                        .filter(each -> each.shard() == outcome.shard())
                        .mapToLong(each -> Math.max(each.term(), each.end().term()))
                        .max()
                        .orElseThrow();
                goOn(outcome.shard(), data(from), term);
            }
        }
        // Not before the best ones are groups of their own: until then these are copies of them.
        for (Outcome outcome : report.shards()) {
            for (String node : nodes.keySet()) {
                ShardFolders folders = ShardFolders.find(data(node));
                if (outcome.node() != null && !node.equals(outcome.node()) && folders.isGroup(outcome.shard())) {
                    // Another node's is gone on from: this one is to be made whole by that.
                    new LeftReplicas(data(node), folders)
                            .putAside(outcome.shard(), Long.toString(System.currentTimeMillis()));
                }
            }
        }
        for (Path data : nodes.values()) {
            AtomicFile.write(
                    new FileDisk(),
                    data.resolve(LOST).toAbsolutePath(),
                    ByteBuffer.wrap(
                            (String.join("\n", report.lost().keySet()) + "\n").getBytes(StandardCharsets.UTF_8)));
        }
    }

    private Path data(String node) {
        Path data = nodes.get(node);
        if (data == null) {
            throw new IllegalStateException("node " + node + " is not among those that are left");
        }
        return data;
    }

    private static void goOn(int number, Path data, long term) throws IOException {
        ShardFolders folders = ShardFolders.find(data);
        LeftReplicas left = new LeftReplicas(data, folders);
        Path place = folders.place(number);
        Replica.Position covered = replay(new FileDisk(), number, place, (replayed, opened) -> {
            try {
                long index = opened.shard.snapshot().get(SNAPSHOT_MINUTES_MAX, TimeUnit.MINUTES);
                if (index != replayed.end().index()) {
                    throw new IllegalStateException("the snapshot of shard " + number + " covers " + index + ", not "
                            + replayed.end().index());
                }
                return replayed.end();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException("interrupted", e));
            } catch (ExecutionException | TimeoutException e) {
                throw new UncheckedIOException(new IOException("no snapshot of shard " + number + " was taken", e));
            }
        });
        Path fresh = place.resolve(FRESH);
        LeftReplicas.delete(fresh);
        new ShardGroup(number, List.of(), fresh).beginAnew(covered, Math.max(term, 1));
        ShardFolders.force(place);
        Path aside = left.place(number + "-raft-" + covered.index());
        Files.move(folders.raft(number), aside, StandardCopyOption.ATOMIC_MOVE);
        left.force();
        finish(folders, number);
        folders.madeWhole(number);
        ShardFolders.force(place);
    }

    /** A crash may have come between the two moves. */
    private static void finish(ShardFolders folders, int number) throws IOException {
        Path fresh = folders.place(number).resolve(FRESH);
        if (!Files.exists(folders.raft(number)) && ShardGroup.isIn(fresh)) {
            Files.move(fresh, folders.raft(number), StandardCopyOption.ATOMIC_MOVE);
            ShardFolders.force(folders.place(number));
        }
    }
}
