package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a start finds of a member's Raft log, beside its replica: whether they fit together, and what is cut of what a crash has torn. */
final class LogAtStart {
    private static final Logger LOG = LoggerFactory.getLogger(LogAtStart.class);

    private LogAtStart() {}

    /** Refuses when the Raft log does not follow what the replica's snapshot covers; cuts what a crash has torn. Returns who was in the group. */
    static Collection<Member> reconcile(ShardGroup group, Replica replica, Position covered) throws IOException {
        Path current = group.current();
        OptionalLong forced = ForcedNote.read(group.directory());
        RaftLogInspector.Tail found = RaftLogInspector.look(current, forced);
        if (found.term() < 0) {
            begin(group, replica, covered, forced);
            return List.of();
        }
        if (found.summary().lastIndex() < 0) {
            new BeginningNote(group.directory()).require(covered);
        }
        if (found.lost(covered.index())) {
            lost(group, found);
        }
        RaftLogInspector.Summary summary =
                RaftLogInspector.repair(current, forced, covered.index()).summary();
        if (summary.tornBytes() > 0) {
            LOG.warn(
                    "{}: cut {} bytes of a torn entry behind entry {}",
                    current,
                    summary.tornBytes(),
                    summary.lastIndex());
        }
        if (summary.lastIndex() >= 0 && summary.firstIndex() > covered.index() + 1) {
            CorruptionException damaged = replica.damaged();
            throw new CorruptionException(
                    current,
                    0,
                    "the raft log starts at entry " + summary.firstIndex() + ", but the newest whole snapshot covers "
                            + covered.index() + " only" + (damaged == null ? "" : ". " + damaged.getMessage()));
        }
        if (summary.lastIndex() >= 0 && summary.lastIndex() < covered.index()) {
            // Others had forced what was applied here before this log was.
            LOG.warn("{}: ends at entry {}, the snapshot covers {}", current, summary.lastIndex(), covered.index());
            RaftLogInspector.clear(current);
        }
        return found.voters().values();
    }

    /** What this member may have acknowledged is not all there. */
    private static void lost(ShardGroup group, RaftLogInspector.Tail found) throws IOException {
        boolean alone = found.voters().isEmpty()
                ? group.members().size() == 1
                : found.voters().size() == 1;
        if (!alone) {
            new Probation(group.directory()).begin(found.term());
        } else if (found.forced().isPresent()) {
            throw new CorruptionException(
                    group.current(),
                    0,
                    "the raft log ends at entry " + found.summary().lastIndex() + ", but entries up to "
                            + found.forced().getAsLong() + " were forced, and the group has no other member");
        }
        // Without a note, whoever is alone cuts what a lone shard would cut: it has nobody to make it whole.
    }

    /** A member without a Raft log: its group, or its part in it, begins; or the log with term and vote is lost. */
    private static void begin(ShardGroup group, Replica replica, Position covered, OptionalLong forced)
            throws IOException {
        long newest = Math.max(Math.max(covered.index(), replica.storedIndex()), forced.orElse(-1));
        boolean again = ShardGroup.isIn(group.directory());
        BeginningNote note = new BeginningNote(group.directory());
        if (group.fromLone() && again) {
            note.require(covered);
        }
        if (group.fromLone() && newest > covered.index()) {
            throw new CorruptionException(
                    group.current(),
                    0,
                    "the group is to begin with entry " + covered.index() + ", which the newest whole snapshot covers,"
                            + " but the shard has, or had, entries up to " + newest);
        }
        if (newest >= 0 && !group.fromLone()) {
            throw new CorruptionException(
                    group.current(),
                    0,
                    "the raft log is missing, and with it term and vote, but the shard has entries up to " + newest
                            + ": bring it back, or let this node join as a new member");
        }
        if (group.fromLone() && !again) {
            note.write(covered);
        }
        group.mark();
        if (covered.index() >= 0) {
            // The group's first leader is elected in the term after this.
            group.writeTerm(covered.term());
        }
    }

    /** The group has an entry of its own, and its log with it. */
    static void begun(ShardGroup group) {
        try {
            new BeginningNote(group.directory()).remove();
        } catch (IOException e) {
            LOG.warn(
                    "shard {}: its next start finds that its group is just beginning, which it is not",
                    group.shard(),
                    e);
        }
    }
}
