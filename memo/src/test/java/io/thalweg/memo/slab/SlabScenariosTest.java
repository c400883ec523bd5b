package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Head;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.object.Value;
import io.thalweg.ports.disk.MemoryDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the tests of the system that memos come from, and of its successor, showed or meant to show: sixteen scenarios. */
final class SlabScenariosTest {
    private final SlabWorld world = new SlabWorld(3);

    private static Change name(String name) {
        return new Change.SetLast("name", new Value.Text(name));
    }

    private Head head(int node, MemoId object) {
        return ((Objects.Found.Here) world.node(node).objects().find(object))
                .history()
                .head();
    }

    private Context learned(int node, Context before, MemoId object) {
        try {
            return world.node(node).objects().learned(SlabWorld.TENANT, before, Map.of(object, head(node, object)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void scenario01BasicEventual() {
        world.slabs(3, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        assertThat(world.node(1).objects().find(object)).isEqualTo(new Objects.Found.Unknown());
        assertThat(world.node(2).objects().find(object)).isEqualTo(new Objects.Found.Unknown());
        world.beats(1);
        assertThat(world.node(1).name(object)).isEqualTo("Lion");
        world.node(1).edit(object, name("Tiger"));
        assertThat(world.node(0).name(object)).isEqualTo("Lion");
        world.beats(1);
        assertThat(world.node(0).name(object)).isEqualTo("Tiger");
        assertThat(world.node(2).name(object)).isEqualTo("Tiger");
    }

    @Test
    void scenario02EventualInDetail() {
        world.slabs(3, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(1);
        world.node(1).edit(object, name("Tiger"));
        world.beats(1);
        assertThat(learned(0, Context.EMPTY, object)).isEqualTo(learned(1, Context.EMPTY, object));
        List<Memo> seen = new ArrayList<>();
        world.node(2).slab().onArrival(seen::add);
        world.node(1).edit(object, name("Puma"));
        world.beats(1);
        assertThat(seen).as("the observer on C").hasSize(1);
    }

    @Test
    void scenario03RecordRetrieval() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId lion = world.node(0).create("Lion");
        world.node(0).create("Tiger");
        world.beats(1);
        assertThat(world.node(1).objects().objects(world.topic).stream()
                        .filter(object -> "Lion".equals(world.node(1).name(object))))
                .containsExactly(lion);
    }

    @Test
    void scenario04RemoteTraversal() {
        SlabWorld.Node a = world.add(SlabWorld.holding(SlabWorld.SMALL, 1));
        world.slabs(3, options -> options);
        world.beats(2);
        MemoId object = a.create("Lion");
        a.edit(object, name("Tiger"));
        MemoId last = a.edit(object, name("Puma"));
        world.beats(12);
        assertThat(a.slab().status().heldMemos()).as("memos still held by A").isZero();
        a.crash();
        a.start();
        assertThat(a.name(object)).as("nothing of it is here").isNull();
        world.seconds(3);
        assertThat(a.name(object)).isEqualTo("Puma");
        assertThat(world.copies(last)).isGreaterThanOrEqualTo(3);
    }

    @Test
    void scenario05Init() {
        world.slabs(3, options -> options);
        world.beats(2);
        for (SlabWorld.Node node : world.nodes) {
            assertThat(node.slab().status().peers()).hasSize(2).allMatch(peer -> peer.silentSeconds() < 15);
        }
        world.node(2).slab = null;
        world.beats(5);
        assertThat(world.node(0).slab().status().peers().stream().filter(peer -> peer.silentSeconds() > 40))
                .hasSize(1);
    }

    @Test
    void scenario06AvoidUnnecessaryChatter() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(1);
        world.node(1).edit(object, name("Tiger"));
        world.beats(5);
        for (SlabWorld.Node node : world.nodes) {
            assertThat(node.slab().status().traffic().redundantMemos()).isZero();
            assertThat(node.slab().status().traffic().memosReceived()).isEqualTo(1);
        }
    }

    @Test
    void scenario07JoinBySeed() {
        world.slabs(3, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(2);
        // Knows one of them; learns of the others from it.
        SlabWorld.Node newcomer = world.add(SlabWorld.SMALL);
        newcomer.slab = null;
        world.nodes.remove(newcomer);
        List<SlabWorld.Node> others = List.copyOf(world.nodes);
        world.nodes.removeAll(others.subList(1, 3));
        world.nodes.add(newcomer);
        newcomer.disk = new MemoryDisk();
        newcomer.start();
        world.nodes.clear();
        world.nodes.addAll(others);
        world.nodes.add(newcomer);
        world.beats(4);
        assertThat(newcomer.slab().status().peers()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(newcomer.name(object)).isEqualTo("Lion");
    }

    @Test
    void scenario08TopologicalOrder() {
        world.slabs(3, options -> options);
        world.delayNsMax = 5 * SlabWorld.SECOND;
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(2);
        for (int i = 0; i < 40; i++) {
            world.node(i % 3).edit(object, name("Lion " + i));
            world.seconds(1);
        }
        world.quiet();
        for (SlabWorld.Node node : world.nodes) {
            Set<MemoId> told = new HashSet<>();
            for (MemoId memo : node.objects().history(object).reversed()) {
                assertThat(told).containsAll(SlabWorld.read(node, memo).precursors());
                told.add(memo);
            }
            assertThat(told).hasSize(41);
        }
    }

    @Test
    void scenario09ContextCompaction() {
        world.slabs(2, options -> options);
        world.beats(2);
        Context context = Context.EMPTY;
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            MemoId object = world.node(0).create("cat " + i);
            objects.add(object);
            context = learned(0, context, object);
            assertThat(context.token().length()).isLessThan(1600);
        }
        world.beats(1);
        MemoId newest = world.node(0).edit(objects.getFirst(), name("new"));
        context = learned(0, context, objects.getFirst());
        assertThat(world.node(1).objects().missing(objects.getFirst(), context)).contains(newest);
        assertThat(world.node(1).objects().missing(objects.get(50), context)).isEmpty();
        world.beats(1);
        assertThat(world.node(1).objects().missing(objects.getFirst(), context)).isEmpty();
        assertThat(world.node(1).name(objects.getFirst())).isEqualTo("new");
    }

    @Test
    void scenario10IndexConstruction() {
        world.slabs(2, options -> options);
        world.beats(2);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            objects.add(world.node(0).create("cat " + i));
        }
        world.beats(2);
        for (int i = 0; i < 500; i++) {
            assertThat(world.node(1).name(objects.get(i))).isEqualTo("cat " + i);
        }
        assertThat(world.node(1).objects().objects(world.topic)).containsExactlyInAnyOrderElementsOf(objects);
    }

    @Test
    void scenario11BasicCausal() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(1);
        world.cut = (_, _) -> true;
        MemoId newest = world.node(0).edit(object, name("Tiger"));
        Context context = learned(0, Context.EMPTY, object);
        for (int i = 0; i < 20; i++) {
            assertThat(world.node(1).objects().missing(object, Context.parse(context.token())))
                    .as("unknown, never stale")
                    .containsExactly(newest);
            world.seconds(1);
        }
    }

    @Test
    void scenario12IntermediateCausal() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Lion");
        world.beats(1);
        world.cut = (_, _) -> true;
        world.node(0).edit(object, name("Tiger"));
        world.node(0).edit(object, name("Puma"));
        Context context = learned(0, Context.EMPTY, object);
        world.seconds(20);
        world.cut = (_, _) -> false;
        int waited = 0;
        while (!world.node(1).objects().missing(object, context).isEmpty()) {
            world.seconds(1);
            assertThat(++waited).as("seconds until the dependency came").isLessThan(120);
        }
        assertThat(world.node(1).name(object)).isEqualTo("Puma");
    }

    @Test
    void scenario13DisappearingMessages() {
        world.slabs(3, options -> options);
        world.beats(4);
        world.loss = 0.4;
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            objects.add(world.node(i % 3).create("cat " + i));
        }
        int beats = 0;
        while (objects.stream().anyMatch(object -> world.copies(object) < 3)) {
            world.beats(1);
            assertThat(++beats).as("beats until all was everywhere").isLessThan(500);
        }
        while (objects.stream()
                .anyMatch(object -> world.node(0).slab().durability(object).nines() < 6)) {
            world.beats(1);
            assertThat(++beats).as("beats until all is known to be durable").isLessThan(1000);
        }
    }

    @Test
    void scenario14EvictionEnsuresCopiesOnOthersFirst() {
        for (int i = 0; i < 4; i++) {
            world.add(SlabWorld.holding(SlabWorld.at("global/r" + i, LifetimeClass.VERY_LONG, true), 4000));
        }
        world.loss = 0.2;
        world.beats(2);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            objects.add(world.node(i % 4).create("cat " + i));
            world.seconds(3);
            for (MemoId object : objects) {
                assertThat(world.copies(object)).isPositive();
            }
        }
        world.beats(20);
        for (MemoId object : objects) {
            assertThat(world.copies(object)).isPositive();
        }
        assertThat(world.nodes.stream()
                        .mapToLong(node -> node.slab().status().traffic().evictedMemos())
                        .sum())
                .isPositive();
    }

    @Test
    void scenario15ChurnByLifetimeClass() {
        for (int i = 0; i < 4; i++) {
            world.add(SlabWorld.at("global/r" + i, LifetimeClass.VERY_LONG, true));
        }
        for (int i = 0; i < 8; i++) {
            world.add(SlabWorld.at("global/w" + i, LifetimeClass.EPHEMERAL, true));
        }
        world.loss = 0.05;
        world.beats(2);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            SlabWorld.Node worker = world.node(4 + world.random.nextInt(8));
            if (worker.slab == null) {
                worker.loseDisk();
                worker.start();
            }
            world.seconds(12);
            MemoId object = worker.create("work " + i);
            objects.add(object);
            // A worker goes when what it made is as durable as it should be.
            for (int waited = 0; worker.slab().durability(object).nines() < 6; waited++) {
                assertThat(waited).isLessThan(100);
                world.seconds(5);
            }
            worker.slab = null;
            worker.objects = null;
        }
        world.nodes.subList(4, 12).forEach(SlabWorld.Node::loseDisk);
        assertThat(objects).allMatch(object -> world.copies(object) >= 2);
    }

    @Test
    void scenario16IdentitySurvivesReopen() {
        world.slabs(2, options -> options);
        world.beats(2);
        UUID id = world.node(0).id;
        MemoId object = world.node(0).create("Lion");
        world.beats(1);
        world.node(0).crash();
        world.node(0).start();
        assertThat(world.node(0).id).isEqualTo(id);
        assertThat(world.node(0).slab().status().starts()).isEqualTo(2);
        assertThat(world.node(0).name(object)).isEqualTo("Lion");
        world.node(0).loseDisk();
        world.node(0).start();
        assertThat(world.node(0).id).as("a lost disk makes somebody else").isNotEqualTo(id);
        world.beats(5);
        assertThat(world.node(0).name(object)).isEqualTo("Lion");
    }

    @Test
    void whatAReadCostsDoesNotGrowWithHistory() {
        world.slabs(1, options -> options);
        for (int edits : List.of(10, 1000, 5000)) {
            MemoId object = world.node(0).create("Lion");
            for (int i = 0; i < edits; i++) {
                world.node(0).edit(object, name("Lion " + i));
            }
            world.step();
            world.node(0).crash();
            world.node(0).start();
            assertThat(((Objects.Found.Here) world.node(0).objects().find(object))
                            .history()
                            .length())
                    .as("memos read behind a keyframe, of %d", edits)
                    .isLessThanOrEqualTo(Pace.USUAL.memos());
            assertThat(world.node(0).name(object)).isEqualTo("Lion " + (edits - 1));
        }
        // Large objects are not written anew every few memos.
        MemoId large = world.node(0).create("Lion");
        for (int i = 0; i < 2000; i++) {
            world.node(0).edit(large, new Change.Insert("friends", new Value.Text("a friend with the number " + i)));
        }
        Lineages lineage =
                java.util.Objects.requireNonNull(world.node(0).slab().store().object(large));
        assertThat(lineage.keyframes).isNotEmpty();
        assertThat(lineage.keyframes.stream().mapToLong(memo -> memo.length).sum())
                .as("bytes of keyframes")
                .isLessThan(2
                        * lineage.memos.stream().mapToLong(memo -> memo.length).sum());
    }

    @Test
    void whatWasPassedOverInAListIsReadThoughItsPeerIsBusy() {
        world.slabs(3, options -> options);
        world.cut = (from, to) -> from + to == 3; // the last two know only the first
        world.beats(3);
        SlabWorld.Node first = world.node(0);
        SlabWorld.Node last = world.node(2);
        last.crash();
        List<MemoId> missed = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            missed.add(first.create("a cat with the number " + i));
            if (i % 100 == 0) {
                world.seconds(5);
            }
        }
        world.beats(8);
        world.delayNsMax = 3 * SlabWorld.SECOND;
        last.start();
        Peer peer = java.util.Objects.requireNonNull(last.slab().find(first.id));
        while (peer.cursor == 0) {
            // What it is about to fetch does not come.
            boolean fetches = peer.page != null && !peer.page.outstanding.isEmpty();
            world.cut = (from, to) -> from + to == 3 || (fetches && from == 0 && to == 2);
            world.step();
        }
        world.cut = (from, to) -> from + to == 3;
        assertThat(missed).anyMatch(memo -> !last.slab().store().holds(memo));
        for (int i = 0; i < 400; i++) {
            first.create("another cat with the number " + i);
            world.step();
        }
        assertThat(missed).allMatch(memo -> last.slab().store().holds(memo));
    }

    @Test
    void whoWasAwayReadsOfOthersListsOnlyWhatCameMeanwhile() {
        world.slabs(2, options -> options);
        world.beats(2);
        for (int i = 0; i < 3000; i++) {
            world.node(i % 2).create("a cat with the number " + i);
            if (i % 100 == 0) {
                world.seconds(5);
            }
        }
        world.quiet();
        world.beats(8);
        world.node(1).crash();
        List<MemoId> missed = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            missed.add(world.node(0).create("a cat that was born meanwhile, with the number " + i));
        }
        world.beats(2);
        world.node(1).start();
        Peer other = world.node(1).slab().peers().iterator().next();
        while (!other.placed) {
            world.step();
        }
        assertThat(other.cursor).as("from where on its list is read").isGreaterThan(3000);
        world.beats(6);
        assertThat(missed).allMatch(memo -> world.node(1).slab().store().holds(memo));
        // Where something rotted meanwhile nothing is taken for granted.
        world.beats(8);
        StoredMemo victim =
                java.util.Objects.requireNonNull(world.node(1).slab().store().find(missed.getFirst()));
        byte[] rotten = world.node(1).disk.bytes(victim.pack.path());
        rotten[(int) victim.offset + victim.length - 1] ^= 1;
        world.node(1).disk.put(victim.pack.path(), rotten);
        world.node(1).crash();
        world.node(1).start();
        assertThat(world.node(1).slab().store().holds(missed.getFirst())).isFalse();
        world.beats(8);
        assertThat(world.node(1).slab().store().holds(missed.getFirst())).isTrue();
    }

    @Test
    void aLateJoinerCatchesUpAtTheCostOfWhatItMisses() {
        world.slabs(3, options -> options);
        world.beats(2);
        for (int i = 0; i < 1500; i++) {
            world.node(i % 3).create("a cat with a name that is as long as such names are, and a number " + i);
            if (i % 100 == 0) {
                world.seconds(5);
            }
        }
        world.quiet();
        long before = world.sentBytes;
        SlabWorld.Node late = world.add(SlabWorld.SMALL);
        world.beats(6);
        assertThat(late.slab().status().heldMemos()).isEqualTo(1500);
        long cost = world.sentBytes - before;
        long missed = late.slab().store().all().stream()
                .mapToLong(memo -> memo.length)
                .sum();
        assertThat((double) cost / missed).as("bytes sent for a byte missed").isLessThan(1.4);
        assertThat(late.slab().status().traffic().redundantMemos()).isZero();
    }

    @Test
    void aSlabThatWasCutOffCatchesUpAtTheCostOfWhatItMissed() {
        world.slabs(2, options -> options);
        world.beats(2);
        world.node(0).create("a cat that both have");
        world.quiet();
        SlabWorld.Node writer = world.node(0);
        long known = writer.slab().status().heldBytes();
        long before = world.sentBytes;
        world.cut = (_, _) -> true;
        for (int i = 0; i < 1500; i++) {
            writer.create("a cat with a name that is as long as such names are, and a number " + i);
            if (i % 50 == 0) {
                world.seconds(1);
            }
        }
        world.beats(20);
        long missed = writer.slab().status().heldBytes() - known;
        assertThat((double) (world.sentBytes - before) / missed)
                .as("bytes sent to who does not hear, for a byte missed")
                .isLessThan(0.2);
        world.quiet();
        assertThat(world.node(1).slab().status().heldMemos()).isEqualTo(1501);
        assertThat((double) (world.sentBytes - before) / missed)
                .as("bytes sent for a byte missed, in all")
                .isLessThan(1.6);
    }

    @Test
    void whatWaitsForAPeerWithoutAWayIsNotReadAgainWithEachFlush() throws IOException {
        world.slabs(2, options -> options);
        world.beats(2);
        SlabWorld.Node writer = world.node(0);
        world.wayless = true;
        for (int i = 0; i < 300; i++) {
            writer.create("cat " + i);
        }
        long before = writer.disk.reads();
        for (int i = 0; i < 100; i++) {
            writer.slab().flush();
        }
        assertThat(writer.disk.reads() - before).as("reads of the disk").isLessThan(1000);
        world.wayless = false;
        world.quiet();
        assertThat(world.node(1).slab().status().heldMemos()).isEqualTo(300);
    }
}
