package io.thalweg.server.javaviews;

import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.Slots;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.javaviews.reading.IndexExplore;
import io.thalweg.server.javaviews.reading.IndexSelect;
import io.thalweg.server.javaviews.reading.Question;
import io.thalweg.server.javaviews.reading.ReadView;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.java.run.Partition;
import io.thalweg.view.java.run.Repairs;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Questions to the indexes of views in Java that run here. Thread-safe. */
public final class JavaViewQueries {
    private static final int REPAIR_SECONDS = 10;
    private static final int TURN_SECONDS = 5;
    private static final long GLANCE_MS = 5;
    private static final long LOOK_MS_MAX = 200;

    /** Of one tenant at a time, so that nobody has all threads; as many as are left to it by what it follows. */
    private static final int QUESTIONS_MAX = 6;

    /** The same of paths that are read: what each of them holds is bounded, and so is what a tenant's hold together. */
    private static final int READS_MAX = 16;

    /** How long people may have an index explored. */
    public static final Duration EXPLORE = Duration.ofSeconds(10);

    /** Most entries of a place that are shown at a time. */
    public static final int PLACE_ENTRIES_MAX = IndexExplore.ENTRIES_MAX;

    /** How a time begins, and no token of a position does. */
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT");

    private final JavaViews views;
    private final Shards shards;
    private final Map<TenantId, Semaphore> turns = new ConcurrentHashMap<>();
    private final Map<TenantId, Semaphore> reads = new ConcurrentHashMap<>();

    /** @param shards that the views' inputs are in */
    public JavaViewQueries(JavaViews views, Shards shards) {
        this.views = views;
        this.shards = shards;
    }

    /**
     * What a path found.
     *
     * @param next where the rest begins, null if there is none
     * @param position token of what it reflects at least
     */
    public record Answer(
            List<@Nullable Object> values, @Nullable String next, String position) {}

    /**
     * Reads an index.
     *
     * @param timeout of waiting and reading together
     * @throws ThalwegException {@code DEADLINE_EXCEEDED} when the view is not that far in time, or the path is not gone; {@code TOO_LARGE} when it
     *     holds too much at once; {@code OVERLOADED} when the tenant reads {@value #READS_MAX} paths already
     */
    public Answer select(
            TenantId tenant,
            View view,
            String index,
            List<?> path,
            int limit,
            @Nullable String page,
            Freshness fresh,
            Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        return read(
                tenant,
                view,
                fresh,
                endNs,
                its -> inTurn(reads(tenant), READS_MAX, "reads %d paths", () -> {
                    IndexSelect.Found found =
                            new IndexSelect(its, index, path, limit).run(page, IndexSelect.until(endNs));
                    return new Answer(
                            found.values(), found.next(), found.position().token());
                }));
    }

    /** What is done with a view that is read. */
    private interface Read<T> {
        T of(ReadView view) throws InterruptedException;
    }

    /** Reads a view that is as fresh as it must be: the one that runs, or a replica. */
    private <T> T read(TenantId tenant, View view, Freshness wanted, long endNs, Read<T> read)
            throws InterruptedException {
        ViewReplica replica = replica(tenant, view, wanted, endNs);
        if (replica == null) {
            return read.of(fresh(view, wanted, left(endNs)));
        }
        try (replica) {
            return read.of(replica);
        }
    }

    /**
     * A replica that may answer; null where what runs here is to. While nobody runs the view, or not yet, there is the time of the call to wait for either.
     *
     * @throws Elsewhere when what runs elsewhere is to
     */
    private @Nullable ViewReplica replica(TenantId tenant, View view, Freshness wanted, long endNs)
            throws InterruptedException {
        boolean stale = wanted.by() == Freshness.By.STALE;
        String after = wanted.after();
        boolean maybe = stale || (wanted.by() == Freshness.By.RUNNING && after != null);
        long lookMs = GLANCE_MS;
        while (maybe && views.running(view.id()) == null) {
            String why = "the view is not as far as position " + after + " here";
            try {
                ViewReplica replica = after == null
                        ? views.others().replica(tenant, view)
                        : thatReflects(tenant, view, after, stale, endNs);
                if (replica != null) {
                    return replica;
                }
                if (stale) {
                    throw new ThalwegException(ErrorCode.DEADLINE_EXCEEDED, why + " yet");
                }
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.UNAVAILABLE) {
                    throw e;
                }
                why = String.valueOf(e.getMessage());
            }
            int shard = shards.shard(StreamId.of(view.log())).orElse(-1);
            if (shard >= 0 && !shards.leads(shard)) {
                throw new Elsewhere(shard, new ThalwegException(ErrorCode.UNAVAILABLE, why), endNs);
            }
            boolean begins = shard >= 0 && after != null && views.failure(view.id()) == null;
            if (!begins || System.nanoTime() - endNs >= 0) {
                break; // whoever looks for what runs says why nothing does
            }
            Thread.sleep(lookMs);
            lookMs = Math.min(2 * lookMs, LOOK_MS_MAX);
        }
        return null;
    }

    /** A replica that reflects a position, waited for where any may answer; null when it does not. Few of a tenant's wait at a time. */
    private @Nullable ViewReplica thatReflects(TenantId tenant, View view, String after, boolean stale, long endNs)
            throws InterruptedException {
        Semaphore waiting = reads(tenant);
        if (!waiting.tryAcquire(TURN_SECONDS, TimeUnit.SECONDS)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, "too many of the tenant wait for views here: try again");
        }
        try {
            return views.others()
                    .replica(
                            tenant,
                            view,
                            inputs -> {
                                if (stale && !Freshness.isClear(inputs, after)) {
                                    throw new ThalwegException(
                                            ErrorCode.INVALID_REQUEST,
                                            "parameter 'after' is a sequence, and the view follows several streams:"
                                                    + " give a Thalweg-Position");
                                }
                                return Freshness.position(inputs, "after", after);
                            },
                            stale ? endNs : System.nanoTime());
        } finally {
            waiting.release();
        }
    }

    private Semaphore reads(TenantId tenant) {
        return reads.computeIfAbsent(tenant, _ -> new Semaphore(READS_MAX));
    }

    /** Does something when it is the tenant's turn. */
    private static <T> T inTurn(Semaphore turn, int max, String does, Supplier<T> what) throws InterruptedException {
        if (!turn.tryAcquire(TURN_SECONDS, TimeUnit.SECONDS)) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "the tenant " + does.formatted(max) + " already: try again");
        }
        try {
            return what.get();
        } finally {
            turn.release();
        }
    }

    /**
     * What stands at a place of an index.
     *
     * @param size how much is in it; null for what is no collection, is not counted, or is spread over partitions
     * @param value what stands there if it is neither a collection nor a record
     * @param next where the rest begins, null if there is none
     * @param position token of what it reflects at least
     */
    public record Place(
            String schema,
            @Nullable Long size,
            @Nullable Object value,
            List<Entry> entries,
            @Nullable String next,
            String position) {}

    /**
     * Something in a place.
     *
     * @param key of a map, field of a record, place in a list, or element of a set
     * @param size null for what is no collection, or is not counted
     * @param sample its value, or the first of what it holds; null if that is large
     */
    public record Entry(
            @Nullable Object key,
            String schema,
            @Nullable Long size,
            @Nullable Object sample) {}

    /**
     * Looks at a place of an index, for people; a tenant looks at few at a time, and asks few queries.
     *
     * @param path of keys, fields, places and ranges; empty for the whole index
     * @param limit of entries, 1 to {@link #PLACE_ENTRIES_MAX}
     * @param timeout of waiting and looking together, {@link #EXPLORE} at most
     * @throws ThalwegException {@code INVALID_REQUEST} for a path that leads to no place
     */
    public Place explore(
            TenantId tenant,
            View view,
            String index,
            List<?> path,
            int limit,
            @Nullable String page,
            Freshness fresh,
            Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        IndexExplore.Explored found = read(
                tenant,
                view,
                fresh,
                endNs,
                its -> inTurn(
                        turn(tenant),
                        QUESTIONS_MAX,
                        "asks %d questions",
                        () -> new IndexExplore(its, index, path, limit, IndexSelect.until(endNs)).run(page)));
        return new Place(
                found.schema(),
                found.size(),
                found.value(),
                found.entries().stream()
                        .map(each -> new Entry(each.key(), each.schema(), each.size(), each.sample()))
                        .toList(),
                found.next(),
                found.position().token());
    }

    /**
     * Reads an index as it was.
     *
     * @param at a time (RFC 3339), or the token of a position: each partition as it was when it had taken its inputs up to there
     * @throws ThalwegException {@code SEQUENCE_GONE} when that is not kept any more; it names the earliest there is
     */
    public Answer selectAt(
            TenantId tenant,
            View view,
            String index,
            List<?> path,
            int limit,
            @Nullable String page,
            String at,
            Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        RunningView running = running(view);
        IndexSelect select = new IndexSelect(running, index, path, limit);
        OptionalInt slot = select.slot();
        Set<Integer> partitions = slot.isPresent()
                ? Set.of(Slots.partition(slot.getAsInt(), running.partitions().size()))
                : all(running);
        try (EarlierState then = EarlierState.of(running, steps(running, at, partitions), endNs)) {
            return inTurn(reads(tenant), READS_MAX, "reads %d paths", () -> {
                IndexSelect.Found found = select.run(then.cells(), page, IndexSelect.until(endNs));
                return new Answer(found.values(), found.next(), found.position().token());
            });
        }
    }

    private static Set<Integer> all(RunningView view) {
        return IntStream.range(0, view.partitions().size()).boxed().collect(Collectors.toSet());
    }

    /** The steps of a time or position, of the partitions that matter. */
    private static List<Long> steps(RunningView running, String at, Set<Integer> partitions) {
        if (TIME.matcher(at).lookingAt()) {
            try {
                return EarlierState.before(running, Instant.parse(at), partitions);
            } catch (DateTimeParseException e) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "parameter 'at' is '" + Numbers.shorten(at)
                                + "', expected a time such as 2026-11-29T12:00:00Z, or a position",
                        e);
            }
        }
        return EarlierState.at(running, Freshness.position(running.inputs(), "at", at), partitions);
    }

    /**
     * What a query answered.
     *
     * @param position token of the moment that it is of
     */
    public record Result(@Nullable Object value, String position) {}

    /**
     * Asks a query; what {@link #select} says of freshness holds here, too.
     *
     * @param arguments a JSON object
     * @param timeout of waiting and answering together
     */
    public Result ask(TenantId tenant, View view, String query, Map<?, ?> arguments, Freshness fresh, Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        ViewReplica replica = replica(tenant, view, fresh, endNs);
        Question question;
        if (replica == null) {
            RunningView running = fresh(view, fresh, left(endNs));
            question = running.question(left(endNs), turn(tenant));
        } else {
            question = replica.question(views.queries(), views.others().of(tenant), left(endNs), turn(tenant));
        }
        Question.Asked asked = question.ask(query, arguments);
        return new Result(asked.result(), asked.position().token());
    }

    /**
     * Asks a query of the state of an earlier moment.
     *
     * @param at as {@link #selectAt} has it
     */
    public Result askAt(TenantId tenant, View view, String query, Map<?, ?> arguments, String at, Duration timeout)
            throws InterruptedException {
        long endNs = System.nanoTime() + timeout.toNanos();
        RunningView running = running(view);
        EarlierState then = EarlierState.of(running, steps(running, at, all(running)), endNs);
        Question.Asked asked = running.question(running.settled(then), left(endNs), turn(tenant))
                .ask(query, arguments);
        return new Result(asked.result(), asked.position().token());
    }

    private Semaphore turn(TenantId tenant) {
        return turns.computeIfAbsent(tenant, _ -> new Semaphore(QUESTIONS_MAX));
    }

    /** A view that reflects what is asked for. */
    private RunningView fresh(View view, Freshness fresh, Duration timeout) throws InterruptedException {
        String after = fresh.after();
        boolean linearizable = fresh.by() == Freshness.By.LINEARIZABLE;
        RunningView running = running(view);
        Position wanted = after == null ? Position.of(Map.of()) : Freshness.position(running.inputs(), "after", after);
        long endNs = System.nanoTime() + timeout.toNanos();
        if (linearizable || !running.followed().has(wanted)) {
            // Another node may lead by now, and may have acknowledged what this one has not heard of.
            shards.catchUp(running.followed().shards(), timeout);
        }
        wanted = linearizable ? wanted.merge(running.followed().heads()) : wanted;
        while ((after != null || linearizable) && !running.await(wanted, left(endNs))) {
            if (running.hasEnded() && System.nanoTime() - endNs < 0) {
                Thread.sleep(GLANCE_MS);
                running = running(view); // another version has taken over, or its partitions begin again
                continue;
            }
            throw new ThalwegException(
                    ErrorCode.DEADLINE_EXCEEDED,
                    "the view does not reflect " + (after == null ? "all that is there" : after) + " yet; it is at "
                            + running.position().token());
        }
        return running;
    }

    private static Duration left(long endNs) {
        return Duration.ofNanos(Math.max(0, endNs - System.nanoTime()));
    }

    /** What runs of a version: the one that answers, or one beside it; the one that answers for 0. */
    private RunningView running(View view, int version) {
        RunningView beside = views.beside(view.id());
        if (version != 0 && beside != null && beside.version() == version) {
            return beside;
        }
        RunningView running = running(view);
        if (version != 0 && running.version() != version) {
            throw new ThalwegException(ErrorCode.VIEW_NOT_PARKED, "version " + version + " does not run");
        }
        return running;
    }

    private RunningView running(View view) {
        RunningView running = views.running(view.id());
        if (running == null) {
            String failure = views.failure(view.id());
            throw new ThalwegException(
                    failure == null ? ErrorCode.UNAVAILABLE : ErrorCode.VIEW_FAILED,
                    failure == null ? "the view is starting, or runs on another node" : failure);
        }
        return running;
    }

    /** Tries parked events again, and starts partitions that were given up. */
    public void retry(io.thalweg.directory.Tenant tenant, View view) throws InterruptedException {
        RunningView running = running(view);
        boolean stuck = running.partitions().stream()
                .anyMatch(partition -> partition.status().state() == RunningPartition.State.STUCK);
        RunningView beside = views.beside(view.id());
        if (beside != null) {
            beside.retry();
        }
        if (stuck) {
            views.restart(tenant, view);
        } else {
            running.retry();
        }
    }

    /**
     * Leaves out for ever the event that a stream waits for, any with sequence 0; {@code VIEW_NOT_PARKED} when it waits for none.
     *
     * @param version that waits, which may be one beside the one that answers; 0 for the one that answers
     */
    public void skip(View view, int version, int partition, @Nullable String stream, long sequence) {
        RunningPartition its = running(view, version).partition(partition);
        Partition.Parked event = its.status().parked().stream()
                .filter(parked -> stream == null || parked.stream().equals(stream))
                .filter(parked -> sequence == 0 || parked.sequence() == sequence)
                .findFirst()
                .orElseThrow(() ->
                        new ThalwegException(ErrorCode.VIEW_NOT_PARKED, "nothing is parked in partition " + partition));
        await(its.wish(now -> now.repairs().skip(event)), System.nanoTime() + TimeUnit.SECONDS.toNanos(REPAIR_SECONDS));
    }

    /** What is done with parked events. */
    public enum Repair {
        /** Tried again. */
        RETRY,
        /** Left out for ever. */
        SKIP,
        /** Tried again with another payload. */
        EDIT
    }

    /**
     * Which parked events are meant.
     *
     * @param version of which, which may be one beside the one that answers; null for the one that answers
     * @param partition null for all
     * @param stream null for all
     * @param sequence null for all
     * @param reason text that is in the reason; null for all
     */
    public record Filter(
            @Nullable Integer version,
            @Nullable Integer partition,
            @Nullable String stream,
            @Nullable Long sequence,
            @Nullable String reason) {
        /** Which they are, in words. */
        public String words() {
            List<String> words = new ArrayList<>();
            if (version != null) {
                words.add("version " + version);
            }
            if (partition != null) {
                words.add("partition " + partition);
            }
            if (stream != null) {
                words.add("stream " + stream);
            }
            if (sequence != null) {
                words.add("sequence " + sequence);
            }
            if (reason != null) {
                words.add("reason " + reason);
            }
            return words.isEmpty() ? "all that is parked" : String.join(", ", words);
        }

        boolean fits(int of, Partition.Parked parked) {
            return (partition == null || partition == of)
                    && (stream == null || stream.equals(parked.stream()))
                    && (sequence == null || sequence == parked.sequence())
                    && (reason == null || parked.reason().contains(reason));
        }
    }

    /**
     * A parked event.
     *
     * @param outcome {@code done}, or why not
     */
    public record Repaired(int partition, String stream, long sequence, String reason, String outcome) {}

    /**
     * Does something with all parked events that a filter fits. Each is dealt with alone: what became of it is said of it.
     *
     * @param payload for {@link Repair#EDIT}: what the handler is to get in the place of what the event has
     */
    public List<Repaired> repair(View view, Filter filter, Repair what, byte @Nullable [] payload) {
        List<Asked> asked = new ArrayList<>();
        Integer version = filter.version;
        for (RunningPartition partition :
                running(view, version == null ? 0 : version).partitions()) {
            for (Partition.Parked event : partition.status().parked()) {
                if (filter.fits(partition.number(), event)) {
                    asked.add(new Asked(partition.number(), event, ask(partition, event, what, payload)));
                }
            }
        }
        // All are asked before any is waited for: those that do not answer have one time together.
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPAIR_SECONDS);
        List<Repaired> repaired = new ArrayList<>();
        for (Asked each : asked) {
            String outcome = "done";
            try {
                await(each.done, endNs);
            } catch (ThalwegException e) {
                outcome = String.valueOf(e.getMessage());
            }
            Partition.Parked event = each.event;
            repaired.add(new Repaired(each.partition, event.stream(), event.sequence(), event.reason(), outcome));
        }
        return repaired;
    }

    private record Asked(int partition, Partition.Parked event, CompletableFuture<Void> done) {}

    private static CompletableFuture<Void> ask(
            RunningPartition partition, Partition.Parked event, Repair what, byte @Nullable [] payload) {
        try {
            if (what == Repair.EDIT) {
                Repairs.requireEditable(event); // where it is asked for: the partition has nothing to do with it
            }
        } catch (ThalwegException e) {
            return CompletableFuture.failedFuture(e);
        }
        return partition.wish(now -> {
            switch (what) {
                case RETRY -> now.repairs().retry(event);
                case SKIP -> now.repairs().skip(event);
                case EDIT -> now.repairs().edit(event, payload == null ? new byte[0] : payload);
            }
        });
    }

    private static void await(CompletableFuture<Void> wish, long endNs) {
        try {
            wish.orTimeout(Math.max(0, endNs - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ThalwegException refused) {
                throw new ThalwegException(refused.code(), String.valueOf(refused.getMessage()), e);
            }
            throw new ThalwegException(ErrorCode.OUTCOME_UNKNOWN, "the partition did not say whether it was done", e);
        }
    }
}
