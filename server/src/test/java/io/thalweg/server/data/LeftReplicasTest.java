package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.raft.ShardGroup;
import io.thalweg.shard.Replica;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node gives up goes aside, and its vote never does, wherever a crash comes. */
final class LeftReplicasTest {
    private final Path data;
    private final ShardFolders folders;
    private final LeftReplicas left;

    LeftReplicasTest(@TempDir Path data) throws IOException {
        this.data = data;
        folders = ShardFolders.find(data);
        left = new LeftReplicas(data, folders);
    }

    /** One whose member took part in term 7. */
    private void replica(int number) throws IOException {
        Files.createDirectories(folders.place(number).resolve("journal"));
        new ShardGroup(number, List.of(), folders.raft(number)).beginAnew(new Replica.Position(5, 6), 7);
    }

    private void assertVoted(int number) throws IOException {
        try (Stream<Path> all = Files.walk(folders.raft(number))) {
            assertThat(all.filter(each -> each.endsWith("raft-meta")).toList())
                    .singleElement()
                    .satisfies(meta -> assertThat(meta).content().contains("term=7"));
        }
        assertThat(folders.isGroup(number)).isTrue();
        assertThat(folders.isJoining(number)).isTrue();
        assertThat(folders.place(number).resolve("journal")).doesNotExist();
    }

    private List<String> aside() throws IOException {
        try (Stream<Path> all = Files.list(data.resolve("left"))) {
            return all.map(each -> String.valueOf(each.getFileName())).sorted().toList();
        }
    }

    @Test
    void whatIsPutAsideLeavesItsVote() throws IOException {
        replica(3);
        left.putAside(3, "1");
        assertVoted(3);
        assertThat(data.resolve("left/3-1/journal")).isDirectory();
        left.putAside(3, "1");
        assertVoted(3);
        assertThat(aside()).containsExactly("3-1", "3-1-1");
    }

    @Test
    void aCrashBetweenTheTwoMovesIsGoneOnFrom() throws IOException {
        replica(0);
        replica(3);
        for (int number : List.of(0, 3)) {
            left.putAside(number, "1");
            Files.move(
                    folders.place(number),
                    data.resolve("left").resolve(number + ".vote"),
                    StandardCopyOption.ATOMIC_MOVE);
        }
        assertThat(folders.isHere(0)).isFalse();
        left.restore(0);
        assertVoted(0);
        assertThat(folders.isHere(3)).isFalse();
        left.restore();
        assertVoted(3);
    }

    @Test
    void aVoteThatWasNotFinishedTakesNobodysPlace() throws IOException {
        replica(3);
        Files.createDirectories(data.resolve("left/3.vote/raft"));
        left.restore();
        assertThat(folders.place(3).resolve("journal")).isDirectory();
        left.putAside(3, "1");
        assertVoted(3);
    }

    @Test
    void whatIsLostLeavesNothingButTheNoteThatItWasHere() throws IOException {
        replica(3);
        folders.noteBegun(3);
        left.putAsideLost(3, "damaged-1");
        // Again, because what came behind the move failed.
        left.putAsideLost(3, "damaged-2");
        assertThat(folders.isLost(3)).isTrue();
        assertThat(data.resolve("left/3-damaged-1/journal")).isDirectory();
    }
}
