package io.thalweg.raft;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * Which shard, who keeps it, and where this node keeps its Raft log.
 *
 * @param shard number of the shard, 0 or more; it is part of the group's id and of what is on disk
 * @param members who forms the group when it starts for the first time; later the stored membership counts
 * @param directory for this shard alone, created when missing
 */
public record ShardGroup(int shard, List<Member> members, Path directory) {
    private static final long GROUP_ID_HIGH = 0x7468616c77656700L; // "thalweg", so that a stray directory is recognised

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

    RaftGroupId groupId() {
        return RaftGroupId.valueOf(uuid());
    }

    /** Where Ratis puts the log of this group. */
    Path current() {
        return directory.resolve(uuid().toString()).resolve("current");
    }

    private UUID uuid() {
        return new UUID(GROUP_ID_HIGH, shard);
    }
}
