package io.thalweg.raft.peer;

import io.thalweg.model.MalformedException;
import java.io.IOException;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftGroupId;

/** The members of groups that this node has, as far as what stands before them has to know them. Thread-safe. */
public interface GroupMembers {
    /** Whether the member may vote. */
    boolean votes(RaftGroupId group);

    /** Somebody says who is in a group, and where. */
    void meets(RaftConfigurationProto membership);

    /** A leader says up to where a group's entries are committed. */
    void hears(RaftGroupId group, long committed);

    /**
     * An entry with a body came in, to be stored.
     *
     * @throws MalformedException when the body is not the one that was proposed
     */
    void requireWhole(LogEntryProto entry);

    /** The member is about to acknowledge entries. What is thrown keeps it from that. */
    void acknowledges(RaftGroupId group) throws IOException;
}
