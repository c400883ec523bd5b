package io.thalweg.index;

import static io.thalweg.index.path.Control.collectHere;
import static io.thalweg.index.path.Control.custom;
import static io.thalweg.index.path.Control.multiPath;
import static io.thalweg.index.path.Control.nullTo;
import static io.thalweg.index.path.Control.stay;
import static io.thalweg.index.path.Control.subselect;
import static io.thalweg.index.path.Control.transformed;
import static io.thalweg.index.path.Control.view;
import static io.thalweg.index.path.Filters.filter;
import static io.thalweg.index.path.Filters.greaterThan;
import static io.thalweg.index.path.Filters.selected;
import static io.thalweg.index.path.Lists.afterElem;
import static io.thalweg.index.path.Lists.beforeElem;
import static io.thalweg.index.path.Lists.beforeIndex;
import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Lists.filtered;
import static io.thalweg.index.path.Lists.nth;
import static io.thalweg.index.path.Lists.runs;
import static io.thalweg.index.path.Lists.size;
import static io.thalweg.index.path.Lists.sublist;
import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.entryValue;
import static io.thalweg.index.path.Maps.field;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.keys;
import static io.thalweg.index.path.Maps.mapSize;
import static io.thalweg.index.path.Maps.must;
import static io.thalweg.index.path.Maps.range;
import static io.thalweg.index.path.Maps.rangeToEnd;
import static io.thalweg.index.path.Maps.subMap;
import static io.thalweg.index.path.Sets.addTo;
import static io.thalweg.index.path.Sets.setElem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.path.Lists;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Navigator;
import io.thalweg.index.path.Path;
import io.thalweg.index.path.PathException;
import io.thalweg.index.path.Write;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.schema.Was;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.IndexStore;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IndexTest {
    private static final IndexSpace SPACE = new IndexSpace(new UUID(1, 2), 3);

    record Post(String user, String text) {}

    record Profile(String name, int age, Map<Long, Post> posts) {}

    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
    private static final Index<Map<String, List<Post>>> TIMELINE =
            Index.of("timeline", Schema.map(String.class, Schema.list(Post.class)));
    private static final Index<Map<String, Profile>> PROFILES = Index.of(
            "profiles",
            Schema.map(
                    String.class,
                    Schema.record(Profile.class).with(Profile::posts, Schema.map(Long.class, Post.class))));
    private static final Index<Map<String, Set<String>>> FOLLOWERS = Index.of(
            "followers",
            Schema.map(Schema.of(String.class), Schema.set(String.class).unsized())
                    .unsized());

    private final MemoryStore store = new MemoryStore();
    private Overlay overlay = new Overlay(store.latest());

    private <T> IndexWriter<T> writer(Index<T> index) {
        return SPACE.open(index, overlay).writer(overlay, 7);
    }

    @Test
    void aHotKeyIsWrittenOnceAStepAndAStepSeesItsOwnWrites() {
        IndexWriter<Map<String, Long>> counts = writer(COUNTS);
        for (int i = 0; i < 100; i++) {
            counts.at(key("the")).update(count -> count == null ? 1 : count + 1);
        }
        assertThat(counts.at(key("the")).get()).isEqualTo(100);
        assertThat(counts.at(mapSize()).get()).isEqualTo(1);
        // The cell, the size of the map, and the schema.
        assertThat(overlay.changes().size()).isEqualTo(3);
        OpenIndex<Map<String, Long>> open = SPACE.open(COUNTS, overlay);
        assertThat(open.reader(store.latest(), 7).at(Maps.values()).all()).isEmpty();
        store.commit(overlay.changes());
        assertThat(open.reader(store.latest(), 7).at(Maps.values()).all()).containsExactly(100L);
        assertThat(open.reader(store.latest(), 8).at(Maps.values()).all()).isEmpty();
        assertThat(SPACE.names(store.latest())).containsExactly("counts");
        assertThatThrownBy(() -> open.reader(store.latest(), 7).at(key("the")).set(1L))
                .hasMessageContaining("written only by its view");
    }

    @Test
    void readersOfASnapshotDoNotSeeLaterSteps() {
        writer(COUNTS).at(key("a")).set(1L);
        store.commit(overlay.changes());
        try (IndexStore.Snapshot snapshot = store.snapshot()) {
            overlay = new Overlay(store.latest());
            writer(COUNTS).at(key("a")).set(2L);
            store.commit(overlay.changes());
            OpenIndex<Map<String, Long>> open = SPACE.open(COUNTS, overlay);
            assertThat(open.reader(snapshot, 7).at(key("a")).get()).isEqualTo(1);
            assertThat(open.reader(store.latest(), 7).at(key("a")).get()).isEqualTo(2);
        }
    }

    @Test
    void typedPathsReadAndWriteNestedCollections() {
        IndexWriter<Map<String, List<Post>>> timeline = writer(TIMELINE);
        for (int i = 0; i < 900; i++) {
            timeline.at(key("alice"), beforeElem()).set(new Post("bob", "post " + i));
            timeline.at(key("alice"), sublist(800, Long.MAX_VALUE)).remove();
        }
        assertThat(timeline.at(key("alice"), size()).get()).isEqualTo(800);
        assertThat(timeline.at(key("alice"), sublist(0, 2), elements(), field(Post::text))
                        .all())
                .containsExactly("post 899", "post 898");
        timeline.at(key("alice"), elements(), filter(post -> !post.text().endsWith("7")))
                .remove();
        assertThat(timeline.at(key("alice"), size()).get()).isEqualTo(80);
        timeline.at(key("alice"), beforeIndex(1)).set(new Post("eve", "between"));
        timeline.at(key("alice"), nth(0), field(Post::user)).set("carol");
        assertThat(timeline.at(key("alice"), sublist(0, 3), elements(), field(Post::user))
                        .all())
                .containsExactly("carol", "eve", "bob");
        timeline.at(key("alice"), filtered(field(Post::user).then(filter("eve"::equals))))
                .remove();
        assertThat(timeline.at(key("alice"), size()).get()).isEqualTo(80);
        assertThat(timeline.at(must("nobody"), size()).all()).isEmpty();
        assertThat(timeline.at(key("nobody"), elements()).all()).isEmpty();
    }

    @Test
    void aRecordMayHoldAStoredCollection() {
        IndexWriter<Map<String, Profile>> profiles = writer(PROFILES);
        profiles.at(key("ada"), field(Profile::name)).set("Ada");
        for (long i = 0; i < 50; i++) {
            profiles.at(key("ada"), field(Profile::posts), key(i)).set(new Post("ada", "p" + i));
        }
        assertThat(profiles.at(key("ada"), field(Profile::posts), range(10L, 13L), keys())
                        .all())
                .containsExactly(10L, 11L, 12L);
        assertThat(profiles.at(key("ada"), field(Profile::posts), rangeToEnd(2), Maps.values())
                        .then(field(Post::text))
                        .all())
                .containsExactly("p48", "p49");
        assertThat(profiles.at(key("ada"), field(Profile::age)).get()).isEqualTo(0);
        Profile whole = profiles.at(key("ada")).get();
        assertThat(whole)
                .isNotNull()
                .extracting(profile -> profile.posts().size())
                .isEqualTo(50);
        profiles.at(key("ada")).remove();
        store.commit(overlay.changes());
        // The schema, and the size of a map that is empty.
        try (Cursor cells = store.latest().cursor(new byte[] {0}, new byte[] {-1}, false)) {
            int left = 0;
            for (; cells.valid(); cells.next()) {
                left++;
            }
            assertThat(left).isEqualTo(2);
        }
    }

    /** Counts what is read. */
    private static final class Counting implements Reading {
        private final Reading below;
        private int gets;
        private int looks;
        private int scans;

        Counting(Reading below) {
            this.below = below;
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            gets++;
            return below.get(key);
        }

        @Override
        public boolean has(byte[] key) {
            looks++;
            return below.has(key);
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            scans++;
            return below.cursor(from, to, reverse);
        }
    }

    @Test
    void whatIsUnsizedIsWrittenWithoutReading() {
        OpenIndex<Map<String, Set<String>>> followers = SPACE.open(FOLLOWERS, overlay);
        OpenIndex<Map<String, Long>> counts = SPACE.open(COUNTS, overlay);
        Counting counting = new Counting(store.latest());
        Overlay step = new Overlay(counting);
        followers.writer(step, 7).at(key("alice"), addTo()).set("bob");
        followers.writer(step, 7).at(key("alice"), setElem("eve")).remove();
        followers.writer(step, 7).at(key("carol")).remove();
        assertThat(List.of(counting.gets, counting.looks, counting.scans)).containsExactly(0, 0, 0);
        counts.writer(step, 7).at(key("alice")).set(1L);
        assertThat(List.of(counting.gets, counting.looks, counting.scans))
                .as("a sized map: whether the key is there, and the size")
                .containsExactly(1, 1, 0);
        store.commit(step.changes());
        assertThat(followers
                        .reader(store.latest(), 7)
                        .at(key("alice"), elements())
                        .all())
                .containsExactly("bob");
        Counting range = new Counting(store.latest());
        assertThat(counts.reader(range, 7).at(range("a", "b"), Maps.values()).all())
                .containsExactly(1L);
        assertThat(List.of(range.gets, range.looks, range.scans))
                .as("a range is one scan")
                .containsExactly(0, 0, 1);
    }

    @Test
    void whatRamaGotWrong() {
        IndexWriter<Map<String, List<Long>>> numbers =
                writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
        numbers.at(key("a")).set(List.of(1L, 2L, 3L, 4L));
        // A removal through subselect skipped the first element.
        numbers.at(
                        key("a"),
                        subselect(Index.of("x", Schema.list(Long.class))
                                .path()
                                .then(elements())
                                .then(greaterThan(2L))))
                .remove();
        assertThat(numbers.at(key("a")).get()).containsExactly(1L, 2L);
        numbers.at(key("a"), subselect(elements())).update(List::reversed);
        assertThat(numbers.at(key("a")).get()).containsExactly(2L, 1L);
        // Keys of maps that came from ranges could not be selected.
        numbers.at(key("b")).set(List.of(5L));
        numbers.at(key("c")).set(List.of());
        assertThat(numbers.at(range("b", "d"), subMap("b", "a", "c"), keys()).all())
                .containsExactly("b", "c");
        numbers.at(range("a", "c"), Maps.values(), afterElem()).set(9L);
        assertThat(numbers.at(Maps.values()).all()).containsExactly(List.of(2L, 1L, 9L), List.of(5L, 9L), List.of());
        // Removing a stored collection left its elements behind.
        numbers.at(key("a")).remove();
        assertThat(numbers.at(key("a")).get()).isNull();
        numbers.at(key("a"), afterElem()).set(7L);
        assertThat(numbers.at(key("a")).get()).containsExactly(7L);
    }

    @Test
    void theOtherNavigatorsOfJavaAlone() {
        IndexWriter<Map<String, List<Long>>> numbers =
                writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
        numbers.at(key("a")).set(List.of(1L, 1L, 2L, 1L));
        assertThat(numbers.at(key("a"), runs(number -> number == 1)).all())
                .containsExactly(List.of(1L, 1L), List.of(1L));
        numbers.at(key("a"), runs(number -> number == 1)).set(List.of(8L));
        assertThat(numbers.at(key("a")).get()).containsExactly(8L, 2L, 8L);
        assertThat(numbers.at(key("a"), view(List::size)).get()).isEqualTo(3);
        Write<List<Long>> reversed =
                Index.of("x", Schema.list(Long.class)).path().update(List::reversed);
        assertThat(numbers.at(key("a"), transformed(reversed), nth(0)).get()).isEqualTo(8);
        assertThat(numbers.at(key("none"), nullTo(List.of(4L)), nth(0)).get()).isEqualTo(4);
        assertThat(numbers.at(key("a"), multiPath(nth(0), nth(1))).all()).containsExactly(8L, 2L);
        assertThat(numbers.at(entries(), entryValue(), size()).all()).containsExactly(3L);
        assertThat(numbers.selectCollected(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class)))
                        .path()
                        .then(entries())
                        .then(collectHere())
                        .then(entryValue())
                        .then(nth(1))))
                .hasSize(1);
        assertThatThrownBy(() -> numbers.at(key("a"), nth(5)).set(1L))
                .hasMessageContaining("no element 5 in a list of 3");
        assertThatThrownBy(() -> numbers.at(Maps.values(), elements()).get()).isInstanceOf(PathException.class);
    }

    @Test
    void whatIsRemovedTwiceByOnePathTakesNoNeighbourWithIt() {
        Index<Map<String, List<Long>>> index = Index.of("numbers", Schema.map(String.class, Schema.list(Long.class)));
        IndexWriter<Map<String, List<Long>>> numbers = writer(index);
        numbers.at(key("a")).set(List.of(1L, 2L, 3L));
        numbers.at(key("a"), Lists.<Long>index(0), multiPath(stay(), stay())).remove();
        assertThat(numbers.at(key("a")).get()).containsExactly(2L, 3L);
        numbers.at(key("a"), nth(0), multiPath(stay(), stay())).remove();
        assertThat(numbers.at(key("a")).get()).containsExactly(3L);
        numbers.at(keys(), multiPath(stay(), stay())).remove();
        assertThat(numbers.at(mapSize()).get()).isZero();
    }

    @Test
    void anEntryStaysTheSameWhereverItsKeyTakesIt() {
        Index<Map<String, List<Long>>> index = Index.of("numbers", Schema.map(String.class, Schema.list(Long.class)));
        IndexWriter<Map<String, List<Long>>> numbers = writer(index);
        numbers.at(key("a")).set(List.of(1L, 2L, 3L));
        // Written twice, it left a copy of itself at the old key.
        numbers.at(entries(), multiPath(stay(), stay())).set(Map.entry("b", List.of(1L, 2L)));
        assertThat(numbers.at(stay()).get()).isEqualTo(Map.of("b", List.of(1L, 2L)));
        // Moved to another index, its value was written to whoever had the old one.
        Path<List<Long>, Map.Entry<Long, Long>> first =
                Lists.<Long>indexed().then(filter(entry -> entry != null && entry.getValue() == 1L));
        numbers.write(index.path()
                .then(key("b"))
                .then(first)
                .then(Write.all(
                        Maps.<Long, Long>entryKey().set(1L),
                        Maps.<Long, Long>entryValue().set(9L))));
        assertThat(numbers.at(key("b")).get()).containsExactly(2L, 9L);
        // Removed by its index, its value was the next one's.
        assertThatThrownBy(() -> numbers.write(index.path()
                        .then(key("b"))
                        .then(Lists.indexed())
                        .then(Write.all(
                                Maps.<Long, Long>entryKey().remove(),
                                Maps.<Long, Long>entryValue().set(5L)))))
                .hasMessageContaining("removed before");
        assertThat(numbers.at(
                                entries(),
                                transformed(Maps.<String, List<Long>>entryKey().set("z")))
                        .all())
                .hasSize(1)
                .first()
                .extracting(Map.Entry::getKey)
                .isEqualTo("z");
    }

    @SuppressWarnings("NullAway") // what a view's function may give
    private static Map<Long, Post> postsOf(@Nullable Profile profile) {
        return profile == null ? null : profile.posts();
    }

    @Test
    void aViewOfNothingIsNothingOfWhateverThePathGoesOnWith() {
        Index<Map<String, Profile>> index = PROFILES;
        IndexWriter<Map<String, Profile>> profiles = writer(index);
        Path<Profile, Map<Long, Post>> posts = view(IndexTest::postsOf);
        assertThat(profiles.at(key("nobody"), posts, Maps.values()).all()).isEmpty();
        assertThat(profiles.at(key("nobody"), posts, key(1L)).all()).containsExactly((Post) null);
        assertThat(profiles.at(key("nobody"), posts, mapSize()).get()).isZero();
        assertThat(profiles.at(key("nobody"), posts, range(1L, 2L), keys()).all())
                .isEmpty();
        assertThat(profiles.at(key("nobody"), posts, nullTo(Map.of(3L, new Post("ann", "hello"))), keys())
                        .all())
                .containsExactly(3L);
    }

    @Test
    void aVoidTakesAStandInAsNullDoes() {
        IndexWriter<Map<String, List<Long>>> numbers =
                writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
        numbers.at(key("a"), afterElem(), nullTo(5L)).update(number -> number + 1);
        numbers.at(key("a"), beforeElem(), nullTo(5L)).update(number -> number - 1);
        assertThat(numbers.at(key("a")).get()).containsExactly(4L, 6L);
        writer(FOLLOWERS).at(key("ann"), addTo(), nullTo("bob")).update(name -> name + "!");
        assertThat(writer(FOLLOWERS).at(key("ann")).get()).containsExactly("bob!");
    }

    @Test
    void whatIsWrittenThroughAViewTwiceSeesTheFirst() {
        Index<Map<String, Map<Long, Long>>> index =
                Index.of("maps", Schema.map(Schema.of(String.class), Schema.map(Long.class, Long.class)));
        IndexWriter<Map<String, Map<Long, Long>>> maps = writer(index);
        maps.at(key("a")).set(Map.of());
        Path<Map<Long, Long>, Map<Long, Long>> same = view(map -> map);
        maps.at(key("a"), same, multiPath(key(1L), key(2L))).set(5L);
        assertThat(maps.at(key("a")).get()).isEqualTo(Map.of(1L, 5L, 2L, 5L));
    }

    @Test
    void aConditionOnAStandInWritesNothing() {
        Index<Map<String, List<Long>>> index = Index.of("numbers", Schema.map(String.class, Schema.list(Long.class)));
        IndexWriter<Map<String, List<Long>>> numbers = writer(index);
        int before = overlay.size();
        numbers.at(key("a"), nullTo(List.of(1L)), selected(nth(0))).remove();
        assertThat(overlay.size())
                .as("cells written besides those that are deleted")
                .isEqualTo(before);
    }

    @Test
    void aListTakesInsertsAnywhereAtLogarithmicCost() {
        IndexWriter<Map<String, List<Long>>> lists =
                writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
        Random random = new Random(11);
        List<Long> model = new ArrayList<>();
        lists.at(key("a")).set(List.of());
        store.commit(overlay.changes());
        int most = 0;
        for (long i = 0; i < 4_000; i++) {
            overlay = new Overlay(store.latest());
            IndexWriter<Map<String, List<Long>>> step =
                    writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
            if (random.nextInt(4) == 0 && !model.isEmpty()) {
                int at = random.nextInt(model.size());
                model.remove(at);
                step.at(key("a"), nth(at)).remove();
            } else {
                int at = random.nextInt(model.size() + 1);
                model.add(at, i);
                step.at(key("a"), beforeIndex(at)).set(i);
            }
            most = Math.max(most, overlay.changes().size());
            store.commit(overlay.changes());
        }
        assertThat(most)
                .as("cells of one change: an element, the list, and its path of nodes")
                .isLessThan(10);
        overlay = new Overlay(store.latest());
        lists = writer(Index.of("numbers", Schema.map(String.class, Schema.list(Long.class))));
        assertThat(lists.at(key("a")).get()).isEqualTo(model);
        while (!model.isEmpty()) {
            int at = random.nextInt(model.size());
            model.remove(at);
            lists.at(key("a"), nth(at)).remove();
        }
        assertThat(lists.at(key("a")).get()).isEmpty();
    }

    record Person(String nick, int age) {}

    record Human(@Was("nick") String name, long age, List<String> tags) {}

    @Test
    void oldValuesAreWrittenAgainInTodaysFormPieceByPiece() {
        Index<Map<String, List<Person>>> before =
                Index.of("people", Schema.map(String.class, Schema.list(Person.class)));
        Index<Map<String, List<Human>>> after = Index.of("people", Schema.map(String.class, Schema.list(Human.class)));
        for (int i = 0; i < 10; i++) {
            writer(before).at(key("k" + i)).set(List.of(new Person("p" + i, i), new Person("q" + i, i)));
        }
        store.commit(overlay.changes());
        overlay = new Overlay(store.latest());
        OpenIndex<Map<String, List<Human>>> open = SPACE.open(after, overlay);
        assertThat(open.hasHistory()).isTrue();
        List<List<Human>> humans = open.reader(overlay, 7).at(Maps.values()).all();
        store.commit(overlay.changes());
        overlay = new Overlay(store.latest());
        @Nullable Object from = null;
        int pieces = 0;
        do {
            from = open.renew(overlay, 7, from, 3);
            pieces++;
        } while (from != null);
        assertThat(pieces).isEqualTo(4);
        assertThat(overlay.changes().size())
                .as("each element, and nothing else")
                .isEqualTo(20);
        store.commit(overlay.changes());
        overlay = new Overlay(store.latest());
        assertThat(open.renew(overlay, 7, null, 100)).isNull();
        assertThat(overlay.isEmpty()).as("nothing is old any more").isTrue();
        assertThat(open.reader(store.latest(), 7).at(Maps.values()).all()).isEqualTo(humans);
    }

    @Test
    void oldValuesAreReadAsTodaysAndWhatCannotBeIsRefused() {
        writer(Index.of("people", Schema.map(String.class, Person.class)))
                .at(key("a"))
                .set(new Person("ada", 36));
        IndexWriter<Map<String, Human>> now = writer(Index.of("people", Schema.map(String.class, Human.class)));
        assertThat(now.at(key("a")).get()).isEqualTo(new Human("ada", 36, List.of()));
        now.at(key("b")).set(new Human("bob", 1L << 40, List.of("x")));
        IndexWriter<Map<String, String>> texts = writer(Index.of(
                "people",
                Schema.map(
                        Schema.of(String.class),
                        Schema.of(String.class)
                                .migrated(Schema.of(Human.class), human -> human.name() + human.age())
                                .migrated(Schema.of(Person.class), person -> person.nick() + person.age()))));
        assertThat(texts.at(Maps.values()).all()).containsExactly("ada36", "bob" + (1L << 40));
        assertThatThrownBy(() -> writer(Index.of("people", Schema.map(Long.class, String.class))))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("people was stored as map of string");
        assertThatThrownBy(() -> writer(Index.of("people", Schema.map(String.class, Long.class))))
                .hasMessageContaining("people[] was");
    }

    @Test
    void aRangeOfSoManyIsOneWalkAndNoLookUps() {
        Index<Map<Long, Long>> squares = Index.of("squares", Schema.map(Long.class, Long.class));
        MemoryStore store = new MemoryStore();
        Overlay overlay = new Overlay(store.latest());
        OpenIndex<Map<Long, Long>> open = new IndexSpace(new UUID(0, 1), 0).open(squares, overlay);
        for (long i = 0; i < 20; i++) {
            open.writer(overlay, 0).at(key(i)).set(i * i);
        }
        store.commit(overlay.changes());
        for (Path<Map<Long, Long>, Map<Long, Long>> range : List.of(
                Maps.<Long, Long>rangeFrom(3L, 4), Maps.<Long, Long>rangeTo(7L, 4), Maps.<Long, Long>range(3L, 7L))) {
            Counted counted = new Counted(store.latest());
            assertThat(open.reader(counted, 0).at(range, Maps.entries()).all())
                    .containsExactly(Map.entry(3L, 9L), Map.entry(4L, 16L), Map.entry(5L, 25L), Map.entry(6L, 36L));
            assertThat(counted.walks).isOne();
            assertThat(counted.points).isZero();
        }
        for (Path<Map<Long, Long>, Map<Long, Long>> some :
                List.of(Maps.<Long, Long>rangeFromStart(4), Maps.<Long, Long>rangeFrom(3L, 4))) {
            Counted counted = new Counted(store.latest());
            assertThat(open.reader(counted, 0)
                            .at(Maps.<Long, Long>rangeFrom(3L), some, Maps.entries())
                            .all())
                    .hasSize(4)
                    .startsWith(Map.entry(3L, 9L));
            assertThat(counted.walks).isOne();
            assertThat(counted.points).isZero();
            assertThat(counted.rows).as("of seventeen in the outer range").isEqualTo(4);
        }
    }

    /** The words of a text. */
    private static final Navigator<String, String> WORDS = new Navigator<>() {
        @Override
        public void select(@Nullable String text, Consumer<String> each) {
            if (text != null) {
                List.of(text.split(" ", -1)).forEach(each);
            }
        }

        @Override
        public @Nullable String transform(@Nullable String text, UnaryOperator<@Nullable String> change) {
            if (text == null) {
                return null;
            }
            List<String> words = new ArrayList<>();
            for (String word : text.split(" ", -1)) {
                String changed = change.apply(word);
                if (changed != null) {
                    words.add(changed);
                }
            }
            return words.isEmpty() ? null : String.join(" ", words);
        }
    };

    @Test
    void aNavigatorOfOnesOwnReadsAndWritesPartsOfAValue() {
        Index<Map<String, String>> lines = Index.of("lines", Schema.map(String.class, String.class));
        Overlay overlay = new Overlay(new MemoryStore().latest());
        OpenIndex<Map<String, String>> open = SPACE.open(lines, overlay);
        IndexWriter<Map<String, String>> writer = open.writer(overlay, 0);
        Path<String, String> words = custom(Schema.of(String.class), WORDS);
        writer.at(key("a")).set("to be or not");
        assertThat(writer.at(key("a"), words).all()).containsExactly("to", "be", "or", "not");
        assertThat(writer.at(key("none"), words).all()).isEmpty();
        writer.at(key("a"), words, filter(word -> word.length() == 2)).update(word -> word + "!");
        assertThat(writer.at(key("a")).get()).isEqualTo("to! be! or! not");
        writer.at(key("a"), words, filter(word -> word.endsWith("!"))).remove();
        assertThat(writer.at(key("a")).get()).isEqualTo("not");
        writer.at(key("a"), words).remove();
        assertThat(writer.at(keys()).all()).isEmpty();
        writer.at(key("b")).set("x y");
        assertThat(writer.at(key("b"), subselect(words)).get()).containsExactly("x", "y");
        assertThatThrownBy(() -> writer.at(key("b"), subselect(words)).set(List.of("z")))
                .isInstanceOf(PathException.class)
                .hasMessageContaining("not written through subselect");
    }
}
