package io.thalweg.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.form.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What others conclude from what a node says about itself. */
class PeerStatusTest {
    private static PeerStatus status(String more) {
        return Json.read(
                ("{\"node_id\":\"n4\",\"status\":\"HEALTHY\",\"version\":\"0.1\",\"labels\":{},\"ledgers\":{},\"tenants\":[],"
                    + "\"disk_full\":false,\"shards\":["
                    + "{\"shard\":1,\"role\":\"recovering\",\"commit_offset\":\"0\",\"lag\":null},{\"shard\":2,\"role\":\"lost:"
                    + " why\",\"commit_offset\":\"0\",\"lag\":null}]" + more
                                + "}")
                        .getBytes(StandardCharsets.UTF_8),
                PeerStatus.class);
    }

    @Test
    void aNodeThatKnowsOfNoVersionsComesIntoNoGroupThatHasOne() {
        PeerStatus older = status("");
        assertThat(older.newest()).isZero();
        assertThat(older.mayCome(1, 0)).isTrue();
        assertThat(older.mayCome(1, 1)).isFalse();
        PeerStatus newer = status(",\"supports\":2");
        assertThat(newer.mayCome(1, 2)).isTrue();
        assertThat(newer.mayCome(1, 3)).isFalse();
        assertThat(newer.mayCome(2, 0)).as("it is not open").isFalse();
        assertThat(newer.mayCome(3, 0)).as("it has none").isFalse();
    }
}
