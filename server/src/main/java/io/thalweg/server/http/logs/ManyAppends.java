package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Events for several streams of one shard that are appended all or none, perhaps as a producer's: collected one by one, appended at once,
 * after which each knows where it stands. Belongs to one call.
 */
final class ManyAppends {
    /** What the records of one request may take, so that it fits in an entry of the consensus. */
    private static final int RECORDS_BYTES_MAX = Shard.REQUEST_BYTES_MAX - (64 << 10);

    private final Shards shards;
    private final Tenant tenant;
    private final EventMeters meters;
    private final AppendAllBody.Builder body = new AppendAllBody.Builder();
    private final Map<StreamId, Integer> counts = new HashMap<>();
    private final List<Place> places = new ArrayList<>();
    private final boolean produces;
    private int shard = -1;

    /** Where an event goes: so many events of the request are before it in its stream. */
    private record Place(StreamId stream, int before) {}

    /** Where an event stands. */
    record Stands(StreamId stream, long sequence) {}

    /**
     * What came of it.
     *
     * @param events in the order in which they were added
     * @param position that reflects all of them
     */
    record Done(List<Stands> events, Position position, boolean duplicate) {}

    ManyAppends(Shards shards, Tenant tenant, EventMeters meters, AppendAllBody.@Nullable Producer producer) {
        this.shards = shards;
        this.tenant = tenant;
        this.meters = meters;
        produces = producer != null;
        if (producer != null) {
            body.by(producer);
        }
    }

    int size() {
        return places.size();
    }

    /** The head of a partition that gets an event must be this. */
    void expect(Log log, int partition, long sequence) {
        body.expect(log.stream(partition), sequence);
    }

    /**
     * Adds an event for a partition; {@code NOT_ONE_SHARD} when it lies in another shard than those before.
     *
     * @param asOf how many partitions the log had when this one was chosen by a key; 0 when it was not
     */
    void add(
            Log log,
            int asOf,
            int partition,
            @Nullable String contentType,
            byte @Nullable [] key,
            List<Header> headers,
            byte[] bytes,
            int offset,
            int length) {
        int its = log.shard(partition);
        if (shard >= 0 && its != shard) {
            throw new ThalwegException(
                    ErrorCode.NOT_ONE_SHARD,
                    "partition " + partition + " of log " + log.name() + " is in shard " + its
                            + ", other events of the request go to shard " + shard
                            + ": append them one by one, or create logs beside each other (\"with\")");
        }
        shard = its;
        StreamId stream = log.stream(partition);
        body.add(stream, contentType, key, headers, bytes, offset, length);
        if (asOf != AppendBody.ANY_PARTITIONS) {
            body.asOf(stream, asOf);
        }
        places.add(new Place(stream, counts.merge(stream, 1, Integer::sum) - 1));
    }

    /** What is there already is answered for, also where there is no room for more. */
    private AppendAllResult appended(int bytes) {
        if (shards.hasRoom(tenant, bytes)) {
            return shards.append(shard, tenant.id(), body);
        }
        if (!produces) {
            throw Shards.noRoom(tenant);
        }
        body.streams().forEach(stream -> body.expect(stream, AppendBody.REPEATED_ONLY));
        try {
            return shards.append(shard, tenant.id(), body);
        } catch (ThalwegException e) {
            throw e.code() == ErrorCode.SEQUENCE_MISMATCH ? Shards.noRoom(tenant) : e;
        }
    }

    /** Appends all of them. */
    Done append() throws InterruptedException {
        int bytes = body.recordBytes();
        if (bytes > RECORDS_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the events take " + bytes + " bytes with their metadata; at most " + RECORDS_BYTES_MAX
                            + " fit in one request");
        }
        AppendAllResult result = appended(bytes);
        if (!result.duplicate()) {
            meters.appended(places.size(), bytes);
        }
        Map<StreamId, AppendResult> byStream = new HashMap<>();
        TreeMap<StreamId, Long> newest = new TreeMap<>();
        List<StreamId> streams = body.streams();
        for (int i = 0; i < streams.size(); i++) {
            byStream.put(streams.get(i), result.parts().get(i));
            newest.put(streams.get(i), result.parts().get(i).lastSequence());
        }
        List<Stands> events = new ArrayList<>(places.size());
        for (Place place : places) {
            AppendResult part = byStream.get(place.stream);
            if (part == null) {
                throw new IllegalStateException("the shard answered nothing for " + place.stream);
            }
            events.add(new Stands(place.stream, part.firstSequence() + place.before));
        }
        return new Done(events, Position.of(newest), result.duplicate());
    }
}
