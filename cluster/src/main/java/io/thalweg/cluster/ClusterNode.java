package io.thalweg.cluster;

import io.thalweg.raft.peer.Member;
import java.net.URI;
import java.util.Optional;

/**
 * A node as the others know it.
 *
 * @param id its name, which never changes; 1 to 100 letters, digits, {@code _} and {@code -}
 * @param peerHost where it listens for other nodes
 * @param peerPort its port there
 * @param http where it takes requests, such as {@code http://10.0.0.1:4780}
 * @param agent where it answers an operator's tools, such as {@code http://10.0.0.1:8000/}, if it does
 */
public record ClusterNode(String id, String peerHost, int peerPort, URI http, Optional<URI> agent) {

    public ClusterNode {
        if (!id.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new IllegalArgumentException("node id '" + id + "' is not 1 to 100 letters, digits, _ or -");
        }
        if (peerPort < 1 || peerPort > 65_535) {
            throw new IllegalArgumentException(
                    "the peer port of node " + id + " is " + peerPort + ", expected 1 to 65535");
        }
    }

    /** The node as a member of a shard's group. */
    public Member member() {
        return new Member(id, peerHost, peerPort);
    }

    /** Where other nodes reach it, such as {@code 10.0.0.1:4790}. */
    public String peer() {
        return (peerHost.contains(":") ? "[" + peerHost + "]" : peerHost) + ":" + peerPort;
    }
}
