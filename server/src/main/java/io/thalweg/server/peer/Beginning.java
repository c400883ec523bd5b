package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a node that has nothing is one of a cluster that begins, or one whose disk was replaced. It cannot tell by itself, and in the second case must not
 * vote: what it had acknowledged, and for whom it had voted, only the others know.
 *
 * <p>Whoever it voted for, and whoever counted what it acknowledged, is one of the others, and is in a later term than 0 since. So it may begin once <em>each</em> of
 * them has said, in this life of the node, that it has not begun or is in no term yet; and it may not, once any says that it is in one. Each question says that who
 * asks has not begun either: an answer of one that waits goes to one that waits, so both know it of each other at once, and when the last of them comes, all begin
 * together. None learns it of another only after that one was elected.
 *
 * <p>Nobody is asked again before an earlier question to it has ended, so that no question is older than the answer to a later one. Thread-safe.
 */
public final class Beginning {
    /** How soon those are asked again that have not said anything. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration SAID_FIRST = Duration.ofSeconds(10);
    private static final Duration SAID_AGAIN = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

    private final Function<ClusterNode, CompletableFuture<Long>> question;

    /** Of whom nothing is known yet, by id. */
    private final Map<String, ClusterNode> silent = new TreeMap<>();

    private final Set<String> asked = new HashSet<>();
    private boolean othersHaveBegun;
    private boolean isOver;

    /**
     * @param others with whom the cluster begins
     * @param question asks a node for its term, 0 when it has not begun, and tells it that this one has not; fails when it does not say
     */
    public Beginning(Collection<ClusterNode> others, Function<ClusterNode, CompletableFuture<Long>> question) {
        this.question = question;
        others.forEach(node -> silent.put(node.id(), node));
    }

    /**
     * Another node has not begun.
     *
     * @return whether this one has not either
     */
    public synchronized boolean hears(String node) {
        if (isOver || othersHaveBegun) {
            return false;
        }
        silent.remove(node);
        notifyAll();
        return true;
    }

    /** Another node has lost what it had: the cluster has begun. */
    public synchronized void othersHaveBegun() {
        if (!isOver) {
            othersHaveBegun = true;
            notifyAll();
        }
    }

    /** Whether this node begins, as far as that is decided: not one that was here before. */
    public synchronized boolean mayBeNew() {
        return !othersHaveBegun;
    }

    /** Asks the others until it is known, for as long as that takes. */
    public boolean mayBegin() throws InterruptedException {
        long nextNs = System.nanoTime() + SAID_FIRST.toNanos();
        while (!isDecided()) {
            for (ClusterNode node : toAsk()) {
                var _ = question.apply(node).whenComplete((term, _) -> said(node.id(), term));
            }
            synchronized (this) {
                if (!othersHaveBegun && !silent.isEmpty()) {
                    wait(PAUSE.toMillis());
                }
            }
            if (System.nanoTime() - nextNs > 0) {
                LOG.warn(
                        "this node has nothing yet, and waits for {} to say whether the cluster has begun: start what"
                            + " is not running there. Once all others have nothing either, it begins; once any has"
                            + " something, this node comes back from the others. If a node is gone for good before its"
                            + " cluster ever began, take it out of the cluster.member lines of all nodes, and start"
                            + " them again",
                        silent());
                nextNs = System.nanoTime() + SAID_AGAIN.toNanos();
            }
        }
        return mayBeNew();
    }

    private synchronized boolean isDecided() {
        isOver = othersHaveBegun || silent.isEmpty();
        return isOver;
    }

    private synchronized List<ClusterNode> toAsk() {
        return silent.values().stream().filter(node -> asked.add(node.id())).toList();
    }

    private synchronized List<String> silent() {
        return List.copyOf(silent.keySet());
    }

    /** @param term null when it did not say */
    private synchronized void said(String node, @Nullable Long term) {
        asked.remove(node);
        if (term == null) {
            return; // It is asked again in a moment.
        }
        if (term <= 0) {
            silent.remove(node);
        } else if (!isOver) {
            othersHaveBegun = true;
        }
        notifyAll();
    }
}
