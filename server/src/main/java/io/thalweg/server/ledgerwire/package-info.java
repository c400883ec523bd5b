/**
 * The door for clients of TigerBeetle's wire protocol, releases from 0.16.4 on, which connect unmodified. One {@link
 * io.thalweg.server.ledgerwire.LedgerDoor} serves one ledger at one address.
 *
 * <p>A message is a header of 256 bytes and a body. {@link io.thalweg.server.ledgerwire.Header} has the fields, {@link
 * io.thalweg.server.ledgerwire.Aegis128L} the checksum, {@link io.thalweg.server.ledgerwire.WireOperation} the three families of
 * operations. A {@link io.thalweg.server.ledgerwire.Connection} is one virtual thread: it reads a message, checks it, has it
 * executed, writes the reply. Requests that change something are ordered by the shard, body and all, and their sessions and
 * replies are replicated state; reads ride as markers. What is wrong with the bytes of a connection closes that connection and
 * nothing else; what is wrong with a request evicts its client, as the protocol has it.
 *
 * <p>The protocol has neither encryption nor passwords: whoever reaches the address may do everything with the ledger.
 */
@NullMarked
package io.thalweg.server.ledgerwire;

import org.jspecify.annotations.NullMarked;
