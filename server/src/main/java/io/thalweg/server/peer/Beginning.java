package io.thalweg.server.peer;

import io.thalweg.cluster.ClusterNode;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
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
 * <p>The others are those of its configuration, and a cluster may have got more since. Those have this node in their directory and ask it how it is, all the time: one
 * that does so, and is not in the configuration, says that the cluster has begun. So it waits whether any does, for a moment, before it begins.
 *
 * <p>Nobody is asked again before an earlier question to it has ended, so that no question is older than the answer to a later one. Thread-safe.
 */
public final class Beginning {
    /** How soon those are asked again that have not said anything. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration SAID_FIRST = Duration.ofSeconds(10);
    private static final Duration SAID_AGAIN = Duration.ofMinutes(1);

    /** So long a node may be in the cluster before this one has it in its directory. */
    private static final Duration STRANGE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

    private final Function<ClusterNode, CompletableFuture<Long>> question;
    private final Duration listens;

    /** With whom the cluster begins. */
    private final Set<String> others = new HashSet<>();

    /** Of whom nothing is known yet, by id. */
    private final Map<String, ClusterNode> silent = new TreeMap<>();

    private final Set<String> asked = new HashSet<>();
    private boolean othersHaveBegun;
    private boolean isOver;

    /** Since when others say that they have this node in their directory that are not in this node's, and when that is to be said next. */
    private final Map<String, Long> strangeNs = new HashMap<>();

    private final LongSupplier clockNs;

    /**
     * @param others with whom the cluster begins
     * @param question asks a node for its term, 0 when it has not begun, and tells it that this one has not; fails when it does not say
     * @param listens how long it waits at least whether anybody else {@link #isKnownTo knows} it
     */
    public Beginning(
            Collection<ClusterNode> others, Function<ClusterNode, CompletableFuture<Long>> question, Duration listens) {
        this(others, question, listens, System::nanoTime);
    }

    /** @param clockNs a clock that only goes forwards */
    Beginning(
            Collection<ClusterNode> others,
            Function<ClusterNode, CompletableFuture<Long>> question,
            Duration listens,
            LongSupplier clockNs) {
        this.clockNs = clockNs;
        this.question = question;
        this.listens = listens;
        for (ClusterNode node : others) {
            this.others.add(node.id());
            silent.put(node.id(), node);
        }
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

    /**
     * A node whose directory has begun has this one in it. Those with which this one begins say so when they are asked: they may have begun with it just now. Where it has
     * begun by then, and goes on hearing so of one that its own directory does not have, there are two clusters.
     *
     * @param isOurs whether a node is in this one's directory
     * @return whether the log says that now
     */
    public synchronized boolean isKnownTo(String node, Predicate<String> isOurs) {
        if (isOver && !othersHaveBegun && !others.contains(node)) {
            return isStrange(node, isOurs);
        }
        if (!isOver && !othersHaveBegun && !others.contains(node)) {
            LOG.warn(
                    "this node has nothing, and node {}, which is not in its cluster.member lines, has it in its"
                            + " directory: the cluster has begun long ago",
                    node);
            othersHaveBegun = true;
            notifyAll();
        }
        return false;
    }

    private boolean isStrange(String node, Predicate<String> isOurs) {
        if (isOurs.test(node)) {
            strangeNs.remove(node);
            return false;
        }
        long nowNs = clockNs.getAsLong();
        if (nowNs - strangeNs.computeIfAbsent(node, _ -> nowNs + STRANGE.toNanos()) < 0) {
            return false;
        }
        strangeNs.put(node, nowNs + SAID_AGAIN.toNanos());
        LOG.error(
                "node {} has this node in its directory, and is not in this node's: the cluster had begun long ago, and"
                        + " this node and those in its cluster.member lines, whose disks were lost, have begun a second"
                        + " one. Stop them, put their data directories aside, and start them again while the others"
                        + " run: they come back from those. What clients have written here since is in what was put"
                        + " aside alone",
                node);
        return true;
    }

    /** Whether this node begins, as far as that is decided: not one that was here before. */
    public synchronized boolean mayBeNew() {
        return !othersHaveBegun;
    }

    /** Asks the others until it is known, for as long as that takes. */
    public boolean mayBegin() throws InterruptedException {
        long sinceNs = System.nanoTime();
        long nextNs = sinceNs + SAID_FIRST.toNanos();
        while (!isDecided(System.nanoTime() - sinceNs)) {
            for (ClusterNode node : toAsk()) {
                var _ = question.apply(node).whenComplete((term, _) -> said(node.id(), term));
            }
            synchronized (this) {
                if (!othersHaveBegun && !isHeard(System.nanoTime() - sinceNs)) {
                    wait(PAUSE.toMillis());
                }
            }
            if (System.nanoTime() - nextNs > 0 && !silent().isEmpty()) {
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

    private synchronized boolean isDecided(long passedNs) {
        isOver = othersHaveBegun || isHeard(passedNs);
        return isOver;
    }

    /** Whether everybody has said that he has nothing, and nobody else has said anything. */
    private synchronized boolean isHeard(long passedNs) {
        return silent.isEmpty() && passedNs >= listens.toNanos();
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
        } else if (!isOver && silent.containsKey(node)) {
            // One that said that it has nothing has begun since, with this one.
            othersHaveBegun = true;
        }
        notifyAll();
    }
}
