package io.thalweg.directory.placement;

import io.thalweg.directory.Want;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.ApplyContext;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import java.util.ArrayList;
import java.util.List;

/**
 * A shard's half of placement: has the streams and ledgers that the directory wants it to have. Its state is the newest version of the
 * directory that it has heard of. A request of an older one is refused, because what was pending then may have been decided otherwise
 * since.
 */
public final class PlacementMachine implements Machine {
    private final LedgerRegistry ledgers;
    private long newest;

    /** @param ledgers of the same shard */
    public PlacementMachine(LedgerRegistry ledgers) {
        this.ledgers = ledgers;
    }

    @Override
    public String name() {
        return "placement";
    }

    @Override
    public boolean owns(Operation operation) {
        return operation == Operation.PLACE;
    }

    @Override
    public Reply apply(ApplyContext context, Request request) {
        PlaceRequest asked = PlaceRequest.decode(request.body());
        if (asked.asOf() < newest) {
            return new Reply.Refused(
                    ErrorCode.SEQUENCE_MISMATCH,
                    "the directory was at version " + asked.asOf() + "; this shard has heard of version " + newest);
        }
        newest = asked.asOf();
        List<Long> refused = new ArrayList<>();
        for (PlaceRequest.Item item : asked.items()) {
            for (Want want : item.wants()) {
                if (!carryOut(context, item.tenant(), want)) {
                    refused.add(item.decision());
                    break;
                }
            }
        }
        return new Reply.Done(PlaceRequest.encodeReply(refused));
    }

    /** False when the shard cannot have it; what is gone already is as good as dropped. */
    private boolean carryOut(ApplyContext context, TenantId tenant, Want want) {
        return switch (want) {
            case Want.HaveStream(var stream) ->
                context.exists(tenant, stream) || done(context.createStream(tenant, stream));
            case Want.SplitStream(var stream, int to) -> done(context.splitStream(tenant, stream, to));
            case Want.HaveLedger(var ledger) -> ledgers.exists(tenant, ledger) || done(ledgers.create(tenant, ledger));
            case Want.DropStream(var stream) ->
                !context.exists(tenant, stream) || done(context.deleteStream(tenant, stream));
            case Want.DropLedger(var ledger) -> !ledgers.exists(tenant, ledger) || done(ledgers.delete(tenant, ledger));
        };
    }

    private static boolean done(Reply reply) {
        return reply instanceof Reply.Done;
    }

    @Override
    public void save(BinaryWriter out) {
        out.i64(newest);
    }

    @Override
    public void load(BinaryReader in) {
        newest = in.i64();
    }
}
