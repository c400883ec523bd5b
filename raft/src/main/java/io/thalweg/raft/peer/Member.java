package io.thalweg.raft.peer;

import io.thalweg.model.MalformedException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
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

    /** {@code HOST:PORT}. */
    public String address() {
        return host + ":" + port;
    }

    /**
     * A node at an address that came over the wire.
     *
     * @throws MalformedException when there is none such
     */
    public static Member at(String id, String address) {
        try {
            int colon = address.lastIndexOf(':');
            if (colon < 1) {
                throw new MalformedException(
                        "node " + id + " is said to be at '" + address + "', which is no HOST:PORT");
            }
            return new Member(id, address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new MalformedException("node " + id + " is said to be at '" + address + "', which is no HOST:PORT");
        }
    }

    /** As Ratis knows it. */
    public RaftPeer peer() {
        return RaftPeer.newBuilder().setId(id).setAddress(address()).build();
    }

    /** Who is in a group, and where, by id. While a membership changes, the old one counts, too; of one that is in both the new address. */
    public static Map<String, Member> allOf(RaftConfigurationProto membership) {
        Map<String, Member> all = new LinkedHashMap<>();
        Stream.concat(membership.getPeersList().stream(), membership.getOldPeersList().stream())
                .map(peer -> at(peer.getId().toStringUtf8(), peer.getAddress()))
                .forEach(member -> all.putIfAbsent(member.id(), member));
        return Collections.unmodifiableMap(all);
    }

    /** A member as Ratis knows it. */
    public static Member of(RaftPeer peer) {
        String address = peer.getAddress();
        int colon = address.lastIndexOf(':');
        return new Member(
                peer.getId().toString(), address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }
}
