package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.object.Change;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Lives of some slabs under all faults at once: messages late, lost and twice, partitions, crashes that lose what was not forced, lost disks, rot,
 * drifting clocks, small quotas. Then it grows quiet, and everybody must see the same.
 *
 * <p>{@code -Dthalweg.seed=N} plays one life again, {@code -Dthalweg.seeds=N} more of them.
 */
final class SlabSimulationTest {
    private static final int SEEDS = Integer.getInteger("thalweg.seeds", 50);

    @Test
    void afterAllFaultsEverybodySeesTheSameAndNothingThatWasAnsweredForIsGone() {
        Long only = Long.getLong("thalweg.seed");
        long from = only == null ? 0 : only;
        for (long seed = from; seed < (only == null ? SEEDS : from + 1); seed++) {
            try {
                new Life(seed).live();
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + seed + " (-Dthalweg.seed=" + seed + " plays it again): " + e.getMessage(), e);
            }
        }
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

        Life(long seed) {
            world = new SlabWorld(seed);
            random = new SplittableRandom(seed ^ 0x5eed);
            slabs = random.nextInt(3, 6);
            tight = random.nextInt(3) == 0;
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
            world.beats(2);
            for (int i = 0; i < 60; i++) {
                act();
                world.seconds(random.nextInt(4));
                promise();
            }
            world.quiet();
            check();
        }

        private SlabWorld.Node someone() {
            return world.node(random.nextInt(slabs));
        }

        private void act() {
            SlabWorld.Node node = someone();
            switch (random.nextInt(24)) {
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
                default -> write(node);
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
                Change change = switch (random.nextInt(4)) {
                    case 0 -> new Change.SetLast("name", new Value.Text("n" + random.nextInt(9)));
                    case 1 -> new Change.SetAll("colour", new Value.Whole(random.nextInt(9)));
                    case 2 -> new Change.Add("lives", 1);
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
                    node.slab.store().all().stream().filter(memo -> memo.held).forEach(memo -> promised.add(memo.id));
                }
            }
        }

        private void check() {
            Set<MemoId> promised = new HashSet<>();
            answered.values().forEach(promised::addAll);
            for (MemoId memo : promised) {
                assertThat(world.copies(memo))
                        .as("copies of memo %s", memo.brief())
                        .isPositive();
            }
            for (MemoId object : objects) {
                byte[] first = null;
                for (SlabWorld.Node node : world.nodes) {
                    byte[] bytes = read(node, object);
                    if (bytes == null && !promised.contains(object)) {
                        continue;
                    }
                    first = first == null ? bytes : first;
                    assertThat(Arrays.equals(first, bytes))
                            .as(
                                    "object %s on slab %d is as on the others%n%s",
                                    object.brief(), node.index, describe(object))
                            .isTrue();
                }
            }
            if (tight) {
                return;
            }
            long before = memosReceived();
            world.beats(5);
            assertThat(memosReceived()).as("memos sent though nothing changed").isEqualTo(before);
        }

        private byte @Nullable [] read(SlabWorld.Node node, MemoId object) {
            for (int i = 0; i < 30; i++) {
                byte[] bytes = node.bytes(object);
                if (bytes != null) {
                    return bytes;
                }
                world.seconds(1);
            }
            return node.bytes(object);
        }

        private String describe(MemoId object) {
            StringBuilder text = new StringBuilder();
            for (SlabWorld.Node node : world.nodes) {
                MemoStore.Lineages lineage = node.slab().store().object(object);
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
