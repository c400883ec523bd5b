package io.thalweg.cluster.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.directory.cluster.ClusterChange;
import io.thalweg.directory.cluster.ClusterRules;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.cluster.NodeRecord;
import io.thalweg.directory.cluster.NodeRecord.State;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Plans are what the directory accepts, lead where they should, and are refused with a reason. */
final class PlannerTest {
    private static final int SEEDS = 2_000;

    @Test
    void aReplicaGoesFromOneNodeToAnotherAndSaysWhatIsCopied() {
        ClusterState now = cluster(4, 1, Map.of());
        Plan plan = Planner.move(now, all(4), Map.of(1, 77L), 1, "n3", "n4");
        assertThat(plan.steps()).containsExactly(new Plan.Step(1, "n3", "n4", OptionalLong.of(77)));
        assertThat(apply(now, plan).wanted(1)).containsExactly("n1", "n2", "n4");
    }

    @Test
    void withoutAMajorityNothingIsMoved() {
        ClusterState now = cluster(4, 1, Map.of());
        assertThatThrownBy(() -> Planner.move(now, Set.of("n1", "n4"), Map.of(), 1, "n3", "n4"))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("no majority");
        assertThatThrownBy(() -> Planner.move(now, Set.of("n1", "n2", "n3"), Map.of(), 1, "n3", "n4"))
                .hasMessageContaining("does not answer");
    }

    @Test
    void aNodeIsDrainedOnlyIfThereIsAnotherForEachOfItsReplicas() {
        ClusterState three = cluster(3, 2, Map.of());
        assertThatThrownBy(() -> Planner.drain(three, all(3), Map.of(), "n3"))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("add a node first");
        ClusterState four = cluster(4, 4, Map.of());
        Plan plan = Planner.drain(four, all(4), Map.of(), "n3");
        assertThat(plan.steps()).hasSize(3);
        assertThat(apply(four, plan).holdsData("n3")).isFalse();
    }

    @Test
    void aDeadNodeIsDrainedAsOneThatLives() {
        ClusterState four = cluster(4, 4, Map.of());
        Plan plan = Planner.drain(four, Set.of("n1", "n2", "n4"), Map.of(), "n3");
        assertThat(apply(four, plan).holdsData("n3")).isFalse();
    }

    @Test
    void anotherTakesTheWholePlaceOfALostNode() {
        ClusterState five = cluster(5, 5, Map.of());
        Set<String> answering = Set.of("n1", "n2", "n4", "n5");
        Plan plan = Planner.replace(five, answering, Map.of(), "n3", "n5");
        ClusterState after = apply(five, plan);
        assertThat(after.holdsData("n3")).isFalse();
        five.placement().forEach((shard, holders) -> {
            if (holders.contains("n3") && !holders.contains("n5")) {
                assertThat(after.wanted(shard)).contains("n5");
            }
        });
        assertThatThrownBy(() -> Planner.replace(five, answering, Map.of(), "n1", "n3"))
                .hasMessageContaining("does not answer");
    }

    @Test
    void whatHasGoneAlreadyIsNotMovedAgainAndMayComeBack() {
        ClusterState four = cluster(4, 4, Map.of());
        List<Move> moves = Planner.drain(four, all(4), Map.of(), "n3").steps().stream()
                .map(step -> new Move(step.shard(), step.from(), step.to()))
                .toList();
        ClusterState begun = apply(four, Planner.moves(four, all(4), Map.of(), moves.subList(0, 1)));
        Plan rest = Planner.moves(begun, all(4), Map.of(), moves);
        assertThat(rest.steps()).hasSize(moves.size() - 1);
        ClusterState after = apply(begun, rest);
        assertThat(after.holdsData("n3")).isFalse();
        assertThat(moves).allMatch(move -> Planner.isPlaced(after, move));
        List<Move> back = moves.stream()
                .map(move -> new Move(move.shard(), move.to(), move.from()))
                .toList();
        ClusterState again = apply(after, Planner.moves(after, all(4), Map.of(), back));
        four.placement()
                .forEach((shard, holders) ->
                        assertThat(again.wanted(shard)).containsExactlyInAnyOrderElementsOf(holders));
    }

    @Test
    void replicasGoWhereTheyShareNoRackWithThoseWhoStay() {
        ClusterState now = cluster(5, 1, Map.of("n1", "a", "n2", "b", "n3", "c", "n4", "b", "n5", "c"));
        assertThat(apply(now, Planner.drain(now, all(5), Map.of(), "n3")).wanted(1))
                .containsExactly("n1", "n2", "n5");
    }

    @Test
    void replicasThatShareARackAreSetApartThoughNodesHaveAsMany() {
        Map<String, String> racks = Map.of("n1", "a", "n2", "a", "n3", "a", "n4", "b", "n5", "b", "n6", "b");
        ClusterState now = cluster(6, 6, racks);
        Plan plan = Planner.rebalance(now, all(6), Map.of(1, 7L));
        assertThat(plan.steps())
                .hasSize(2)
                .anySatisfy(step -> assertThat(step.bytes()).hasValue(7));
        ClusterState after = apply(now, plan);
        Map<String, Integer> load = new TreeMap<>();
        after.placement().forEach((shard, holders) -> {
            assertThat(holders.stream().map(racks::get).distinct())
                    .as("shard %d on %s", shard, holders)
                    .hasSize(2);
            holders.forEach(id -> load.merge(id, 1, Integer::sum));
        });
        assertThat(load).hasSize(6).values().containsOnly(3);
        assertThat(Planner.rebalance(after, all(6), Map.of()).steps()).isEmpty();

        ClusterState one = cluster(6, 1, racks);
        assertThat(apply(one, Planner.rebalance(one, all(6), Map.of())).wanted(1).stream()
                        .map(racks::get)
                        .distinct())
                .hasSize(2);
    }

    @Test
    void nodesGetAboutAsManyBytesWhereAllSizesAreKnown() {
        ClusterState now = cluster(6, 6, Map.of());
        Map<Integer, Long> sizes = new TreeMap<>();
        now.placement().keySet().forEach(shard -> sizes.put(shard, shard <= 2 ? 10L << 30 : 1L << 30));
        Plan plan = Planner.rebalance(now, all(6), sizes);
        assertThat(plan.steps()).as("two exchanges").hasSize(4);
        ClusterState after = apply(now, plan);
        Map<String, Long> held = new TreeMap<>();
        Map<String, Integer> load = new TreeMap<>();
        after.placement()
                .forEach((shard, holders) -> holders.forEach(id -> {
                    held.merge(id, shard <= 2 ? 10L : 1L, Long::sum);
                    load.merge(id, 1, Integer::sum);
                }));
        assertThat(held).hasSize(6).values().containsOnly(12L);
        assertThat(load).values().containsOnly(3);
        assertThat(Planner.rebalance(after, all(6), sizes).steps()).isEmpty();

        Map<Integer, Long> little = new TreeMap<>(sizes);
        little.replaceAll((_, size) -> size >> 15);
        assertThat(Planner.rebalance(now, all(6), little).steps())
                .as("not worth a copy")
                .isEmpty();
        Map<Integer, Long> unknown = new TreeMap<>(sizes);
        unknown.remove(6);
        assertThat(Planner.rebalance(now, all(6), unknown).steps())
                .as("of one nobody knows how large it is")
                .isEmpty();
    }

    /** Replicas change places within a rack. */
    @Test
    void forTheSakeOfBytesNothingIsSetLessApart() {
        Map<String, String> racks = Map.of("n1", "a", "n2", "b", "n3", "c", "n4", "a", "n5", "b", "n6", "c");
        ClusterState now = cluster(6, 6, racks);
        Map<Integer, Long> sizes = new TreeMap<>();
        now.placement().keySet().forEach(shard -> sizes.put(shard, shard <= 2 ? 10L << 30 : 1L << 30));
        ClusterState after = apply(now, Planner.rebalance(now, all(6), sizes));
        assertThat(after.placement()).isNotEqualTo(now.placement());
        after.placement()
                .forEach((shard, holders) -> assertThat(
                                holders.stream().map(racks::get).distinct())
                        .as("shard %d on %s", shard, holders)
                        .hasSize(3));
    }

    @Test
    void whoLeadsAllGivesLeadershipToThoseWhoHaveWhatItHas() {
        ClusterState now = cluster(3, 6, Map.of());
        Map<Integer, String> one = new TreeMap<>();
        now.placement().keySet().forEach(shard -> one.put(shard, "n1"));
        assertThat(led(one, Planner.leaders(now, one, (_, _) -> true))).isEqualTo(Map.of("n1", 2, "n2", 2, "n3", 2));
        assertThat(led(one, Planner.leaders(now, one, (_, id) -> !id.equals("n3"))))
                .isEqualTo(Map.of("n1", 3, "n2", 3));
        assertThat(Planner.leaders(now, one, (_, _) -> false)).isEmpty();
        ClusterState leaving = ClusterRules.apply(now, new ClusterChange.ChangeState("n2", State.LEAVING), 10, 10, 6);
        assertThat(led(one, Planner.leaders(leaving, one, (_, _) -> true))).isEqualTo(Map.of("n1", 3, "n3", 3));

        Map<Integer, String> level = Map.of(1, "n1", 2, "n2", 3, "n2", 4, "n1");
        assertThat(Planner.leaders(now, level, (_, _) -> true))
                .hasSize(1)
                .allMatch(move -> move.to().equals("n3"));
        assertThat(Planner.leaders(now, Map.of(1, "n1", 2, "n1"), (_, _) -> true))
                .as("of the others nobody knows who leads: none of them is taken from anybody")
                .hasSize(1);
    }

    /** How many each leads afterwards. */
    private static Map<String, Integer> led(Map<Integer, String> before, List<Move> moves) {
        Map<Integer, String> after = new TreeMap<>(before);
        for (Move move : moves) {
            assertThat(after.put(move.shard(), move.to())).isEqualTo(move.from());
        }
        Map<String, Integer> led = new TreeMap<>();
        after.values().forEach(id -> led.merge(id, 1, Integer::sum));
        return led;
    }

    @Test
    void whatIsSetApartNeedsAMajorityAndANodeThatAnswers() {
        Map<String, String> racks = Map.of("n1", "a", "n2", "a", "n3", "a", "n4", "b", "n5", "b", "n6", "b");
        ClusterState now = cluster(6, 6, racks);
        assertThat(Planner.rebalance(now, Set.of("n3", "n4", "n5", "n6"), Map.of())
                        .steps())
                .noneMatch(step -> step.shard() == 1);
        assertThat(Planner.rebalance(now, Set.of("n1", "n2", "n3"), Map.of()).steps())
                .isEmpty();
    }

    @Test
    void aNodeThatIsNewGetsItsPart() {
        ClusterState now = ClusterRules.apply(
                cluster(3, 3, Map.of()), new ClusterChange.PutNode(node("n4", Map.of(), State.JOINING)), 9, 9, 3);
        now = ClusterRules.apply(now, new ClusterChange.ChangeState("n4", State.HEALTHY), 10, 10, 3);
        ClusterState after = apply(now, Planner.rebalance(now, all(4), Map.of()));
        assertThat(after.placement().values().stream().filter(holders -> holders.contains("n4")))
                .hasSize(2);
    }

    @Test
    void aShardOfOneNodeGetsAReplicaAtATimeUntilItHasThree() {
        ClusterState now = cluster(1, 2, Map.of());
        for (int i = 2; i <= 4; i++) {
            now = ClusterRules.apply(
                    now, new ClusterChange.PutNode(node("n" + i, Map.of(), State.JOINING)), 8 + i, 9, 2);
            assertThat(Planner.spread(now, all(4), 3).placement()).isEmpty();
            now = ClusterRules.apply(now, new ClusterChange.ChangeState("n" + i, State.HEALTHY), 20 + i, 10, 2);
            if (i == 3) {
                assertThat(Planner.spread(now, all(2), 3).placement()).isEmpty();
            }
            Plan plan = Planner.spread(now, all(4), 3);
            assertThat(plan.placement()).hasSize(i <= 3 ? 2 : 0);
            now = i <= 3 ? apply(now, plan) : now;
            assertThat(now.wanted(1)).hasSize(Math.min(3, i));
        }
    }

    @Test
    void whateverIsPlannedTheDirectoryAcceptsAndNoShardHasFewerReplicas() {
        int plans = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            int nodes = 1 + random.nextInt(7);
            ClusterState now = cluster(nodes, 1 + random.nextInt(6), racks(random, nodes));
            Map<Integer, Long> sizes = new TreeMap<>();
            boolean sized = random.nextBoolean();
            now.placement().keySet().forEach(shard -> {
                if (sized) {
                    sizes.put(shard, random.nextLong(20L << 30));
                }
            });
            for (int i = 0; i < 6; i++) {
                Set<String> answering = new HashSet<>(all(nodes));
                answering.remove("n" + (1 + random.nextInt(8)));
                Plan plan;
                try {
                    plan = random.nextBoolean()
                            ? Planner.rebalance(now, answering, sizes)
                            : Planner.drain(now, answering, sizes, "n" + (1 + random.nextInt(nodes)));
                } catch (ThalwegException e) {
                    assertThat(e.getMessage()).isNotBlank();
                    continue;
                }
                if (plan.steps().isEmpty()) {
                    continue;
                }
                plans++;
                ClusterState after = apply(now, plan);
                for (Map.Entry<Integer, List<String>> each : now.placement().entrySet()) {
                    assertThat(after.wanted(each.getKey()))
                            .as("seed %d", seed)
                            .hasSameSizeAs(each.getValue())
                            .doesNotHaveDuplicates();
                }
                plan.steps().forEach(step -> assertThat(answering).contains(step.to()));
                now = after;
            }
        }
        assertThat(plans).isGreaterThan(SEEDS / 4);
    }

    private static ClusterState apply(ClusterState now, Plan plan) {
        long version = now.placementVersion() + 1;
        return ClusterRules.apply(
                now, plan.change(), version, version, now.placement().size());
    }

    private static Set<String> all(int nodes) {
        Set<String> all = new HashSet<>();
        for (int i = 1; i <= nodes; i++) {
            all.add("n" + i);
        }
        return all;
    }

    private static Map<String, String> racks(Random random, int nodes) {
        Map<String, String> racks = new TreeMap<>();
        for (String id : all(nodes)) {
            racks.put(id, "r" + random.nextInt(3));
        }
        return racks;
    }

    /** As a cluster begins, with up to three replicas of each shard. */
    private static ClusterState cluster(int count, int shards, Map<String, String> racks) {
        List<NodeRecord> nodes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            nodes.add(node("n" + i, racks, State.HEALTHY));
        }
        TreeMap<Integer, List<String>> placement = new TreeMap<>();
        for (int shard = 1; shard <= shards; shard++) {
            List<String> holders = new ArrayList<>();
            for (int i = 0; i < Math.min(3, count); i++) {
                holders.add("n" + (1 + (shard - 1 + i) % count));
            }
            placement.put(shard, holders);
        }
        return ClusterRules.apply(ClusterState.NONE, new ClusterChange.Seed(nodes, placement), 1, 1, shards);
    }

    private static NodeRecord node(String id, Map<String, String> racks, State state) {
        TreeMap<String, String> labels = new TreeMap<>();
        String rack = racks.get(id);
        if (rack != null) {
            labels.put("rack", rack);
        }
        return new NodeRecord(
                id,
                "10.0.0.1:" + id.substring(1),
                "http://10.0.0.1",
                "",
                Collections.unmodifiableSortedMap(labels),
                state);
    }
}
