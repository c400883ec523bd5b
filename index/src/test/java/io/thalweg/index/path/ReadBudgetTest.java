package io.thalweg.index.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReadBudgetTest {
    private static final Schema<Map<String, Map<Long, String>>> SCHEMA =
            Schema.map(String.class, Schema.map(Long.class, String.class));
    private static final int ENTRIES = 9_000;
    private static final int VALUE_BYTES = 100;
    private static final long ROOM = 256 << 10;

    private final Overlay cells = new Overlay(new MemoryStore().latest());
    private final OpenIndex<Map<String, Map<Long, String>>> index =
            new IndexSpace(new UUID(0, 1), 1).open(Index.of("texts", SCHEMA), cells);

    ReadBudgetTest() {
        var writer = index.writer(cells, 0);
        for (long i = 0; i < ENTRIES; i++) {
            writer.write(PathReader.read(
                    List.of(List.of("key", "big"), List.of("key", i), List.of("term_val", "x".repeat(VALUE_BYTES))),
                    SCHEMA));
        }
    }

    private Selection.Page select(ReadBudget budget, Object... path) {
        return index.reader(budget.over(cells), 0)
                .select(PathReader.read(Arrays.asList(path), SCHEMA), 10, null, budget);
    }

    private static ReadBudget room() {
        return new ReadBudget(ROOM, () -> {});
    }

    /** A clock that stops who reads the third time it looks. */
    private static ReadBudget patience() {
        int[] looks = {0};
        return new ReadBudget(Long.MAX_VALUE, () -> {
            if (++looks[0] == 3) {
                throw new ThalwegException(ErrorCode.DEADLINE_EXCEEDED, "no time is left");
            }
        });
    }

    @Test
    void aShortPathWithMoreWaysThanThereIsTimeEnds() {
        List<Object> path = new ArrayList<>(List.of(List.of("key", "big")));
        for (int i = 0; i < 60; i++) {
            path.add(List.of("multi_path", List.of(List.of("stay")), List.of(List.of("stay"))));
        }
        path.add(List.of("stop"));
        assertThatThrownBy(() -> select(patience(), path.toArray())).hasMessage("no time is left");
    }

    @Test
    void aWalkThatFindsNothingEnds() {
        assertThatThrownBy(() -> select(
                        patience(), List.of("key", "big"), List.of("map_vals"), List.of("filter_equal", "nothing")))
                .hasMessage("no time is left");
    }

    @Test
    void theConditionsOfAPathCountLikeThePath() {
        Object never = List.of(List.of("map_vals"), List.of("filter_equal", "nothing"));
        assertThatThrownBy(() -> select(patience(), List.of("key", "big"), List.of("filter_selected", never)))
                .hasMessage("no time is left");
    }

    @Test
    void whatIsGatheredHasToFit() {
        for (List<Object> gathering : List.<List<Object>>of(
                List.of("subselect", List.of(List.of("map_vals"))), List.of("collect", List.of(List.of("map_vals"))))) {
            assertThatThrownBy(() -> select(room(), List.of("key", "big"), gathering))
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE))
                    .hasMessageContaining("holds more than " + ROOM + " bytes");
        }
    }

    @Test
    void soHasOneValue() {
        assertThatThrownBy(() -> select(room(), List.of("key", "big")))
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
    }

    @Test
    void whoCountsOrWalksHoldsNothing() {
        assertThat(select(
                                room(),
                                List.of("key", "big"),
                                List.of("sorted_map_range", 0, ENTRIES - 1),
                                List.of("view", "size"))
                        .values())
                .containsExactly(ENTRIES - 1L);
        assertThat(select(room(), List.of("key", "big"), List.of("map_vals"), List.of("filter_equal", "nothing"))
                        .values())
                .isEmpty();
        assertThat(select(room(), List.of("key", "big"), List.of("map_keys")).values())
                .hasSize(10);
    }

    /** All handlers share the one without bounds: it has nothing that their threads would write to. */
    @Test
    void whereThereAreNoBoundsNothingIsCounted() {
        assertThat(ReadBudget.NONE.over(cells)).isSameAs(cells);
    }
}
