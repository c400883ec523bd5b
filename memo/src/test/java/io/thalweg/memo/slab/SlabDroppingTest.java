package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.slab.SlabWorld.Node;
import java.io.IOException;
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
        return new TopicModel(
                Map.of(
                        "name", new TopicModel.Field(TopicModel.Type.TEXT, TopicModel.Merge.LAST, false),
                        "n", new TopicModel.Field(TopicModel.Type.INTEGER, TopicModel.Merge.COUNTER, false)),
                Map.of(),
                new TopicModel.Policy(OptionalDouble.of(6), drops, "", "", Set.of(), Set.of()));
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
