package io.thalweg.raft;

import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * Which shard, who keeps it, and where this node keeps its Raft log.
 *
 * @param shard number of the shard, 0 or more; it is part of the group's id and of what is on disk
 * @param members who forms the group when it starts for the first time; later the stored membership counts. Empty on a node that
 *     a leader will add to the group
 * @param directory for this shard alone, created when missing
 * @param fromLone whether a group that has no Raft log yet begins with what the shard has, which was a lone one until now: the others'
 *     members get it from there, and the group's first term is later than the shard's. Without, such a shard is refused
 */
public record ShardGroup(int shard, List<Member> members, Path directory, boolean fromLone) {
    /** In a group's directory, so that nobody takes it for what lone shards of before kept there. */
    static final String MARK = "group";

    /** A {@link BeginningNote}. */
    static final String FROM_LONE = "from-lone";

    private static final String MEMBER_ONCE = "This node was in the group of this shard once.\n";

    /** Where Ratis keeps term and vote. */
    private static final String META = "raft-meta";

    private static final long GROUP_ID_HIGH = 0x7468616c77656700L; // "thalweg", so that a stray directory is recognised

    /** A group that begins with nothing, or goes on. */
    public ShardGroup(int shard, List<Member> members, Path directory) {
        this(shard, members, directory, false);
    }

    public ShardGroup {
        members = List.copyOf(members);
        if (shard < 0) {
            throw new IllegalArgumentException("shard " + shard + " is negative");
        }
        Set<String> ids = new HashSet<>();
        for (Member member : members) {
            if (!ids.add(member.id())) {
                throw new IllegalArgumentException("node " + member.id() + " is twice in the group of shard " + shard);
            }
        }
    }

    /**
     * Makes the directory of a member that has nothing of the group but the term that this member took part in and whom it voted for in that: should it
     * become a member again, it does not vote twice. The member is closed.
     *
     * @param fresh the same shard, in a directory that is replaced if it is there
     */
    public void keepVote(ShardGroup fresh) throws IOException {
        Path meta = current().resolve(META);
        Files.createDirectories(fresh.current());
        fresh.mark(MEMBER_ONCE);
        if (Files.exists(meta)) {
            fresh.writeMeta(Files.readString(meta));
        }
    }

    /**
     * Makes the directory of a member that lost all that it had of the group, its term and its vote among that: it takes part again on {@link Probation}. The
     * directory is empty or missing, and is not where a start looks before this has returned.
     *
     * @param term the newest that any other member was in when it was asked, each of them, after this one had lost what it had: whoever this member
     *     may have voted for, or acknowledged entries to, is among them and was in that term by then
     */
    public void beginOnProbation(long term) throws IOException {
        Files.createDirectories(current());
        new Probation(directory).begin(term);
        mark(MEMBER_ONCE);
        writeTerm(term);
    }

    /** Whether this node's member has still to be made whole before it votes. */
    public boolean isOnProbation() throws IOException {
        return new Probation(directory).term().isPresent();
    }

    /** Whether a shard is ordered by a group, and not a lone one. */
    public static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(MARK));
    }

    /** Whether a group has begun with what a lone shard left, and has nothing of its own yet: it is opened {@link #fromLone}. */
    public static boolean isBeginning(Path directory) {
        return isIn(directory) && Files.exists(directory.resolve(FROM_LONE));
    }

    /**
     * Makes the directory of a group that begins, in a later term than any before, with what a stopped member's replica has, all of which is in a
     * snapshot. Whoever else was in the group before is not in this one.
     *
     * @param covered the last entry in that snapshot: with an older one it does not start
     * @param term the newest that the member knows of
     */
    public void beginAnew(Position covered, long term) throws IOException {
        Files.createDirectories(directory);
        writeTerm(term);
        new BeginningNote(directory).write(covered);
        mark();
    }

    /** Says that a group orders the shard; durable when it returns. */
    void mark() throws IOException {
        mark("A group of nodes orders this shard.\n");
    }

    private void mark(String text) throws IOException {
        Path mark = directory.resolve(MARK);
        Files.writeString(mark, text);
        RaftDirectory.force(mark);
        RaftDirectory.force(directory);
    }

    /** In which nobody has voted yet. */
    void writeTerm(long term) throws IOException {
        writeMeta("term=" + term + "\nvotedFor=\n");
    }

    /** Whole or not at all, for a start finds a torn one damaged; with the names of all folders above it. */
    private void writeMeta(String meta) throws IOException {
        Path above = directory.resolve(groupId().getUuid().toString());
        Files.createDirectories(current());
        Path fresh = current().resolve(META + ".fresh");
        Files.writeString(fresh, meta);
        RaftDirectory.force(fresh);
        Files.move(fresh, current().resolve(META), StandardCopyOption.ATOMIC_MOVE);
        RaftDirectory.force(current());
        RaftDirectory.force(above);
        RaftDirectory.force(directory);
    }

    RaftGroupId groupId() {
        return groupId(shard);
    }

    static RaftGroupId groupId(int shard) {
        return RaftGroupId.valueOf(new UUID(GROUP_ID_HIGH, shard));
    }

    /** Where Ratis puts the log of this group. */
    Path current() {
        return directory.resolve(groupId().getUuid().toString()).resolve("current");
    }
}
