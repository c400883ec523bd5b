package io.thalweg.server.inside;

import io.thalweg.directory.Log;
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
import java.util.Optional;
import java.util.function.Function;

/**
 * The way from a log to the shard that holds it. There is one shard so far; whoever comes with more puts the choice here.
 * Thread-safe.
 */
public final class Shards {
    private final Shard only;
    private final Ledgers ledgers;
    private final Function<StreamId, Optional<EventReader>> changes;

    /** @param changes reads the change events of a ledger, if the stream is one's */
    public Shards(Shard only, Ledgers ledgers, Function<StreamId, Optional<EventReader>> changes) {
        this.only = only;
        this.ledgers = ledgers;
        this.changes = changes;
    }

    /** The shard of a log's streams. */
    public Shard of(Log log) {
        if (log.shard() != 0) {
            throw new IllegalStateException(
                    "log " + log.id() + " is in shard " + log.shard() + ", which this node has not");
        }
        return only;
    }

    /** Reads a stream's events: those of a log or, where there is no such log, those of a ledger. */
    public EventReader events(StreamId stream) {
        return only.stats(stream).isPresent()
                ? only.events()
                : changes.apply(stream).orElseGet(only::events);
    }

    /** Appends and waits until the events are durable. */
    public AppendResult append(Log log, TenantId tenant, AppendBody.Builder body) throws InterruptedException {
        return AppendResult.decode(
                Waiting.forReply(of(log).submit(body.request(tenant))).orThrow());
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
        return only.storedBytes(tenant) + ledgers.storedBytes(tenant);
    }
}
