package io.thalweg.server.http.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** However many want to hear of the newest. */
final class MarkersTest {
    private final Map<Integer, List<CompletableFuture<Void>>> ordered = new HashMap<>();
    private final Markers markers = new Markers(shard -> {
        CompletableFuture<Void> marker = new CompletableFuture<>();
        ordered(shard).add(marker);
        return marker;
    });

    private List<CompletableFuture<Void>> ordered(int shard) {
        return ordered.computeIfAbsent(shard, _ -> new ArrayList<>());
    }

    @Test
    void aShardGetsOneAtATimeAndOneMoreForAllWhoCameMeanwhile() {
        markers.want(1);
        assertThat(ordered(1)).hasSize(1);
        for (int i = 0; i < 100; i++) {
            markers.want(1);
        }
        assertThat(ordered(1)).hasSize(1);
        markers.want(2);
        assertThat(ordered(2)).as("of another shard").hasSize(1);

        ordered(1).getFirst().complete(null);
        assertThat(ordered(1)).hasSize(2);
        ordered(1).getLast().complete(null);
        assertThat(ordered(1)).as("nobody came meanwhile").hasSize(2);
        markers.want(1);
        assertThat(ordered(1)).hasSize(3);
    }

    @Test
    void oneThatDoesNotGetThroughKeepsNoOtherAway() {
        markers.want(1);
        markers.want(1);
        ordered(1).getFirst().completeExceptionally(new IllegalStateException("nobody leads"));
        assertThat(ordered(1)).as("whoever waits asks again").hasSize(1);
        markers.want(1);
        assertThat(ordered(1)).hasSize(2);

        int[] asked = {0};
        Markers refused = new Markers(_ -> {
            asked[0]++;
            throw new IllegalStateException("the shard is not here any more");
        });
        refused.want(1);
        refused.want(1);
        assertThat(asked[0]).isEqualTo(2);
    }
}
