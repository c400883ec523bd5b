package io.thalweg.server.routing;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.log.EventReader;
import io.thalweg.model.AppendBody;
import io.thalweg.model.AppendResult;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamStats;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** The way from a log or a ledger to the shard that holds it, as the directory says. Thread-safe. */
public final class Shards {
    private final List<HostedShard> hosted;
    private final Supplier<Directory> directory;
    private final Function<StreamId, Optional<EventReader>> changes;

    /**
     * @param hosted all that this node has; the first is the directory's
     * @param directory the newest, which says what is where
     * @param changes reads the change events of a ledger, if the stream is one's
     */
    public Shards(
            List<HostedShard> hosted,
            Supplier<Directory> directory,
            Function<StreamId, Optional<EventReader>> changes) {
        this.hosted = List.copyOf(hosted);
        this.directory = directory;
        this.changes = changes;
    }

    /** All shards of which this node has a replica. */
    public List<HostedShard> hosted() {
        return hosted;
    }

    /** The shard of a log's first partition, which is the only one of most. */
    public Shard of(Log log) {
        return numbered(log.shard(0));
    }

    /** The shard of a number; {@code UNAVAILABLE} when this node has no replica of it. */
    public Shard numbered(int number) {
        return HostedShard.numbered(hosted, number).shard();
    }

    /** The shard of a ledger. */
    public HostedShard home(NamedLedger ledger) {
        return HostedShard.numbered(hosted, ledger.shard());
    }

    /** Reads a stream's events: those of a log or, where there is no such log, those of a ledger. */
    public EventReader events(StreamId stream) {
        Optional<Log> log = directory.get().log(stream.log()).filter(found -> stream.partition() < found.partitions());
        if (log.isPresent()) {
            return numbered(log.get().shard(stream.partition())).events();
        }
        // Nobody's stream has no events, wherever one asks.
        return changes.apply(stream)
                .orElseGet(() -> numbered(Bounds.DIRECTORY_SHARD).events());
    }

    /** Appends and waits until the events are durable. */
    public AppendResult append(Log log, TenantId tenant, AppendBody.Builder body) throws InterruptedException {
        return AppendResult.decode(
                Await.reply(of(log).submit(body.request(tenant))).orThrow());
    }

    /** A log's numbers; empty when it has just been deleted. */
    public Optional<StreamStats> stats(Log log) {
        return of(log).stats(StreamId.of(log.id()));
    }

    /** Whether a tenant may store so many bytes more, as of what is applied: requests that are under way do not count. */
    public boolean hasRoom(Tenant tenant, long bytes) {
        long limit = tenant.limits().storageBytes();
        return limit == Long.MAX_VALUE || storedBytes(tenant.id()) <= limit - bytes;
    }

    /** Refuses with {@code QUOTA_EXCEEDED} where {@link #hasRoom} says no. */
    public void requireRoom(Tenant tenant, long bytes) {
        if (!hasRoom(tenant, bytes)) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "the tenant's storage of " + tenant.limits().storageBytes()
                            + " bytes is used up: delete logs or shorten their retention");
        }
    }

    /** Bytes that a tenant keeps in all shards, in logs and in ledgers. */
    public long storedBytes(TenantId tenant) {
        long bytes = 0;
        for (HostedShard home : hosted) {
            bytes += home.shard().storedBytes(tenant) + home.ledgers().storedBytes(tenant);
        }
        return bytes;
    }
}
