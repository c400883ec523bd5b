package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.memo.slab.SlabWorld.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What another slab says wrongly, and how much of it there is, takes nothing from anybody. */
final class SlabHostileTest {
    private static final UUID STRANGER = new UUID(6, 6);

    private final SlabWorld world = new SlabWorld(17);

    private void slabs(int count) {
        for (int i = 0; i < count; i++) {
            world.add(SlabWorld.at("global/r" + world.nodes.size(), LifetimeClass.VERY_LONG, true));
        }
        world.beats(3);
    }

    private void mayDrop() throws IOException {
        var _ = world.node(0)
                .objects()
                .topic(SlabWorld.TENANT, "cats", SlabDroppingTest.dropping(true, 6), new UUID(1, 1));
        world.beats(3);
    }

    private Memo edit(MemoId topic, MemoId object, long n, MemoId after) {
        return new Memo(
                SlabWorld.TENANT,
                Kind.EDIT,
                topic,
                object,
                List.of(after),
                List.of(),
                world.edit(new Change.SetLast("n", new Value.Whole(n))).encode());
    }

    private Memo edit(MemoId object, long n, MemoId after) {
        return edit(world.topic, object, n, after);
    }

    private static void tell(Node to, UUID from, Memo... memos) throws IOException {
        List<Message.Sent> sent = Arrays.stream(memos)
                .map(memo -> new Message.Sent(MemoCodec.encode(memo), null))
                .toList();
        to.slab().receive(from, MessageCodec.encode(new Message.Memos(sent)));
        to.slab().flush();
    }

    private static Message.Skeleton skeleton(Memo memo) {
        Memo stays = new Memo(
                memo.tenant(), memo.kind(), memo.topic(), memo.object(), memo.precursors(), List.of(), new byte[0]);
        return new Message.Skeleton(memo.id(), MemoCodec.encode(stays));
    }

    private static void tellDropped(Node to, UUID from, Message.Skeleton... skeletons) throws IOException {
        to.slab().receive(from, MessageCodec.encode(new Message.Dropped(List.of(skeletons))));
        to.slab().flush();
    }

    private static ObjectHistory history(Node node, MemoId object) {
        assertThat(node.objects().find(object)).isInstanceOf(Objects.Found.Here.class);
        return ((Objects.Found.Here) node.objects().find(object)).history();
    }

    @Test
    void oneWrongMemoOfAMessageKeepsNoOtherOut() throws Exception {
        slabs(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        Node node = world.node(1);
        Memo keyframe = history(node, object).keyframe();
        Memo good = edit(object, 1, object);
        long refused = node.slab().status().traffic().refusedMemos();
        tell(node, world.node(0).id, keyframe, good);
        assertThat(node.slab().store().holds(good.id())).isTrue();
        assertThat(node.slab().status().traffic().refusedMemos()).isEqualTo(refused + 1);
        mayDrop();
        Memo gone = edit(object, 2, object);
        tellDropped(
                node,
                world.node(0).id,
                new Message.Skeleton(keyframe.id(), MemoCodec.encode(keyframe)),
                skeleton(gone));
        assertThat(node.slab().store().find(gone.id())).isNotNull();
        assertThat(node.slab().status().traffic().refusedMemos()).isEqualTo(refused + 2);
    }

    @Test
    void whatFollowsWhatIsNoMemoOfItsObjectIsRefusedAlsoWhenThatComesLater() throws Exception {
        slabs(2);
        MemoId object = world.node(0).create("Tom");
        MemoId other = world.node(0).create("Kitty");
        world.beats(2);
        Node node = world.node(1);
        Memo keyframe = history(node, object).keyframe();
        node.slab().write(keyframe, null);
        Memo ofAnotherTopic = edit(Objects.topicId(SlabWorld.TENANT, "dogs"), object, 1, object);
        Memo ofAKeyframe = edit(object, 2, keyframe.id());
        Memo later = edit(other, 3, other);
        Memo ofAnotherObject = edit(object, 4, later.id());
        tell(node, world.node(0).id, ofAnotherTopic, ofAKeyframe, ofAnotherObject, later);
        assertThat(node.slab().store().holds(later.id())).isTrue();
        for (Memo wrong : List.of(ofAnotherTopic, ofAKeyframe, ofAnotherObject)) {
            assertThat(node.slab().store().find(wrong.id())).as("%s", wrong).isNull();
        }
        assertThat(node.slab().waiting().size()).isZero();
        node.crash();
        node.start();
        assertThat(node.name(object)).isEqualTo("Tom");
        assertThat(node.name(other)).isEqualTo("Kitty");
    }

    @Test
    void thousandsThatWaitedInARowAreKeptWhenTheFirstComes() throws Exception {
        slabs(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        List<Memo> chain = new ArrayList<>();
        for (int i = 0; i < WaitingMemos.SOURCE_MAX; i++) {
            chain.add(edit(object, i, chain.isEmpty() ? object : chain.getLast().id()));
        }
        for (Memo memo : chain.reversed()) {
            tell(world.node(1), STRANGER, memo);
        }
        assertThat(world.node(1).slab().waiting().size()).isZero();
        assertThat(world.node(1).objects().history(object)).hasSize(chain.size() + 1);
        assertThat(history(world.node(1), object).head())
                .isEqualTo(Head.of(chain.getLast().id()));
    }

    @Test
    void aFalseSkeletonTakesAnObjectFromNobodyAndHidesNoMemo() throws Exception {
        slabs(3);
        mayDrop();
        MemoId object = world.node(0).create("Tom");
        world.beats(3);
        Memo hidden = edit(object, 99, object);
        Memo behind = edit(object, 100, hidden.id());
        tellDropped(world.node(0), world.node(2).id, skeleton(hidden), skeleton(behind));
        assertThat(world.node(0).name(object))
                .as("while somebody may know more")
                .isNull();
        world.beats(40);
        for (Node node : world.nodes) {
            assertThat(node.name(object)).as("on slab %d", node.index).isEqualTo("Tom");
            assertThat(node.objects().missing(object, Context.EMPTY.with(object, Head.of(behind.id()))))
                    .as("of what somebody says that he was shown, on slab %d", node.index)
                    .containsExactly(behind.id());
        }
        world.node(1).edit(object, new Change.SetLast("name", new Value.Text("Thomas")));
        world.beats(3);
        for (Node node : world.nodes) {
            assertThat(node.name(object)).as("on slab %d", node.index).isEqualTo("Thomas");
        }
        // One of them there was after all, and one slab has it.
        tell(world.node(1), STRANGER, hidden);
        world.beats(60);
        for (Node node : world.nodes) {
            assertThat(history(node, object).projection().last("n"))
                    .as("on slab %d", node.index)
                    .isEqualTo(new Value.Whole(99));
            assertThat(node.name(object)).isEqualTo("Thomas");
        }
        // Such an object makes no keyframes with each edit.
        world.pace = new Pace(8, 4, 2);
        world.node(0).crash();
        world.node(0).start();
        assertThat(world.node(0).name(object)).isNull();
        world.beats(40);
        for (int i = 0; i < 40; i++) {
            world.node(0).edit(object, new Change.Add("n", 1));
        }
        assertThat(world.node(0).slab().store().all().stream().filter(memo -> memo.kind == Kind.KEYFRAME))
                .hasSizeLessThanOrEqualTo(10);
    }

    @Test
    void whoIsCutOffHasAskedNobodyHoweverLongItWaits() throws Exception {
        slabs(3);
        mayDrop();
        MemoId object = world.node(0).create("Tom");
        world.beats(3);
        tellDropped(world.node(0), world.node(2).id, skeleton(edit(object, 99, object)));
        world.cut = (_, _) -> true;
        for (int beat = 0; beat < 60; beat++) {
            world.beats(1);
            assertThat(world.node(0).name(object))
                    .as("after %d beats alone", beat)
                    .isNull();
        }
        // Nor has one that begins when it hears nobody.
        world.node(0).crash();
        world.node(0).start();
        world.beats(60);
        assertThat(world.node(0).name(object)).isNull();
        world.cut = (_, _) -> false;
        world.beats(40);
        assertThat(world.node(0).name(object)).isEqualTo("Tom");
    }

    @Test
    void anObjectOfWhichAMemoWasLostForAWhileIsReadFromKeyframesAgain() throws Exception {
        losesForAWhile(10);
    }

    @Test
    void anObjectWhoseFirstMemoWasLostForAWhileIsReadFromKeyframesAgain() throws Exception {
        losesForAWhile(0);
    }

    private void losesForAWhile(int which) throws IOException {
        world.pace = new Pace(8, 4, 2);
        slabs(2);
        MemoId object = world.node(0).create("Tom");
        for (int i = 0; i < 20; i++) {
            world.node(0).edit(object, new Change.Add("n", 1));
            // What is forced is not cut at a start.
            world.step();
        }
        world.beats(3);
        Node node = world.node(0);
        Lineages before = java.util.Objects.requireNonNull(node.slab().store().object(object));
        StoredMemo victim = before.memos.get(which);
        byte[] bytes = node.disk.bytes(victim.pack.path());
        bytes[(int) victim.offset + victim.length - 1] ^= 1;
        node.disk.put(victim.pack.path(), bytes);
        node.slab = null;
        node.start();
        world.beats(12);
        Lineages lineage = java.util.Objects.requireNonNull(node.slab().store().object(object));
        assertThat(history(node, object).projection().counter("n")).isEqualTo(20);
        assertThat(lineage.head).isEqualTo(history(node, object).head());
        int keyframes = lineage.keyframes.size();
        for (int i = 0; i < 40; i++) {
            node.edit(object, new Change.Add("n", 1));
        }
        assertThat(lineage.keyframes.size() - keyframes)
                .as("keyframes of 40 edits")
                .isLessThanOrEqualTo(11);
    }

    @Test
    void skeletonsAreCountedAndNotTakenWithoutEnd() throws Exception {
        world.add(SlabWorld.holding(SlabWorld.SMALL, 20_000));
        mayDrop();
        Node node = world.node(0);
        MemoId object = node.create("Tom");
        MemoId last = object;
        for (int i = 0; i < 300; i++) {
            Memo next = edit(object, i, last);
            tellDropped(node, STRANGER, skeleton(next));
            last = next.id();
        }
        SlabStatus status = node.slab().status();
        assertThat(status.skeletonBytes()).isBetween(19_000L, 20_500L);
        assertThat(status.skeletons()).isBetween(50, 250);
        assertThat(status.traffic().refusedMemos()).isEqualTo(300 - status.skeletons());
        node.crash();
        node.start();
        assertThat(node.slab().status().skeletonBytes()).isEqualTo(status.skeletonBytes());
        assertThat(node.slab().status().skeletons()).isEqualTo(status.skeletons());
    }

    @Test
    void aBeatLooksAtABoundedNumberOfMemosHoweverManyObjectsCannotBeRead() throws Exception {
        world.add(SlabWorld.SMALL);
        mayDrop();
        Node node = world.node(0);
        for (int i = 0; i < 40; i++) {
            Memo begun = new Memo(
                    SlabWorld.TENANT,
                    Kind.CREATE,
                    world.topic,
                    null,
                    List.of(),
                    List.of(),
                    world.edit(new Change.Add("n", 1)).encode());
            List<Message.Skeleton> skeletons = new ArrayList<>(List.of(skeleton(begun)));
            MemoId last = begun.id();
            for (int n = 0; n < 1000; n++) {
                Memo next = edit(begun.id(), n, last);
                skeletons.add(skeleton(next));
                last = next.id();
            }
            tellDropped(node, STRANGER, skeletons.toArray(Message.Skeleton[]::new));
        }
        assertThat(node.slab().status().skeletons()).isEqualTo(40 * 1001);
        long most = 0;
        long all = 0;
        for (int beat = 0; beat < 6; beat++) {
            long before = node.disk.reads();
            world.beats(1);
            most = Math.max(most, node.disk.reads() - before);
            all += node.disk.reads() - before;
        }
        assertThat(all).as("all of them have their turn").isGreaterThan(40_000);
        assertThat(most).as("reads in one beat").isLessThan(Dropping.LOOK_MAX + 1100L);
    }
}
