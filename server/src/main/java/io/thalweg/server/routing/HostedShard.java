package io.thalweg.server.routing;

import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.LedgerMachine;
import java.util.List;
import java.util.Optional;

/**
 * A shard of which this node has a replica.
 *
 * @param number 0 is the directory's
 * @param ledgers the ledgers in it
 * @param group its way to the group's leader; empty in a lone shard
 */
public record HostedShard(int number, Shard shard, LedgerMachine ledgers, Optional<Forwarding> group) {

    /** The one with this number; {@link Elsewhere} when it is not among them. */
    static HostedShard numbered(List<HostedShard> hosted, int number) {
        for (HostedShard shard : hosted) {
            if (shard.number == number) {
                return shard;
            }
        }
        throw new Elsewhere(number);
    }
}
