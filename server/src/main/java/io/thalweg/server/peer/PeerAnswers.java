package io.thalweg.server.peer;

import io.thalweg.cluster.forward.Forwarding;
import io.thalweg.directory.Bounds;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.raft.peer.PeerService;
import io.thalweg.server.form.Json;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.HostedShard;
import io.thalweg.server.views.ReplicaStatus;
import io.thalweg.view.host.ViewHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node answers others.
 *
 * <pre>
 * order     an order of {@link io.thalweg.cluster.forward}, for the shard's leader -> done
 * transfer  id of a node, for the shard's leader -> nothing, when that node leads
 * members   nothing, for the shard's leader -> ids of who is in its group, with commas between them; with a byte, for any node, which asks the leader
 * term      nothing, for a member of the shard's group -> i64, the newest term that it has been in
 *           ? from a member that has lost all -> the same; -1 from one that has nothing either
 *           the id of the node that asks, which has not begun -> the same; 0 from one that has not begun either, 1 from one that has heard that others have
 * status    nothing, or i64, the newest term that the directory's group has been in where who asks knows of one -> {@link PeerStatus} as JSON
 * entry     i64, an index in the shard's order -> nothing, or the first entry of the journal at or behind it: index i64, term i64, stamp i64,
 *           requests i32, checksum of the body i32, body
 * index     id of a log of steps -> {@link PeerIndex} as JSON
 * erase     id of the erasure, version of the directory i64, a tenant's id or nothing -> {@link PeerErasure} as JSON
 * directory version i64 -> nothing, when this node's directory is that new; an error when it is not soon
 * view      id of a view of components -> {@link PeerView} as JSON
 * cells     id of a log of steps, a key or nothing -> a page of the view's cells behind the key
 * borrow    ids of a tenant and of a view of his -> i64, by what its newest moment is known that is lent; id of the log of its steps; i32 partitions
 * lent      i64, 1 for against the order or 0 as i32, bytes at most i32, length of the first key i32, first key, key behind the last -> a page of cells
 * back      i64 -> nothing
 * </pre>
 *
 * A node that is starting leads nothing and answers nothing yet. Thread-safe.
 */
public final class PeerAnswers implements PeerService {
    static final String ORDER = "order";
    static final String TRANSFER = "transfer";
    static final String STATUS = "status";
    static final String MEMBERS = "members";
    static final String TERM = "term";
    static final String ENTRY = "entry";
    static final String INDEX = "index";
    static final String VIEW = "view";
    static final String CELLS = "cells";
    static final String BORROW = "borrow";
    static final String LENT = "lent";
    static final String BACK = "back";
    static final String DIRECTORY = "directory";
    static final String ERASE = "erase";

    /** Instead of a term: the member that was asked has lost what it knew, too. */
    static final long NOTHING_HERE = -1;

    /** Who asks for a term has lost what it knew. */
    static final ByteBuffer LOST =
            ByteBuffer.wrap("?".getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();

    /** How long a node may lag behind the directory's leader and still be well. */
    static final Duration LAG_MAX = Duration.ofSeconds(1);

    private static final int UUID_BYTES = 16;
    private static final int NODE_BYTES_MAX = 100;

    /** For what waits for a disk. */
    private static final Executor VIRTUAL = Thread::startVirtualThread;

    private volatile List<HostedShard> shards = List.of();
    private volatile IntFunction<CompletableFuture<List<String>>> members = shard ->
            CompletableFuture.failedFuture(new ThalwegException(ErrorCode.UNAVAILABLE, "the node is starting"));
    private volatile IntFunction<CompletableFuture<List<String>>> membersByLeader = members;
    private volatile @Nullable JavaViews views;
    private volatile @Nullable ViewHost components;
    private volatile @Nullable Administration administration;
    private volatile @Nullable Beginning beginning;
    private volatile PeerErasure.@Nullable Eraser eraser;
    private volatile Supplier<PeerStatus> here = () -> {
        throw starting();
    };

    /**
     * Answers from now on with these.
     *
     * @param hosted all whose files are open here, as of each look
     * @param group who is in the group of a shard, if this node leads it
     * @param groupByLeader the same by the word of who leads it
     */
    public void serve(
            List<HostedShard> hosted,
            IntFunction<CompletableFuture<List<String>>> group,
            IntFunction<CompletableFuture<List<String>>> groupByLeader,
            Administration directory,
            JavaViews javaViews,
            ViewHost ofComponents,
            Supplier<PeerStatus> status) {
        members = group;
        membersByLeader = groupByLeader;
        administration = directory;
        shards = hosted;
        views = javaViews;
        components = ofComponents;
        here = status;
    }

    /** By this what was deleted goes from this node's disk. */
    public void erase(PeerErasure.Eraser by) {
        eraser = by;
    }

    /** This node has nothing yet: others hear that, if they ask because they have nothing either. */
    public void waits(Beginning toBegin) {
        beginning = toBegin;
    }

    @Override
    public CompletableFuture<ByteBuffer> answer(@Nullable String caller, String what, int shard, ByteBuffer body) {
        return switch (what) {
            case ORDER -> group(shard).order(body);
            case TRANSFER -> group(shard).transfer(node(body)).thenApply(_ -> ByteBuffer.allocate(0));
            case STATUS -> {
                hears(caller, body);
                yield CompletableFuture.completedFuture(ByteBuffer.wrap(Json.write(here.get())));
            }
            case MEMBERS ->
                (body.hasRemaining() ? membersByLeader : members)
                        .apply(shard)
                        .thenApply(ids -> ByteBuffer.wrap(String.join(",", ids).getBytes(StandardCharsets.UTF_8)));
            case TERM -> CompletableFuture.completedFuture(term(caller, shard, body));
            case ENTRY -> entry(shard, new BinaryReader(body).i64());
            case INDEX -> index(new LogId(new BinaryReader(body).uuid()));
            case VIEW -> CompletableFuture.completedFuture(view(new ViewId(new BinaryReader(body).uuid())));
            case CELLS -> cells(new BinaryReader(body));
            case BORROW -> borrow(new BinaryReader(body));
            case LENT -> lent(new BinaryReader(body));
            case BACK -> {
                views().back(new BinaryReader(body).i64());
                yield CompletableFuture.completedFuture(ByteBuffer.allocate(0));
            }
            case DIRECTORY -> directory(new BinaryReader(body).i64());
            case ERASE -> erase(new BinaryReader(body));
            default ->
                CompletableFuture.failedFuture(
                        new ThalwegException(ErrorCode.INVALID_REQUEST, "this node knows no question '" + what + "'"));
        };
    }

    private CompletableFuture<ByteBuffer> directory(long version) {
        Administration known = administration;
        if (known == null) {
            throw starting();
        }
        if (known.directory().version() >= version) {
            return CompletableFuture.completedFuture(ByteBuffer.allocate(0));
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        if (known.await(version, LAG_MAX).version() >= version) {
                            return ByteBuffer.allocate(0);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw new ThalwegException(ErrorCode.UNAVAILABLE, "this node lags behind the directory");
                },
                VIRTUAL);
    }

    /** Writes down what is to be done. */
    private CompletableFuture<ByteBuffer> erase(BinaryReader body) {
        PeerErasure.Eraser known = eraser;
        if (known == null) {
            throw starting();
        }
        UUID id = body.uuid();
        long version = body.i64();
        Optional<TenantId> tenant = body.remaining() == 0 ? Optional.empty() : Optional.of(new TenantId(body.uuid()));
        return CompletableFuture.supplyAsync(
                () -> ByteBuffer.wrap(Json.write(known.erase(id, tenant, version))), VIRTUAL);
    }

    private static ThalwegException starting() {
        return new ThalwegException(ErrorCode.UNAVAILABLE, "the node is starting");
    }

    private JavaViews views() {
        JavaViews known = views;
        if (known == null) {
            throw starting();
        }
        return known;
    }

    private ByteBuffer view(ViewId view) {
        ViewHost known = components;
        if (known == null) {
            throw starting();
        }
        return ByteBuffer.wrap(Json.write(
                new PeerView(known.status(view).stream().map(ReplicaStatus::of).toList())));
    }

    /** Flushes, which takes a while. */
    private CompletableFuture<ByteBuffer> index(LogId steps) {
        return CompletableFuture.supplyAsync(
                () -> ByteBuffer.wrap(Json.write(new PeerIndex(views().kept().durable(steps)))), VIRTUAL);
    }

    private CompletableFuture<ByteBuffer> cells(BinaryReader body) {
        LogId steps = new LogId(body.uuid());
        byte[] key = body.raw(body.remaining());
        return CompletableFuture.supplyAsync(
                () -> ByteBuffer.wrap(views().kept().page(steps, key.length == 0 ? null : key)), VIRTUAL);
    }

    /** Waits until a batch that counts is in all partitions. */
    private CompletableFuture<ByteBuffer> borrow(BinaryReader body) {
        TenantId tenant = new TenantId(body.uuid());
        ViewId view = new ViewId(body.uuid());
        return CompletableFuture.supplyAsync(
                () -> {
                    JavaViews.Lent lent = views().lend(tenant, view);
                    return new BinaryWriter(Long.BYTES + UUID_BYTES + Integer.BYTES)
                            .i64(lent.id())
                            .uuid(lent.steps())
                            .i32(lent.partitions())
                            .toByteBuffer();
                },
                VIRTUAL);
    }

    private CompletableFuture<ByteBuffer> lent(BinaryReader body) {
        long id = body.i64();
        boolean reverse = body.i32() != 0;
        int bytesMax = body.i32();
        byte[] from = body.raw(body.i32());
        byte[] to = body.raw(body.remaining());
        return CompletableFuture.supplyAsync(
                () -> ByteBuffer.wrap(views().lent(id, from, to, reverse, bytesMax)), VIRTUAL);
    }

    private static String node(ByteBuffer body) {
        byte[] name = new byte[Math.min(NODE_BYTES_MAX, body.remaining())];
        body.get(name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /** Who asks how this node is has it in the directory. */
    private void hears(@Nullable String caller, ByteBuffer body) {
        Beginning own = beginning;
        if (own != null && caller != null && body.remaining() == Long.BYTES && new BinaryReader(body).i64() > 0) {
            var _ = own.isKnownTo(caller, this::isInDirectory);
        }
    }

    /** A node that is still starting does not know. */
    private boolean isInDirectory(String node) {
        Administration known = administration;
        return known == null || known.directory().cluster().node(node).isPresent();
    }

    private ByteBuffer term(@Nullable String caller, int shard, ByteBuffer body) {
        Beginning own = shard == Bounds.DIRECTORY_SHARD && body.hasRemaining() ? beginning : null;
        long term;
        if (own == null || isOpen(shard)) {
            term = group(shard).standing().term();
        } else if (body.equals(LOST)) {
            own.othersHaveBegun();
            term = own.mayBeNew() ? group(shard).standing().term() : NOTHING_HERE;
        } else if (own.hears(asker(caller, body))) {
            term = 0;
        } else {
            term = own.mayBeNew() ? group(shard).standing().term() : 1;
        }
        return new BinaryWriter(Long.BYTES).i64(term).toByteBuffer();
    }

    /** Nobody says of another that it has not begun. */
    private static String asker(@Nullable String caller, ByteBuffer body) {
        String asker = node(body);
        if (!asker.equals(caller)) {
            throw new MalformedException("that node " + asker + " has not begun is said by " + caller);
        }
        return asker;
    }

    private boolean isOpen(int shard) {
        return shards.stream().anyMatch(home -> home.number() == shard);
    }

    /** Reads the disk. */
    private CompletableFuture<ByteBuffer> entry(int shard, long index) {
        Optional<HostedShard> home =
                shards.stream().filter(each -> each.number() == shard).findFirst();
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return PeerEntry.encode(
                                home.orElseThrow(() -> none(shard)).shard().storedEntry(index));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                VIRTUAL);
    }

    private static ThalwegException none(int shard) {
        return new ThalwegException(
                ErrorCode.NOT_LEADER, "this node has no replica of shard " + shard + ", or not yet");
    }

    private Forwarding group(int shard) {
        return shards.stream()
                .filter(home -> home.number() == shard)
                .findFirst()
                .flatMap(HostedShard::group)
                .orElseThrow(() -> none(shard));
    }
}
