package io.thalweg.server;

import io.thalweg.cluster.ClusterNodes;
import io.thalweg.shard.Consensus.Standing;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Which of the nodes a client of the ledger's protocol should ask first: it takes the address whose place in its list is the view modulo
 * their number, and believes no view that is older than one it has seen. So the view is made of the term, which only grows,
 * and of the leader's place; while no leader is known it stays what it was. A term counts as many as all possible numbers of nodes divide, so that
 * views go on growing, and still name the leader, when nodes come and go. Every node takes every request, and a client that asks another
 * than the leader only waits a little longer. Thread-safe.
 */
final class GroupView implements IntSupplier {
    /** What 1 to {@value ClusterNodes#NODES_MAX} divide. */
    private static final int TERM = 2_520;

    private final Supplier<ClusterNodes> nodes;
    private final Supplier<Standing> standing;
    private int newest;

    GroupView(Supplier<ClusterNodes> nodes, Supplier<Standing> standing) {
        this.nodes = nodes;
        this.standing = standing;
    }

    @Override
    public synchronized int getAsInt() {
        Standing now = standing.get();
        ClusterNodes all = nodes.get();
        int place = now.leader().map(all::index).orElse(-1);
        if (place >= 0) {
            int view = (int) (now.term() * TERM + place);
            if (Integer.compareUnsigned(view, newest) < 0) {
                // Somebody before the leader went in this term: the next view that names it.
                int count = all.nodes().size();
                view = newest + Math.floorMod(place - Integer.remainderUnsigned(newest, count), count);
            }
            newest = view;
        }
        return newest;
    }
}
