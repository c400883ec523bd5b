package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node keeps of a group that it has left. */
class ShardGroupTest {

    @Test
    void whoHasLeftAGroupKeepsItsVoteAndNothingElse(@TempDir Path directory) throws Exception {
        ShardGroup left = new ShardGroup(3, List.of(), directory.resolve("left"));
        Files.createDirectories(left.current());
        Files.writeString(left.current().resolve("raft-meta"), "term=5\nvotedFor=n2\n");
        Files.writeString(left.current().resolve("log_0-7"), "entries");
        ShardGroup fresh = new ShardGroup(3, List.of(), directory.resolve("fresh"));
        left.keepVote(fresh);
        left.keepVote(fresh);
        try (var files = Files.list(fresh.current())) {
            assertThat(files.map(file -> String.valueOf(file.getFileName()))).containsExactly("raft-meta");
        }
        RaftLogInspector.Tail found = RaftLogInspector.look(fresh.current(), OptionalLong.empty());
        assertThat(found.term()).isEqualTo(5);
        assertThat(found.lost(-1))
                .as("it is a beginner, not one that has lost its log")
                .isFalse();
    }
}
