package io.thalweg.server.duties;

import io.thalweg.server.data.DiskSpace;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.shard.Consensus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks how much room is left on the disk; and as long as there is too little, has others lead the groups that this node leads, if they have room: then
 * nobody is refused anything.
 */
public final class DiskDuty {
    /** How often {@link #step} is called: what a fast disk takes in that time is to be less than the mark. */
    public static final Duration EVERY = Duration.ofMillis(250);

    private static final Logger LOG = LoggerFactory.getLogger(DiskDuty.class);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final DiskSpace space;
    private final List<HostedShard> open;
    private final Others others;
    private final Map<Integer, Long> handedOverNs = new HashMap<>();

    /** Who else may lead. */
    @FunctionalInterface
    public interface Others {
        /** Of a node alone. */
        Others NONE = _ -> Optional.empty();

        /** Another member of a shard's group that is well and has room. */
        Optional<String> withRoom(int shard);
    }

    /** @param open the shards whose files are open here, as of each look */
    public DiskDuty(DiskSpace space, List<HostedShard> open, Others others) {
        this.space = space;
        this.open = open;
        this.others = others;
    }

    /** Looks, and does what there is to do. */
    public void step() {
        space.measure();
        if (!space.isFull()) {
            return;
        }
        for (HostedShard home : open) {
            Long lastNs = handedOverNs.get(home.number());
            boolean isDue = lastNs == null || System.nanoTime() - lastNs > PAUSE.toNanos();
            if (isDue && home.shard().role() == Consensus.Role.LEADER) {
                others.withRoom(home.number()).ifPresent(node -> handOver(home, node));
            }
        }
    }

    private void handOver(HostedShard home, String node) {
        handedOverNs.put(home.number(), System.nanoTime());
        LOG.warn("the disk is nearly full: node {}, which has room, is to lead shard {}", node, home.number());
        CompletableFuture<Void> _ = home.shard().transferLeadership(node).exceptionally(e -> {
            LOG.warn("node {} does not take over shard {}: {}", node, home.number(), e.getMessage());
            return null;
        });
    }
}
