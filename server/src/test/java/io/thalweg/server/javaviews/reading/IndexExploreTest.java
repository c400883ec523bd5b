package io.thalweg.server.javaviews.reading;

import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.path.ReadBudget;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.Slots;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.query.Moment;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What looking at a place may cost; what it shows is seen on a node. */
final class IndexExploreTest {
    private static final int ENTRIES = 50;
    private static final Index<Map<String, Map<Long, Long>>> COUNTS =
            Index.of("counts", Schema.map(String.class, Schema.map(Long.class, Long.class)));

    private final MemoryStore store = new MemoryStore();

    /** A view of one partition with one index. */
    private ReadView view(OpenIndex<?> index) {
        return new ReadView() {
            @Override
            public int width() {
                return 1;
            }

            @Override
            public OpenIndex<?> index(String name, int partition) {
                return index;
            }

            @Override
            public List<String> indexes() {
                return List.of(COUNTS.name());
            }

            @Override
            public Moment moment() {
                return Moment.of(store);
            }

            @Override
            public Position position(Reading cells) {
                return Position.of(Map.of());
            }
        };
    }

    @Test
    void whatIsShownOfAPlaceIsReadWithinItsTime() {
        Overlay cells = new Overlay(store.latest());
        OpenIndex<Map<String, Map<Long, Long>>> index = new IndexSpace(UUID.randomUUID(), 1).open(COUNTS, cells);
        for (long i = 0; i < ENTRIES; i++) {
            index.writer(cells, Slots.of("alice")).at(key("alice"), key(i)).set(i);
        }
        store.commit(cells.changes());
        ReadView view = view(index);
        ReadBudget over = new ReadBudget(Long.MAX_VALUE, () -> {
            throw new ThalwegException(ErrorCode.DEADLINE_EXCEEDED, "its time is over");
        });
        List<?> alice = List.of(List.of("key", "alice"));
        // A budget looks at the time every now and then only: all of these have one.
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        assertThat(new IndexExplore(view, COUNTS.name(), alice, ENTRIES, over)
                                        .run(null)
                                        .entries())
                                .hasSize(ENTRIES);
                    }
                })
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
    }
}
