/**
 * The ledgers of a shard as replicated state. {@link io.thalweg.shard.ledger.LedgerMachine} brings requests to the books of
 * {@code io.thalweg.ledger}, gives each event its tick, and keeps the sessions of the wire protocol's clients
 * ({@link io.thalweg.shard.ledger.LedgerSessions}); {@link io.thalweg.shard.ledger.ExpiryPulse} has the leader order what time
 * alone would change. The shard knows none of this: it sees a {@link io.thalweg.shard.machine.Machine}, and the directory a
 * {@link io.thalweg.shard.machine.LedgerRegistry}.
 */
@NullMarked
package io.thalweg.shard.ledger;

import org.jspecify.annotations.NullMarked;
