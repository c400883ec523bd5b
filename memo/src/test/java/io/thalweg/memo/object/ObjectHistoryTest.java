package io.thalweg.memo.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random objects by writers who know of each other now and then, told in every order; a simple model of what they mean. */
final class ObjectHistoryTest {
    private static final TenantId TENANT = new TenantId(new UUID(0, 1));
    private static final MemoId TOPIC = TopicModel.genesis(TENANT, "cats").id();

    /** One object's memos in an order that respects causality. */
    private static final class World {
        final SplittableRandom random;
        final List<Memo> memos = new ArrayList<>();
        final Map<MemoId, Memo> byId = new HashMap<>();

        World(long seed, int edits, int writers) {
            random = new SplittableRandom(seed);
            Memo genesis = new Memo(TENANT, Kind.CREATE, TOPIC, null, List.of(), List.of(), edit(1).encode());
            add(genesis);
            List<ObjectHistory> views = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                views.add(ObjectHistory.begin(genesis));
            }
            for (int i = 0; i < edits; i++) {
                ObjectHistory view = views.get(random.nextInt(writers));
                if (random.nextInt(3) == 0) {
                    memos.forEach(memo -> {
                        if (random.nextInt(4) != 0
                                && memo.precursors().stream().allMatch(view::contains)
                                && memo.kind() == Kind.EDIT) {
                            view.take(memo);
                        }
                    });
                }
                Memo memo = view.edit(edit(random.nextInt(1, 4)));
                view.take(memo);
                add(memo);
            }
        }

        void add(Memo memo) {
            memos.add(memo);
            byId.put(memo.id(), memo);
        }

        Memo get(MemoId memo) {
            return Objects.requireNonNull(byId.get(memo));
        }

        Edit edit(int changes) {
            Map<String, Change> some = new HashMap<>();
            for (int i = 0; i < changes; i++) {
                Change change = change();
                some.put(change.getClass() == Change.Delete.class ? "" : change.field(), change);
            }
            return Edit.of(new UUID(random.nextLong(), random.nextLong()), some.values());
        }

        Change change() {
            Value value = new Value.Whole(random.nextInt(5));
            return switch (random.nextInt(12)) {
                case 0, 1 -> new Change.SetLast("name", value);
                case 2 -> new Change.UnsetLast("name");
                case 3, 4 -> new Change.SetAll("colour", value);
                case 5 -> new Change.UnsetAll("colour");
                case 6 -> new Change.Add("lives", random.nextInt(-3, 4));
                case 7, 8 -> new Change.Insert("friends", value);
                case 9 -> new Change.Remove("friends", value);
                case 10 -> new Change.Relate("owner", TOPIC);
                default -> random.nextInt(8) == 0 ? new Change.Delete() : new Change.Unrelate("owner");
            };
        }

        /** The memos in another order that respects causality, some of them again. */
        List<Memo> shuffled() {
            List<Memo> waiting = new ArrayList<>(memos.subList(1, memos.size()));
            List<Memo> order = new ArrayList<>(List.of(memos.getFirst()));
            Set<MemoId> told = new HashSet<>(Set.of(memos.getFirst().id()));
            while (!waiting.isEmpty()) {
                Memo memo = waiting.get(random.nextInt(waiting.size()));
                if (told.containsAll(memo.precursors())) {
                    waiting.remove(memo);
                    told.add(memo.id());
                    order.add(memo);
                    if (random.nextInt(5) == 0) {
                        order.add(order.get(random.nextInt(1, order.size())));
                    }
                }
            }
            return order;
        }

        Set<MemoId> below(MemoId memo) {
            Set<MemoId> below = new HashSet<>();
            List<MemoId> open = new ArrayList<>(get(memo).precursors());
            while (!open.isEmpty()) {
                MemoId at = open.removeLast();
                if (below.add(at)) {
                    open.addAll(get(at).precursors());
                }
            }
            return below;
        }
    }

    private static ObjectHistory tell(List<Memo> order) {
        ObjectHistory history = ObjectHistory.begin(order.getFirst());
        order.subList(1, order.size()).forEach(history::take);
        return history;
    }

    @Test
    void everyOrderAndEveryRepetitionGivesTheSameBytes() {
        for (long seed = 0; seed < 60; seed++) {
            World world = new World(seed, 40, 4);
            ObjectHistory first = tell(world.memos);
            for (int i = 0; i < 4; i++) {
                ObjectHistory other = tell(world.shuffled());
                assertThat(other.head()).as("seed %d", seed).isEqualTo(first.head());
                assertThat(other.projection().encode())
                        .as("seed %d", seed)
                        .isEqualTo(first.projection().encode());
                assertThat(other.keyframe().id())
                        .as("seed %d", seed)
                        .isEqualTo(first.keyframe().id());
            }
            assertThat(Projection.decode(first.projection().encode())).isEqualTo(first.projection());
        }
    }

    @Test
    void theNewestChangesAreThoseThatNoOtherChangeFollowed() {
        for (long seed = 0; seed < 60; seed++) {
            World world = new World(seed, 30, 3);
            Projection projection = tell(world.memos).projection();
            assertThat(projection.last("name")).as("seed %d", seed).isEqualTo(modelLast(world));
            assertThat(Set.copyOf(projection.elements("friends")))
                    .as("seed %d", seed)
                    .isEqualTo(modelSet(world));
            long sum = 0;
            boolean deleted = false;
            for (Memo memo : world.memos) {
                for (Change change : Edit.decode(memo.body()).changes()) {
                    sum += change instanceof Change.Add add ? add.by() : 0;
                    deleted |= change instanceof Change.Delete;
                }
            }
            assertThat(projection.counter("lives").longValue())
                    .as("seed %d", seed)
                    .isEqualTo(sum);
            assertThat(projection.isDeleted()).as("seed %d", seed).isEqualTo(deleted);
        }
    }

    private static @Nullable Value modelLast(World world) {
        Map<MemoId, Change> writers = new HashMap<>();
        for (Memo memo : world.memos) {
            for (Change change : Edit.decode(memo.body()).changes()) {
                if (change instanceof Change.SetLast || change instanceof Change.UnsetLast) {
                    writers.put(memo.id(), change);
                }
            }
        }
        Set<MemoId> newest = new HashSet<>(writers.keySet());
        writers.keySet().forEach(writer -> newest.removeAll(world.below(writer)));
        Change last = newest.isEmpty() ? null : writers.get(Collections.max(newest));
        return last instanceof Change.SetLast set ? set.value() : null;
    }

    private static Set<Value> modelSet(World world) {
        Set<Value> present = new HashSet<>();
        for (Memo memo : world.memos) {
            for (Change change : Edit.decode(memo.body()).changes()) {
                if (change instanceof Change.Insert insert
                        && world.memos.stream()
                                .noneMatch(later -> world.below(later.id()).contains(memo.id())
                                        && Edit.decode(later.body()).changes().stream()
                                                .anyMatch(c -> c.field().equals("friends")
                                                        && (c.equals(new Change.Remove("friends", insert.value()))
                                                                || c.equals(insert))))) {
                    present.add(insert.value());
                }
            }
        }
        return present;
    }

    @Test
    void aHistoryFromAKeyframeIsThatFromTheBeginningOrSaysThatItCannotBe() {
        int used = 0;
        int useless = 0;
        for (long seed = 0; seed < 60; seed++) {
            World world = new World(seed, 20, 1 + (int) (seed % 3));
            List<Memo> order = world.shuffled();
            int cut = world.random.nextInt(1, order.size());
            ObjectHistory whole = tell(order.subList(0, cut));
            ObjectHistory fromKeyframe = ObjectHistory.from(whole.keyframe());
            boolean invalid = false;
            Set<MemoId> stood =
                    new HashSet<>(order.subList(0, cut).stream().map(Memo::id).toList());
            for (Memo memo : order.subList(cut, order.size())) {
                whole.take(memo);
                if (!stood.contains(memo.id()) && !invalid) {
                    invalid = fromKeyframe.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME;
                }
            }
            if (invalid) {
                useless++;
            } else {
                used++;
                assertThat(fromKeyframe.projection().encode())
                        .as("seed %d", seed)
                        .isEqualTo(whole.projection().encode());
                assertThat(fromKeyframe.head()).as("seed %d", seed).isEqualTo(whole.head());
            }
        }
        assertThat(used).as("keyframes that could be used").isGreaterThan(10);
        assertThat(useless).as("keyframes that another branch made useless").isGreaterThan(10);
    }

    /** What stays of memos when they are dropped, in an order that respects causality. */
    private static SequencedMap<MemoId, ObjectHistory.Below> remains(World world, Set<MemoId> memos) {
        SequencedMap<MemoId, ObjectHistory.Below> below = new LinkedHashMap<>();
        for (Memo memo : world.memos) {
            if (memos.contains(memo.id())) {
                byte[] remains = Edit.decode(memo.body()).remains();
                below.put(memo.id(), new ObjectHistory.Below(memo.precursors(), Edit.additions(remains)));
            }
        }
        return below;
    }

    @Test
    void keyframesOfAnyBranchesAndWhatStaysBelowThemAreTheWholeObject() {
        int apart = 0;
        for (long seed = 0; seed < 400; seed++) {
            World world = new World(seed, 10 + (int) (seed % 40), 2 + (int) (seed % 4));
            List<Memo> keyframes = new ArrayList<>();
            Set<Head> heads = new HashSet<>();
            Set<MemoId> dropped = new HashSet<>();
            for (int i = world.random.nextInt(1, 5); i > 0; i--) {
                List<Memo> known = world.shuffled();
                known = known.subList(0, world.random.nextInt(1, known.size() + 1));
                ObjectHistory side = tell(known);
                keyframes.add(side.keyframe());
                heads.add(side.head());
                known.forEach(memo -> dropped.add(memo.id()));
            }
            ObjectHistory joined = ObjectHistory.over(keyframes, remains(world, dropped));
            ObjectHistory whole = tell(world.memos.stream()
                    .filter(memo -> dropped.contains(memo.id()))
                    .toList());
            assertThat(joined.head()).as("seed %d", seed).isEqualTo(whole.head());
            assertThat(joined.projection().encode())
                    .as("seed %d", seed)
                    .isEqualTo(whole.projection().encode());
            apart += heads.contains(whole.head()) ? 0 : 1;
            // And what comes late merges as if nothing had been dropped.
            for (Memo memo : world.shuffled()) {
                joined.take(memo);
            }
            ObjectHistory all = tell(world.memos);
            assertThat(joined.projection().encode())
                    .as("seed %d, all", seed)
                    .isEqualTo(all.projection().encode());
            assertThat(joined.keyframe().id())
                    .as("seed %d", seed)
                    .isEqualTo(all.keyframe().id());
        }
        assertThat(apart)
                .as("lives in which no keyframe stood for all of the others")
                .isGreaterThan(40);
    }

    @Test
    void ofAMemoThatIsDroppedOnlyWhatItAddedStays() {
        Edit edit = Edit.of(
                new UUID(1, 2), List.of(new Change.SetLast("name", new Value.Text("Tom")), new Change.Add("lives", 9)));
        assertThat(Edit.additions(edit.remains())).containsExactly(new Change.Add("lives", 9));
        assertThat(Edit.of(new UUID(1, 2), List.of(new Change.Delete())).remains())
                .isEmpty();
        assertThatThrownBy(() -> Edit.additions(edit.encode())).hasMessageContaining("only what it added");
    }

    @Test
    void anOlderHeadReadsAsItDidThen() {
        for (long seed = 0; seed < 60; seed++) {
            World world = new World(seed, 25, 3);
            ObjectHistory whole = tell(world.memos);
            int then = world.random.nextInt(1, world.memos.size() + 1);
            ObjectHistory past = tell(world.memos.subList(0, then));
            Projection again = Objects.requireNonNull(whole.at(past.head(), world::get));
            assertThat(again.encode())
                    .as("seed %d", seed)
                    .isEqualTo(past.projection().encode());
        }
    }

    @Test
    void strangersMemosAreRefused() {
        World world = new World(1, 3, 1);
        ObjectHistory history = tell(world.memos);
        World other = new World(2, 1, 1);
        assertThatThrownBy(() -> history.take(other.memos.getLast()))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("is no edit of object");
        Memo lost = new Memo(
                TENANT,
                Kind.EDIT,
                TOPIC,
                history.object(),
                List.of(TOPIC),
                List.of(),
                world.edit(1).encode());
        assertThatThrownBy(() -> history.take(lost)).hasMessageContaining("which is not of its object");
        assertThatThrownBy(() -> Edit.of(
                        new UUID(1, 1),
                        List.of(new Change.SetLast("a", new Value.Whole(1)), new Change.UnsetLast("a"))))
                .hasMessageContaining("one edit has both");
    }

    @Test
    void aLongLineageOfOneWriterNeedsOneChain() {
        Memo genesis = new World(3, 0, 1).memos.getFirst();
        ObjectHistory history = ObjectHistory.begin(genesis);
        for (int i = 0; i < 20_000; i++) {
            history.take(history.edit(Edit.of(new UUID(0, i), List.of(new Change.Add("lives", 1)))));
        }
        assertThat(history.projection().counter("lives").longValue() - counter(genesis))
                .isEqualTo(20_000);
        assertThat(history.head().memos()).hasSize(1);
        assertThat(history.youngest(Set.of(genesis.id(), history.head().memos().getFirst())))
                .isEqualTo(history.head());
        assertThat(Head.of(genesis.id()).after(history.head().memos().getFirst(), List.of(genesis.id())))
                .isEqualTo(history.head());
    }

    private static long counter(Memo genesis) {
        Projection projection = ObjectHistory.begin(genesis).projection();
        return projection.counter("lives").longValue();
    }
}
