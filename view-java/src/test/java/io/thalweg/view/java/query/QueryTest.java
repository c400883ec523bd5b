package io.thalweg.view.java.query;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.keys;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.path.Lists;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Reading;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Lookup;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.LocalView;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What queries see, where they may look, and what ends them. */
class QueryTest {
    private static final Index<Map<String, Long>> NUMBERS = Index.of("numbers", Schema.map(String.class, Long.class));
    private static final Query<String, Long> NUMBER = Query.at(
            "number",
            Schema.of(String.class),
            Schema.of(Long.class),
            name -> name,
            (at, name) -> at.index(NUMBERS).at(key(name)).get());

    /** Numbers by name, {@code one=1}, and whatever query a test wants to ask. */
    private static final class Numbers implements View {
        private final BiFunction<Lookup, String, @Nullable Long> test;
        private final List<@Nullable Long> asked;

        Numbers(BiFunction<Lookup, String, @Nullable Long> test, List<@Nullable Long> asked) {
            this.test = test;
            this.asked = asked;
        }

        @Override
        public void declare(Declaration view) {
            view.index(NUMBERS);
            view.query(NUMBER);
            view.query(Query.anywhere("test", Schema.of(String.class), Schema.of(Long.class), test::apply));
            view.log("numbers", Codec.text(), text -> text.split("=", 2)[0], (step, text) -> {
                String[] parts = text.split("=", 2);
                asked.add(step.ask(NUMBER, "one"));
                step.index(NUMBERS).at(key(parts[0])).set(Long.parseLong(parts[1]));
            });
        }
    }

    private final List<@Nullable Long> asked = new ArrayList<>();
    private final LocalView[] made = new LocalView[1];

    private LocalView view(BiFunction<Lookup, String, @Nullable Long> test) {
        LocalView view = new LocalView(() -> new Numbers(test, asked), 4);
        made[0] = view;
        for (int i = 0; i < 40; i++) {
            set("n" + i, i);
        }
        set("one", 1);
        view.process();
        return view;
    }

    private void set(String name, long number) {
        made[0].append("numbers", name, (name + "=" + number).getBytes(UTF_8));
    }

    private @Nullable Object ask(LocalView view) {
        return view.ask("test", Map.of("argument", "x"));
    }

    private static void refused(ThrowingCallable call, ErrorCode code, String text) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ThalwegException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(text);
    }

    @Test
    void itGoesToKeysAndToAllPartitionsAndMakesOneOfWhatItFinds() {
        LocalView view = view((at, _) -> {
            List<String> names = IntStream.range(0, 40).mapToObj(i -> "n" + i).toList();
            long byKeys = at.each(names, (there, name) -> there.ask(NUMBER, name), Aggregates.sum());
            long byAll = at.all(
                    there -> there.select(NUMBERS, Maps.values()),
                    Aggregates.sum().overElements());
            return 10_000 * byKeys + byAll;
        });
        assertThat(ask(view)).isEqualTo(10_000L * (39 * 40 / 2) + 39 * 40 / 2 + 1);
    }

    @Test
    void everythingItSeesIsOfOneMoment() {
        LocalView view = view((at, _) -> {
            long before = at.all(
                    there -> there.select(NUMBERS, Maps.values()),
                    Aggregates.sum().overElements());
            set("n5", 1_000_000);
            made[0].process();
            long after = at.all(
                    there -> there.select(NUMBERS, Maps.values()),
                    Aggregates.sum().overElements());
            return after - before;
        });
        assertThat(ask(view)).isEqualTo(0L);
        assertThat(view.ask(NUMBER, "n5")).isEqualTo(1_000_000L);
    }

    @Test
    void aHandlerAsksWhatWasCommittedBeforeItsStep() {
        view((_, _) -> 0L);
        assertThat(asked).contains((Long) null);
        asked.clear();
        set("one", 5);
        set("one", 6);
        made[0].process();
        assertThat(asked)
                .as("both are of one step, which sees nothing of its own")
                .containsExactly(1L, 1L);
        assertThat(made[0].ask(NUMBER, "one")).isEqualTo(6L);
    }

    @Test
    void aKeyThatLiesElsewhereIsAnErrorAndNoNull() {
        LocalView view = view((at, _) -> at.each(
                List.of("n1"), (there, _) -> there.index(NUMBERS).at(key("n2")).get(), Aggregates.sum()));
        refused(() -> ask(view), ErrorCode.VIEW_FAILED, "key \"n2\" of index numbers lies elsewhere");
        LocalView nowhere = view((at, _) -> at.index(NUMBERS).at(key("n2")).get());
        refused(() -> ask(nowhere), ErrorCode.VIEW_FAILED, "stands at no key");
    }

    @Test
    void recursionThatDoesNotEndIsStopped() {
        LocalView view = view(QueryTest::forEver);
        refused(() -> ask(view), ErrorCode.VIEW_FAILED, "64 deep");
    }

    private static @Nullable Long forEver(Lookup at, String name) {
        return at.each(List.of(name), QueryTest::forEver, Aggregates.sum());
    }

    @Test
    void whatTheCodeThrowsNamesItsLineAndWhatTheArgumentsLackIsTheAskers() {
        LocalView failing = view((_, _) -> {
            throw new IllegalStateException("broken");
        });
        refused(() -> ask(failing), ErrorCode.VIEW_FAILED, "broken (");
        LocalView picky = view((_, _) -> {
            throw new IllegalArgumentException("x is no number");
        });
        refused(() -> ask(picky), ErrorCode.INVALID_REQUEST, "x is no number");
        refused(() -> picky.ask("test", Map.of("x", 1)), ErrorCode.INVALID_REQUEST, "\"argument\"");
        refused(() -> picky.ask("tset", Map.of()), ErrorCode.NOT_FOUND, "[number, test]");
    }

    @Test
    void itsTimeEndsItWhereverItReadsAndOnWhicheverThread() throws Exception {
        QueryThreads threads = new QueryThreads();
        Set<String> stopped = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(4);
        LocalView view = view((at, _) -> at.all(
                there -> {
                    all.countDown();
                    try {
                        while (true) {
                            assertThat(there.select(NUMBERS, entries())).isNotNull();
                        }
                    } catch (ThalwegException e) {
                        stopped.add(Thread.currentThread().getName());
                        throw e;
                    }
                },
                Aggregates.count()));
        Closes closes = new Closes();
        QueryRun run = run(view, threads, closes, 300_000_000);
        refused(() -> ask(threads, run, view), ErrorCode.DEADLINE_EXCEEDED, "in its time");
        assertThat(threads.end()).as("nothing of it runs any more").isTrue();
        assertThat(stopped).isNotEmpty();
        assertThat(closes.times).as("its moment is let go of, once").isEqualTo(1);
    }

    @Test
    void codeThatSleepsIsWokenUp() throws Exception {
        QueryThreads threads = new QueryThreads();
        CountDownLatch never = new CountDownLatch(1);
        LocalView view = view((_, _) -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("woken up", e);
            }
            return 0L;
        });
        QueryRun run = run(view, threads, new Closes(), 200_000_000);
        refused(() -> ask(threads, run, view), ErrorCode.DEADLINE_EXCEEDED, "in its time");
        assertThat(threads.end()).isTrue();
    }

    @Test
    void withHelpersItFindsWhatItFindsAlone() throws Exception {
        QueryThreads threads = new QueryThreads();
        Set<String> helpers = new TreeSet<>();
        LocalView view = view((at, _) -> at.all(
                there -> {
                    synchronized (helpers) {
                        helpers.add(Thread.currentThread().getName());
                    }
                    return there.each(
                            List.of("n1", "n2", "n3"), (deep, name) -> deep.ask(NUMBER, name), Aggregates.sum());
                },
                Aggregates.sum()));
        for (int i = 0; i < 200; i++) {
            assertThat(ask(threads, run(view, threads, new Closes(), 60_000_000_000L), view))
                    .isEqualTo(24L);
        }
        assertThat(threads.end()).isTrue();
        assertThat(helpers).allMatch(name -> name.startsWith("view-query-"));
    }

    /** A list that looks into the index as it is read. */
    private static final class Lazy implements View {
        @Override
        public void declare(Declaration view) {
            view.index(NUMBERS);
            view.log(
                    "numbers",
                    Codec.text(),
                    text -> text.split("=", 2)[0],
                    (step, text) -> step.index(NUMBERS).at(key("one")).set(1L));
            view.query(Query.at("lazy", Schema.of(String.class), Schema.list(Long.class), name -> name, (at, name) -> {
                var number = at.index(NUMBERS).at(key(name));
                return new AbstractList<>() {
                    @Override
                    public Long get(int i) {
                        return number.orElse(0L);
                    }

                    @Override
                    public int size() {
                        return 2;
                    }
                };
            }));
        }
    }

    @Test
    void aResultThatLooksIntoAnIndexAsItIsReadIsReadWhileThatIsThere() {
        LocalView view = new LocalView(Lazy::new, 2);
        view.append("numbers", "one", "one=1".getBytes(UTF_8));
        view.process();
        Closes closes = new Closes();
        QueryRun run = run(view, Helpers.NONE, closes, 60_000_000_000L);
        Query<?, ?> lazy = NamedQueries.find(view.queries(), "lazy");
        assertThat(NamedQueries.answer(run, lazy, Map.of("argument", "one"))).isEqualTo(List.of(1L, 1L));
        assertThat(closes.readAfter).as("reads of a moment that is gone").isZero();
        assertThat(closes.times).isEqualTo(1);
        Closes refused = new Closes();
        refused(
                () -> NamedQueries.answer(run(view, Helpers.NONE, refused, 1), lazy, Map.of("x", 1)),
                ErrorCode.INVALID_REQUEST,
                "argument");
        assertThat(refused.times).as("what nobody began is let go of, too").isEqualTo(1);
    }

    private static final class Closes {
        int readAfter;

        int times;
    }

    /** A run as a node has it, on a view in the process. */
    private static QueryRun run(LocalView view, Helpers threads, Closes closes, long ns) {
        QueryGround ground = view.ground();
        QueryGround counting = new QueryGround() {
            @Override
            public int partitions() {
                return ground.partitions();
            }

            @Override
            public <T> io.thalweg.index.OpenIndex<T> index(Index<T> index) {
                return ground.index(index);
            }

            @Override
            public List<Other> others() {
                return ground.others();
            }

            @Override
            public Moment moment() {
                return new Moment() {
                    @Override
                    public Reading partition(int number) {
                        Reading cells = ground.moment().partition(number);
                        return counted(cells, closes);
                    }

                    @Override
                    public void close() {
                        closes.times++;
                        ground.moment().close();
                    }
                };
            }
        };
        return new QueryRun(counting, threads, Others.NONE, System::nanoTime, System.nanoTime() + ns);
    }

    private static Reading counted(Reading cells, Closes closes) {
        return new Reading() {
            private Reading open() {
                closes.readAfter += closes.times;
                return cells;
            }

            @Override
            public byte @Nullable [] get(byte[] key) {
                return open().get(key);
            }

            @Override
            public boolean has(byte[] key) {
                return open().has(key);
            }

            @Override
            public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
                return open().cursor(from, to, reverse);
            }
        };
    }

    private static @Nullable Object ask(QueryThreads threads, QueryRun run, LocalView view)
            throws InterruptedException {
        Query<?, ?> test = NamedQueries.find(view.queries(), "test");
        return threads.answer(run, new Semaphore(1), () -> NamedQueries.answer(run, test, Map.of("argument", "x")));
    }

    private static final Index<Map<Long, List<String>>> BY_REST =
            Index.of("by_rest", Schema.map(Schema.of(Long.class), Schema.list(Schema.of(String.class))));
    private static final Index<Map<Long, String>> TEXTS = Index.of("texts", Schema.map(Long.class, String.class));

    @Test
    void whatAQueryKeepsForItselfIsItsOwnAndGoneWhenItIsOver() {
        LocalView view = view((at, _) -> {
            var all = at.temporary(BY_REST);
            for (int i = 0; i < 40; i++) {
                all.at(key(i % 7L), Lists.afterElem()).set("n" + i);
            }
            assertThat(at.temporary(BY_REST).at(key(3L), Lists.elements()).all())
                    .as("the same, for the same code")
                    .containsExactly("n3", "n10", "n17", "n24", "n31", "n38");
            List<Long> elsewhere = at.each(
                    List.of("n1", "n2"),
                    (there, name) -> {
                        var own = there.temporary(BY_REST);
                        long before = own.at(keys()).all().size();
                        own.at(key(1L), Lists.afterElem()).set(name);
                        return before;
                    },
                    Aggregates.list());
            assertThat(elsewhere).as("each part begins with none").containsExactly(0L, 0L);
            all.at(key(3L)).remove();
            return all.at(Maps.<Long, List<String>>range(2L, 5L), keys()).all().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        });
        assertThat(ask(view)).isEqualTo(2L + 4);
    }

    @Test
    void whatAQueryKeepsIsNoPartsBesideIt() {
        LocalView view = view((at, _) -> {
            var mine = at.temporary(TEXTS);
            mine.at(key(1L)).set("here");
            return at.each(
                    List.of("n1", "n2"),
                    (_, name) -> {
                        mine.at(key(2L)).set(name);
                        return 1L;
                    },
                    Aggregates.count());
        });
        refused(() -> ask(view), ErrorCode.VIEW_FAILED, "asks the 'at' that it is given for its own");
    }

    @Test
    void whatAQueryKeepsIsBoundedAndWhatItHasLetGoOfDoesNotCount() {
        String large = "x".repeat(1 << 20);
        LocalView view = view((at, _) -> at.each(
                IntStream.range(0, 24).mapToObj(i -> "n" + i).toList(),
                (there, name) -> {
                    for (long i = 0; i < 4; i++) { // 96 MiB in all, 4 at a time
                        there.temporary(TEXTS).at(key(i)).set(large);
                        there.temporary(TEXTS).at(key(i)).set(large);
                    }
                    return 1L;
                },
                Aggregates.count()));
        assertThat(ask(view)).isEqualTo(24L);
        LocalView endless = view((at, _) -> {
            for (long i = 0; ; i++) {
                at.temporary(TEXTS).at(key(i)).set(large);
            }
        });
        refused(() -> ask(endless), ErrorCode.TOO_LARGE, "keeps more than 64 MiB of temporary state");
    }
}
