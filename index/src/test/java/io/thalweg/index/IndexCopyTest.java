package io.thalweg.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Copies of a view's cells from one store to another. */
class IndexCopyTest {
    private static final IndexSpace SPACE = new IndexSpace(new UUID(1, 2), 0);
    private static final Index<Map<Long, String>> NAMES = Index.of("names", Schema.map(Long.class, String.class));

    private static void put(MemoryStore store, long from, long to, String value, byte position) {
        Overlay overlay = new Overlay(store.latest());
        OpenIndex<Map<Long, String>> open = SPACE.open(NAMES, overlay);
        for (long key = from; key < to; key++) {
            open.writer(overlay, 0).at(Maps.key(key)).set(value);
        }
        SPACE.position(overlay, 0, new byte[] {position});
        store.commit(overlay.changes());
    }

    @Test
    void aCopyInPagesIsWholeAndPutsWhatWasThereAside() throws Exception {
        MemoryStore from = new MemoryStore();
        put(from, 0, 500, "a", (byte) 1);
        MemoryStore to = new MemoryStore();
        put(to, 400, 900, "old", (byte) 7);
        List<Integer> pages = new ArrayList<>();
        IndexCopy.receive(
                SPACE,
                after -> {
                    byte[] page = IndexCopy.page(SPACE, from.latest(), after, 1_000);
                    pages.add(page.length);
                    return page;
                },
                to);
        assertThat(pages).hasSizeGreaterThan(5);
        assertThat(SPACE.position(to.latest(), 0)).containsExactly(1);
        assertThat(SPACE.open(NAMES, new Overlay(to.latest()))
                        .reader(to.latest(), 0)
                        .select(Maps.<Long, String>entries()))
                .isEqualTo(SPACE.open(NAMES, new Overlay(from.latest()))
                        .reader(from.latest(), 0)
                        .select(Maps.<Long, String>entries()));
    }

    @Test
    void aStoreTellsTheViewsThatItKeepsAnythingFor() {
        MemoryStore store = new MemoryStore();
        Overlay overlay = new Overlay(store.latest());
        java.util.Set<java.util.UUID> views = new java.util.HashSet<>();
        for (long high : new long[] {-1, 0, 1, Long.MIN_VALUE}) {
            java.util.UUID view = new java.util.UUID(high, -1);
            views.add(view);
            IndexSpace space = new IndexSpace(view, 3);
            space.open(NAMES, overlay).writer(overlay, 4095).at(Maps.key(1L)).set("one");
            space.position(overlay, 7, new byte[] {1});
        }
        store.commit(overlay.changes());
        assertThat(IndexSpace.views(store.latest())).isEqualTo(views);
    }

    @Test
    void aCopyThatBreaksOffHasNoPosition() {
        MemoryStore from = new MemoryStore();
        put(from, 0, 500, "a", (byte) 1);
        MemoryStore to = new MemoryStore();
        put(to, 0, 5, "old", (byte) 7);
        assertThatThrownBy(() -> IndexCopy.receive(
                        SPACE,
                        after -> {
                            if (after != null) {
                                throw new IllegalStateException("the road is cut");
                            }
                            return IndexCopy.page(SPACE, from.latest(), null, 1_000);
                        },
                        to))
                .hasMessageContaining("the road is cut");
        assertThat(SPACE.position(to.latest(), 0)).isNull();
    }

    @Test
    void aPageThatIsNoneIsRefused() {
        MemoryStore to = new MemoryStore();
        assertThatThrownBy(() -> IndexCopy.receive(SPACE, _ -> new byte[] {9}, to))
                .hasMessageContaining("version 9");
    }
}
