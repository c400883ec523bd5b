package io.thalweg.server.http.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cluster.plan.Move;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperatorPlanTest {
    @Test
    void itsIdIsAllOfIt() {
        OperatorPlan drain = new OperatorPlan(
                "drain", List.of(new Move(1, "n3", "n4"), new Move(7, "n3", "n1")), "n3", null, null, null);
        assertThat(OperatorPlan.of(drain.id())).isEqualTo(drain);
        OperatorPlan add = new OperatorPlan("add", List.of(), "n4", "h:1", "http://h:2", null);
        assertThat(OperatorPlan.of(add.id())).isEqualTo(add);
    }

    @Test
    void allShardsOfALargeClusterFitIntoAnAddress() {
        List<Move> all = new ArrayList<>();
        for (int shard = 1; shard <= 64; shard++) {
            all.add(new Move(shard, "node-" + shard % 9, "node-" + (shard + 1) % 9));
        }
        assertThat(new OperatorPlan("drain", all, "node-1", null, null, null).id())
                .hasSizeLessThan(2_000);
    }

    @Test
    void whatIsNoIdOfAPlanIsNotFound() {
        String good = new OperatorPlan("drain", List.of(), "n3", null, null, null).id();
        String text = Base64.getUrlEncoder().encodeToString("{}".getBytes(StandardCharsets.UTF_8));
        for (String id : List.of("", "x", "!", text, good.substring(0, good.length() / 2), "A".repeat(5_000))) {
            assertThatThrownBy(() -> OperatorPlan.of(id))
                    .as("'%s'", id)
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
    }
}
