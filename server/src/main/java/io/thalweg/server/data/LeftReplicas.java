package io.thalweg.server.data;

import io.thalweg.raft.ShardGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code DIR/left}: what was in replicas that this node has given up, for an operator to delete; and, for the moments in which a shard's folder has no
 * place, what is to come there.
 *
 * <pre>
 * N-…       a replica, or a Raft log, that was put aside
 * N.vote    what the member of shard N voted for, made whole before its replica goes; {@link #restore} gives it its place
 * N.back    a member that comes back, before it has its place
 * </pre>
 *
 * <p>Names are forced before what comes next relies on them, so that a crash leaves a replica, or a vote for {@link #restore}, and never nothing. One
 * thread at a time.
 */
public final class LeftReplicas {
    private static final String VOTE = ".vote";

    private final Path left;
    private final ShardFolders folders;

    /** @param data the data directory whose shards are in {@code folders} */
    public LeftReplicas(Path data, ShardFolders folders) {
        this.left = data.resolve("left");
        this.folders = folders;
    }

    /**
     * Puts a closed replica of a group aside. What it voted for stays in its place, so that it does not vote twice, and is to be made whole by others.
     *
     * @param name of what is put aside, behind the shard's number
     */
    public void putAside(int number, String name) throws IOException {
        Path aside = place(number + "-" + name);
        Path vote = vote(number);
        delete(vote);
        group(number, folders.place(number)).keepVote(group(number, vote));
        ShardFolders.markJoining(vote);
        ShardFolders.force(left);
        Files.move(folders.place(number), aside, StandardCopyOption.ATOMIC_MOVE);
        ShardFolders.force(left);
        folders.force();
        restore(number);
    }

    /** Gives what a replica voted for its place, if a crash came before that. */
    public void restore(int number) throws IOException {
        Path vote = vote(number);
        if (!folders.isHere(number) && Files.isDirectory(vote)) {
            move(vote, number);
        }
    }

    /** The same for each shard of which there is something. */
    public void restore() throws IOException {
        if (!Files.isDirectory(left)) {
            return;
        }
        List<String> votes;
        try (Stream<Path> all = Files.list(left)) {
            votes = all.map(each -> String.valueOf(each.getFileName()))
                    .filter(name -> name.matches("[0-9]{1,4}\\" + VOTE))
                    .toList();
        }
        for (String vote : votes) {
            restore(Integer.parseInt(vote.substring(0, vote.length() - VOTE.length())));
        }
    }

    /** Puts a closed replica aside of which nothing stays: one that this node has lost. Where an earlier call moved it and then failed, the rest is done. */
    public void putAsideLost(int number, String name) throws IOException {
        Path aside = place(number + "-" + name);
        if (folders.isHere(number)) {
            Files.move(folders.place(number), aside, StandardCopyOption.ATOMIC_MOVE);
        }
        ShardFolders.force(left);
        folders.force();
    }

    /** Makes the place of a member that comes back on probation, and is to be made whole; it appears in one step. */
    public void comeBack(ShardGroup group, long term) throws IOException {
        Path fresh = left.resolve(group.shard() + ".back");
        new ShardGroup(group.shard(), group.members(), ShardFolders.raft(fresh)).beginOnProbation(term);
        ShardFolders.markJoining(fresh);
        ShardFolders.force(left);
        Files.createDirectories(folders.place(group.shard()).resolveSibling("."));
        move(fresh, group.shard());
    }

    /** A name that is free, in a folder that is there. */
    Path place(String name) throws IOException {
        Files.createDirectories(left);
        ShardFolders.force(left.resolveSibling("."));
        Path free = left.resolve(name);
        for (int i = 1; Files.exists(free); i++) {
            free = left.resolve(name + "-" + i);
        }
        return free;
    }

    /** Makes what was moved into it durable. */
    void force() throws IOException {
        ShardFolders.force(left);
    }

    private Path vote(int number) {
        return left.resolve(number + VOTE);
    }

    private void move(Path from, int number) throws IOException {
        Files.move(from, folders.place(number), StandardCopyOption.ATOMIC_MOVE);
        folders.force();
        ShardFolders.force(left);
    }

    private static ShardGroup group(int number, Path place) {
        return new ShardGroup(number, List.of(), ShardFolders.raft(place));
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
