package io.thalweg.shard;

import io.thalweg.model.Checksum;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One unit of consensus: requests folded together by the leader.
 *
 * @param timestampNs the leader's stamp
 * @param requests how many requests the body holds
 * @param body the requests in their binary form, in order; must not change from here on
 * @param length bytes of the body in all
 * @param checksum CRC-32C of the body, computed once, when the entry comes into being on this node
 */
public record Entry(long timestampNs, int requests, List<ByteBuffer> body, int length, int checksum) {

    /** An entry of requests that nobody has checksummed on this node yet. */
    public static Entry of(long timestampNs, int requests, List<ByteBuffer> body, int length) {
        return new Entry(timestampNs, requests, body, length, new Checksum().of(body));
    }

    /** The same requests with another stamp. */
    public Entry stamped(long otherNs) {
        return new Entry(otherNs, requests, body, length, checksum);
    }
}
