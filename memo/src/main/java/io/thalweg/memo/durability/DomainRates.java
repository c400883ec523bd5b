package io.thalweg.memo.durability;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What fails together. Each failure domain, named by its path ({@code global/dc1/r1}), is destroyed with everything in it at a
 * rate of its own; a domain without a rate adds nothing. Holders whose domain nobody knows share one domain, never counted as
 * independent: its shock has the rate &beta; times the smallest death rate among them (the part of their deaths that is
 * of common cause; the smallest, so that one copy more never makes the score worse).
 */
public final class DomainRates {
    /** The largest share of failures of common cause that IEC 61508 knows, for those of whom nothing is known. */
    public static final double BETA_DEFAULT = 0.1;

    /** Deepest path. */
    public static final int DEPTH_MAX = 16;

    /** Nothing fails together: for what is computed by hand. */
    public static final DomainRates NONE = new DomainRates(Map.of(), 0);

    private static final double YEAR_SECONDS = 365 * 86_400.0;

    /**
     * What a deployment assumes of {@code global/SITE/RACK/…} when it knows no better: everything is destroyed once in ten thousand
     * years, a site once in fifty, a rack once in five. Deeper domains add nothing: what befalls a machine is in its slabs' lifetimes.
     */
    public static final DomainRates USUAL = new DomainRates(
            Map.of(), List.of(1 / (1e4 * YEAR_SECONDS), 1 / (50 * YEAR_SECONDS), 1 / (5 * YEAR_SECONDS)), BETA_DEFAULT);

    /** Where those are put of whom nobody knows where they are. */
    static final String UNKNOWN = "global/?";

    private final Map<String, Double> ratePerSecond;
    private final List<Double> ratePerSecondByDepth;
    private final double beta;

    /**
     * @param ratePerSecond destructions a second by path
     * @param beta the share of deaths that strikes all holders of unknown domain at once
     */
    public DomainRates(Map<String, Double> ratePerSecond, double beta) {
        this(ratePerSecond, List.of(), beta);
    }

    /**
     * @param ratePerSecond destructions a second by path
     * @param ratePerSecondByDepth those of paths that have none of their own, by the number of levels, the outermost first
     * @param beta the share of deaths that strikes all holders of unknown domain at once
     */
    public DomainRates(Map<String, Double> ratePerSecond, List<Double> ratePerSecondByDepth, double beta) {
        this.ratePerSecond = new HashMap<>(ratePerSecond);
        this.ratePerSecondByDepth = List.copyOf(ratePerSecondByDepth);
        this.beta = beta;
        Check.probability("share of common cause", beta);
        ratePerSecond.forEach((path, rate) -> {
            parts(path);
            Check.rate("rate of domain " + path, rate);
        });
        ratePerSecondByDepth.forEach(rate -> Check.rate("rate of a depth", rate));
    }

    double rate(String path) {
        Double known = ratePerSecond.get(path);
        if (known != null || ratePerSecondByDepth.isEmpty() || path.isEmpty()) {
            return known == null ? 0 : known;
        }
        int depth = (int) path.chars().filter(each -> each == '/').count();
        return depth < ratePerSecondByDepth.size() ? ratePerSecondByDepth.get(depth) : 0;
    }

    double beta() {
        return beta;
    }

    /** The names on a path; refuses empty ones and paths that are too deep. */
    static String[] parts(String path) {
        String[] parts = path.split("/", -1);
        if (parts.length > DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "domain " + path + " has " + parts.length + " levels, at most " + DEPTH_MAX + " are allowed");
        }
        for (String part : parts) {
            if (part.isEmpty()) {
                throw new IllegalArgumentException(
                        "domain \"" + path + "\" has an empty level; a path looks like global/dc1/r1");
            }
        }
        return parts;
    }
}
