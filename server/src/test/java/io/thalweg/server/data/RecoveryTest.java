package io.thalweg.server.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.data.Recovery.Outcome;
import io.thalweg.server.data.Recovery.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes of a cluster are left; of one shard the one has more, of another the other. They go on, wherever a crash comes in between. */
final class RecoveryTest {
    private static final UUID CLUSTER = UUID.randomUUID();

    /** What each test begins with, which takes a while to make. */
    @TempDir
    private static Path made = Path.of("");

    private final Path directory;
    private final GroupData n1;
    private final GroupData n2;

    RecoveryTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        n1 = GroupData.of(made.resolve("n1")).copy(directory.resolve("n1"), CLUSTER, "n1");
        n2 = GroupData.of(made.resolve("n2")).copy(directory.resolve("n2"), CLUSTER, "n2");
    }

    @BeforeAll
    static void make() throws Exception {
        GroupData n1 = GroupData.begin(made.resolve("n1"), CLUSTER, "n1");
        n1.with(0, shard -> GroupData.seed(shard, 1, "n1", "n2", "n3"));
        n1.with(1, shard -> GroupData.mark(shard, 5));
        GroupData n2 = n1.copy(made.resolve("n2"), CLUSTER, "n2");
        n1.with(0, shard -> GroupData.mark(shard, 3));
        n2.with(1, shard -> GroupData.mark(shard, 3));
    }

    private Recovery look() throws IOException {
        return Recovery.look(List.of(n1.data(), n2.data()));
    }

    private static Outcome of(Report report, int shard) {
        return report.shards().get(shard);
    }

    private Report assertKnown() throws IOException {
        Report report = look().report();
        assertThat(report.lost()).containsOnlyKeys("n3");
        assertThat(report.shards()).hasSize(2);
        assertThat(of(report, 0).node()).isEqualTo("n1");
        assertThat(of(report, 1).node()).isEqualTo("n2");
        return report;
    }

    private static List<String> aside(GroupData node) throws IOException {
        try (Stream<Path> all = Files.list(node.data().resolve("left"))) {
            return all.map(each -> String.valueOf(each.getFileName()))
                    .map(name -> name.replaceAll("[0-9]{8,}", "T"))
                    .sorted()
                    .toList();
        }
    }

    /** Goes on from one, has nothing but a vote of the other, and the directory is to hear of who is lost. */
    private void assertRecovered() throws IOException {
        for (GroupData node : List.of(n1, n2)) {
            int own = node.equals(n1) ? 0 : 1;
            ShardFolders folders = node.folders();
            assertThat(folders.isGroup(own)).isTrue();
            assertThat(folders.isJoining(own)).isFalse();
            assertThat(folders.place(own).resolve("journal")).isDirectory();
            assertThat(folders.place(own).resolve("raft").resolve("from-lone")).exists();
            assertThat(folders.isGroup(1 - own)).isTrue();
            assertThat(folders.isJoining(1 - own)).isTrue();
            assertThat(folders.place(1 - own).resolve("journal")).doesNotExist();
            assertThat(Files.readAllLines(node.data().resolve(Recovery.LOST))).containsExactly("n3");
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void eachShardGoesOnWhereThereIsMostOfIt() throws Exception {
        Report report = assertKnown();
        assertThat(of(report, 1).joining()).isFalse();
        look().goOn();
        assertRecovered();
        assertThat(aside(n1))
                .hasSize(2)
                .anyMatch(name -> name.startsWith("0-raft-"))
                .contains("1-T");
        assertThat(aside(n2))
                .hasSize(2)
                .anyMatch(name -> name.startsWith("1-raft-"))
                .contains("0-T");
        n2.with(1, shard -> GroupData.mark(shard, 1));
    }

    @Test
    void aCrashBeforeTheCopiesGoAsideIsGoneOnFrom() throws Exception {
        GroupData.copyAll(n1.folders().place(1), directory.resolve("copy"));
        look().goOn();
        Path again = n1.folders().place(1);
        LeftReplicas.delete(again);
        move(directory.resolve("copy"), again);
        LeftReplicas.delete(n1.data().resolve("left").resolve(Recovery.LOST));
        Files.delete(n1.data().resolve(Recovery.LOST));
        assertKnown();
        look().goOn();
        assertRecovered();
    }

    @Test
    void aCrashBetweenTheMovesOfARaftLogIsGoneOnFrom() throws Exception {
        look().goOn();
        Path place = n1.folders().place(0);
        move(place.resolve("raft"), place.resolve("raft.fresh"));
        assertKnown();
        look().goOn();
        assertRecovered();
    }

    @Test
    void aCrashBetweenTheMovesOfAReplicaLosesNoVote() throws Exception {
        look().goOn();
        move(n1.folders().place(1), n1.data().resolve("left").resolve("1.vote"));
        assertKnown();
        look().goOn();
        assertRecovered();
    }

    @Test
    void whatHadOnlyJustComeIsRankedByItsLogAndSaidToBeThat() throws Exception {
        ShardFolders.markJoining(n2.folders().place(1));
        assertThat(of(assertKnown(), 1).joining()).isTrue();
        look().goOn();
        assertRecovered();
    }

    @Test
    void whatHasNothingButItsVoteIsGoneOnFromNowhere() throws Exception {
        new LeftReplicas(n2.data(), n2.folders()).putAside(1, "1");
        Report report = look().report();
        assertThat(of(report, 1).node()).isEqualTo("n1");
        look().goOn();
        assertThat(n1.folders().isJoining(1)).isFalse();
        assertThat(n1.folders().place(1).resolve("journal")).isDirectory();
        assertThat(n2.folders().isJoining(1)).isTrue();
    }
}
