package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.ports.disk.CorruptionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lives of some slabs under all faults at once: messages late, lost and twice, partitions, crashes that lose what was not forced, lost disks, rot,
 * drifting clocks, small quotas, topics whose history may be dropped. Somebody goes from slab to slab, reads, writes, and must never be shown less than he
 * knows. Then it grows quiet, and everybody must see the same, which is what one sees who has every memo that anybody still knows.
 *
 * <p>{@code -Dthalweg.seed=N} plays one life again, {@code -Dthalweg.seeds=N} more of them.
 */
final class SlabSimulationTest {
    private static final int SEEDS = Integer.getInteger("thalweg.seeds", 1000);

    private static final int READ_SECONDS_MAX = 150;

    /** So small that lives as short as these drop what is old. */
    private static final Pace QUICK = new Pace(10, 5, 3);

    @Test
    void afterAllFaultsEverybodySeesTheSameAndNothingThatWasAnsweredForIsGone() {
        Long only = Long.getLong("thalweg.seed");
        long from = only == null ? 0 : only;
        AtomicLong dropped = new AtomicLong();
        AtomicLong shown = new AtomicLong();
        LongStream.range(from, only == null ? SEEDS : from + 1).parallel().forEach(seed -> {
            try {
                Life life = new Life(seed);
                life.live();
                dropped.addAndGet(life.dropped());
                shown.addAndGet(life.shown);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + " (-Dthalweg.seed=" + seed + " plays it again): " + e.getMessage(), e);
            }
        });
        if (only == null && SEEDS >= 100) {
            assertThat(dropped.get()).as("memos dropped in all lives").isGreaterThan(SEEDS);
            assertThat(shown.get()).as("readings by who goes about").isGreaterThan(SEEDS);
        }
    }

    /** Lives that went wrong once, beyond those that each build plays; they mean something else when slabs say other things. */
    @ParameterizedTest
    @ValueSource(longs = {2841})
    void livesThatWentWrongOnce(long seed) {
        new Life(seed).live();
    }

    @Test
    void theSameSeedGivesTheSameLife() {
        Life one = new Life(5);
        one.live();
        Life other = new Life(5);
        other.live();
        assertThat(other.world.sentBytes).isEqualTo(one.world.sentBytes);
        assertThat(other.world.known()).isEqualTo(one.world.known());
    }

    private static final class Life {
        final SlabWorld world;
        final SplittableRandom random;
        final List<MemoId> objects = new ArrayList<>();
        /** Memos that a slab answered for, by the slab; a lost disk takes its promises with it. */
        final Map<Integer, Set<MemoId>> answered = new HashMap<>();

        final int slabs;
        /** Quotas so small that reading brings back what was let go. */
        final boolean tight;

        /** Whether history may be dropped. */
        final boolean drops;

        /** What one knows who goes from slab to slab, as he carries it, and all that he was shown of objects. */
        String carried = Context.EMPTY.token();

        final Map<MemoId, Set<MemoId>> seen = new HashMap<>();
        long shown;

        Life(long seed) {
            world = new SlabWorld(seed);
            random = new SplittableRandom(seed ^ 0x5eed);
            slabs = random.nextInt(3, 6);
            tight = random.nextInt(3) == 0;
            drops = random.nextBoolean();
            world.pace = drops ? QUICK : Pace.USUAL;
            for (int i = 0; i < slabs; i++) {
                SlabOptions options = SlabWorld.at("global/r" + i % 3, LifetimeClass.VERY_LONG, true);
                world.add(tight ? SlabWorld.holding(options, random.nextInt(4000, 12_000)) : options);
                world.node(i).drift = 1 + (random.nextDouble() - 0.5) / 50;
            }
        }

        void live() {
            world.delayNsMax = random.nextLong(1, 5) * SlabWorld.SECOND;
            world.loss = random.nextDouble() * 0.3;
            world.twice = random.nextDouble() * 0.3;
            if (drops) {
                say(SlabDroppingTest.dropping(true, random.nextBoolean() ? 4 : 6));
            }
            world.beats(2);
            for (int i = 0; i < 60; i++) {
                act();
                world.seconds(random.nextInt(4));
                promise();
            }
            world.quiet();
            check();
        }

        /** Says something about the topic. */
        private void say(TopicModel model) {
            try {
                var _ = world.node(0).objects().topic(SlabWorld.TENANT, "cats", model, new UUID(1, random.nextLong()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        long dropped() {
            return world.nodes.stream()
                    .mapToLong(node -> node.slab().status().traffic().droppedMemos())
                    .sum();
        }

        private SlabWorld.Node someone() {
            return world.node(random.nextInt(slabs));
        }

        private void act() {
            SlabWorld.Node node = someone();
            switch (random.nextInt(28)) {
                case 0 -> node.crash();
                case 1, 2 ->
                    world.nodes.stream().filter(each -> each.slab == null).forEach(SlabWorld.Node::start);
                case 3 -> {
                    int left = random.nextInt(1, slabs);
                    world.cut = (from, to) -> (from < left) != (to < left);
                }
                case 4, 5 -> world.cut = (_, _) -> false;
                case 6 -> {
                    world.quiet();
                    // Whoever is full takes no copies: a disk is lost only when others have what was answered for.
                    if (node.slab().store().all().stream().allMatch(memo -> !memo.held || sound(memo.id) > 1)) {
                        node.loseDisk();
                        node.start();
                    }
                }
                case 7 -> rot(node);
                case 8, 9, 10, 11 -> visit(node);
                default -> write(node);
            }
        }

        /** Who goes about comes by, and is shown an object if what he knows is here; sometimes he changes it. */
        private void visit(SlabWorld.Node node) {
            if (node.slab == null || objects.isEmpty()) {
                return;
            }
            MemoId object = objects.get(random.nextInt(objects.size()));
            Context knows = Context.parse(carried);
            if (!node.objects().missing(object, knows).isEmpty() || node.bytes(object) == null) {
                return;
            }
            Set<MemoId> before = seen.computeIfAbsent(object, _ -> new HashSet<>());
            for (MemoId memo : before) {
                assertThat(node.slab().store().find(memo))
                        .as("memo %s, which was shown elsewhere, on slab %d", memo.brief(), node.index)
                        .isNotNull();
            }
            if (random.nextBoolean()) {
                before.add(node.edit(object, new Change.Add("lives", -1)));
            }
            if (node.objects().find(object) instanceof Objects.Found.Here here) {
                Head head = here.history().head();
                before.addAll(head.memos());
                try {
                    Context now = node.objects().learned(SlabWorld.TENANT, knows, Map.of(object, head));
                    // Nobody is shown what a crash could take back.
                    node.slab().flush();
                    carried = now.token();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                assertThat(carried.length()).as("characters of a token").isLessThan(1600);
                shown++;
            }
        }

        private void write(SlabWorld.Node node) {
            if (node.slab == null) {
                return;
            }
            if (objects.isEmpty() || random.nextInt(4) == 0) {
                objects.add(node.create("cat " + objects.size()));
                return;
            }
            MemoId object = objects.get(random.nextInt(objects.size()));
            if (node.bytes(object) != null) {
                Change change = switch (random.nextInt(16)) {
                    case 0 -> new Change.Delete();
                    case 1 -> new Change.UnsetAll("colour");
                    case 2 -> new Change.Remove("friends", new Value.Whole(random.nextInt(9)));
                    case 3, 4, 5, 6 -> new Change.SetLast("name", new Value.Text("n" + random.nextInt(9)));
                    case 7, 8, 9 -> new Change.SetAll("colour", new Value.Whole(random.nextInt(9)));
                    case 10, 11, 12 -> new Change.Add("lives", 1);
                    default -> new Change.Insert("friends", new Value.Whole(random.nextInt(9)));
                };
                node.edit(object, change);
            }
        }

        private void rot(SlabWorld.Node node) {
            if (node.slab == null) {
                return;
            }
            List<StoredMemo> held = node.slab.store().all().stream()
                    .filter(memo -> memo.held && sound(memo.id) > 1)
                    .toList();
            if (!held.isEmpty()) {
                StoredMemo memo = held.get(random.nextInt(held.size()));
                Path file = memo.pack.path();
                byte[] bytes = node.disk.bytes(file);
                int at = (int) memo.offset + 60 + random.nextInt(memo.length - 60);
                if (at < bytes.length) {
                    bytes[at] ^= 4;
                    try (var target = node.disk.open(file)) {
                        target.write(0, ByteBuffer.wrap(bytes));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }

        /** How many slabs hold a memo that they can read, among those that are up. */
        private int sound(MemoId memo) {
            int sound = 0;
            for (SlabWorld.Node node : world.nodes) {
                StoredMemo stored = node.slab == null ? null : node.slab.store().find(memo);
                try {
                    if (stored != null && stored.held) {
                        node.slab().store().read(stored);
                        sound++;
                    }
                } catch (CorruptionException | IOException e) {
                    sound += 0;
                }
            }
            return sound;
        }

        /** What a slab holds after a flush it has answered for. */
        private void promise() {
            for (SlabWorld.Node node : world.nodes) {
                // What was written since the last flush nobody was answered for.
                if (node.slab != null && !node.slab.store().isDirty()) {
                    Set<MemoId> promised = answered.computeIfAbsent(node.index, _ -> new HashSet<>());
                    // Keyframes nobody asked for; that they stand for what was dropped shows when objects are read.
                    node.slab.store().all().stream()
                            .filter(memo -> memo.held && memo.kind != Kind.KEYFRAME)
                            .forEach(memo -> promised.add(memo.id));
                }
            }
        }

        private void check() {
            Set<MemoId> promised = new HashSet<>();
            answered.values().forEach(promised::addAll);
            for (MemoId memo : promised) {
                assertThat(world.copies(memo) > 0 || isDropped(memo))
                        .as("memo %s, which was answered for, is held or was dropped", memo.brief())
                        .isTrue();
            }
            for (MemoId object : objects) {
                byte[] expected = null;
                for (SlabWorld.Node node : world.nodes) {
                    byte[] bytes = read(node, object);
                    if (bytes == null && !promised.contains(object)) {
                        continue;
                    }
                    expected = expected == null ? world.expected(memos(object)) : expected;
                    assertThat(Arrays.equals(expected, bytes))
                            .as(
                                    "object %s on slab %d is what all its memos make%n%s",
                                    object.brief(), node.index, describe(object))
                            .isTrue();
                }
            }
            world.nodes.forEach(this::checkOrder);
            for (SlabWorld.Node node : world.nodes) {
                Context knows = Context.parse(carried);
                for (int i = 0;
                        i < READ_SECONDS_MAX && !node.objects().missing(knows).isEmpty();
                        i++) {
                    world.seconds(1);
                }
                assertThat(node.objects().missing(knows))
                        .as("what slab %d lacks of what was shown", node.index)
                        .isEmpty();
            }
            if (tight) {
                return;
            }
            // Copies are made until targets are met; and reading makes keyframes, which are copied where history is
            // dropped.
            world.beats(20);
            for (SlabWorld.Node node : world.nodes) {
                // What others let go of for good gets no copies; the newest of an object stay here nevertheless.
                assertThat(node.slab().store().all().stream()
                                .filter(memo ->
                                        memo.held && !node.slab().upkeep().isMet(memo) && !isDropped(memo.id)))
                        .as("memos below their target on slab %d", node.index)
                        .isEmpty();
            }
            long before = memosReceived();
            world.beats(5);
            assertThat(memosReceived()).as("memos sent though nothing changed").isEqualTo(before);
        }

        /** The memos of an object that anybody knows. */
        private Set<MemoId> memos(MemoId object) {
            Set<MemoId> memos = new HashSet<>();
            for (SlabWorld.Node node : world.nodes) {
                memos.addAll(node.objects().history(object));
            }
            return memos;
        }

        private boolean isDropped(MemoId memo) {
            return world.nodes.stream()
                    .map(node -> node.slab().store().find(memo))
                    .anyMatch(stored -> stored != null && stored.dropped);
        }

        /** Nothing is known before what it follows, nobody waits any more, and nothing is larger than it may be. */
        private void checkOrder(SlabWorld.Node node) {
            try {
                for (StoredMemo stored : node.slab().store().all()) {
                    Memo memo = node.slab().store().known(stored);
                    for (MemoId precursor : memo == null ? List.<MemoId>of() : memo.precursors()) {
                        assertThat(node.slab().store().find(precursor))
                                .as("%s on slab %d follows", memo, node.index)
                                .isNotNull();
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(node.slab().waiting().size())
                    .as("memos that wait on slab %d", node.index)
                    .isZero();
            for (Peer peer : node.slab().peers()) {
                assertThat(peer.queue.size()).isLessThanOrEqualTo(Peer.QUEUE_MAX);
            }
        }

        /** Who was cut off for long from keyframes reads without what they stand for, until he is told of them again. */
        private byte @Nullable [] read(SlabWorld.Node node, MemoId object) {
            for (int i = 0; i < READ_SECONDS_MAX; i++) {
                byte[] bytes = node.bytes(object);
                if (bytes != null && node.slab().lineages().leftOut(object).isEmpty()) {
                    return bytes;
                }
                world.seconds(1);
            }
            return node.bytes(object);
        }

        private String describe(MemoId object) {
            StringBuilder text = new StringBuilder();
            for (SlabWorld.Node node : world.nodes) {
                Lineages lineage = node.slab().store().object(object);
                text.append(node.index)
                        .append(" of ")
                        .append(node.slab().store().arrivals())
                        .append(": ");
                text.append(lineage == null ? "unknown" : lineage.memos + " without " + lineage.gaps);
                for (Peer peer : node.slab().peers()) {
                    text.append("%n  %s: read to %d, differs since %d, page %s"
                            .formatted(
                                    peer.id,
                                    peer.cursor,
                                    peer.differing,
                                    peer.page == null ? "none" : peer.page.outstanding));
                }
                text.append("%n  waiting %d, asked %d%n"
                        .formatted(
                                node.slab().waiting().size(),
                                node.slab().requests().size()));
            }
            return text.toString();
        }

        private long memosReceived() {
            return world.nodes.stream()
                    .mapToLong(node -> node.slab().status().traffic().memosReceived())
                    .sum();
        }
    }
}
