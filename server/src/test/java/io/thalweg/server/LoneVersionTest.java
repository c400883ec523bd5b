package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.request.Operation;
import io.thalweg.server.routing.Shards;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only newer programs can read comes into the order of a lone shard behind what has older ones refuse it. */
final class LoneVersionTest {
    @Test
    void theOrderIsRaisedBeforeAnybodyMayRelyOnIt(@TempDir Path data) throws Exception {
        try (TestNode node = new TestNode(data)) {
            Shards shards = node.shards();
            assertThat(shards.numbered(0).version()).isLessThan(Operation.VERSION_OF_BUNDLES);
            assertThat(shards.knows(0, Operation.VERSION_NEWEST + 1)).isFalse();
            assertThat(shards.knows(0, Operation.VERSION_OF_BUNDLES)).isFalse();
            await().until(() -> shards.knows(0, Operation.VERSION_OF_BUNDLES));
            assertThat(shards.numbered(0).version()).isEqualTo(Operation.VERSION_OF_BUNDLES);
        }
    }
}
