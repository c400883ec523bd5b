package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.Roster;
import io.thalweg.raft.RatisNode;
import io.thalweg.raft.peer.Member;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has nodes find each other again whose addresses have changed. Each tells the others where it is, now and then, and on and on while the directory
 * says otherwise or somebody has not heard it yet; and what the directory says anew of another is tried before what was known of it. So a node that comes back
 * elsewhere needs one that it finds, and nobody needs it to find anybody. One thread.
 */
public final class PeerPlaces {
    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    /** Whoever has forgotten it, or has been told something else by others, hears it again. */
    private static final Duration AGAIN = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(PeerPlaces.class);

    private final Roster nodes;
    private final ClusterNode self;
    private final RatisNode ratis;

    /** What the directory said of each when it was last looked at. */
    private final Map<String, Member> recorded = new HashMap<>();

    private final Map<String, CompletableFuture<Void>> telling = new HashMap<>();

    /** When each was told last. */
    private final Map<String, Long> toldNs = new ConcurrentHashMap<>();

    /** @param self id of this node, which is in the configuration */
    public PeerPlaces(Roster nodes, String self, RatisNode ratis) {
        this.nodes = nodes;
        this.self = nodes.configured().node(self).orElseThrow();
        this.ratis = ratis;
        ratis.meet(nodes.configured().nodes().stream().map(ClusterNode::member).toList());
    }

    /** Does not wait for answers. */
    public void step() {
        boolean isKnown = nodes.isKnown();
        boolean isRight = isKnown
                && nodes.get()
                        .node(self.id())
                        .filter(here -> here.peer().equals(self.peer()))
                        .isPresent();
        for (ClusterNode node : nodes.get().nodes()) {
            if (!node.id().equals(self.id())) {
                if (isKnown) {
                    look(node.member());
                }
                Long last = toldNs.get(node.id());
                if (!isRight || last == null || System.nanoTime() - last > AGAIN.toNanos()) {
                    tell(node.member());
                }
            }
        }
    }

    private void look(Member node) {
        Member before = recorded.put(node.id(), node);
        if (before == null) {
            ratis.meet(List.of(node));
        } else if (!before.equals(node)) {
            LOG.info("node {} is at {}:{} now, says the directory", node.id(), node.host(), node.port());
            ratis.moved(node);
        }
    }

    private void tell(Member node) {
        CompletableFuture<Void> before = telling.get(node.id());
        if (before == null || before.isDone()) {
            telling.put(
                    node.id(),
                    ratis.tell(node)
                            .thenRun(() -> toldNs.put(node.id(), System.nanoTime()))
                            .exceptionally(e -> {
                                LOG.debug("node {} does not hear where this one is: {}", node.id(), e.getMessage());
                                return null;
                            }));
        }
    }
}
