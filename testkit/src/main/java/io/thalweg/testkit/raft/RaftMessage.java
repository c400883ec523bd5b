package io.thalweg.testkit.raft;

import io.thalweg.testkit.raft.RaftEntry.Members;
import java.util.List;

/** What members say to each other. Every message carries its sender's term; one of an older term is answered and otherwise ignored. */
public sealed interface RaftMessage {
    long term();

    /** Asks for a vote; {@code transfer} says that the leader wants it, which overrides stickiness. */
    record VoteRequest(long term, long lastIndex, long lastTerm, boolean transfer) implements RaftMessage {}

    record VoteReply(long term, boolean granted) implements RaftMessage {}

    /** Entries behind {@code previousIndex}, none for a heartbeat. */
    record Append(long term, long previousIndex, long previousTerm, List<RaftEntry> entries, long committed)
            implements RaftMessage {}

    /** Up to where the follower's log equals the leader's; or where the leader should try next. */
    record AppendReply(long term, boolean matches, long index) implements RaftMessage {}

    /** The whole state as of {@code index}, for a member whose next entry the leader has no more. */
    record Install(long term, long index, long indexTerm, Members members, byte[] state) implements RaftMessage {}

    /** Asks a member that has caught up to become the leader now. */
    record TakeOver(long term) implements RaftMessage {}

    /** What its sender's wall clock shows. It travels beside Raft, which takes no notice. */
    record WallClock(long term, long wallNs) implements RaftMessage {}
}
