package io.thalweg.directory;

import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;

/**
 * A ledger as the directory knows it; its accounts and transfers are in its shard.
 *
 * @param name unique in the tenant and fixed
 * @param shard which shard holds it
 * @param createdNs nanoseconds since 1970
 */
public record NamedLedger(LedgerId id, String name, int shard, long createdNs) {
    /**
     * The ledger's change events as what a view follows: a log of one partition that nobody appends to, under the ledger's own
     * identifier. No log has the same one.
     */
    public Log asLog() {
        return new Log(new LogId(id.value()), name, 1, shard, Retention.FOREVER, createdNs);
    }
}
