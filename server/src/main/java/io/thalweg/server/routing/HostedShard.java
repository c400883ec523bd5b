package io.thalweg.server.routing;

import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ledger.LedgerMachine;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A shard of which this node has a replica.
 *
 * @param number 0 is the directory's
 * @param ledgers the ledgers in it
 * @param way to the group's leader; holds nothing in a lone shard, as long as it is one
 */
public record HostedShard(int number, Shard shard, LedgerMachine ledgers, AtomicReference<@Nullable Forwarding> way) {

    /** About what is in this node's replica: events and records of ledgers that are kept. */
    public long storedBytes() {
        return shard.storedBytes() + ledgers.storedBytes();
    }

    /** Its way to the group's leader; empty in a lone shard. */
    public Optional<Forwarding> group() {
        return Optional.ofNullable(way.get());
    }

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
