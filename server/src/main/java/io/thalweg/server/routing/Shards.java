package io.thalweg.server.routing;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.stream.StreamStats;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The way from a log or a ledger to the shard that holds it, as the directory says. Thread-safe. */
public final class Shards {
    private final List<HostedShard> hosted;
    private final Supplier<Directory> directory;
    private final Function<StreamId, Optional<EventReader>> changes;
    private final Remote remote;

    /** The way of requests to shards of which this node has no replica. */
    public interface Remote {
        /** Of a node alone: there are none. */
        Remote NONE = new Remote() {
            @Override
            public CompletableFuture<Reply> submit(int shard, Request request) {
                throw new Elsewhere(shard);
            }

            @Override
            public boolean goesWith(int shard, int other) {
                return true;
            }

            @Override
            public long storedBytes(TenantId tenant) {
                return 0;
            }
        };

        /** Has a request ordered in a shard; as {@link Shard#submit}. */
        CompletableFuture<Reply> submit(int shard, Request request);

        /** Whether every node that has the one has the other, too. */
        boolean goesWith(int shard, int other);

        /** Who leads a shard, as this node heard of late. */
        default Optional<String> leader(int shard) {
            return Optional.empty();
        }

        /** Bytes that a tenant with a limit keeps in the shards that other nodes lead, as of a moment ago. */
        long storedBytes(TenantId tenant);
    }

    /**
     * @param hosted all that this node has, as of each look; the first is the directory's
     * @param directory the newest, which says what is where
     * @param changes reads the change events of a ledger, if the stream is one's
     * @param remote to shards that are not here
     */
    public Shards(
            List<HostedShard> hosted,
            Supplier<Directory> directory,
            Function<StreamId, Optional<EventReader>> changes,
            Remote remote) {
        this.hosted = hosted;
        this.directory = directory;
        this.changes = changes;
        this.remote = remote;
    }

    /** All shards of which this node has a replica. */
    public List<HostedShard> hosted() {
        return hosted;
    }

    /** The shard of a log's first partition, which is the only one of most. */
    public Shard of(Log log) {
        return numbered(log.shard(0));
    }

    /** The shard of a number; {@link Elsewhere} when this node has no replica of it. */
    public Shard numbered(int number) {
        return HostedShard.numbered(hosted, number).shard();
    }

    /** Whether this node has a replica of a shard. */
    public boolean isHere(int number) {
        return hosted.stream().anyMatch(home -> home.number() == number);
    }

    /** Whether every node that has a shard has another one, too, so that who leads the first can read the second. */
    public boolean goesWith(int shard, int other) {
        return remote.goesWith(shard, other);
    }

    /**
     * Whether all programs that have a replica of a shard know what a version brings. The order of one that only this node has is raised to that version when
     * somebody asks, so that older programs refuse it from then on.
     */
    public boolean knows(int number, int version) {
        HostedShard home = HostedShard.numbered(hosted, number);
        if (home.shard().version() >= version) {
            return true;
        }
        if (home.group().isEmpty() && version <= Operation.VERSION_NEWEST) {
            var _ = home.shard().raise(version); // known when it is applied, and asked for again if it is not
        }
        return false;
    }

    /** How many shards for data there are, by the directory: they have the numbers from 1. */
    public int dataShards() {
        return directory.get().dataShards();
    }

    /** Who leads a shard that is not here, as this node heard of late. */
    public Optional<String> leader(int number) {
        return remote.leader(number);
    }

    /** Whether this node leads a shard at the moment. */
    public boolean leads(int number) {
        return isHere(number) && numbered(number).role() == Consensus.Role.LEADER;
    }

    /** Has a request ordered in a shard, wherever its replicas are. */
    public CompletableFuture<Reply> submit(int number, Request request) {
        return isHere(number) ? numbered(number).submit(request) : remote.submit(number, request);
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

    /**
     * Waits until this node has applied all that was acknowledged before the call, in some shards and, in a cluster, in the directory: what
     * follows is a linearizable read, also where another node leads by now, if it looks things up anew.
     *
     * @param numbers of shards that are here
     * @throws ThalwegException {@code DEADLINE_EXCEEDED} when that takes longer; what keeps a shard from taking anything comes as it is
     */
    public void catchUp(Collection<Integer> numbers, Duration timeout) throws InterruptedException {
        boolean alone = hosted.getFirst().group().isEmpty();
        Stream<Integer> asked =
                alone ? numbers.stream() : Stream.concat(Stream.of(Bounds.DIRECTORY_SHARD), numbers.stream());
        CompletableFuture<?>[] markers =
                asked.distinct().map(number -> numbered(number).barrier()).toArray(CompletableFuture<?>[]::new);
        var _ = Await.read(CompletableFuture.allOf(markers), timeout);
    }

    /** The shard that holds a log's stream; empty when there is no such log. */
    public Optional<Integer> shard(StreamId stream) {
        return directory
                .get()
                .log(stream.log())
                .filter(found -> stream.partition() < found.partitions())
                .map(found -> found.shard(stream.partition()));
    }

    /**
     * Appends to a log of one partition, and waits until the events are durable.
     *
     * @throws ThalwegException {@code OUTCOME_UNKNOWN} where nobody knows whether they are
     */
    public AppendResult append(Log log, TenantId tenant, AppendBody.Builder body) {
        return append(log, 0, tenant, body);
    }

    /** Appends to a partition, whose stream the body names; as {@link #append(Log, TenantId, AppendBody.Builder)}. */
    public AppendResult append(Log log, int partition, TenantId tenant, AppendBody.Builder body) {
        return AppendResult.decode(Await.outcome(submit(log.shard(partition), body.request(tenant)), Await.PATIENCE)
                .orThrow());
    }

    /** Appends to several streams of a shard; as {@link #append(Log, TenantId, AppendBody.Builder)}. */
    public AppendAllResult append(int shard, TenantId tenant, AppendAllBody.Builder body) {
        return AppendAllResult.decode(Await.outcome(submit(shard, body.request(tenant)), Await.PATIENCE)
                .orThrow());
    }

    /** A partition's numbers; empty when its log has just been deleted. */
    public Optional<StreamStats> stats(Log log, int partition) {
        return numbered(log.shard(partition)).stats(log.stream(partition));
    }

    /** Whether a tenant may store so many bytes more, as of what is applied: requests that are under way do not count. */
    public boolean hasRoom(Tenant tenant, long bytes) {
        long limit = tenant.limits().storageBytes();
        return limit == Long.MAX_VALUE || storedBytes(tenant.id()) <= limit - bytes;
    }

    /** Refuses with {@code QUOTA_EXCEEDED} where {@link #hasRoom} says no. */
    public void requireRoom(Tenant tenant, long bytes) {
        if (!hasRoom(tenant, bytes)) {
            throw noRoom(tenant);
        }
    }

    /** What is said where {@link #hasRoom} says no. */
    public static ThalwegException noRoom(Tenant tenant) {
        return new ThalwegException(
                ErrorCode.QUOTA_EXCEEDED,
                "the tenant's storage of " + tenant.limits().storageBytes()
                        + " bytes is used up: delete logs or shorten their retention");
    }

    /** Bytes that a tenant keeps in the shards that this node leads: over all nodes of a cluster each byte once. */
    public long ledBytes(TenantId tenant) {
        long bytes = 0;
        for (HostedShard home : hosted) {
            if (home.shard().role() == Consensus.Role.LEADER) {
                bytes += home.shard().storedBytes(tenant) + home.ledgers().storedBytes(tenant);
            }
        }
        return bytes;
    }

    /** Bytes that a tenant keeps in all shards, in logs and in ledgers; of those that are not here as of a moment ago. */
    public long storedBytes(TenantId tenant) {
        return Math.max(bytesHere(tenant), ledBytes(tenant) + remote.storedBytes(tenant));
    }

    private long bytesHere(TenantId tenant) {
        long bytes = 0;
        for (HostedShard home : hosted) {
            bytes += home.shard().storedBytes(tenant) + home.ledgers().storedBytes(tenant);
        }
        return bytes;
    }
}
