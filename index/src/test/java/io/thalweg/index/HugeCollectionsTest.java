package io.thalweg.index;

import static io.thalweg.index.path.Lists.afterElem;
import static io.thalweg.index.path.Lists.end;
import static io.thalweg.index.path.Lists.nth;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.mapSize;
import static io.thalweg.index.path.Sets.addTo;
import static io.thalweg.index.path.Sets.subset;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.path.Control;
import io.thalweg.index.path.Lists;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Path;
import io.thalweg.index.path.PathReader;
import io.thalweg.index.path.Selection;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.store.Changes;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Collections that nobody reads whole, and what systems like this one got wrong on them. */
class HugeCollectionsTest {
    private static final int MANY = 20_000;
    private static final IndexSpace SPACE = new IndexSpace(new UUID(3, 4), 1);

    private static final Index<Map<String, Map<Long, Long>>> MAPS =
            Index.of("maps", Schema.map(Schema.of(String.class), Schema.map(Long.class, Long.class)));
    private static final Index<Map<String, Set<Long>>> SETS =
            Index.of("sets", Schema.map(Schema.of(String.class), Schema.set(Long.class)));
    private static final Index<Map<String, List<Long>>> LISTS =
            Index.of("lists", Schema.map(Schema.of(String.class), Schema.list(Long.class)));

    private final MemoryStore store = new MemoryStore();
    private Overlay step = new Overlay(store.latest());

    private <T> IndexWriter<T> writer(Index<T> index) {
        return SPACE.open(index, step).writer(step, 0);
    }

    private Changes commit() {
        Changes changes = step.changes();
        store.commit(changes);
        step = new Overlay(store.latest());
        return changes;
    }

    private void fill(String name, int size) {
        IndexWriter<Map<String, Map<Long, Long>>> maps = writer(MAPS);
        IndexWriter<Map<String, Set<Long>>> sets = writer(SETS);
        IndexWriter<Map<String, List<Long>>> lists = writer(LISTS);
        for (long i = 0; i < size; i++) {
            maps.at(key(name), key(i)).set(i);
            sets.at(key(name), addTo()).set(i);
        }
        for (long i = 0; i < size; i += 1_000) {
            lists.at(key(name), end())
                    .set(LongStream.range(i, Math.min(size, i + 1_000)).boxed().toList());
        }
        commit();
    }

    private <T> int readsOf(Index<T> index, Path<T, Long> size, long expected) {
        Counted counted = new Counted(store.latest());
        assertThat(SPACE.open(index, step).reader(counted, 0).at(size).get()).isEqualTo(expected);
        return counted.points + counted.walks + counted.rows;
    }

    @Test
    void sizeIsReadInConstantTime() {
        fill("few", 3);
        fill("many", MANY);
        for (String name : List.of("few", "many")) {
            int size = name.equals("few") ? 3 : MANY;
            assertThat(readsOf(MAPS, MAPS.path().then(key(name)).then(mapSize()), size))
                    .as("cells read for the size of a map: %s", name)
                    .isOne();
            assertThat(readsOf(SETS, SETS.path().then(key(name)).then(Lists.size()), size))
                    .as("cells read for the size of a set: %s", name)
                    .isOne();
            assertThat(readsOf(LISTS, LISTS.path().then(key(name)).then(Lists.size()), size))
                    .as("cells read for the size of a list: %s", name)
                    .isOne();
        }
    }

    @Test
    void pagesOfAHugeInnerCollectionReadNoMoreThanTheyGive() {
        fill("many", MANY);
        pages(MAPS, List.of(List.of("key", "many"), List.of("map_vals")));
        pages(MAPS, List.of(List.of("map_vals"), List.of("all"), List.of("last")));
        pages(SETS, List.of(List.of("key", "many"), List.of("all")));
        pages(LISTS, List.of(List.of("key", "many"), List.of("all")));
    }

    private void pages(Index<?> index, List<?> json) {
        PathReader.Read path = PathReader.read(json, index.schema());
        List<@Nullable Object> found = new ArrayList<>();
        @Nullable String next = null;
        do {
            Counted counted = new Counted(store.latest());
            Selection.Page page = SPACE.open(index, step).reader(counted, 0).select(path, 500, next);
            found.addAll(page.values());
            next = page.next();
            assertThat(counted.rows + counted.points)
                    .as("cells read for %s values of %s", page.values().size(), json)
                    .isLessThan(1_600);
        } while (next != null);
        assertThat(found).isEqualTo(LongStream.range(0, MANY).boxed().toList());
    }

    @Test
    void whoFollowsTheChangesHasWhatSubsetKeyAndSubselectWrote() {
        MemoryStore follower = new MemoryStore();
        writer(SETS).at(key("a")).set(Set.of(1L, 2L, 3L, 4L));
        writer(MAPS).at(key("a")).set(Map.of(1L, 10L, 2L, 20L, 3L, 30L));
        writer(LISTS).at(key("a")).set(List.of(1L, 2L, 3L, 4L));
        follower.commit(commit());
        writer(SETS).at(key("a"), subset(2L, 9L)).set(Set.of(7L));
        writer(SETS).at(key("b"), subset(2L)).set(Set.of(8L));
        writer(MAPS).at(key("a"), key(2L)).remove();
        writer(MAPS).at(key("a"), key(1L)).update(value -> value + 1);
        writer(LISTS)
                .at(key("a"), Control.<List<Long>, Long>subselect(Lists.elements()))
                .update(all -> List.copyOf(all.subList(1, 3)));
        Map<String, Set<Long>> sets =
                writer(SETS).at(Control.<Map<String, Set<Long>>>stay()).get();
        Map<String, Map<Long, Long>> maps =
                writer(MAPS).at(Control.<Map<String, Map<Long, Long>>>stay()).get();
        Map<String, List<Long>> lists =
                writer(LISTS).at(Control.<Map<String, List<Long>>>stay()).get();
        assertThat(sets).isEqualTo(Map.of("a", Set.of(1L, 3L, 4L, 7L), "b", Set.of(8L)));
        assertThat(maps).isEqualTo(Map.of("a", Map.of(1L, 11L, 3L, 30L)));
        assertThat(lists).isEqualTo(Map.of("a", List.of(2L, 3L)));
        follower.commit(commit());
        Overlay there = new Overlay(follower.latest());
        assertThat(SPACE.open(SETS, there)
                        .reader(there, 0)
                        .at(Control.<Map<String, Set<Long>>>stay())
                        .get())
                .isEqualTo(sets);
        assertThat(SPACE.open(MAPS, there)
                        .reader(there, 0)
                        .at(Control.<Map<String, Map<Long, Long>>>stay())
                        .get())
                .isEqualTo(maps);
        assertThat(SPACE.open(LISTS, there)
                        .reader(there, 0)
                        .at(Control.<Map<String, List<Long>>>stay())
                        .get())
                .isEqualTo(lists);
    }

    @Test
    void aChangeThatFailsHalfwayIsNoChange() {
        writer(LISTS).at(key("a")).set(List.of(1L, 2L));
        writer(LISTS).at(key("b")).set(List.of(3L));
        writer(LISTS).at(key("c")).set(List.of(4L, 5L));
        commit();
        writer(LISTS).at(key("c"), afterElem()).set(6L);
        int before = step.size();
        step.mark();
        IndexWriter<Map<String, List<Long>>> lists = writer(LISTS);
        assertThatThrownBy(() -> lists.at(Maps.values(), nth(1)).set(9L))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("no element 1 in a list of 1");
        step.rollBack();
        assertThat(step.size()).isEqualTo(before);
        assertThat(writer(LISTS).at(Maps.values()).all())
                .containsExactly(List.of(1L, 2L), List.of(3L), List.of(4L, 5L, 6L));
    }
}
