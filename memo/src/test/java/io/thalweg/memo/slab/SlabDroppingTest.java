package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.pack.RewrittenMemos;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.memo.slab.SlabWorld.Node;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Topics whose history may be dropped. */
final class SlabDroppingTest {
    private static final int EDITS = 700;

    private final SlabWorld world = new SlabWorld(11);

    private static TopicModel dropping(boolean drops) {
        return dropping(drops, 6);
    }

    static TopicModel dropping(boolean drops, double nines) {
        return new TopicModel(
                Map.of(
                        "name", new TopicModel.Field(TopicModel.Type.TEXT, TopicModel.Merge.LAST, false),
                        "n", new TopicModel.Field(TopicModel.Type.INTEGER, TopicModel.Merge.COUNTER, false)),
                Map.of(),
                new TopicModel.Policy(OptionalDouble.of(nines), drops, "", "", Set.of(), Set.of()));
    }

    private void topic(Node node, boolean drops) throws IOException {
        var _ = node.objects().topic(SlabWorld.TENANT, "cats", dropping(drops), new UUID(1, drops ? 1 : 2));
    }

    private void slabs(int count) {
        for (int i = 0; i < count; i++) {
            world.add(SlabWorld.at("global/r" + world.nodes.size(), LifetimeClass.VERY_LONG, true));
        }
    }

    private static Change[] change(int i) {
        return new Change[] {new Change.SetLast("name", new Value.Text("n" + i)), new Change.Add("n", 1)};
    }

    private static long dropped(Node node) {
        return node.slab().store().all().stream().filter(memo -> memo.dropped).count();
    }

    private static long held(Node node, MemoId object) {
        return Objects.requireNonNull(node.slab().store().object(object)).memos.stream()
                .filter(memo -> memo.held)
                .count();
    }

    /** All slabs that are up see what all memos together make, and know of the same. */
    private void allSee(MemoId object) {
        Set<MemoId> all = new HashSet<>(world.node(0).objects().history(object));
        for (Node node : world.nodes) {
            assertThat(projection(node, object).encode())
                    .as("object %s on slab %d", object.brief(), node.index)
                    .isEqualTo(world.expected(all));
            assertThat(node.slab().store().digests())
                    .as("what slab %d knows of", node.index)
                    .isEqualTo(world.node(0).slab().store().digests());
        }
    }

    private void edits(int node, MemoId object, int count) {
        for (int i = 0; i < count; i++) {
            world.node(node)
                    .edit(
                            object,
                            new Change.SetLast("name", new Value.Text("n" + i + " of " + node)),
                            new Change.Add("n", node + 1),
                            new Change.Insert("seen", new Value.Whole(i % 7)),
                            i % 3 == 0
                                    ? new Change.UnsetAll("colour")
                                    : new Change.SetAll("colour", new Value.Whole(i % 5)));
            if (i % 50 == 0) {
                world.step();
            }
        }
        world.beats(12);
    }

    @Test
    void twoSidesThatBothDropAreReadTogetherAfterwards() throws Exception {
        slabs(4);
        world.beats(3);
        topic(world.node(0), true);
        world.beats(3);
        MemoId object = world.node(0).create("Tom");
        edits(0, object, 40);
        world.cut = (from, to) -> (from < 2) != (to < 2);
        edits(0, object, EDITS);
        edits(2, object, EDITS);
        for (int i = 0; i < 4; i++) {
            assertThat(held(world.node(i), object))
                    .as("memos left on slab %d, which heard one other", i)
                    .isLessThan(EDITS / 2);
        }
        world.cut = (_, _) -> false;
        world.beats(30);
        allSee(object);
        assertThat(projection(world.node(0), object).counter("n").intValueExact())
                .isEqualTo(40 + EDITS + 3 * EDITS);
        // Who comes later, who starts again, and who lost everything read it, too.
        slabs(1);
        world.node(1).crash();
        world.node(1).start();
        world.node(2).loseDisk();
        world.node(2).start();
        world.beats(40);
        allSee(object);
        edits(3, object, EDITS);
        edits(1, object, EDITS);
        allSee(object);
        for (Node node : world.nodes) {
            assertThat(Objects.requireNonNull(node.slab().store().object(object)).keyframes)
                    .as("keyframes on slab %d, of which one stands for the others", node.index)
                    .hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void aTopicThatThinksBetterOfItLosesNothingThatWasDropped() throws Exception {
        slabs(3);
        world.beats(3);
        topic(world.node(0), true);
        world.beats(3);
        MemoId object = world.node(0).create("Tom");
        edits(0, object, EDITS);
        assertThat(dropped(world.node(0))).isPositive();
        topic(world.node(0), false);
        world.beats(3);
        long before = dropped(world.node(0));
        edits(0, object, EDITS);
        assertThat(dropped(world.node(0))).as("nothing more goes").isEqualTo(before);
        StoredMemo keyframe = Objects.requireNonNull(
                        world.node(0).slab().store().object(object))
                .keyframes
                .getFirst();
        assertThat(world.node(0).slab().durability(keyframe.id).targetNines())
                .as("what a keyframe is to have that stands for what is gone")
                .isEqualTo(6);
        slabs(1);
        world.nodes.subList(0, 3).forEach(Node::crash);
        world.nodes.subList(0, 3).forEach(Node::start);
        world.beats(40);
        allSee(object);
    }

    /** Makes a memo of a slab unreadable as one that was damaged before it was written: its checksum holds, its hash does not. */
    private static void spoil(Node node, MemoId memo) throws IOException {
        MemoStore store = node.slab().store();
        StoredMemo stored = Objects.requireNonNull(store.find(memo));
        Memo whole = SlabWorld.read(node, memo);
        Memo other = new Memo(
                whole.tenant(),
                whole.kind(),
                whole.topic(),
                whole.object(),
                whole.precursors(),
                List.of(),
                Edit.NOTHING.encode());
        RewrittenMemos.append(
                store.all().stream().map(each -> each.pack), memo, stored.arrival, MemoCodec.encode(other));
    }

    /** The edit in which the topic said that its history may be dropped. */
    private MemoId leaveToDrop(Node node) {
        return Objects.requireNonNull(node.slab().store().object(world.topic)).memos.stream()
                .map(memo -> memo.id)
                .filter(memo -> TopicModel.letsDrop(SlabWorld.read(node, memo)))
                .findFirst()
                .orElseThrow();
    }

    private void grow(Node node, boolean drops) throws IOException {
        for (int i = 0; i < 12; i++) {
            TopicModel more = new TopicModel(
                    Map.of("f" + i, new TopicModel.Field(TopicModel.Type.TEXT, TopicModel.Merge.LAST, false)),
                    Map.of(),
                    dropping(drops).policy());
            var _ = node.objects().topic(SlabWorld.TENANT, "cats", more, new UUID(3, i));
        }
    }

    private static double targetOfKeyframe(Node node, MemoId object) {
        return node.slab()
                .durability(Objects.requireNonNull(node.slab().store().object(object))
                        .keyframes
                        .getLast()
                        .id)
                .targetNines();
    }

    @Test
    void keyframesStayAsSafeAsWhatTheyStandForWhereTheLeaveToDropCannotBeRead() throws Exception {
        world.pace = new Pace(8, 4, 2);
        slabs(1);
        Node node = world.node(0);
        topic(node, true);
        grow(node, true);
        MemoId object = node.create("Tom");
        edits(0, object, 20);
        assertThat(dropped(node)).as("one slab has too few nines for that").isZero();
        // When it is read anew the topic gets a keyframe, too.
        node.slab = null;
        node.start();
        world.step();
        spoil(node, leaveToDrop(node));
        node.slab = null;
        node.start();
        assertThat(targetOfKeyframe(node, object)).isEqualTo(6);
    }

    @Test
    void keyframesStaySafeAlsoWhereTheTopicThoughtBetterOfItSince() throws Exception {
        world.pace = new Pace(8, 4, 2);
        slabs(3);
        world.beats(3);
        Node node = world.node(0);
        topic(node, true);
        MemoId object = node.create("Tom");
        edits(0, object, 60);
        assertThat(dropped(node)).isPositive();
        MemoId leave = leaveToDrop(node);
        topic(node, false);
        grow(node, false);
        spoil(node, leave);
        world.cut = (_, _) -> true;
        node.slab = null;
        node.start();
        assertThat(targetOfKeyframe(node, object)).isEqualTo(6);
    }

    @Test
    void whoJoinsReadsObjectsThatAreOlderThanTheLeaveToDropThem() throws Exception {
        world.pace = new Pace(20, 10, 3);
        slabs(3);
        world.beats(3);
        topic(world.node(0), false);
        MemoId object = world.node(0).create("Tom");
        edits(0, object, 100);
        for (int i = 0; i < 1500; i++) {
            world.node(i % 3).create("another " + i);
            if (i % 100 == 0) {
                world.step();
            }
        }
        world.beats(6);
        topic(world.node(0), true);
        edits(0, object, 30);
        assertThat(dropped(world.node(0))).isPositive();
        slabs(1);
        world.beats(30);
        allSee(object);
    }

    @Test
    void whatATopicSaysOfItselfIsNeverDropped() throws Exception {
        world.pace = new Pace(8, 4, 2);
        slabs(2);
        world.beats(3);
        topic(world.node(0), true);
        for (int i = 0; i < 60; i++) {
            TopicModel more = new TopicModel(
                    Map.of("f" + i, new TopicModel.Field(TopicModel.Type.TEXT, TopicModel.Merge.LAST, false)),
                    Map.of(),
                    dropping(true).policy());
            var _ = world.node(0).objects().topic(SlabWorld.TENANT, "cats", more, new UUID(2, i));
        }
        MemoId object = world.node(0).create("Tom");
        edits(0, object, 60);
        world.beats(10);
        assertThat(dropped(world.node(0))).isPositive();
        for (Node node : world.nodes) {
            assertThat(node.slab().store().all()).noneMatch(memo -> memo.dropped && world.topic.equals(memo.object));
        }
    }

    @Test
    void aPeersKeyframeIsComputedAgainBeforeItIsBelieved() throws Exception {
        slabs(2);
        world.beats(3);
        topic(world.node(0), true);
        MemoId object = world.node(0).create("Tom");
        edits(0, object, 100);
        ObjectHistory history = ((io.thalweg.memo.slab.Objects.Found.Here)
                        world.node(1).objects().find(object))
                .history();
        Memo truth = history.keyframe();
        Projection other = history.projection().copy();
        other.take(object, Edit.of(new UUID(0, 0), List.of(new Change.Add("n", 1))), _ -> false);
        Memo lie = new Memo(
                SlabWorld.TENANT, Kind.KEYFRAME, world.topic, object, truth.precursors(), List.of(), other.encode());
        long refused = world.node(1).slab().status().traffic().refusedMemos();
        for (Memo each : List.of(lie, truth)) {
            world.node(1)
                    .slab()
                    .receive(
                            world.node(0).id,
                            MessageCodec.encode(
                                    new Message.Memos(List.of(new Message.Sent(MemoCodec.encode(each), null)))));
        }
        assertThat(world.node(1).slab().store().holds(lie.id())).isFalse();
        assertThat(world.node(1).slab().store().holds(truth.id())).isTrue();
        assertThat(world.node(1).slab().status().traffic().refusedMemos()).isEqualTo(refused + 1);
    }

    private static Projection projection(Node node, MemoId object) {
        assertThat(node.objects().find(object)).isInstanceOf(io.thalweg.memo.slab.Objects.Found.Here.class);
        return ((io.thalweg.memo.slab.Objects.Found.Here) node.objects().find(object))
                .history()
                .projection();
    }

    @Test
    void historyGoesWhereItsTopicSaysSoAndWhoComesLateStillMergesAndReads() throws Exception {
        slabs(4);
        world.beats(3);
        topic(world.node(0), true);
        world.beats(3);
        MemoId object = world.node(0).create("Tom");
        world.node(0).edit(object, change(0));
        world.beats(3);
        // The fourth is cut off, and edits what it knew then.
        world.cut = (from, to) -> from == 3 || to == 3;
        MemoId late = world.node(3)
                .edit(
                        object,
                        new Change.SetLast("colour", new Value.Text("grey")),
                        new Change.SetLast("name", new Value.Text("late")),
                        new Change.Add("n", 1000));
        for (int i = 1; i < EDITS; i++) {
            world.node(0).edit(object, change(i));
            if (i % 100 == 0) {
                world.step();
            }
        }
        world.beats(12);
        for (int i = 0; i < 3; i++) {
            assertThat(held(world.node(i), object))
                    .as("memos left on slab %d", i)
                    .isLessThan(EDITS / 2);
            assertThat(dropped(world.node(i))).isPositive();
        }
        assertThat(world.known()).as("each dropped memo is known by its id").hasSizeGreaterThan(EDITS);
        world.cut = (_, _) -> false;
        world.beats(12);
        slabs(1);
        world.beats(30);
        world.node(1).crash();
        world.node(1).start();
        world.beats(5);
        Projection first = projection(world.node(0), object);
        assertThat(first.counter("n").intValueExact()).isEqualTo(EDITS + 1000);
        assertThat(first.last("colour")).isEqualTo(new Value.Text("grey"));
        for (Node node : world.nodes) {
            assertThat(projection(node, object).encode())
                    .as("the same on slab %d", node.index)
                    .isEqualTo(first.encode());
            assertThat(node.slab().store().digests())
                    .as("and it knows of the same")
                    .isEqualTo(world.node(0).slab().store().digests());
        }
        assertThat(held(world.node(4), object))
                .as("who joined last got no history")
                .isLessThan(EDITS / 2);
        var skeleton = world.node(4).objects().dropped(object);
        assertThat(skeleton).as("the proof that stays").isNotNull();
        assertThat(Objects.requireNonNull(skeleton).kind()).isEqualTo(Kind.CREATE);
        assertThat(world.node(4).objects().history(object)).contains(late).hasSize(EDITS + 2);
        assertThat(world.node(4).objects().at(object, List.of(object)))
                .as("what is gone")
                .isNull();
        // The readings made keyframes of what was never read before.
        world.beats(30);
        long repeated = world.nodes.stream()
                .mapToLong(node -> node.slab().status().traffic().memosSent())
                .sum();
        world.beats(10);
        assertThat(world.nodes.stream()
                        .mapToLong(node -> node.slab().status().traffic().memosSent())
                        .sum())
                .as("nothing is sent when nothing changes")
                .isEqualTo(repeated);
    }

    @Test
    void nothingGoesWhileItsKeyframeIsLessDurableThanItWasToBeOrTheTopicKeepsItsHistory() throws Exception {
        slabs(1);
        topic(world.node(0), true);
        MemoId object = world.node(0).create("Tom");
        IntStream.range(0, EDITS).forEach(i -> world.node(0).edit(object, change(i)));
        world.beats(5);
        assertThat(dropped(world.node(0)))
                .as("one slab has 4.4 nines, and six are asked for")
                .isZero();
        topic(world.node(0), false);
        slabs(3);
        world.beats(30);
        assertThat(dropped(world.node(0))).isZero();
        assertThatThrownBy(() -> new TopicModel.Policy(OptionalDouble.empty(), true, "a log", "", Set.of(), Set.of()))
                .hasMessageContaining("keeps its history");
    }

    @Test
    void targetsOfATenantAreThoseOfItsTopicsAndOneOfAnObjectIsItsOwn() throws Exception {
        slabs(1);
        Node node = world.node(0);
        MemoId tom = node.create("Tom");
        MemoId kitty = node.create("Kitty");
        assertThat(node.slab().durability(tom).targetNines()).isEqualTo(6);
        TopicModel defaults = new TopicModel(Map.of(), Map.of(), 3);
        var _ = node.objects().topic(SlabWorld.TENANT, TopicModel.DEFAULTS, defaults, new UUID(0, 1));
        assertThat(node.slab().durability(tom).targetNines()).as("the tenant's").isEqualTo(3);
        node.edit(kitty, TopicModel.target(9));
        assertThat(node.slab().durability(kitty).targetNines())
                .as("the object's")
                .isEqualTo(9);
        topic(node, false);
        world.step();
        node.crash();
        node.start();
        assertThat(node.slab().durability(tom).targetNines())
                .as("the topic's, after a start")
                .isEqualTo(6);
        assertThat(node.slab().durability(kitty).targetNines()).isEqualTo(9);
    }
}
