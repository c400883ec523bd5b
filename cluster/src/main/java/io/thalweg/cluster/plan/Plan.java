package io.thalweg.cluster.plan;

import io.thalweg.directory.cluster.ClusterChange;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A change of placement, step by step.
 *
 * @param basedOn the placement that it was made from; the directory refuses it once that is another
 * @param steps at most one for each shard, so that each shard's leader can take its own whenever it likes
 * @param placement where the shards of the steps are wanted afterwards
 */
public record Plan(long basedOn, List<Step> steps, SortedMap<Integer, List<String>> placement) {

    /**
     * A replica that goes from one node to another.
     *
     * @param bytes that are copied, about; empty where nobody here knows
     */
    public record Step(int shard, String from, String to, OptionalLong bytes) {}

    public Plan {
        steps = List.copyOf(steps);
        placement = Collections.unmodifiableSortedMap(new TreeMap<>(placement));
    }

    /** What the directory is asked for. */
    public ClusterChange change() {
        return new ClusterChange.Place(basedOn, placement);
    }
}
