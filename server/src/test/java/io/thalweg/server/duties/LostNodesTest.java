package io.thalweg.server.duties;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.server.data.GroupData;
import io.thalweg.server.data.LoneDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the directory hears after a recovery, whatever was under way when the others were lost. */
final class LostNodesTest {
    private static final int STEPS_MAX = 20;

    private final Path file;
    private final LoneDirectory directory;

    LostNodesTest(@TempDir Path data) throws IOException {
        file = data.resolve("recovered");
        directory = new LoneDirectory(data.resolve("shard"));
    }

    @AfterEach
    void close() {
        directory.close();
    }

    /** Steps until there is nothing more to tell. */
    private void tell(String... lost) throws Exception {
        Files.writeString(file, String.join("\n", lost) + "\n");
        LostNodes duty = new LostNodes(file, directory.administration(), directory.client(), () -> true);
        for (int i = 0; i < STEPS_MAX && Files.exists(file); i++) {
            duty.step();
        }
        assertThat(file).doesNotExist();
    }

    private State state(String node) {
        return directory.cluster().node(node).map(NodeRecord::state).orElseThrow();
    }

    @Test
    void nothingIsWantedOnALostNodeAnyMore() throws Exception {
        GroupData.seed(directory.shard(), 2, "n1", "n2", "n3");
        tell("n2", "n3");
        assertThat(state("n1")).isEqualTo(State.HEALTHY);
        assertThat(state("n2")).isEqualTo(State.GONE);
        assertThat(state("n3")).isEqualTo(State.GONE);
        assertThat(directory.cluster().wanted(1)).containsExactly("n1");
        assertThat(directory.cluster().wanted(2)).containsExactly("n1");
    }

    @Test
    void oneOfThoseThatWereBeingDrainedStaysWhenTheyAreAllThatIsLeft() throws Exception {
        GroupData.seed(directory.shard(), 1, "n1", "n2", "n3");
        directory.change(new ClusterChange.ChangeState("n1", State.LEAVING));
        directory.change(new ClusterChange.ChangeState("n2", State.LEAVING));
        tell("n3");
        assertThat(state("n1")).isEqualTo(State.HEALTHY);
        assertThat(state("n2")).isEqualTo(State.LEAVING);
        assertThat(state("n3")).isEqualTo(State.GONE);
    }
}
