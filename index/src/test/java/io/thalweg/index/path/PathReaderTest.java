package io.thalweg.index.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PathReaderTest {
    record Post(String user, long at) {}

    private static final Schema<Map<String, Map<Long, Post>>> SCHEMA =
            Schema.map(String.class, Schema.map(Long.class, Post.class));

    private final IndexWriter<Map<String, Map<Long, Post>>> posts;

    PathReaderTest() {
        Overlay overlay = new Overlay(new MemoryStore().latest());
        posts = new IndexSpace(new UUID(0, 1), 1)
                .open(Index.of("posts", SCHEMA), overlay)
                .writer(overlay, 0);
        for (long i = 0; i < 30; i++) {
            posts.write(path(
                    List.of("key", "alice"), List.of("key", i), List.of("term_val", Map.of("user", "u" + i, "at", i))));
        }
    }

    private static PathReader.Read path(Object... elements) {
        return PathReader.read(Arrays.asList(elements), SCHEMA);
    }

    private List<@Nullable Object> select(Object... elements) {
        return posts.select(path(elements), 100, null).values();
    }

    @Test
    void theExampleOfTheContract() {
        List<@Nullable Object> found =
                select(List.of("key", "alice"), List.of("sorted_map_range", 10, 20), List.of("all"));
        assertThat(found).hasSize(10);
        assertThat(found.getFirst()).isEqualTo(List.of(10L, Map.of("user", "u10", "at", 10L)));
        assertThat(select(List.of("key", "alice"), List.of("sorted_map_range_to_end", 2), List.of("map_keys")))
                .containsExactly(28L, 29L);
        assertThat(select(
                        List.of("key", "alice"),
                        List.of("sorted_map_range", "3", 5.0, Map.of("include_end", true, "include_start", false)),
                        List.of("map_vals"),
                        List.of("field", "user")))
                .containsExactly("u4", "u5");
        assertThat(select(List.of("key", "alice"), List.of("view", "size"))).containsExactly(30L);
        assertThat(select(List.of("key", "nobody"))).containsExactly((Object) null);
        assertThat(select(List.of("key", "alice"), List.of("sub_map", 1, 99)))
                .containsExactly(Map.of("1", Map.of("user", "u1", "at", 1L)));
        assertThat(select(
                        List.of("key", "alice"),
                        List.of("all"),
                        List.of("collect_one", List.of(List.of("first"))),
                        List.of("last"),
                        List.of("field", "at"),
                        List.of("filter_greater_than", 28)))
                .containsExactly(List.of(29L, 29L));
    }

    @Test
    void pagesGoOnWhereTheOneBeforeEndedEvenWhenThatIsGone() {
        PathReader.Read all = path(List.of("map_vals"), List.of("map_keys"));
        List<@Nullable Object> found = new ArrayList<>();
        @Nullable String next = null;
        do {
            Selection.Page page = posts.select(all, 7, next);
            assertThat(page.values().size()).isLessThanOrEqualTo(7);
            found.addAll(page.values());
            next = page.next();
            posts.write(path(List.of("key", "alice"), List.of("key", found.getLast()), List.of("term_void")));
        } while (next != null);
        assertThat(found).hasSize(30).doesNotHaveDuplicates();
        assertThatThrownBy(() -> posts.select(all, 7, "nonsense!")).hasMessageContaining("page");
        assertThatThrownBy(() -> posts.select(all, 0, null)).hasMessageContaining("limit is 0");
    }

    @Test
    void aPageEndsWhenItsValuesAreLargeThoughFewAndTheNextGoesOn() {
        String large = "x".repeat(1 << 20);
        for (long i = 0; i < 10; i++) {
            posts.write(path(
                    List.of("key", "bob"), List.of("key", i), List.of("term_val", Map.of("user", large, "at", i))));
        }
        PathReader.Read all = path(List.of("key", "bob"), List.of("map_vals"), List.of("field", "user"));
        List<Integer> pages = new ArrayList<>();
        @Nullable String next = null;
        do {
            Selection.Page page = posts.select(all, 100, next);
            pages.add(page.values().size());
            next = page.next();
        } while (next != null);
        assertThat(pages).containsExactly(4, 4, 2);
    }

    @Test
    void pagesOfWhatIsBehindAndHereTogetherAreTheWhole() {
        PathReader.Read all = path(
                List.of("key", "alice"),
                List.of("sorted_map_range", 3, 6),
                List.of("continue_then_stay", List.of(List.of("sorted_map_range_from", 4))),
                List.of("map_keys"));
        List<@Nullable Object> whole = posts.select(all, 100, null).values();
        assertThat(whole).containsExactly(4L, 5L, 3L, 4L, 5L);
        for (int limit = 1; limit < 5; limit++) {
            List<@Nullable Object> found = new ArrayList<>();
            @Nullable String next = null;
            do {
                Selection.Page page = posts.select(all, limit, next);
                found.addAll(page.values());
                next = page.next();
            } while (next != null);
            assertThat(found).as("by %s", limit).isEqualTo(whole);
        }
    }

    @Test
    void aPathThatOnlyLooksEndsInNoChange() {
        for (String name : List.of("collect", "collect_one", "filter_selected", "filter_not_selected")) {
            assertThatThrownBy(() -> path(List.of("key", "alice"), List.of(name, List.of(List.of("term_void")))))
                    .hasMessageContaining("element 1 (" + name + "): its path ends in a change");
        }
        assertThatThrownBy(() -> path(List.of("if_path", List.of(List.of("term_void")), List.of(List.of("stay")))))
                .hasMessageContaining("its path ends in a change");
        assertThatThrownBy(() -> path(List.of("continue_then_stay", List.of(List.of("key", "alice")))))
                .hasMessageContaining("end at different types");
        assertThatThrownBy(() -> path(List.of("filter_less_than", Map.of())))
                .hasMessageContaining("it fits a value that has an order");
    }

    @Test
    void aWrongPathNamesTheElementWhatItFoundAndWhatWouldFit() {
        assertThatThrownBy(() -> path(List.of("key", "alice"), List.of("nth", 1)))
                .hasMessage(
                        "element 1 (nth): found map of long to post {user string, at long}, but it fits a list; what"
                            + " fits here: key, must, map_key, map_keys, map_vals, all, sub_map, sorted_map_range…");
        assertThatThrownBy(() -> path(List.of("keys", "alice")))
                .hasMessageContaining("element 0 (keys): there is no such navigator")
                .hasMessageContaining("map_keys");
        assertThatThrownBy(() -> path(List.of("key", "alice"), List.of("key", "ten")))
                .hasMessage("element 1 (key): argument 1: expected long, found string ten");
        assertThatThrownBy(() -> path(List.of("key"))).hasMessageContaining("takes 1 arguments, found 0");
        assertThatThrownBy(() -> path("key")).hasMessageContaining("expected [\"name\", argument");
        assertThatThrownBy(() -> path(List.of("map_vals"), List.of("map_vals"), List.of("field", "nobody")))
                .hasMessageContaining("there is no nobody in post {user string, at long}");
        assertThatThrownBy(() -> path(List.of("key", "a"), List.of("term_void"), List.of("key", 1)))
                .hasMessageContaining("the end of the path, behind a change");
        assertThatThrownBy(() -> path(List.of(
                        "multi_path", List.of(List.of("key", "a")), List.of(List.of("key", "a"), List.of("key", 1)))))
                .hasMessageContaining("end at different types");
        assertThatThrownBy(() -> posts.select(path(List.of("key", "a"), List.of("term_void")), 1, null))
                .hasMessageContaining("a select only reads");
        assertThatThrownBy(() -> posts.write(path(List.of("key", "a")))).hasMessageContaining("ends in no change");
    }
}
