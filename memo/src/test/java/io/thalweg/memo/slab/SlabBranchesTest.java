package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Ancestry;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.memo.slab.SlabWorld.Node;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Objects of more branches than one memo can follow: none is refused, so that what one slab answered for can be taken by all. */
final class SlabBranchesTest {
    private final SlabWorld world = new SlabWorld(23);
    private final Set<MemoId> answered = new HashSet<>();

    private void slabs(int count) {
        for (int i = 0; i < count; i++) {
            world.add(SlabWorld.at("global/r" + world.nodes.size(), LifetimeClass.VERY_LONG, true));
        }
        world.beats(3);
    }

    private Memo branch(MemoId object, int number, MemoId after) {
        return new Memo(
                SlabWorld.TENANT,
                Kind.EDIT,
                world.topic,
                object,
                List.of(after),
                List.of(),
                world.edit(new Change.Add("n", 1), new Change.Insert("seen", new Value.Whole(number % 5)))
                        .encode());
    }

    private void flood(Node node, MemoId object, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Memo memo = branch(object, i, object);
            assertThat(node.slab().write(memo, null)).isTrue();
            answered.add(memo.id());
        }
        node.slab().flush();
    }

    private static int branches(Node node, MemoId object) {
        return java.util.Objects.requireNonNull(node.slab().store().object(object))
                .head
                .memos()
                .size();
    }

    private static Projection projection(Node node, MemoId object) {
        assertThat(node.objects().find(object)).isInstanceOf(Objects.Found.Here.class);
        return ((Objects.Found.Here) node.objects().find(object)).history().projection();
    }

    private void allHaveAll(MemoId object) {
        for (Node node : world.nodes) {
            assertThat(answered.stream().filter(memo -> node.slab().store().holds(memo)))
                    .as("what was answered for, on slab %d", node.index)
                    .hasSameSizeAs(answered);
            assertThat(branches(node, object)).isLessThanOrEqualTo(Branches.MAX);
            assertThat(node.slab().store().digests())
                    .isEqualTo(world.node(0).slab().store().digests());
        }
    }

    @Test
    void aFloodOfBranchesOnOneSlabReachesAllAndTheObjectIsReadAndEdited() throws Exception {
        slabs(2);
        MemoId object = world.node(1).create("Tom");
        world.beats(2);
        flood(world.node(1), object, Branches.MAX + 500);
        world.beats(20);
        allHaveAll(object);
        for (Node node : world.nodes) {
            assertThat(projection(node, object).counter("n")).isEqualTo(answered.size());
        }
        world.node(0).edit(object, new Change.SetLast("name", new Value.Text("Thomas")));
        world.beats(6);
        assertThat(world.node(1).name(object)).isEqualTo("Thomas");
        assertThat(branches(world.node(1), object)).isOne();
    }

    @Test
    void twoSidesThatAreBothFullOfBranchesBecomeOneAndLosingOneLosesNothing() throws Exception {
        slabs(3);
        MemoId object = world.node(0).create("Tom");
        world.beats(3);
        world.cut = (_, _) -> true;
        flood(world.node(0), object, Branches.MAX);
        flood(world.node(1), object, Branches.MAX);
        assertThat(branches(world.node(0), object)).isEqualTo(Branches.MAX);
        assertThat(branches(world.node(1), object)).isEqualTo(Branches.MAX);
        answered.add(world.node(0).edit(object, new Change.SetLast("name", new Value.Text("Thomas"))));
        world.cut = (_, _) -> false;
        world.beats(30);
        allHaveAll(object);
        world.node(0).loseDisk();
        world.node(1).loseDisk();
        world.node(0).start();
        world.node(1).start();
        world.beats(30);
        allHaveAll(object);
        byte[] first = projection(world.node(0), object).encode();
        for (Node node : world.nodes) {
            assertThat(projection(node, object).encode()).isEqualTo(first);
            assertThat(projection(node, object).counter("n")).isEqualTo(2L * Branches.MAX);
            assertThat(node.name(object)).isEqualTo("Thomas");
        }
        long sent = world.nodes.stream()
                .mapToLong(node -> node.slab().status().traffic().memosSent())
                .sum();
        world.beats(10);
        assertThat(world.nodes.stream()
                        .mapToLong(node -> node.slab().status().traffic().memosSent())
                        .sum())
                .as("nothing is sent when nothing changes")
                .isEqualTo(sent);
    }

    @Test
    void branchesThatWaitedForAnotherAreJoinedToo() throws Exception {
        slabs(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        Node node = world.node(1);
        Memo first = branch(object, 0, object);
        for (int i = 1; i <= Branches.MAX + 100; i++) {
            tell(node, branch(object, i, first.id()));
        }
        assertThat(node.slab().waiting().size()).isEqualTo(Branches.MAX + 100);
        tell(node, first);
        assertThat(node.slab().waiting().size()).isZero();
        assertThat(branches(node, object)).isLessThanOrEqualTo(Branches.MAX);
        assertThat(projection(node, object).counter("n")).isEqualTo(Branches.MAX + 101);
    }

    @Test
    void moreThanCanBeReadAreKeptAndHandedOnAndStopNobody() throws Exception {
        slabs(1);
        var _ = world.node(0)
                .objects()
                .topic(SlabWorld.TENANT, "cats", SlabDroppingTest.dropping(true, 6), new UUID(1, 1));
        MemoId object = world.node(0).create("Tom");
        MemoId other = world.node(0).create("Kitty");
        flood(world.node(0), object, Ancestry.CHAINS_MAX + 100);
        assertThat(world.node(0).objects().find(object)).isInstanceOf(Objects.Found.Unreadable.class);
        slabs(1);
        world.beats(30);
        allHaveAll(object);
        Node late = world.node(1);
        assertThat(late.objects().find(object)).isInstanceOf(Objects.Found.Unreadable.class);
        assertThat(late.name(other)).isEqualTo("Kitty");
        long refused = late.slab().status().traffic().refusedMemos();
        tell(
                late,
                new Memo(
                        SlabWorld.TENANT,
                        Kind.KEYFRAME,
                        world.topic,
                        object,
                        java.util.Objects.requireNonNull(late.slab().store().object(object))
                                .head
                                .memos(),
                        List.of(),
                        new Projection().encode()));
        assertThat(late.slab().status().traffic().refusedMemos())
                .as("a keyframe that nobody can compute again")
                .isEqualTo(refused + 1);
    }

    private void tell(Node to, Memo memo) throws IOException {
        to.slab()
                .receive(
                        world.node(0).id,
                        MessageCodec.encode(
                                new Message.Memos(List.of(new Message.Sent(MemoCodec.encode(memo), null)))));
        to.slab().flush();
    }
}
