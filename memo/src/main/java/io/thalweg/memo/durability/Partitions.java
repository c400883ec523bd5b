package io.thalweg.memo.durability;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Domains that fell silent as a whole, which is first taken for one's own partition: a slab that hears nobody in a place concludes
 * that it cannot hear that place, before it concludes that everybody there died in the same moment. Immutable.
 */
public final class Partitions {
    /** Everybody is heard, or those who are not are silent one by one. */
    public static final Partitions NONE = new Partitions(Map.of());

    private final Map<String, Double> silentSeconds;

    private Partitions(Map<String, Double> silentSeconds) {
        this.silentSeconds = silentSeconds;
    }

    /** Who was last heard when: what partitions are detected from. */
    public record Heard(String domain, double silentSeconds) {}

    /**
     * Finds the domains with at least two slabs that all fell silent within {@code windowSeconds} of each other and have been
     * silent for longer than {@code patienceSeconds}. The outermost such domain counts, and what is in it with it. The caller is
     * among the slabs, with no silence: the domains around it are heard.
     */
    public static Partitions detect(Iterable<Heard> slabs, double patienceSeconds, double windowSeconds) {
        Map<String, double[]> ranges = new TreeMap<>();
        for (Heard slab : slabs) {
            StringBuilder path = new StringBuilder();
            for (String part : DomainRates.parts(slab.domain())) {
                path.append(path.isEmpty() ? "" : "/").append(part);
                double[] range = ranges.computeIfAbsent(
                        path.toString(), _ -> new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0});
                range[0] = StrictMath.min(range[0], slab.silentSeconds());
                range[1] = StrictMath.max(range[1], slab.silentSeconds());
                range[2]++;
            }
        }
        Map<String, Double> silent = new HashMap<>();
        ranges.forEach((path, range) -> {
            if (range[2] >= 2 && range[0] > patienceSeconds && range[1] - range[0] <= windowSeconds) {
                silent.put(path, range[0]);
            }
        });
        silent.keySet().removeIf(path -> {
            int above = path.lastIndexOf('/');
            return above >= 0 && inside(silent, path.substring(0, above));
        });
        return silent.isEmpty() ? NONE : new Partitions(silent);
    }

    /** Whether a path lies in a domain that cannot be heard. */
    public boolean contains(String path) {
        return inside(silentSeconds, path);
    }

    public boolean isEmpty() {
        return silentSeconds.isEmpty();
    }

    /** For how long the domain of exactly this path has been silent; 0 when it is heard. */
    double silentSeconds(String path) {
        return silentSeconds.getOrDefault(path, 0.0);
    }

    private static boolean inside(Map<String, Double> domains, String path) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (domains.containsKey(path.substring(0, end))) {
                return true;
            }
        }
        return false;
    }
}
