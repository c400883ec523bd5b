package io.thalweg.server;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.directory.placement.PlacementMachine;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.raft.FormerRaftLog;
import io.thalweg.raft.ShardGroup;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.data.Failures;
import io.thalweg.server.data.LeftReplicas;
import io.thalweg.server.data.ShardFolders;
import io.thalweg.server.peer.Beginning;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.StateVerifier;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.thread.BackgroundThreads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the replicas of a {@link ShardSet} are opened, put aside and brought back, and what they share. What their folders hold decides which way each goes: a lone
 * shard, a group that began here, one that this node joined, one that it has lost. One thread at a time, except {@link #isLost}.
 */
final class ShardOpening {
    private static final Logger LOG = LoggerFactory.getLogger(ShardOpening.class);

    /** How long a start that has lost the directory waits for the others of its group. */
    private static final Duration DIRECTORY_PATIENCE = Duration.ofMinutes(1);

    /**
     * How long a node that has nothing waits whether others ask how it is, who are not in its configuration. They do so all the time; but who has tried to reach a
     * machine that was off tries again at ever longer intervals, and begins anew after twenty seconds only.
     */
    private static final Duration LISTENS = Duration.ofSeconds(25);

    private final TrialDisk disk;
    private final Clock clock;
    /** Replicas that could not be opened for the bytes in their files. */
    private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();

    private final DiskSpace space;
    private final Optional<Peers> others;
    private final Comebacks lives;
    private final Optional<Grouping> grouping;
    private final OpenParts parts;
    private final ShardFolders folders;

    private final LeftReplicas left;
    private final int segmentBytes;
    private final int count;
    private final BlockCache blocks;
    private final ExecutorService ledgerWork;

    ShardOpening(
            NodeOptions options,
            TrialDisk disk,
            Clock clock,
            DiskSpace space,
            Optional<Peers> peers,
            Comebacks lives,
            OpenParts parts)
            throws IOException {
        this.disk = disk;
        this.space = space;
        others = peers;
        this.lives = lives;
        this.clock = clock;
        this.parts = parts;
        folders = ShardFolders.find(options.data());
        left = new LeftReplicas(options.data(), folders);
        segmentBytes = options.segmentBytes();
        count = 1 + Math.max(folders.highest(), options.dataShards());
        // Closed after the shards, whose apply threads hand work to them.
        ExecutorService readers = parts.opened(
                "ledger readers",
                Executors.newFixedThreadPool(
                        NodeLimits.LEDGER_READERS,
                        Thread.ofPlatform().daemon().name("ledger-reader-", 0).factory()));
        blocks = parts.opened("block cache", new BlockCache(options.ledgerCacheBytes(), readers));
        ledgerWork = parts.opened(
                "ledger background",
                Executors.newFixedThreadPool(NodeLimits.LEDGER_THREADS, new BackgroundThreads("ledger-background-")));
        grouping = peers.map(others -> new Grouping(
                others.nodes(),
                options.id(),
                options.membership().joins(),
                others.ratis(),
                others.road(),
                new WayBack(others.nodes(), options.id(), others.road()),
                folders));
    }

    ShardSet open() throws IOException, InterruptedException {
        LedgerMachine ledgers = ledgers(disk, ledgerWork, 0);
        DirectoryMachine machine = new DirectoryMachine(ledgers);
        if (grouping.isPresent()) {
            return openGroups(grouping.get(), machine, ledgers);
        }
        proveLone(machine);
        List<HostedShard> all = new ArrayList<>();
        all.add(openLone(0, ledgers, machine));
        // What the directory says counts once all of its journal is applied.
        Await.reply(all.getFirst().shard().barrier());
        folders.requireThere(machine.current().dataShards());
        for (int number = 1; number < count; number++) {
            LedgerMachine own = ledgers(disk, ledgerWork, number);
            all.add(openLone(number, own, new PlacementMachine(own)));
        }
        return new ShardSet(machine, all, List.of(), false, this, parts);
    }

    private void proveLone(DirectoryMachine machine) {
        disk.proveWith(() -> {
            folders.requireThere(machine.current().dataShards());
            for (int number = 1; number <= folders.highest(); number++) {
                if (!folders.isGroup(number)) {
                    rehearse(number);
                }
            }
        });
    }

    /** What is in a group's journal is proved by the others of the group, and what the directory says comes with it. */
    private ShardSet openGroups(Grouping with, DirectoryMachine machine, LedgerMachine ledgers)
            throws IOException, InterruptedException {
        boolean directoryComesBack = folders.isLost(0) || isComingBack(0) || wasReplaced(with);
        boolean directoryIsOld = directoryComesBack || folders.isJoining(0) || folders.wasReplaced();
        if (with.alone() && !directoryComesBack && !folders.isGroup(0)) {
            return openAlone(with, machine, ledgers);
        }
        List<HostedShard> all = new ArrayList<>();
        all.add(openGroup(
                with,
                share(0),
                directoryComesBack
                        ? directoryOnProbation(with)
                        : with.joins() || folders.isJoining(0) ? with.joined(0) : with.begun(0),
                ledgers,
                machine));
        with.cluster().follow(() -> machine.current().cluster());
        ClusterState known = machine.current().cluster();
        List<HostedShard> arriving = new ArrayList<>();
        for (int number = 1; number < Math.max(count, folders.highest() + 1); number++) {
            left.restore(number);
            Path place = folders.place(number);
            if (isComingBack(number)) {
                continue; // Who is in its group is asked first.
            }
            if (folders.isJoining(number)) {
                // It may be counted already; one that has nothing but its vote is not.
                if (Files.isDirectory(place.resolve("journal"))) {
                    openUnlessDamaged(with, with.joined(number)).ifPresent(arriving::add);
                }
            } else if (with.alone()) {
                if (folders.isGroup(number)) {
                    openUnlessDamaged(with, with.begun(number)).ifPresent(all::add);
                } else if (folders.isHere(number) || beginsHere(with, number, known)) {
                    all.add(openAlone(with, number));
                } else if (known.wanted(number).equals(List.of(with.self())) && !folders.isLost(number)) {
                    throw folders.missing(number);
                }
            } else if (with.begins(number, known.wanted(number), directoryIsOld || folders.isLost(number))) {
                openUnlessDamaged(with, with.begun(number)).ifPresent(all::add);
            } else if (folders.isHere(number)) {
                // Wanted or not: until its group's leader says otherwise, it is counted.
                openUnlessDamaged(with, with.joined(number)).ifPresent(all::add);
            }
        }
        return new ShardSet(machine, all, arriving, directoryIsOld, this, parts);
    }

    /** A replica whose bytes are not what was written stays as it is, and is none, until the others can be asked for a copy. */
    private Optional<HostedShard> openUnlessDamaged(Grouping with, ShardGroup of) throws IOException {
        if (lives.isWaiting(of.shard())) {
            damaged.add(of.shard());
            return Optional.empty();
        }
        try {
            return Optional.of(openGroup(with, of));
        } catch (IOException | RuntimeException e) {
            CorruptionException damage = Failures.damage(e).orElse(null);
            if (damage == null) {
                throw e;
            }
            LOG.error(
                    "the replica of shard {} is damaged, and is replaced as soon as others can be asked",
                    of.shard(),
                    e);
            damaged.add(of.shard());
            return Optional.empty();
        }
    }

    /**
     * Wrong bytes in the directory's files: they go aside as soon as the others of its group say how it comes back. Until then they stay as they
     * are, and the start refuses.
     */
    void putDirectoryAside(Throwable failure) throws IOException, InterruptedException {
        Optional<CorruptionException> damage = Failures.damage(failure)
                .filter(found -> found.file()
                        .toAbsolutePath()
                        .startsWith(folders.place(0).toAbsolutePath()));
        if (damage.isEmpty()
                || grouping.isEmpty()
                || grouping.get().alone()
                || !folders.isGroup(0)
                || isComingBack(0)) {
            return;
        }
        LOG.error("the replica of the directory is damaged: the others of its group are asked for a copy", failure);
        try {
            var _ = grouping.get().back().find(0, DIRECTORY_PATIENCE);
        } catch (IOException e) {
            failure.addSuppressed(e);
            return;
        }
        putAsideDamaged(0);
        throw new DirectoryAsideException(damage.get());
    }

    /** Whether a node that has nothing had something once, and its disk is another one. Blocks until others have said so. */
    private boolean wasReplaced(Grouping with) throws IOException, InterruptedException {
        if (folders.isHere(0) || folders.isLost(0) || with.alone()) {
            return false;
        }
        boolean wasReplaced = with.joins() ? with.back().isMember(0) : !mayBegin(with);
        if (wasReplaced) {
            LOG.warn("this node was in its cluster once, and has nothing of that: it comes back, and votes once it is"
                    + " whole");
        }
        if (wasReplaced) {
            // Whenever this ends: no shard begins as the configuration has it, for each may have been here.
            folders.noteReplaced();
        }
        return wasReplaced;
    }

    private boolean mayBegin(Grouping with) throws InterruptedException {
        Peers peers = others.orElseThrow();
        List<ClusterNode> rest = with.cluster().configured().nodes().stream()
                .filter(node -> !node.id().equals(with.self()))
                .toList();
        Duration listens = folders.isNew() ? Duration.ZERO : LISTENS;
        if (!listens.isZero()) {
            LOG.info(
                    "nothing of the cluster is here: listening for {} whether it has begun without this node", listens);
        }
        Beginning beginning = new Beginning(rest, node -> peers.road().term(node, with.self()), listens);
        peers.answers().waits(beginning);
        return beginning.mayBegin();
    }

    private ShardGroup directoryOnProbation(Grouping with) throws IOException, InterruptedException {
        try {
            return onProbation(0, with.back().find(0, DIRECTORY_PATIENCE));
        } catch (IOException e) {
            throw new IOException(
                    folders.place(0)
                            + " was lost, or the disk that it was on, and this node has acknowledged what was in it."
                            + " It comes back by itself when all others of its group are there,"
                            + " which they are not: " + e.getMessage(),
                    e);
        }
    }

    /** How many shards for data there are, on this node and on others, as far as was known when it was opened. */
    int dataShards() {
        return count - 1;
    }

    /** Whether this node should have a replica that it lost, or that is not whole since. */
    boolean isLost(int number) throws IOException {
        return folders.isLost(number)
                || isComingBack(number)
                || damaged.contains(number)
                || (folders.wasReplaced() && !folders.isHere(number));
    }

    /** All is back that was lost with a disk. */
    void madeUp() throws IOException {
        folders.madeUp();
    }

    /** Whether a replica that was lost has a place again, but is not whole yet. */
    private boolean isComingBack(int number) throws IOException {
        return folders.isJoining(number)
                && grouping.orElseThrow().joined(number).isOnProbation();
    }

    /** The place of a replica that was lost, which does not vote before it is whole. It appears in one step. */
    private ShardGroup onProbation(int number, WayBack.Found found) throws IOException {
        ShardGroup group = new ShardGroup(number, found.members(), folders.raft(number));
        if (!folders.isHere(number)) {
            left.comeBack(group, found.term());
        }
        return group;
    }

    HostedShard comeBack(int number, WayBack.Found found) throws IOException {
        if (damaged.contains(number)) {
            putAsideDamaged(number);
        }
        return openGroup(grouping.orElseThrow(), onProbation(number, found));
    }

    Optional<HostedShard> reopen(int number) throws IOException {
        Grouping with = grouping.orElseThrow();
        return openUnlessDamaged(with, with.joined(number));
    }

    /** All that a node alone has, to which others may come; a crash may have left some of it groups already. */
    private ShardSet openAlone(Grouping with, DirectoryMachine machine, LedgerMachine ledgers)
            throws IOException, InterruptedException {
        proveLone(machine);
        List<HostedShard> all = new ArrayList<>();
        all.add(openLone(0, ledgers, machine));
        with.cluster().follow(() -> machine.current().cluster());
        Await.reply(all.getFirst().shard().barrier());
        folders.requireThere(machine.current().dataShards());
        for (int number = 1; number < count; number++) {
            all.add(openAlone(with, number));
        }
        return new ShardSet(machine, all, List.of(), false, this, parts);
    }

    /** Of a cluster of one whose directory is a group already. Once others have come, no shard begins on one node by itself. */
    private boolean beginsHere(Grouping with, int number, ClusterState known) {
        return known.present().size() < 2
                && known.wanted(number).isEmpty()
                && with.begins(number, List.of(), folders.isLost(number));
    }

    private HostedShard openAlone(Grouping with, int number) throws IOException {
        if (folders.isGroup(number)) {
            return openGroup(with, with.begun(number));
        }
        LedgerMachine own = ledgers(disk, ledgerWork, number);
        return openLone(number, own, new PlacementMachine(own));
    }

    /** A lone shard goes on as a group, in which this node is the only member yet. */
    void becomeGroup(HostedShard home) throws IOException, InterruptedException {
        Grouping with = grouping.orElseThrow();
        int number = home.number();
        folders.noteBegun(number);
        ShardGroup of = with.alone(number);
        home.shard().becomeGroup(replica -> {
            Forwarding made = with.over(of, replica, clock);
            home.way().set(made);
            return made;
        });
        home.shard().refuseWhen(() -> isFull(home.shard().standing()));
    }

    /** A replica of a group that goes on elsewhere, which begins with nothing; or goes on with what it had of that. */
    HostedShard join(int number) throws IOException {
        left.restore(number);
        if (!folders.isHere(number)) {
            Files.createDirectories(folders.place(number));
            ShardFolders.markJoining(folders.place(number));
            folders.force();
        }
        Grouping with = grouping.orElseThrow();
        return openGroup(with, with.joined(number));
    }

    private HostedShard openGroup(Grouping with, ShardGroup of) throws IOException {
        LedgerMachine own = ledgers(disk, ledgerWork, of.shard());
        return openGroup(with, share(of.shard()), of, own, new PlacementMachine(own));
    }

    /**
     * Starts one of the other shards without effect, for what it refuses it has to refuse before the first one's start has
     * changed anything. All together on one trial would keep in memory what the first one writes until the last one is open.
     */
    private void rehearse(int number) throws IOException {
        try (TrialDisk rehearsal = disk.rehearsal()) {
            LedgerMachine own = ledgers(rehearsal, Runnable::run, number);
            try {
                StateVerifier.rehearse(
                        ShardOptions.in(folders.place(number)), rehearsal, List.of(new PlacementMachine(own), own));
            } finally {
                own.close();
            }
        }
    }

    private HostedShard openLone(int number, LedgerMachine ledgers, Machine first) throws IOException {
        ShardOptions share = share(number);
        FormerRaftLog former = new FormerRaftLog(folders.raft(number));
        Shard shard;
        try {
            shard = parts.opened(
                    "shard " + number, Shard.openLone(share, disk, clock, former.newest(), List.of(first, ledgers)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        former.remove();
        shard.refuseWhen(space::isFull);
        return new HostedShard(number, shard, ledgers, new AtomicReference<>());
    }

    private ShardOptions share(int number) {
        ShardOptions usual = ShardOptions.in(folders.place(number));
        return usual.withSegmentBytes(segmentBytes)
                .withQueueBytesMax(usual.queueBytesMax() / count)
                .withIndexCacheBytes(usual.indexCacheBytes() / count);
    }

    private HostedShard openGroup(
            Grouping with, ShardOptions share, ShardGroup of, LedgerMachine ledgers, Machine first) throws IOException {
        int number = of.shard();
        folders.requireUndamaged(number);
        folders.noteBegun(number);
        CompletableFuture<Forwarding> group = new CompletableFuture<>();
        Shard shard = parts.opened(
                "shard " + number,
                Shard.open(
                        share,
                        disk,
                        clock,
                        replica -> {
                            Forwarding made = with.over(of, replica, clock);
                            group.complete(made);
                            return made;
                        },
                        List.of(first, ledgers)));
        HostedShard home = new HostedShard(number, shard, ledgers, new AtomicReference<>(group.join()));
        shard.refuseWhen(() -> isFull(shard.standing()));
        return home;
    }

    /** Whether who leads has no room: what this node itself has is not asked for where it only follows. */
    private boolean isFull(Consensus.Standing standing) {
        boolean own =
                standing.role() == Consensus.Role.LEADER || standing.leader().isEmpty();
        return own
                ? space.isFull()
                : others.orElseThrow().isFull(standing.leader().orElseThrow());
    }

    /** A replica is whole. */
    void madeWhole(int number) throws IOException {
        folders.madeWhole(number);
    }

    boolean isDiskFull() {
        return space.isFull();
    }

    void putAside(int number) throws IOException {
        left.putAside(number, Long.toString(nowMs()));
    }

    /** The next start puts a replica aside, as {@link #putAsideDamaged} does. */
    void markDamaged(int number) throws IOException {
        folders.markDamaged(number);
    }

    /**
     * What has halted for its bytes is not opened any more, whatever happens before its files are aside: in this life of the node, in its next, and, as far as
     * its disk takes the mark, in the next process.
     */
    void noteDamaged(int number) {
        damaged.add(number);
        lives.waits(number);
        try {
            markDamaged(number);
        } catch (IOException e) {
            LOG.warn("that the files of shard {} are damaged cannot be noted in their folder", number, e);
        }
    }

    /** Until it has returned once the files count as damaged; it may be called again after a failure. */
    void putAsideDamaged(int number) throws IOException {
        left.putAsideLost(number, "damaged-" + nowMs());
        damaged.remove(number);
        lives.replaced(number);
    }

    private long nowMs() {
        return clock.wallNs() / 1_000_000;
    }

    private LedgerMachine ledgers(Disk disk, Executor background, int number) {
        return new LedgerMachine(
                disk,
                folders.place(number).resolve("ledgers"),
                LedgerOptions.DEFAULT,
                blocks,
                background,
                NodeLimits.LEDGER_SESSIONS_MAX,
                grouping.isPresent() ? Damage.Policy.STEP_ASIDE : Damage.Policy.FREEZE);
    }
}
