package io.thalweg.bench.node;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * In which term the group of each shard is, by the newest word of any node. A member that stands for nothing asks first, in the term in which it is; so each term more is an
 * election that a majority saw.
 *
 * @param newest by shard
 */
public record Terms(Map<String, Long> newest) {
    public Terms {
        newest = Map.copyOf(newest);
    }

    /** @param said by shard, by each node that was asked */
    public static Terms of(Collection<Map<String, Double>> said) {
        Map<String, Long> newest = new HashMap<>();
        said.forEach(node -> node.forEach((shard, term) -> newest.merge(shard, term.longValue(), Math::max)));
        return new Terms(newest);
    }

    /** Elections of all shards since; of a shard that nobody told of then, all. */
    public long since(Terms before) {
        return newest.entrySet().stream()
                .mapToLong(shard -> shard.getValue() - before.newest.getOrDefault(shard.getKey(), 0L))
                .filter(more -> more > 0)
                .sum();
    }
}
