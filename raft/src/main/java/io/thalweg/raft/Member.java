package io.thalweg.raft;

import org.apache.ratis.protocol.RaftPeer;

/**
 * One node of a shard's group, and where its Raft traffic goes.
 *
 * @param id the node's name, which never changes; at most 100 letters, digits, {@code _} and {@code -}
 * @param host name or address for the other members
 * @param port TCP port for the other members
 */
public record Member(String id, String host, int port) {

    public Member {
        if (!id.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new IllegalArgumentException("node id \"" + id + "\" must be 1 to 100 letters, digits, _ or -");
        }
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " of node " + id + " is not in 0..65535");
        }
    }

    String address() {
        return host + ":" + port;
    }

    RaftPeer peer() {
        return RaftPeer.newBuilder().setId(id).setAddress(address()).build();
    }

    static Member of(RaftPeer peer) {
        String address = peer.getAddress();
        int colon = address.lastIndexOf(':');
        return new Member(
                peer.getId().toString(), address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }
}
