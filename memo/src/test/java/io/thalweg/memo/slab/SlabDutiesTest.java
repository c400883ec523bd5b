package io.thalweg.memo.slab;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.LifetimeClass;
import io.thalweg.memo.durability.Loss;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Value;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.memo.slab.SlabOptions.Quotas;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The eleven duties of a slab, in the order of the glossary. */
final class SlabDutiesTest {
    private final SlabWorld world = new SlabWorld(1);

    private static SlabOptions in(String domain) {
        return SlabWorld.at(domain, LifetimeClass.VERY_LONG, true);
    }

    private SlabStatus status(int node) {
        return world.node(node).slab().status();
    }

    @Test
    void duty1KeepsMemosForItsLifetimeAndFindsThemAgainAfterACrash() {
        world.slabs(1, options -> options);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            objects.add(world.node(0).create("cat " + i));
            if (i % 50 == 0) {
                world.step();
                world.node(0).crash();
                world.node(0).start();
            }
        }
        world.step();
        world.node(0).crash();
        world.node(0).start();
        assertThat(IntStream.range(0, 300)
                        .filter(i -> ("cat " + i).equals(world.node(0).name(objects.get(i)))))
                .as("all of whose writers a flush was waited for")
                .hasSize(300);
        assertThat(status(0).starts()).isEqualTo(8);
    }

    @Test
    void duty2KeepsToItsQuotasForStorageMemoryAndBandwidth() {
        SlabOptions narrow = new SlabOptions(
                SlabWorld.SMALL.place(),
                new Quotas(20_000, 2000, 4, 4096),
                SlabWorld.SMALL.assumptions(),
                (_, _) -> true);
        world.add(narrow);
        world.slabs(3, options -> options);
        world.beats(2);
        for (int i = 0; i < 400; i++) {
            world.node(1).create("cat " + i);
        }
        world.beats(60);
        assertThat(status(0).heldBytes()).as("storage").isLessThanOrEqualTo(22_000);
        for (int i = 0; i < 100; i++) {
            world.node(0).create("another " + i);
        }
        long before = status(0).traffic().memoBytesSent();
        world.seconds(5);
        assertThat(status(0).traffic().memoBytesSent() - before)
                .as("bandwidth: what five seconds and a full bucket give, and the last message")
                .isBetween(1L, 6 * 2000L + 60_000);
    }

    @Test
    void duty3KnowsSomeOfTheHoldersOfEachMemoByGossip() {
        world.slabs(3, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        List<UUID> holders = world.node(0).slab().durability(object).copies().stream()
                .map(Durability.Copy::slab)
                .toList();
        assertThat(holders).containsExactlyInAnyOrder(world.node(0).id, world.node(1).id, world.node(2).id);
        assertThat(world.node(2).slab().durability(object).copies())
                .as("one that got it knows at least from whom")
                .hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void duty4ReportsHowLongItExpectsToLive() {
        world.slabs(1, options -> options);
        world.add(SlabWorld.at("", LifetimeClass.SESSION, true));
        world.beats(2);
        assertThat(status(0).peers().getFirst().lifetimeSeconds()).isEqualTo(3600);
        assertThat(status(1).peers().getFirst().lifetimeSeconds()).isEqualTo(LifetimeClass.VERY_LONG.seconds());
    }

    @Test
    void duty5ScoresAllMemosThatItHolds() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        Loss alone = world.node(0).slab().durability(object).loss();
        assertThat(alone.nines()).isBetween(4.4, 4.5);
        world.beats(2);
        assertThat(world.node(0).slab().durability(object).loss()).isLessThan(alone);
        assertThat(world.node(0).slab().durability(object).targetNines()).isEqualTo(6);
        assertThat(status(0).annualLoss()).isBetween(0.0, 0.1);
    }

    @Test
    void duty6PushesCopiesOfThoseBelowTheirTarget() {
        // Nobody follows: copies come only because a target asks for them.
        for (int i = 0; i < 5; i++) {
            world.add(SlabWorld.at("global/r" + i, LifetimeClass.VERY_LONG, false));
        }
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        int copies = world.copies(object);
        assertThat(copies).as("as many as six nines need, and no more").isEqualTo(2);
        SlabWorld.Node other = world.nodes.stream()
                .filter(node -> node.index != 0 && node.slab().store().holds(object))
                .findFirst()
                .orElseThrow();
        other.slab = null;
        world.beats(1200);
        assertThat(world.copies(object)).as("copies after a holder fell silent").isGreaterThanOrEqualTo(2);
        assertThat(status(0).belowTarget()).isZero();
    }

    @Test
    void duty6PushesToTheNextBestWhereTheBestDeclines() {
        world.add(SlabWorld.at("global/a", LifetimeClass.VERY_LONG, false));
        SlabOptions best = SlabWorld.at("global/b", LifetimeClass.VERY_LONG, false);
        // Nobody told the writer that this one takes nothing of the tenant's.
        world.add(new SlabOptions(best.place(), best.quotas(), best.assumptions(), (_, _) -> false));
        SlabWorld.Node next = world.add(SlabWorld.at("global/c", LifetimeClass.LONG, false));
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        for (int second = 0; second < 120; second++) {
            world.node(0).create("cat " + second);
            world.seconds(1);
        }
        assertThat(next.slab().store().holds(object)).isTrue();
        assertThat(world.node(1).slab().store().holds(object)).isFalse();
    }

    @Test
    void duty7Beats() {
        world.slabs(2, options -> options);
        world.beats(6);
        assertThat(status(0).peers().getFirst().silentSeconds()).isLessThan(12);
        assertThat(world.node(0).slab().store().all()).as("beats are not kept").isEmpty();
        assertThat(status(0).traffic().messagesSent()).isBetween(5L, 8L);
    }

    @Test
    void duty8CountsHoldersForLessTheLongerTheyAreSilent() {
        world.slabs(2, options -> options);
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        double heard = world.node(0).slab().durability(object).nines();
        world.node(1).slab = null;
        double before = heard;
        for (int i = 0; i < 5; i++) {
            world.beats(30);
            double now = world.node(0).slab().durability(object).nines();
            assertThat(now).isLessThan(before);
            before = now;
        }
        world.node(1).start();
        world.beats(3);
        assertThat(world.node(0).slab().durability(object).nines())
                .as("who comes back counts again")
                .isGreaterThan(heard - 0.5);
    }

    @Test
    void duty9AcceptsCopiesWhileItHasRoom() {
        world.add(SlabWorld.at("global/a", LifetimeClass.VERY_LONG, false));
        SlabWorld.Node small =
                world.add(SlabWorld.holding(SlabWorld.at("global/b", LifetimeClass.VERY_LONG, false), 5000));
        world.beats(2);
        for (int i = 0; i < 200; i++) {
            world.node(0).create("cat " + i);
            world.seconds(1);
        }
        world.beats(10);
        assertThat(small.slab().status().heldBytes()).isBetween(4000L, 8000L);
        assertThat(status(0).heldMemos())
                .as("what found no place elsewhere is kept")
                .isEqualTo(200);
        assertThat(status(0).belowTarget()).isPositive();
    }

    @Test
    void duty10AsksWhoIsFullTooOnlyNowAndThen() {
        SlabWorld.Node small =
                world.add(SlabWorld.holding(SlabWorld.at("global/a", LifetimeClass.VERY_LONG, false), 8000));
        world.add(SlabWorld.holding(SlabWorld.at("global/b", LifetimeClass.VERY_LONG, false), 2000));
        world.beats(2);
        for (int i = 0; i < 80; i++) {
            small.create("cat " + i);
        }
        world.beats(10);
        long before = world.sent;
        world.beats(12);
        assertThat(small.slab().status().heldMemos()).isEqualTo(80);
        assertThat(world.sent - before)
                .as("messages in twelve beats, of which 24 are beats")
                .isLessThan(60);
    }

    @Test
    void duty10LetsGoOfWhatWasNotUsedForTheLongest() {
        SlabWorld.Node small = world.add(SlabWorld.holding(in("global/a"), 8000));
        world.add(in("global/b"));
        world.add(in("global/c"));
        world.beats(2);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            objects.add(small.create("cat " + i));
            world.seconds(2);
            SlabWorld.read(small, objects.getFirst());
        }
        world.beats(20);
        assertThat(small.slab().status().traffic().evictedMemos()).isPositive();
        assertThat(small.slab().store().holds(objects.getFirst()))
                .as("read all the time")
                .isTrue();
        assertThat(small.slab().store().holds(objects.get(1)))
                .as("not read since")
                .isFalse();
        objects.forEach(object -> assertThat(world.copies(object)).isGreaterThanOrEqualTo(2));
    }

    @Test
    void duty11SaysWhatCameAndWhatWent() {
        SlabWorld.Node small = world.add(SlabWorld.holding(in("global/a"), 3000));
        world.add(in("global/b"));
        world.add(in("global/c"));
        world.beats(2);
        List<MemoId> objects = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            objects.add(small.create("cat " + i));
            world.seconds(1);
        }
        world.beats(1);
        assertThat(world.node(1).slab().durability(objects.getFirst()).copies())
                .as("what came")
                .isNotEmpty();
        world.beats(20);
        for (MemoId object : objects) {
            if (!small.slab().store().holds(object)) {
                assertThat(world.node(1).slab().durability(object).copies())
                        .as("what went")
                        .noneMatch(copy -> copy.slab().equals(small.id));
            }
        }
        assertThat(small.slab().status().traffic().evictedMemos()).isPositive();
    }

    @Test
    void aSlabThatLeavesSaysWhatItsLeavingCostsAndHandsItOver() {
        for (int i = 0; i < 4; i++) {
            world.add(SlabWorld.at("global/r" + i, LifetimeClass.VERY_LONG, false));
        }
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(2);
        assertThat(world.node(0).slab().belowTargetWithoutSelf()).isEqualTo(1);
        world.node(0).slab().leave();
        world.beats(4);
        assertThat(world.node(0).slab().belowTargetWithoutSelf()).isZero();
        world.node(0).slab = null;
        assertThat(world.copies(object)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void strangersTenantsAreNeitherHeldNorShown() {
        UUID[] barred = new UUID[1];
        SlabOptions careful = new SlabOptions(
                SlabWorld.SMALL.place(),
                SlabWorld.SMALL.quotas(),
                SlabWorld.SMALL.assumptions(),
                (slab, _) -> !slab.equals(barred[0]));
        world.slabs(2, _ -> careful);
        barred[0] = world.node(1).id;
        world.beats(2);
        MemoId object = world.node(0).create("Tom");
        world.beats(10);
        assertThat(world.copies(object)).isEqualTo(1);
        assertThat(world.node(1).slab().store().find(object))
                .as("not even known")
                .isNull();
        world.node(1).slab().seek(List.of(object));
        world.beats(10);
        assertThat(world.copies(object)).isEqualTo(1);
    }

    @Test
    void aFloodOfOrphansFromOneSourceThrowsOutItsOwn() {
        WaitingMemos waiting = new WaitingMemos();
        MemoId missing = world.topic;
        UUID flooding = new UUID(0, 1);
        UUID other = new UUID(0, 2);
        world.slabs(1, options -> options);
        var mine = orphan(missing, -1);
        waiting.add(new WaitingMemos.Waiting(mine, sent(mine), other, new HashSet<>(List.of(missing)), 1, 1));
        for (int i = 0; i < WaitingMemos.SOURCE_MAX + 100; i++) {
            var memo = orphan(missing, i);
            waiting.add(new WaitingMemos.Waiting(memo, sent(memo), flooding, new HashSet<>(List.of(missing)), 1, 1));
        }
        assertThat(waiting.size()).isEqualTo(WaitingMemos.SOURCE_MAX + 1);
        assertThat(waiting.contains(mine.id())).isTrue();
        for (int i = 0; i <= WaitingMemos.ASKED_MAX; i++) {
            waiting.due(1L << (20 + i));
        }
        assertThat(waiting.size()).as("after having been asked for in vain").isZero();
    }

    private Memo orphan(MemoId missing, int number) {
        return new Memo(
                SlabWorld.TENANT,
                Kind.EDIT,
                world.topic,
                missing,
                List.of(missing),
                List.of(),
                world.edit(new Change.SetLast("n", new Value.Whole(number))).encode());
    }

    private static Sent sent(Memo memo) {
        return new Sent(MemoCodec.encode(memo), null);
    }
}
