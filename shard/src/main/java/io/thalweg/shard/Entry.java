package io.thalweg.shard;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One unit of consensus: requests folded together by the leader.
 *
 * @param timestampNs the leader's stamp
 * @param requests how many requests the body holds
 * @param body the requests in their binary form, in order; read-only from here on
 * @param length bytes of the body in all
 */
public record Entry(long timestampNs, int requests, List<ByteBuffer> body, int length) {}
