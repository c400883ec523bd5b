package io.thalweg.server.ledgerwire;

import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.shard.LedgerMachine;
import io.thalweg.shard.Shard;

/**
 * The ledger that a door opens.
 *
 * @param shard that holds it
 * @param machine the shard's ledgers
 */
public record LedgerBook(Shard shard, LedgerMachine machine, TenantId tenant, LedgerId id) {}
