package io.thalweg.cluster.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cluster.forward.LossyCluster.Proposal;
import io.thalweg.shard.Consensus;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Entries of all nodes, while leaders change and the wire loses, breaks off and changes bytes, in one thread by seed. More seeds with
 * {@code -Dforwarding.seeds=N}.
 */
class ForwardingTest {
    private static final int SEEDS = Integer.getInteger("forwarding.seeds", 200);

    private enum Outcome {
        ORDERED,
        UNKNOWN,
        SURELY_NOT
    }

    private static Outcome outcome(Proposal proposal) {
        if (!proposal.answer().isCompletedExceptionally()) {
            return Outcome.ORDERED;
        }
        return Consensus.refusal(proposal.answer().exceptionNow()).isPresent() ? Outcome.SURELY_NOT : Outcome.UNKNOWN;
    }

    @Test
    void whatIsAcknowledgedIsOrderedOnceAndInTurnAndWhatIsRefusedNeverIs() {
        Map<Outcome, Integer> seen = new EnumMap<>(Outcome.class);
        for (int seed = 1; seed <= SEEDS; seed++) {
            LossyCluster cluster = new LossyCluster(seed);
            Map<Integer, Integer> newest = new HashMap<>();
            for (Proposal proposal : cluster.live()) {
                long times = cluster.timesOrdered(proposal.id());
                String what = "entry " + proposal.id() + " of seed " + seed;
                assertThat(proposal.answer()).as(what + " is answered").isDone();
                Outcome outcome = outcome(proposal);
                seen.merge(outcome, 1, Integer::sum);
                switch (outcome) {
                    case ORDERED -> {
                        assertThat(times).as(what).isEqualTo(1);
                        int place = cluster.order().indexOf(proposal.id());
                        assertThat(newest.put(proposal.node(), place))
                                .as("place of what the node was asked for before " + what)
                                .satisfiesAnyOf(
                                        before -> assertThat(before).isNull(),
                                        before -> assertThat(before).isLessThan(place));
                        assertThat(proposal.reply()).as("reply of " + what).isEqualTo(proposal.id());
                        assertThat(proposal.appliedThere())
                                .as(what + " is applied where it was asked")
                                .isTrue();
                    }
                    case UNKNOWN -> assertThat(times).as(what).isLessThanOrEqualTo(1);
                    case SURELY_NOT -> assertThat(times).as(what).isZero();
                }
            }
            assertThat(cluster.stampsNs())
                    .as("the group's time, and no node's own, in seed " + seed)
                    .containsOnly(LossyCluster.GROUP_NS);
        }
        assertThat(seen).as("all of it was seen").hasSize(Outcome.values().length);
    }
}
