package io.thalweg.server.ledgerwire;

import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.LedgerMachine;
import java.util.function.LongPredicate;

/**
 * The ledger that a door opens.
 *
 * @param shard that holds it
 * @param machine the shard's ledgers
 * @param hasRoom whether the tenant may store so many bytes more
 */
public record LedgerBook(Shard shard, LedgerMachine machine, TenantId tenant, LedgerId id, LongPredicate hasRoom) {}
