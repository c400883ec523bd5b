package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.log.journal.JournalOptions;
import io.thalweg.model.Checksum;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A journal with its index, driven as a shard would drive them, and beside it a model of what the streams hold. It stands for
 * the state machine: it assigns sequences and timestamps, and its snapshot is a copy of the model.
 */
final class Shelf {
    static final Path DIRECTORY = Path.of("/journal");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));

    /** One stream: what it keeps, and where it is. */
    static final class Stream {
        long first = 1;
        long head;
        boolean deleted;
        final TreeMap<Long, Stored> events = new TreeMap<>();

        Stream copy() {
            Stream copy = new Stream();
            copy.first = first;
            copy.head = head;
            copy.deleted = deleted;
            copy.events.putAll(events);
            return copy;
        }
    }

    record Stored(Event event, long timestampNs) {}

    record Snapshot(long index, long lastNs, Map<StreamId, Stream> streams) {}

    final SplittableRandom random;
    final Disk disk;
    final Path directory;
    final JournalOptions options;
    final long cacheBytes;
    TreeMap<StreamId, Stream> streams = new TreeMap<>();
    Journal journal;
    EventIndex index;
    StreamReader reader;
    Retention retention;
    long lastIndex = -1;
    long lastNs = 1_000_000;
    Snapshot snapshot = new Snapshot(-1, 1_000_000, Map.of());
    private final TreeMap<Long, Runnable> trims = new TreeMap<>();

    Shelf(Disk disk, Path directory, JournalOptions options, long cacheBytes, long seed) throws IOException {
        this.random = new SplittableRandom(seed);
        this.disk = disk;
        this.directory = directory;
        this.options = options;
        this.cacheBytes = cacheBytes;
        open();
    }

    static Shelf small(Disk disk, int segmentBytes, long seed) throws IOException {
        SplittableRandom salts = new SplittableRandom(seed);
        return new Shelf(disk, DIRECTORY, JournalOptions.small(segmentBytes, salts::nextLong), 2000, seed);
    }

    static StreamId stream(long number) {
        return new StreamId(new LogId(new UUID(7, number)), (int) (number % 2));
    }

    void open() throws IOException {
        journal = Journal.open(disk, directory, options);
        index = EventIndex.open(journal, snapshot.index(), cacheBytes);
        reader = new StreamReader(index);
        retention = new Retention(journal, index);
    }

    @SuppressWarnings("NullAway") // it does not see that the key in the class file of Event may be null
    Event event(int bytesMax) {
        byte[] payload = new byte[random.nextInt(bytesMax + 1)];
        random.nextBytes(payload);
        boolean plain = random.nextInt(3) > 0;
        byte[] key = random.nextInt(4) == 0 ? Arrays.copyOf(payload, Math.min(5, payload.length)) : null;
        return new Event(
                plain ? null : "text/plain",
                key,
                plain ? List.of() : List.of(new Header("name", "välue " + payload.length)),
                payload);
    }

    /** Stores one entry with an append for each of the given batches, and applies it. */
    void append(Map<StreamId, List<Event>> batches) throws IOException {
        List<Request> requests = new ArrayList<>();
        batches.forEach((stream, events) -> {
            AppendBody.Builder builder = AppendBody.builder(stream);
            events.forEach(builder::add);
            requests.add(Request.of(TENANT, Operation.APPEND, builder.build()));
        });
        long entry = lastIndex + 1 + random.nextInt(2);
        List<ByteBuffer> body = RequestCodec.encode(requests);
        journal.append(entry, 1, lastNs, requests.size(), body, new Checksum().of(body));
        journal.force();
        apply(journal.read(entry), true);
    }

    /** Stores an entry that appends to no stream, as a booking does, and applies it; returns what it says. */
    byte[] book(int bytes) throws IOException {
        byte[] transfers = new byte[bytes];
        random.nextBytes(transfers);
        Request request = Request.of(TENANT, Operation.LEDGER_TRANSFERS, ByteBuffer.wrap(transfers));
        List<ByteBuffer> body = RequestCodec.encode(List.of(request));
        journal.append(lastIndex + 1, 1, lastNs, 1, body, new Checksum().of(body));
        journal.force();
        apply(journal.read(lastIndex + 1), true);
        return transfers;
    }

    /** Applies an entry; into the model too, unless the model knows it already. */
    void apply(JournalEntry entry, boolean model) {
        RequestCodec.Cursor cursor = RequestCodec.cursor(entry.body());
        while (cursor.hasNext()) {
            Request request = cursor.next();
            if (request.operation() == Operation.APPEND) {
                AppendBody body = AppendBody.parse(request.body());
                Stream stream = streams.computeIfAbsent(body.stream(), _ -> new Stream());
                int offset = cursor.bodyOffset() + body.eventsOffset();
                index.add(
                        entry,
                        body.stream(),
                        stream.head + 1,
                        body.eventCount(),
                        lastNs + 1,
                        offset,
                        body.events().remaining());
                if (model) {
                    remember(stream, body);
                } else {
                    stream.head += body.eventCount();
                    lastNs += body.eventCount();
                }
                index.publish(body.stream(), stream.head);
            }
        }
        lastIndex = entry.index();
        journal.applied(lastIndex);
    }

    private void remember(Stream stream, AppendBody body) {
        var events = new io.thalweg.model.event.EventCursor(body.events());
        while (events.next()) {
            stream.head++;
            lastNs++;
            stream.events.put(stream.head, new Stored(events.toEvent(), lastNs));
        }
    }

    void trim(StreamId id, long first) {
        Stream stream = streams.get(id);
        if (stream != null && first > stream.first && first <= stream.head + 1) {
            stream.first = first;
            stream.events.headMap(first).clear();
            index.trim(id, first);
        }
    }

    void snapshot() throws IOException {
        index.checkpoint(lastIndex).persist();
        TreeMap<StreamId, Stream> copies = new TreeMap<>();
        streams.forEach((id, stream) -> copies.put(id, stream.copy()));
        snapshot = new Snapshot(lastIndex, lastNs, copies);
        trims.clear();
    }

    /** Opens again as of the newest snapshot and applies what came after it. */
    void reopen() throws IOException {
        TreeMap<StreamId, Stream> before = streams;
        long lastNsBefore = lastNs;
        open();
        streams = new TreeMap<>();
        snapshot.streams().forEach((id, stream) -> streams.put(id, stream.copy()));
        streams.forEach((id, stream) -> index.restore(id, stream.first, stream.head));
        long newest = journal.lastIndex();
        lastIndex = snapshot.index();
        lastNs = snapshot.lastNs();
        for (long i = snapshot.index() + 1; i <= newest; i++) {
            JournalEntry entry = find(i);
            if (entry != null) {
                apply(entry, false);
            }
        }
        before.forEach((id, stream) -> index.trim(id, stream.first));
        assertThat(lastNs).isEqualTo(lastNsBefore);
        streams = before;
    }

    private @Nullable JournalEntry find(long at) throws IOException {
        try {
            return journal.read(at);
        } catch (java.util.NoSuchElementException e) {
            return null;
        }
    }

    /** Compares all that the streams keep, read from random places in random pieces. */
    void check() {
        streams.forEach((id, stream) -> {
            assertThat(reader.head(id)).isEqualTo(stream.head);
            assertThat(reader.first(id)).isEqualTo(stream.first);
            long next = stream.first;
            while (next <= stream.head) {
                int maxEvents = 1 + random.nextInt(50);
                int maxBytes = random.nextInt(3000);
                next = checkBatch(stream, reader.read(id, next, maxEvents, maxBytes), next, maxEvents, maxBytes);
            }
            assertThat(reader.read(id, stream.head + 1, 10, 10).count()).isZero();
            if (stream.first <= stream.head) {
                long from = stream.first + random.nextLong(stream.head - stream.first + 1);
                var _ = checkBatch(stream, reader.read(id, from, 10_000, 1 << 30), from, 10_000, 1 << 30);
            }
        });
    }

    private static long checkBatch(Stream stream, EventBatch batch, long from, int maxEvents, int maxBytes) {
        long next = from;
        long bytes = 0;
        while (batch.next()) {
            Stored stored = Objects.requireNonNull(stream.events.get(next));
            assertThat(batch.sequence()).isEqualTo(next);
            assertThat(batch.timestampNs()).isEqualTo(stored.timestampNs());
            Event event = batch.toEvent();
            assertThat(event.payload()).isEqualTo(stored.event().payload());
            assertThat(event.key()).isEqualTo(stored.event().key());
            assertThat(event.contentType()).isEqualTo(stored.event().contentType());
            assertThat(event.headers()).isEqualTo(stored.event().headers());
            assertThat(batch.payload()).isEqualTo(ByteBuffer.wrap(event.payload()));
            bytes += batch.payloadLength();
            next++;
        }
        assertThat(next - from).isEqualTo(batch.count()).isBetween(1L, (long) maxEvents);
        Stored more = stream.events.get(next);
        boolean full = more == null
                || batch.count() == maxEvents
                || bytes + more.event().payload().length > maxBytes;
        assertThat(full)
                .as("the batch ends early at %d of %d", next, stream.head)
                .isTrue();
        assertThat(batch.count() == 1 || bytes <= maxBytes).isTrue();
        return next;
    }
}
