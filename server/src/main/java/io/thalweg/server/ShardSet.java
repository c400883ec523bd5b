package io.thalweg.server;

import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.TrialDisk;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Shard;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The shards of which this node has replicas, and what they share: memory, which does not grow with their number, and threads for the
 * ledgers' files. Each lives in a folder named by its number.
 */
final class ShardSet implements AutoCloseable {
    private final DirectoryMachine directory;
    private final ShardOpening opening;
    private final OpenParts parts;

    /** What answers; the first is the directory's. Walked by any thread while it changes. */
    private final List<HostedShard> serving;

    /** The same, and what has still to be made whole before it may answer. */
    private final List<HostedShard> open;

    private final boolean directoryIsOld;

    /**
     * @param arriving what has still to be made whole
     * @param parts what is open; closed with this
     */
    ShardSet(
            DirectoryMachine directory,
            List<HostedShard> shards,
            List<HostedShard> arriving,
            boolean directoryIsOld,
            ShardOpening opening,
            OpenParts parts) {
        this.directory = directory;
        this.directoryIsOld = directoryIsOld;
        this.opening = opening;
        this.parts = parts;
        this.serving = new CopyOnWriteArrayList<>(shards);
        this.open = new CopyOnWriteArrayList<>(shards);
        this.open.addAll(arriving);
    }

    /**
     * Opens the directory's shard and those for data. A node alone opens as many as are asked for, and all that are there, each a lone
     * shard, and so does the first node of a cluster until others come; any other those of which it holds replicas, each a group, and does not wait
     * until the others are there.
     *
     * @param space what would store something is refused while there is none
     * @param lives which replicas wait for a copy since an earlier one
     * @param peers the other nodes; there are none for a node alone
     * @throws DirectoryAsideException when the directory's files are damaged, and were put aside: the next start has it come back
     * @throws IOException when a file is not what it should be, or a shard is missing; nothing stays open then
     */
    static ShardSet open(
            NodeOptions options, TrialDisk disk, Clock clock, DiskSpace space, Optional<Peers> peers, Comebacks lives)
            throws IOException, InterruptedException {
        OpenParts parts = new OpenParts();
        ShardOpening opening = null;
        try {
            opening = new ShardOpening(options, disk, clock, space, peers, lives, parts);
            return opening.open();
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            parts.close();
            if (opening != null) {
                opening.putDirectoryAside(e);
            }
            throw e;
        }
    }

    /** The directory, which is a part of shard 0. */
    DirectoryMachine directory() {
        return directory;
    }

    /** What answers, as of each look; the first is the directory's. */
    List<HostedShard> serving() {
        return Collections.unmodifiableList(serving);
    }

    /** The same, and what has still to be made whole. */
    List<HostedShard> open() {
        return Collections.unmodifiableList(open);
    }

    /** How many shards for data there are, on this node and on others, as far as was known when it was opened. */
    int dataShards() {
        return opening.dataShards();
    }

    /** Has a lone shard of a node alone go on as a group; see {@link Shard#becomeGroup}. */
    void becomeGroup(HostedShard home) throws IOException, InterruptedException {
        opening.becomeGroup(home);
    }

    /** Opens a replica of a group that this node is to be added to; it does not answer before {@link #serve}. */
    HostedShard join(int number) throws IOException {
        HostedShard joined = opening.join(number);
        open.add(joined);
        return joined;
    }

    /** Whether this node should have a replica that it lost, or that is not whole since. */
    boolean isLost(int number) throws IOException {
        return opening.isLost(number);
    }

    /** All is back that was lost with a disk, if any was. */
    void madeUp() throws IOException {
        opening.madeUp();
    }

    /** Opens a replica in the place of one that was lost; it does not answer before {@link #serve}. */
    HostedShard comeBack(int number, WayBack.Found found) throws IOException {
        HostedShard back = opening.comeBack(number, found);
        open.add(back);
        return back;
    }

    /** Whether this start had lost the directory, or put it aside, and what it has of it is old, or nothing, until it is made whole. */
    boolean directoryIsOld() {
        return directoryIsOld;
    }

    /** The directory is whole. */
    void directoryIsWhole() throws IOException {
        opening.madeWhole(0);
    }

    /** Lets a replica answer. */
    void serve(HostedShard whole) throws IOException {
        opening.madeWhole(whole.number());
        serving.add(whole);
    }

    /** No new calls come to a replica from now on. */
    void retire(HostedShard leaving) {
        serving.remove(leaving);
    }

    /**
     * Closes a replica that is in its group no more. Its files go aside, to {@code DIR/left}; what it voted for stays, so that it does not vote
     * twice if it is ever asked back.
     */
    void leave(HostedShard left) throws IOException {
        open.remove(left);
        parts.close(left.shard());
        opening.putAside(left.number());
    }

    /** Closes a replica that has halted, and opens it again; it does not answer before {@link #serve}. */
    void reopen(HostedShard halted) throws IOException {
        open.remove(halted);
        parts.close(halted.shard());
        opening.reopen(halted.number()).ifPresent(open::add);
    }

    /** Whether there is too little room on the disk. */
    boolean isDiskFull() {
        return opening.isDiskFull();
    }

    /** The next start puts a replica aside, as {@link #putAsideDamaged} does. */
    void noteDamaged(HostedShard damaged) throws IOException {
        opening.markDamaged(damaged.number());
    }

    /** Closes a replica with wrong bytes in it, and puts its files aside: from now on it is one that this node has lost. */
    void putAsideDamaged(HostedShard damaged) throws IOException {
        opening.noteDamaged(damaged.number());
        open.remove(damaged);
        parts.close(damaged.shard());
        opening.putAsideDamaged(damaged.number());
    }

    @Override
    public void close() {
        parts.close();
    }
}
