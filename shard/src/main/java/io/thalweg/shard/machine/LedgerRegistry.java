package io.thalweg.shard.machine;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Reply;

/**
 * Where a {@link Machine} creates and deletes ledgers in the same step as something else: all that the directory knows of the ledgers
 * of its shard. Within {@link Machine#apply} only. A {@code Refused} changed nothing.
 */
public interface LedgerRegistry {
    /** Of a shard that keeps no ledgers. */
    LedgerRegistry NONE = new LedgerRegistry() {
        @Override
        public boolean exists(TenantId tenant, LedgerId ledger) {
            return false;
        }

        @Override
        public Reply create(TenantId tenant, LedgerId ledger) {
            return new Reply.Refused(ErrorCode.INVALID_REQUEST, "this shard keeps no ledgers");
        }

        @Override
        public Reply delete(TenantId tenant, LedgerId ledger) {
            return create(tenant, ledger);
        }
    };

    /** Whether {@code tenant} has this ledger. */
    boolean exists(TenantId tenant, LedgerId ledger);

    /** Creates an empty ledger; {@code ALREADY_EXISTS} if any tenant has it. */
    Reply create(TenantId tenant, LedgerId ledger);

    /** Deletes a ledger and all that is in it; {@code NOT_FOUND} if it is not the tenant's. */
    Reply delete(TenantId tenant, LedgerId ledger);
}
