package io.thalweg.memo.durability;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The durability score: the probability that at least one verified copy of a memo exists and can be read at now + H, given what
 * one slab knows, and with no repair inside H. Since gossip knows only some of the holders it is a lower bound; nothing is ever
 * extrapolated from an estimated number of copies.
 *
 * <p><b>One copy.</b> It survives with x y (1 &minus; &epsilon;): x that its holder is alive, given its silence ({@link Silence}),
 * y = e^(&minus;&lambda;H) that it lives on for the horizon, &epsilon; that the copy cannot be read all the same. What is computed is
 * the loss, (1 &minus; x) + x (1 &minus; y) + x y &epsilon;, with 1 &minus; x and 1 &minus; y from {@code expm1}: 1 minus a number
 * close to 1 would keep none of its digits.
 *
 * <p><b>Several.</b> Holders sit in a tree of failure domains. Each domain d is destroyed as a whole within H with s_d = 1 &minus;
 * e^(&minus;&nu;_d H), independent of the others, and
 *
 * <pre>
 * L(d) = s_d + (1 - s_d) &times; product of L(c) over its children c
 * </pre>
 *
 * where the loss of a leaf is that of its one copy. The score is 1 &minus; L(root). So however many copies one domain has, they are
 * worth no more than &minus;log10 s_d nines.
 *
 * <p><b>Silence of a whole domain</b> is one thing that happened, not n: probably one's own network. {@link Partitions} names such
 * domains and for how long they have been silent. Then beats of their holders count as hardly audible (q near 1, so that
 * their silence says little about each), and the domain as a whole gets a second shock: the probability that a thing which dies at the
 * domain's rate is dead, given that it was silent for so long. The loss is counted, once, and as correlated. A domain without a
 * rate of its own is taken to die at &beta; times the smallest death rate in it.
 *
 * <p>Products are sums of logarithms ({@link Loss}). The children of a domain are summed in the order of their names and the copies
 * in one domain in the order of their losses, so that the order of the input changes no bit.
 *
 * <p>Methods: fault trees with common-cause shocks, cf. S. Willden, Tahoe-LAFS loss model (2009); Greenan, Plank, Wylie, Mean time to
 * meaningless (HotStorage 2010) for a horizon instead of a mean time to loss.
 */
public final class DurabilityScore {
    /** The share of lost beats assumed in a domain that probably cannot be heard. */
    public static final double UNHEARD_BEAT_LOSS = 0.999;

    private final Silence silence;
    private final Silence unheard;
    private final DomainRates domains;
    private final double horizonSeconds;

    /** @param horizonSeconds H: the time to notice a loss and to make another copy */
    public DurabilityScore(Silence silence, DomainRates domains, double horizonSeconds) {
        Check.positive("horizon in seconds", horizonSeconds);
        this.silence = silence;
        this.unheard = silence.withBeatLoss(StrictMath.max(silence.beatLoss(), UNHEARD_BEAT_LOSS));
        this.domains = domains;
        this.horizonSeconds = horizonSeconds;
    }

    public double horizonSeconds() {
        return horizonSeconds;
    }

    /** The loss of a memo with these holders; {@link Loss#CERTAIN} with none. */
    public Loss loss(Collection<Holder> holders) {
        return loss(holders, Partitions.NONE);
    }

    /** The same when some domains fell silent as a whole. */
    public Loss loss(Collection<Holder> holders, Partitions partitions) {
        if (holders.isEmpty()) {
            return Loss.CERTAIN;
        }
        Domain root = new Domain("");
        double unknownRate = Double.POSITIVE_INFINITY;
        for (Holder holder : holders) {
            String domain = holder.domain();
            if (domain == null) {
                unknownRate = StrictMath.min(unknownRate, domains.beta() * holder.deathRate());
            }
            String path = domain == null ? DomainRates.UNKNOWN : domain;
            Silence heard = partitions.contains(path) ? unheard : silence;
            root.find(path, holder.deathRate()).copies.add(StrictMath.log(oneCopy(holder, heard)));
        }
        return new Loss(StrictMath.min(0, lnLoss(root, unknownRate, partitions)));
    }

    /** The loss of one copy, shocks aside. */
    private double oneCopy(Holder holder, Silence heard) {
        double alive = heard.alive(holder.deathRate(), holder.silentSeconds());
        double dead = heard.dead(holder.deathRate(), holder.silentSeconds());
        double dies = -StrictMath.expm1(-holder.deathRate() * horizonSeconds);
        double lives = StrictMath.exp(-holder.deathRate() * horizonSeconds);
        return dead + alive * dies + alive * lives * holder.error();
    }

    private double lnLoss(Domain domain, double unknownRate, Partitions partitions) {
        domain.copies.sort(null);
        double sum = 0;
        for (double copy : domain.copies) {
            sum += copy;
        }
        for (Domain child : domain.children.values()) {
            sum += lnLoss(child, unknownRate, partitions);
        }
        double rate = domain.path.equals(DomainRates.UNKNOWN) ? unknownRate : domains.rate(domain.path);
        double survives = StrictMath.exp(-rate * horizonSeconds);
        double shock = -StrictMath.expm1(-rate * horizonSeconds);
        double silent = partitions.silentSeconds(domain.path);
        if (silent > 0) {
            double dead = silence.dead(StrictMath.max(rate, domains.beta() * domain.deathRateMin), silent);
            shock += survives * dead;
            survives *= 1 - dead;
        }
        return shock == 0 ? sum : StrictMath.log(shock + survives * StrictMath.exp(sum));
    }

    private static final class Domain {
        final String path;
        final List<Double> copies = new ArrayList<>();
        final Map<String, Domain> children = new TreeMap<>();
        double deathRateMin = Double.POSITIVE_INFINITY;

        Domain(String path) {
            this.path = path;
        }

        /** The domain of a path, made when missing; a holder with this death rate is in it and in all above it. */
        Domain find(String wanted, double deathRate) {
            Domain at = this;
            for (String part : DomainRates.parts(wanted)) {
                Domain above = at;
                at = above.children.computeIfAbsent(
                        part, name -> new Domain(above.path.isEmpty() ? name : above.path + "/" + name));
                at.deathRateMin = StrictMath.min(at.deathRateMin, deathRate);
            }
            return at;
        }
    }
}
