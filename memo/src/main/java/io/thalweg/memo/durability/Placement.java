package io.thalweg.memo.durability;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Picks the peer to which the next copy goes: the one that lowers the logarithm of the loss most for its cost. */
public final class Placement {
    private Placement() {}

    /**
     * A peer that could take a copy.
     *
     * @param what what the caller knows it by
     * @param copy what its copy would count as
     * @param cost of sending and keeping, relative to others, above 0
     */
    public record Candidate<T>(T what, Holder copy, double cost) {
        public Candidate {
            Check.positive("cost of a copy", cost);
        }
    }

    /** The best of the candidates; the first among equals. Empty when none makes the score better. */
    public static <T> Optional<Candidate<T>> best(
            DurabilityScore score, List<Holder> holders, List<Candidate<T>> candidates) {
        Loss now = score.loss(holders);
        Candidate<T> best = null;
        double gainMax = 0;
        List<Holder> with = new ArrayList<>(holders);
        for (Candidate<T> candidate : candidates) {
            with.add(candidate.copy());
            double gain = (now.ln() - score.loss(with).ln()) / candidate.cost();
            with.removeLast();
            if (gain > gainMax) {
                best = candidate;
                gainMax = gain;
            }
        }
        return Optional.ofNullable(best);
    }
}
