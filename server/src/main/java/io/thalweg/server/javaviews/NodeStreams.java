package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.View;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.Shards;
import io.thalweg.shard.stream.StreamSplits;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.Streams;
import io.thalweg.view.java.run.Wiring;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a view as its shard has them: those of its logs, and its own in the log of its steps. What hops says through what, and
 * what it came of, in its headers. Thread-safe.
 */
final class NodeStreams implements Streams {
    private static final String THROUGH = "hop";
    private static final String ORIGIN = "origin";
    private static final String REPLAY = "replay";

    /** When what it came of was appended, in nanoseconds since 1970: dates took a fifth of a hop. Who does not know it takes the hop's own time. */
    private static final String TIME = "time_ns";

    /** The same as a date, as it was written before. */
    private static final String DATE = "time";

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int READ_BYTES = 1 << 20;
    private static final int READ_EVENTS = 256;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Shards shards;
    private final TenantId tenant;
    private final int shard;
    private final Map<String, StreamId> streams = new HashMap<>();
    private final Map<String, Integer> elsewhere = new HashMap<>();
    private final Map<String, List<Part>> parts = new HashMap<>();

    /**
     * @param steps the view's own log
     * @param logs those that it follows and emits to
     */
    NodeStreams(Shards shards, TenantId tenant, Log steps, List<Log> logs) {
        this.shards = shards;
        this.tenant = tenant;
        this.shard = steps.shard(0);
        int partitions = steps.partitions() / View.JAVA_STREAMS;
        for (int i = 0; i < partitions; i++) {
            streams.put(Wiring.changes(i), steps.stream(i));
            streams.put(Wiring.hops(i), steps.stream(partitions + i));
            streams.put(Wiring.deadLetters(i), steps.stream(2 * partitions + i));
        }
        logs.forEach(this::add);
    }

    private void add(Log log) {
        for (StreamId stream : log.streams()) {
            int partition = stream.partition();
            String name = Wiring.log(log.name(), partition);
            streams.put(name, stream);
            if (log.shard(partition) != shard) {
                elsewhere.put(name, log.shard(partition));
            }
            StreamSplits splits =
                    shards.numbered(log.shard(partition)).splits(stream).orElse(null);
            if (partition >= log.firstPartitions() && (splits == null || splits.from() == StreamSplits.NONE)) {
                // The directory is ahead of this replica of the log's shard; without the sequence of the split keys
                // would lose their order.
                throw new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "partition " + partition + " of log " + log.name() + " is not known here yet");
            }
            parts.computeIfAbsent(Wiring.log(log.name(), log.root(partition)), _ -> new ArrayList<>())
                    .add(
                            splits != null && splits.from() != StreamSplits.NONE
                                    ? new Part(name, Wiring.log(log.name(), splits.from()), splits.fromAt())
                                    : new Part(name, null, 0));
        }
    }

    @Override
    public List<Part> parts(String log, int partition) {
        return parts.getOrDefault(Wiring.log(log, partition), List.of());
    }

    /** The stream of a name; null for a partition that a log does not have. */
    @Nullable
    StreamId stream(String name) {
        return streams.get(name);
    }

    /**
     * The streams that wake a partition of a view when they grow: what hops to it, and its part of its logs. The first one leads the view's batches, which begin when any
     * partition has something to take.
     */
    List<String> waking(Wiring wiring) {
        List<String> names = new ArrayList<>(List.of(Wiring.hops(wiring.partition())));
        wiring.logs().forEach(log -> addParts(log, wiring.partition(), names));
        for (int i = 1; wiring.partition() == 0 && i < wiring.partitions(); i++) {
            int other = i;
            wiring.batchLogs().forEach(log -> addParts(log, other, names));
        }
        return names;
    }

    private void addParts(String log, int partition, List<String> to) {
        parts(log, partition).forEach(part -> to.add(part.stream()));
    }

    private StreamId required(String name) {
        StreamId stream = streams.get(name);
        if (stream == null) {
            throw new IllegalArgumentException("the view has no stream " + name);
        }
        return stream;
    }

    @Override
    public List<Streams.Event> read(String name, long after, int max) {
        StreamId stream = streams.get(name);
        if (stream == null || max < 1) {
            return List.of();
        }
        EventReader reader = shards.events(stream);
        long head = reader.head(stream);
        if (head <= after) {
            return List.of();
        }
        // A view that begins takes what is kept; one that was on its way must not miss anything in silence. Who follows
        // steps sees the gap himself.
        long from = after == 0 || name.equals(Wiring.changes(stream.partition()))
                ? Math.max(after + 1, reader.first(stream))
                : after + 1;
        EventBatch batch = reader.read(stream, from, max, READ_BYTES);
        List<Streams.Event> events = new ArrayList<>(batch.count());
        Origins origins = new Origins();
        while (batch.next()) {
            ByteBuffer key = batch.key();
            byte[] payload = new byte[batch.payloadLength()];
            batch.payload().get(payload);
            events.add(new Streams.Event(
                    batch.sequence(),
                    key == null ? null : text(key),
                    payload,
                    // Headers of a log's events are their appender's; those of the view's own streams are the view's.
                    name.startsWith("@") ? hop(batch, origins) : null,
                    instant(batch.timestampNs())));
        }
        return events;
    }

    private static String text(ByteBuffer key) {
        byte[] bytes = new byte[key.remaining()];
        key.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Streams.@Nullable Hop hop(EventBatch event, Origins origins) {
        String through = null;
        Origin origin = null;
        boolean replay = false;
        Instant time = null;
        for (int i = 0; i < event.headerCount(); i++) {
            switch (event.headerName(i)) {
                case THROUGH -> through = event.headerValue(i);
                case ORIGIN -> origin = origins.parse(event.headerValue(i));
                case REPLAY -> replay = true;
                case TIME -> time = instant(Long.parseLong(event.headerValue(i)));
                case DATE -> time = Instant.parse(event.headerValue(i));
                default -> {}
            }
        }
        return through == null ? null : new Streams.Hop(through, origin, replay, time);
    }

    /** Of a read's events neighbours have often come of the same. */
    private static final class Origins {
        private String text = "";
        private @Nullable Origin newest;

        Origin parse(String said) {
            Origin same = newest;
            if (same != null && text.equals(said)) {
                return same;
            }
            Origin other = Origin.parse(said);
            text = said;
            newest = other;
            return other;
        }
    }

    private static long ns(Instant time) {
        return time.getEpochSecond() * NS_PER_SECOND + time.getNano();
    }

    private static Instant instant(long ns) {
        return Instant.ofEpochSecond(ns / NS_PER_SECOND, ns % NS_PER_SECOND);
    }

    @Override
    public long newest(String name) {
        StreamId stream = streams.get(name);
        return stream == null ? 0 : shards.events(stream).head(stream);
    }

    /** The oldest sequence of a stream that is kept. */
    @Override
    public long first(String name) {
        StreamId stream = required(name);
        return shards.events(stream).first(stream);
    }

    /** When an event was appended; null if it is not there. */
    @Nullable
    Instant time(String name, long sequence) {
        StreamId stream = required(name);
        EventReader reader = shards.events(stream);
        if (sequence < reader.first(stream) || sequence > reader.head(stream)) {
            return null;
        }
        EventBatch batch = reader.read(stream, sequence, 1, 1);
        return batch.next() ? instant(batch.timestampNs()) : null;
    }

    @Override
    public long before(String name, Instant time) {
        StreamId stream = required(name);
        EventReader reader = shards.events(stream);
        long ns = ns(time);
        long at = shards.numbered(elsewhere.getOrDefault(name, shard))
                        .keepFrom(stream, Long.MAX_VALUE, ns)
                        .orElse(reader.first(stream))
                - 1;
        at = Math.max(at, reader.first(stream) - 1);
        // Marks lie some events apart; from there one by one.
        while (at < reader.head(stream)) {
            EventBatch batch = reader.read(stream, at + 1, READ_EVENTS, READ_BYTES);
            while (batch.next()) {
                if (batch.timestampNs() >= ns) {
                    return at;
                }
                at = batch.sequence();
            }
        }
        return at;
    }

    @Override
    public String identity(String name) {
        StreamId stream = streams.get(name);
        return stream == null || name.startsWith("@")
                ? ""
                : stream.log().value().toString();
    }

    @Override
    public boolean isBeside(String name) {
        return !elsewhere.containsKey(name);
    }

    @Override
    public void send(String producer, long number, List<Streams.Append> appends) {
        Map<Integer, AppendAllBody.Builder> bodies = new TreeMap<>();
        for (Streams.Append append : appends) {
            int slash = append.stream().lastIndexOf('/');
            StreamId stream = new StreamId(
                    new LogId(UUID.fromString(append.stream().substring(0, slash))),
                    Integer.parseInt(append.stream().substring(slash + 1)));
            // What goes to a log that is gone goes nowhere.
            shards.shard(stream)
                    .ifPresent(to -> bodies.computeIfAbsent(to, _ -> new AppendAllBody.Builder())
                            .add(stream, event(append)));
        }
        bodies.forEach((to, body) -> send(to, body.by(new AppendAllBody.Producer(producer, 0, number))));
    }

    private void send(int to, AppendAllBody.Builder body) {
        try {
            Reply reply = Await.reply(shards.numbered(to).submit(body.request(tenant)));
            if (reply instanceof Reply.Refused refused && !wasSentBefore(refused)) {
                throw refused.toException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted while a step was sent on", e);
        }
    }

    /** An older number than the newest was sent by a leader before; the same number of another append is somebody else's doing. */
    private static boolean wasSentBefore(Reply.Refused refused) {
        return refused.code() == ErrorCode.PRODUCER_NUMBER
                && String.valueOf(refused.toException().getMessage()).endsWith("is older");
    }

    @Override
    public boolean takesBundles() {
        return shards.knows(shard, Operation.VERSION_OF_BUNDLES);
    }

    @Override
    public String address(String name) {
        StreamId stream = required(name);
        return stream.log().value() + "/" + stream.partition();
    }

    @Override
    public boolean append(String conditional, long expected, List<Streams.Append> appends) {
        return begin(conditional, expected, appends).appended();
    }

    @Override
    public Pending begin(String conditional, long expected, List<Streams.Append> appends) {
        AppendAllBody.Builder body = new AppendAllBody.Builder();
        for (Streams.Append append : appends) {
            body.add(required(append.stream()), event(append));
        }
        body.expect(required(conditional), expected);
        return new Ordered(body);
    }

    /** An append that its shard was asked for, and is asked for again as long as it has no room. */
    private final class Ordered implements Pending {
        private final AppendAllBody.Builder body;
        private CompletableFuture<Reply> reply;

        Ordered(AppendAllBody.Builder body) {
            this.body = body;
            this.reply = submit();
        }

        private CompletableFuture<Reply> submit() {
            return shards.numbered(shard).submit(body.request(tenant));
        }

        @Override
        public boolean isKnown(long ms) {
            if (ms == 0 || reply.isDone()) {
                return reply.isDone();
            }
            try {
                reply.get(ms, TimeUnit.MILLISECONDS);
                return true;
            } catch (TimeoutException e) {
                return false;
            } catch (ExecutionException e) {
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true; // it is not waited for any more
            }
        }

        @Override
        public boolean appended() {
            try {
                while (true) {
                    switch (Await.reply(reply)) {
                        case Reply.Done _ -> {
                            return true;
                        }
                        case Reply.Refused refused
                        when refused.code() == ErrorCode.SEQUENCE_MISMATCH -> {
                            return false;
                        }
                        case Reply.Refused refused
                        when refused.code() == ErrorCode.OVERLOADED || refused.code() == ErrorCode.DISK_FULL -> {
                            Thread.sleep(PAUSE);
                            reply = submit();
                        }
                        case Reply.Refused refused -> throw refused.toException();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted while a step was appended", e);
            }
        }
    }

    private static io.thalweg.model.event.Event event(Streams.Append append) {
        List<Header> headers = new ArrayList<>(2);
        Streams.Hop hop = append.hop();
        if (hop != null) {
            headers.add(new Header(THROUGH, hop.through()));
            if (hop.origin() != null) {
                headers.add(new Header(ORIGIN, hop.origin().text()));
            }
            if (hop.replay()) {
                headers.add(new Header(REPLAY, "1"));
            }
            if (hop.time() != null) {
                headers.add(new Header(TIME, Long.toString(ns(hop.time()))));
            }
        }
        io.thalweg.model.event.Event event =
                io.thalweg.model.event.Event.of(append.payload()).withHeaders(headers);
        String key = append.key();
        return key == null ? event : event.withKey(key.getBytes(StandardCharsets.UTF_8));
    }
}
