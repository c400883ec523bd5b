package io.thalweg.server.views;

import io.thalweg.directory.Log;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewVersion;
import io.thalweg.log.EventBatch;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendBody;
import io.thalweg.server.routing.Shards;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bytes of views' components, kept as events of the tenant's log {@code $components}: a component is cut into chunks of
 * {@link ViewCode#CHUNK_BYTES} that stand one after another. Each chunk is appended with the sequence that it expects, so that
 * chunks of two uploads never mix. The same component is stored once. Thread-safe.
 */
public final class Components {
    private static final String MEDIA_TYPE = "application/wasm";
    private static final int TRIES = 5;

    private final Shards shards;
    private final ConcurrentHashMap<LogId, ReentrantLock> writers = new ConcurrentHashMap<>();

    /** Where a component stands. */
    public record Stored(ContentHash digest, long sizeBytes, long firstChunk, int chunks) {}

    public Components(Shards shards) {
        this.shards = shards;
    }

    /** Stores a component durably, unless the tenant has it already. */
    public Stored store(Tenant tenant, byte[] component) throws InterruptedException {
        ContentHash digest = ContentHash.of(component);
        Optional<Stored> known = find(tenant, digest, component.length);
        if (known.isPresent()) {
            return known.get();
        }
        Log log = log(tenant);
        ReentrantLock writer = writers.computeIfAbsent(log.id(), _ -> new ReentrantLock());
        writer.lockInterruptibly();
        try {
            for (int tried = 1; ; tried++) {
                try {
                    return append(tenant, log, component, digest);
                } catch (ThalwegException e) {
                    // Somebody else, on another node, was between two of our chunks.
                    if (e.code() != ErrorCode.SEQUENCE_MISMATCH || tried == TRIES) {
                        throw e;
                    }
                }
            }
        } finally {
            if (!writer.hasQueuedThreads()) {
                // Who has just looked it up goes on with it beside another: then the sequences decide.
                writers.remove(log.id(), writer);
            }
            writer.unlock();
        }
    }

    /** Whether the bytes are still kept; they go when the last version goes that was deployed with them or before them. */
    public boolean isKept(Tenant tenant, Stored stored) {
        StreamId stream = StreamId.of(log(tenant).id());
        return shards.events(stream).first(stream) <= stored.firstChunk();
    }

    private Stored append(Tenant tenant, Log log, byte[] component, ContentHash digest) throws InterruptedException {
        int chunks = ViewCode.chunksOf(component.length);
        StreamId stream = StreamId.of(log.id());
        long head = shards.events(stream).head(stream);
        for (int chunk = 0; chunk < chunks; chunk++) {
            int start = chunk * ViewCode.CHUNK_BYTES;
            int length = Math.min(ViewCode.CHUNK_BYTES, component.length - start);
            AppendBody.Builder body = AppendBody.builder(stream, length + 64)
                    .expect(head + chunk)
                    .add(MEDIA_TYPE, null, List.of(), component, start, length);
            shards.append(log, tenant.id(), body);
        }
        return new Stored(digest, component.length, head + 1, chunks);
    }

    private static Optional<Stored> find(Tenant tenant, ContentHash digest, long sizeBytes) {
        for (View view : tenant.views()) {
            for (ViewVersion version : view.versions()) {
                ViewCode code = version.code();
                if (code.digest().equals(digest) && code.sizeBytes() == sizeBytes) {
                    return Optional.of(new Stored(digest, sizeBytes, code.firstChunk(), code.chunks()));
                }
            }
        }
        return Optional.empty();
    }

    private static Log log(Tenant tenant) {
        return tenant.log(tenant.reserved().components())
                .orElseThrow(() -> new IllegalStateException(
                        "tenant " + tenant.id() + " has no log " + ReservedLogs.COMPONENTS_NAME));
    }

    /** Reads a component back; throws {@code INTERNAL} when what is there is not what was stored. */
    public byte[] load(Tenant tenant, ViewCode code) {
        StreamId stream = StreamId.of(log(tenant).id());
        ByteBuffer component = ByteBuffer.allocate(Math.toIntExact(code.sizeBytes()));
        long next = code.firstChunk();
        long end = code.firstChunk() + code.chunks();
        while (next < end) {
            EventBatch batch = shards.events(stream).read(stream, next, (int) (end - next), 16 << 20);
            while (batch.next()) {
                if (batch.payloadLength() > component.remaining()) {
                    throw damaged(code);
                }
                component.put(batch.payload());
                next = batch.sequence() + 1;
            }
            if (batch.count() == 0) {
                throw damaged(code);
            }
        }
        if (component.hasRemaining() || !ContentHash.of(component.array()).equals(code.digest())) {
            throw damaged(code);
        }
        return component.array();
    }

    private static ThalwegException damaged(ViewCode code) {
        return new ThalwegException(
                ErrorCode.INTERNAL,
                "the component " + code.digest().hex() + " is not in " + ReservedLogs.COMPONENTS_NAME
                        + " from sequence " + code.firstChunk() + " on");
    }
}
