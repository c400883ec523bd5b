/**
 * The road between the nodes of a cluster: what one asks another ({@link io.thalweg.server.peer.PeerRoad}) and what it is answered
 * ({@link io.thalweg.server.peer.PeerAnswers}), on the port and behind the certificates of Raft; what the others said of late
 * ({@link io.thalweg.server.peer.PeerWatch}); and the seal on calls that nodes pass on ({@link io.thalweg.server.peer.Hop}).
 */
@NullMarked
package io.thalweg.server.peer;

import org.jspecify.annotations.NullMarked;
