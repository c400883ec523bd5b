package io.thalweg.cluster;

import io.thalweg.model.LedgerId;

/**
 * A ledger as the directory knows it; its accounts and transfers are in its shard.
 *
 * @param name unique in the tenant and fixed
 * @param shard which shard holds it
 * @param createdNs nanoseconds since 1970
 */
public record NamedLedger(LedgerId id, String name, int shard, long createdNs) {}
