package io.thalweg.testkit;

import io.thalweg.log.EventBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamBounds;
import io.thalweg.shard.stream.StreamCommand;
import io.thalweg.shard.stream.StreamStats;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Streams with bounds in a simulated group. Somebody appends to them, each append with a key, which is forgotten after some seconds, and
 * says some again; whoever leads trims them as {@code RetentionSweep} does, and dies over it. What holds:
 *
 * <ul>
 *   <li>a stream begins where a leader asked for it and nowhere else, never earlier than before, and no earlier than a trim that was
 *       confirmed said;
 *   <li>what goes for its age is that old by the shard's time, or as old as the bound is for a view that still needs it;
 *   <li>in the end all has gone that the bounds do not keep, and the rest is there, in order, and can be read on each replica;
 *   <li>an append that is said again within its key's time is not there twice, and one that is said after that is appended anew.
 * </ul>
 *
 * One thread, and a random stream of its own.
 */
final class RetentionTenancy implements Tenancy {
    private static final TenantId TENANT = new TenantId(new UUID(3, 3));
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final int STREAMS = 3;
    private static final int EVENTS_MAX = 4;
    private static final int PAYLOAD_MAX = 120;

    /** Of an append's records, with their heads: what may stay or go more than a bound says. */
    private static final int APPEND_BYTES_MAX = EVENTS_MAX * (PAYLOAD_MAX + 40);

    /** By what part of all that was ever appended what is kept may be inexact: marks that once lay so far apart do not come closer. */
    private static final int INEXACT = 60;

    /** Ticks that the events of one request may lie apart. */
    private static final int TICKS = 1_000;

    /** A node's process, from start to crash. */
    private static final class Life {
        final Shard shard;
        final long[] first = new long[STREAMS];
        long nextNs;

        /** Trims under way. */
        int trimming;

        Life(Shard shard) {
            this.shard = shard;
        }
    }

    /** A stream, and what was asked and confirmed of it. */
    private static final class Bounded {
        final StreamId id;
        final StreamBounds bounds;

        /** Where a trim that was confirmed has it begin; those that were asked for. */
        long confirmed = 1;

        final List<Long> asked = new ArrayList<>(List.of(1L));
        boolean created;

        /** What a view has not yet taken for good. */
        long needed = 1;

        Bounded(StreamId id, StreamBounds bounds) {
            this.id = id;
            this.bounds = bounds;
        }

        boolean goesByAgeAlone() {
            return bounds.bytesMax() == Long.MAX_VALUE;
        }

        boolean goesByBytesAlone() {
            return bounds.ageNsMax() == Long.MAX_VALUE;
        }
    }

    /** What is appended under a key; perhaps more than once, when the key was forgotten meanwhile. */
    private static final class Append {
        final int number;
        final Bounded stream;
        final List<byte[]> payloads = new ArrayList<>();

        /** Each time that it was heard to have been appended, in order. */
        final List<AppendResult> told = new ArrayList<>();

        boolean inFlight;

        @Nullable
        Object place;

        /** The request in hand is stamped later. */
        long sentNs;

        Append(int number, Bounded stream) {
            this.number = number;
            this.stream = stream;
        }
    }

    private final SplittableRandom random;
    private final Duration window;
    private final List<Bounded> streams = new ArrayList<>();
    private final Map<Object, Life> lives = new HashMap<>();
    private final List<Append> appends = new ArrayList<>();
    private @Nullable Append current;

    /** The newest time that anybody heard of. */
    private long newestNs;

    /** When a leader last looked for what has to go, by the shard's time; and whether there was something, or may be. */
    private long lookedNs;

    private boolean due;

    /** How far any replica has come: whoever has less cannot say that nothing has to go. */
    private long applied;

    private boolean ending;
    private @Nullable AssertionError broken;

    private long trims;
    private long open;
    private long repeated;
    private long anew;

    RetentionTenancy(long seed) {
        random = new SplittableRandom(~seed);
        window = Duration.ofSeconds(2 + random.nextInt(12));
        LogId log = new LogId(new UUID(4, seed));
        for (int partition = 0; partition < STREAMS; partition++) {
            long bytesMax = partition == 0 ? Long.MAX_VALUE : 1_500 + random.nextInt(2_500);
            long ageNsMax = partition == 1 ? Long.MAX_VALUE : (3 + random.nextInt(15)) * SECOND;
            streams.add(new Bounded(new StreamId(log, partition), new StreamBounds(bytesMax, ageNsMax)));
        }
    }

    /** Trims that were confirmed. */
    long trims() {
        return trims;
    }

    /** Trims of which nobody heard what became of them: their leader died, or leads no more. */
    long open() {
        return open;
    }

    /** Appends that were said again and known. */
    long repeated() {
        return repeated;
    }

    /** Appends that were said again and appended again, since their keys were forgotten. */
    long anew() {
        return anew;
    }

    @Override
    public ShardOptions options(ShardOptions options) {
        return options.withIdempotency(window, 10_000);
    }

    @Override
    public boolean forgets() {
        return true;
    }

    @Override
    public List<Machine> machines(SimulatedDisk disk) {
        return List.of();
    }

    @Override
    public void opened(Object place, Shard shard, List<Machine> machines) {
        lives.put(place, new Life(shard));
    }

    // ---- the duty

    @Override
    public void step(Object place, long nowNs) {
        Life here = lives.get(place);
        if (here == null) {
            return;
        }
        applied = Math.max(applied, here.shard.appliedIndex());
        if (nowNs < here.nextNs) {
            return;
        }
        // Rarely in quiet, so that there is something to do when power is lost.
        here.nextNs = nowNs + random.nextLong((ending ? 1 : 15) * SECOND);
        look(here);
        if (random.nextInt(3) == 0) {
            here.shard.housekeep();
        }
        sweep(place, here);
    }

    private void sweep(Object place, Life here) {
        if (here.shard.role() == Consensus.Role.LEADER) {
            due = here.shard.appliedIndex() < applied;
            lookedNs = here.shard.timeNs();
            streams.forEach(stream -> trim(place, here, stream));
        }
    }

    /** Where streams begin here. */
    private void look(Life here) {
        for (int i = 0; i < STREAMS; i++) {
            long first =
                    here.shard.stats(streams.get(i).id).map(StreamStats::first).orElse(1L);
            checkFirst(streams.get(i), first);
            if (first < here.first[i]) {
                throw new AssertionError(streams.get(i).id + " began at " + here.first[i] + " and begins at " + first);
            }
            here.first[i] = first;
        }
    }

    private static void checkFirst(Bounded stream, long first) {
        if (!stream.asked.contains(first)) {
            throw new AssertionError(
                    stream.id + " begins at " + first + ", which nobody asked for; asked was for " + stream.asked);
        }
    }

    private void trim(Object place, Life here, Bounded stream) {
        long head = here.shard.events().head(stream.id);
        if (ending) {
            stream.needed = Long.MAX_VALUE;
        } else if (random.nextInt(3) > 0) {
            stream.needed = Math.max(stream.needed, head - random.nextInt(40));
        }
        StreamCommand.Trim trim = here.shard
                .stats(stream.id)
                .flatMap(stats -> stream.bounds.trim(stats, here.shard::keepYounger, stream.needed))
                .orElse(null);
        if (trim == null) {
            return;
        }
        due = true;
        checkAge(stream, trim.firstSequence(), here.shard.timeNs());
        stream.asked.add(trim.firstSequence());
        here.trimming++;
        var _ = here.shard
                .submit(trim.toRequest(TENANT))
                .whenComplete((reply, failure) -> listen(() -> lives.get(place) == here, () -> {
                    here.trimming--;
                    if (settled("a trim", reply, failure)) {
                        trims++;
                        stream.confirmed = Math.max(stream.confirmed, trim.firstSequence());
                    } else if (failure != null) {
                        open++;
                    }
                }));
    }

    /** What is known to stand before the new beginning is old enough. */
    private void checkAge(Bounded stream, long keepFrom, long nowNs) {
        if (!stream.goesByAgeAlone()) {
            return;
        }
        for (Append append : appends) {
            for (AppendResult told : append.stream == stream ? append.told : List.<AppendResult>of()) {
                boolean needed = told.lastSequence() >= stream.needed;
                long ageNsMax = (needed ? 2 : 1) * stream.bounds.ageNsMax();
                if (told.lastSequence() < keepFrom && nowNs - told.timestampNs() < ageNsMax) {
                    throw new AssertionError(stream.id + " is to begin at " + keepFrom + ", but " + told + " is only "
                            + (nowNs - told.timestampNs()) + " ns old, and is kept for " + ageNsMax);
                }
            }
        }
    }

    // ---- somebody who appends

    @Override
    public void act(Clients.Door door, boolean insist) {
        ending = insist;
        for (Bounded stream : streams) {
            if (!stream.created) {
                create(door, stream);
                return;
            }
        }
        Life here = lives.get(door.place());
        if (here != null && random.nextInt(6) == 0) {
            sweep(door.place(), here);
        }
        if (current == null && !insist) {
            current = !appends.isEmpty() && random.nextInt(3) == 0 ? again() : fresh();
        }
        Append asked = current;
        if (asked != null && !asked.inFlight) {
            send(door, asked);
        }
    }

    private void create(Clients.Door door, Bounded stream) {
        Request request = new StreamCommand.Create(stream.id).toRequest(TENANT);
        var _ = door.submit()
                .apply(request)
                .whenComplete((reply, failure) -> listen(door.alive(), () -> {
                    boolean there =
                            reply instanceof Reply.Refused refused && refused.code() == ErrorCode.ALREADY_EXISTS;
                    stream.created |= there || settled("a creation", reply, failure);
                }));
    }

    private Append fresh() {
        Append append = new Append(appends.size(), streams.get(random.nextInt(STREAMS)));
        int events = 1 + random.nextInt(EVENTS_MAX);
        for (int i = 0; i < events; i++) {
            String text = append.number + ":" + i + ":" + "x".repeat(random.nextInt(PAYLOAD_MAX - 12));
            append.payloads.add(text.getBytes(StandardCharsets.US_ASCII));
        }
        appends.add(append);
        return append;
    }

    /** Rather one whose key may still be known. */
    private Append again() {
        int back = random.nextInt(random.nextBoolean() ? 8 : 60);
        return appends.get(Math.max(0, appends.size() - 1 - back));
    }

    private void send(Clients.Door door, Append asked) {
        asked.inFlight = true;
        asked.place = door.place();
        asked.sentNs = newestNs;
        AppendBody.Builder body = AppendBody.builder(asked.stream.id).idempotencyKey("key-" + asked.number);
        asked.payloads.forEach(body::add);
        var _ = door.submit()
                .apply(body.request(TENANT))
                .whenComplete((reply, failure) -> listen(door.alive(), () -> {
                    asked.inFlight = false;
                    if (settled("an append", reply, failure) && reply instanceof Reply.Done(var result)) {
                        hear(asked, AppendResult.decode(result));
                        current = null;
                    }
                }));
    }

    private void hear(Append asked, AppendResult told) {
        AppendResult before = asked.told.isEmpty() ? null : asked.told.getLast();
        if (told.count() != asked.payloads.size()) {
            throw new AssertionError("append " + asked.number + " of " + asked.payloads.size() + " is told " + told);
        }
        if (told.duplicate() && asked.sentNs - told.timestampNs() >= window.toNanos() + TICKS) {
            throw new AssertionError(
                    "append " + asked.number + " is answered " + told + " though it is forgotten since "
                            + (asked.sentNs - told.timestampNs() - window.toNanos()) + " ns");
        }
        newestNs = Math.max(newestNs, told.timestampNs() + told.count() - 1);
        due = true;
        if (before != null && told.firstSequence() == before.firstSequence()) {
            if (!told.duplicate() || told.timestampNs() != before.timestampNs()) {
                throw new AssertionError("append " + asked.number + " is told " + before + " and then " + told);
            }
            repeated++;
            return;
        }
        if (before != null) {
            requireForgotten(asked, before.timestampNs(), told.timestampNs());
            anew++;
        }
        asked.told.add(told);
    }

    private void requireForgotten(Append append, long beforeNs, long thenNs) {
        if (thenNs - beforeNs < window.toNanos() - TICKS) {
            throw new AssertionError("append " + append.number + " was appended at " + beforeNs + " and "
                    + (thenNs - beforeNs) + " ns later once more, within its key's " + window);
        }
    }

    // ---- what comes back

    /** Hears an answer, or that none comes, as long as there is somebody to hear it. */
    private void listen(BooleanSupplier alive, Runnable heard) {
        try {
            if (alive.getAsBoolean()) {
                heard.run();
            }
        } catch (AssertionError e) {
            broken = broken == null ? e : broken;
        }
    }

    /** Whether it was done; false when it was not, or nobody knows. */
    private static boolean settled(String what, @Nullable Reply reply, @Nullable Throwable failure) {
        if (failure != null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (!(cause instanceof ThalwegException known && known.code() == ErrorCode.UNAVAILABLE)) {
                throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
            }
            return false;
        }
        if (reply instanceof Reply.Refused refused) {
            return switch (refused.code()) {
                case OVERLOADED, NOT_LEADER, UNAVAILABLE -> false;
                default -> throw new AssertionError(what + " is refused: " + refused);
            };
        }
        return true;
    }

    @Override
    public void hearNothingMore(Object place) {
        Life ended = lives.remove(place);
        open += ended == null ? 0 : ended.trimming;
        Append asked = current;
        if (asked != null && place.equals(asked.place)) {
            asked.inFlight = false;
        }
    }

    @Override
    public void complain() {
        if (broken != null) {
            throw broken;
        }
    }

    @Override
    public boolean isWaiting() {
        return current != null || due;
    }

    // ---- the end

    @Override
    public void check(Shard shard, List<Machine> machines) {
        for (Bounded stream : streams) {
            shard.stats(stream.id).ifPresent(stats -> check(stream, stats, shard));
        }
    }

    private void check(Bounded stream, StreamStats stats, Shard shard) {
        checkFirst(stream, stats.first());
        if (stats.first() < stream.confirmed) {
            throw new AssertionError(stream.id + " begins at " + stats.first() + ", but a trim to " + stream.confirmed
                    + " was confirmed");
        }
        checkBytes(stream, stats);
        List<Found> found = read(stream, stats, shard);
        checkAppends(stream, stats, found);
        long old = found.stream()
                .filter(it -> lookedNs - it.timestampNs > stream.bounds.ageNsMax())
                .mapToLong(it -> it.append.payloads.get(it.place).length)
                .sum();
        if (old > APPEND_BYTES_MAX + stats.appendedBytes() / INEXACT) {
            throw new AssertionError(old + " bytes of " + stream.id + " are older than " + stream.bounds.ageNsMax()
                    + " ns and are kept: " + stats);
        }
    }

    private static void checkBytes(Bounded stream, StreamStats stats) {
        long inexact = 2 * APPEND_BYTES_MAX + stats.appendedBytes() / INEXACT;
        if (stats.keptBytes() - inexact > stream.bounds.bytesMax()) {
            throw new AssertionError(stream.id + " keeps too much for " + stream.bounds + ": " + stats);
        }
        long kept = Math.min(stats.appendedBytes(), stream.bounds.bytesMax());
        if (stream.goesByBytesAlone() && stats.keptBytes() < kept - inexact) {
            throw new AssertionError(stream.id + " keeps too little for " + stream.bounds + ": " + stats);
        }
    }

    private record Found(Append append, int place, long sequence, long timestampNs) {}

    private List<Found> read(Bounded stream, StreamStats stats, Shard shard) {
        List<Found> found = new ArrayList<>();
        for (long next = stats.first(); next <= stats.head(); ) {
            EventBatch batch = shard.events().read(stream.id, next, 50, 1 << 20);
            if (batch.count() == 0) {
                throw new AssertionError(stream.id + " has no event at " + next + ": " + stats);
            }
            for (; batch.next(); next++) {
                byte[] payload = new byte[batch.payloadLength()];
                batch.payload().get(payload);
                String[] parts = new String(payload, StandardCharsets.US_ASCII).split(":", 3);
                Append append = appends.get(Integer.parseInt(parts[0]));
                if (batch.sequence() != next || append.stream != stream) {
                    throw new AssertionError(
                            stream.id + " has " + batch.sequence() + " of append " + append.number + " at " + next);
                }
                found.add(new Found(append, Integer.parseInt(parts[1]), next, batch.timestampNs()));
            }
        }
        return found;
    }

    private void checkAppends(Bounded stream, StreamStats stats, List<Found> found) {
        Map<Append, List<Found>> begun = new HashMap<>();
        for (int i = 0; i < found.size(); i++) {
            Found it = found.get(i);
            Found before = i == 0 ? null : found.get(i - 1);
            boolean goesOn = before == null
                    || (it.place == 0
                            ? before.place == before.append.payloads.size() - 1
                            : it.append == before.append && it.place == before.place + 1);
            if (!goesOn || (before != null && it.timestampNs <= before.timestampNs)) {
                throw new AssertionError(stream.id + " has " + before + " before " + it);
            }
            if (it.place == 0) {
                begun.computeIfAbsent(it.append, _ -> new ArrayList<>()).add(it);
            }
        }
        for (Append append : appends) {
            if (append.stream == stream) {
                check(append, stats, begun.getOrDefault(append, List.of()));
            }
        }
    }

    private void check(Append append, StreamStats stats, List<Found> begun) {
        for (int i = 1; i < begun.size(); i++) {
            requireForgotten(append, begun.get(i - 1).timestampNs, begun.get(i).timestampNs);
        }
        for (AppendResult told : append.told) {
            boolean there = begun.stream()
                    .anyMatch(it -> it.sequence == told.firstSequence() && it.timestampNs == told.timestampNs());
            if (told.lastSequence() > stats.head() || (told.firstSequence() >= stats.first() && !there)) {
                throw new AssertionError("append " + append.number + " was told " + told + " and stands at " + begun);
            }
        }
    }
}
