package io.thalweg.server.routing;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.LedgerMachine;
import java.util.List;

/**
 * A shard of which this node has a replica.
 *
 * @param number 0 is the directory's
 * @param ledgers the ledgers in it
 */
public record HostedShard(int number, Shard shard, LedgerMachine ledgers) {

    /** The one with this number; {@code UNAVAILABLE} when it is not among them. */
    static HostedShard numbered(List<HostedShard> hosted, int number) {
        for (HostedShard shard : hosted) {
            if (shard.number == number) {
                return shard;
            }
        }
        throw new ThalwegException(ErrorCode.UNAVAILABLE, "this node has no replica of shard " + number);
    }
}
