package io.thalweg.shard.ledger;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Has the leader order the expiry of pending transfers whose time is over, by the shard's time: after each entry behind which something is due, and, since time goes by without
 * entries, whenever its owner calls {@link #step}, which he does every {@value #STEP_MS} milliseconds. A ledger with more to expire than one pulse does is pulsed again at once. Thread-safe.
 */
public final class ExpiryPulse {
    /** How late an expiry may be on an idle shard. */
    public static final int STEP_MS = 100;

    private final Shard shard;
    private final LedgerMachine ledgers;

    /** Ledgers whose pulse is under way. */
    private final Set<LedgerId> flying = ConcurrentHashMap.newKeySet();

    public ExpiryPulse(Shard shard, LedgerMachine ledgers) {
        this.shard = shard;
        this.ledgers = ledgers;
    }

    /** Looks after each entry that changes a ledger, too. Of one shard only one does. */
    public ExpiryPulse afterEntries() {
        ledgers.onDue((ledger, tenant) -> {
            if (shard.role() == Consensus.Role.LEADER) {
                pulse(ledger, tenant);
            }
        });
        return this;
    }

    /** Submits a pulse to each ledger that needs one; does nothing on a node that does not lead. */
    public void step() {
        if (shard.role() == Consensus.Role.LEADER) {
            ledgers.due(shard.timeNs()).forEach(this::pulse);
        }
    }

    private void pulse(LedgerId ledger, TenantId tenant) {
        if (!flying.add(ledger)) {
            return;
        }
        ByteBuffer body = LedgerRequest.encode(ledger, ByteBuffer.allocate(0));
        var _ = shard.submit(Request.of(tenant, Operation.LEDGER_PULSE, body)).whenComplete((reply, _) -> {
            flying.remove(ledger);
            if (reply instanceof Reply.Done done
                    && done.result().remaining() == Integer.BYTES
                    && done.result().duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt() == Ledger.EXPIRIES_MAX) {
                step();
            }
        });
    }
}
