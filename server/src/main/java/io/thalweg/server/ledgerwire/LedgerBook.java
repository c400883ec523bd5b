package io.thalweg.server.ledgerwire;

import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.server.data.Damages;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.LedgerMachine;
import java.util.function.IntSupplier;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * The ledger that a door opens.
 *
 * @param shard that holds it
 * @param machine the shard's ledgers
 * @param hasRoom whether the tenant may store so many bytes more
 * @param view which node of the group leads, see {@link Header}; 0 for a lone shard
 * @param nowNs the time that replies to reads carry, nanoseconds since 1970
 * @param damages hears of what cannot be answered
 */
public record LedgerBook(
        Shard shard,
        LedgerMachine machine,
        TenantId tenant,
        LedgerId id,
        LongPredicate hasRoom,
        IntSupplier view,
        LongSupplier nowNs,
        Damages damages) {}
