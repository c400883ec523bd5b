/**
 * What nodes say to each other beside Raft, and what stands before all that they say, on one port and behind the same certificates.
 *
 * <p>{@link io.thalweg.raft.peer.PeerRoads} is the way in. Nodes are called by their names: {@code PeerAddresses} knows where they are, of whom they heard it,
 * and what is likelier; {@code NodeTrust} believes who answers only if it is the node that is looked for. {@code PeerGate} lets in what is meant for this node and comes
 * from whom it says. Questions are one kind of call, {@code PeerCalls}, with a word for what is asked: where others are ({@code PeerWords}), what their clocks show
 * ({@link io.thalweg.raft.peer.PeerClocks}), and what the server answers by a {@link io.thalweg.raft.peer.PeerService}.
 */
@NullMarked
package io.thalweg.raft.peer;

import org.jspecify.annotations.NullMarked;
