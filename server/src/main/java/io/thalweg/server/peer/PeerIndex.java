package io.thalweg.server.peer;

import java.util.List;

/**
 * How far a view's index is on a node; JSON.
 *
 * @param durable the newest step of each partition that a crash would leave
 */
public record PeerIndex(List<Long> durable) {}
