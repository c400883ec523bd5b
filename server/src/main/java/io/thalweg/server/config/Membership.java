package io.thalweg.server.config;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A node's place among others.
 *
 * @param agent where an operator's tools find the agent API; nowhere when it is empty
 * @param cluster who else is there; empty for a node alone
 * @param joins whether the cluster goes on without this node until its leaders add it; otherwise it begins with the others
 * @param labels where the node stands, by {@code host}, {@code rack}, {@code site}
 * @param tls for mutual TLS with other nodes and with operators' tools
 */
public record Membership(
        Optional<HostPort> agent,
        Optional<ClusterNodes> cluster,
        boolean joins,
        Map<String, String> labels,
        Optional<PeerTls> tls) {

    /** A node alone that nobody operates. */
    public static final Membership ALONE =
            new Membership(Optional.empty(), Optional.empty(), false, Map.of(), Optional.empty());

    /** The labels that there are. */
    static final List<String> LABELS = List.of("host", "rack", "site");

    public Membership {
        labels = Map.copyOf(labels);
        if (agent.isPresent() && tls.isEmpty() && !agent.get().isLoopback()) {
            throw new ConfigException(
                    "agent is at " + agent.get().host() + ", which others reach: there it needs mutual"
                            + " TLS, with peer.certificate, peer.key and peer.ca");
        }
        boolean reached = cluster.isPresent()
                && cluster.get().nodes().stream()
                        .anyMatch(node -> !new HostPort(node.peerHost(), node.peerPort()).isLoopback());
        if (reached && tls.isEmpty()) {
            throw new ConfigException(
                    "the cluster's nodes talk over addresses that others reach: there they need mutual TLS, with"
                            + " peer.certificate, peer.key and peer.ca; thalweg cluster certificates makes them");
        }
        for (String label : labels.keySet()) {
            if (!LABELS.contains(label)) {
                throw new ConfigException("label." + label + " is unknown; there are " + new TreeSet<>(LABELS));
            }
        }
    }

    /** Whether the node begins alone, and others may come to it. */
    public boolean beginsAlone() {
        return !joins && cluster.filter(nodes -> nodes.nodes().size() == 1).isPresent();
    }

    public Membership withAgent(HostPort address) {
        return new Membership(Optional.of(address), cluster, joins, labels, tls);
    }

    public Membership withCluster(ClusterNodes nodes) {
        return new Membership(agent, Optional.of(nodes), joins, labels, tls);
    }

    /** This node in the cluster's list; refused when it is not in there. */
    Optional<ClusterNode> self(String id) {
        return cluster.map(nodes -> nodes.node(id)
                .orElseThrow(() -> new ConfigException("id is '" + id + "', which is none of the cluster's nodes: "
                        + nodes.nodes().stream().map(ClusterNode::id).toList())));
    }
}
