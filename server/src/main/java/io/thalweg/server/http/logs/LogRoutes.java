package io.thalweg.server.http.logs;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Naming;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.shard.stream.StreamStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Logs themselves: create, list, look at, keep shorter, delete. */
final class LogRoutes {
    private static final String TAG = "logs";

    /** How long the nodes may take together that have what is not here. */
    private static final Duration ELSEWHERE = Duration.ofSeconds(10);

    /** In the place of names of views. */
    private static final String EVERY_VIEW = "*";

    private final Administration administration;
    private final Shards shards;
    private final ViewKeeper keeper;
    private final String node;

    LogRoutes(Administration administration, Shards shards, ViewKeeper keeper, String node) {
        this.node = node;
        this.administration = administration;
        this.shards = shards;
        this.keeper = keeper;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/logs")
                        .by(Access.MANAGE)
                        .named("create_log", TAG, "Create a log.")
                        .takes(MediaTypes.JSON, "NewLog")
                        .answers(201, "Created, and usable at once.", "LogCreated")
                        .refuses(404, "There is no log of the name in 'with'.")
                        .refuses(409, "The tenant has a log with this name.")
                        .to(call -> {
                            NewLog wanted = call.strictJson(NewLog.class);
                            create(call, Json.required("name", wanted.name), wanted);
                        }),
                Route.post("/logs/{name}")
                        .by(Access.MANAGE)
                        .named("create_log_by_path", TAG, "Create a log: the older form, without a body.")
                        .answers(201, "Created, and usable at once.", "LogCreated")
                        .refuses(400, "The name cannot be one.")
                        .refuses(409, "The tenant has a log with this name.")
                        .to(call -> create(call, call.path("name"), NewLog.EMPTY)),
                Route.get("/logs")
                        .named("list_logs", TAG, "List the logs that the caller reaches, by name.")
                        .answers(200, "All of them.", "LogList")
                        .to(this::list),
                Route.get("/logs/{log_id}")
                        .named("get_log_handler", TAG, "Look at a log.")
                        .answers(200, "The log.", "Log")
                        .to(call -> call.reply(200, whole(call.tenantId(), call.log()))),
                Route.patch("/logs/{log_id}")
                        .by(Access.ADMIN)
                        .named(
                                "update_log",
                                TAG,
                                "Change how long a log keeps its events, or which views ack=full waits for.")
                        .takes(MediaTypes.JSON, "LogChange")
                        .answers(200, "The log as it is now.", "Log")
                        .to(this::change),
                Route.post("/logs/{log_id}/split")
                        .by(Access.ADMIN)
                        .named("split_log", TAG, "Move slots of a partition to a new one; their keys stay in order.")
                        .takes(MediaTypes.JSON, "LogSplit")
                        .answers(200, "The log as it is now, with a partition more.", "Log")
                        .refuses(400, "The partition is none, or has none of the slots, or no other.")
                        .refuses(409, "Another split of the log is under way.")
                        .to(this::split),
                Route.delete("/logs/{log_id}")
                        .by(Access.ADMIN)
                        .named("delete_log", TAG, "Delete a log with its events and views, for good.")
                        .answers(204, "Deleted.")
                        .to(this::delete),
                Route.get("/logs/{log_id}/stats")
                        .named("get_log_stats", TAG, "Count what is in a log.")
                        .query("partition", Shape.integer(0, Integer.MAX_VALUE), "Only this one; all if missing.")
                        .answers(200, "Its numbers.", "LogStats")
                        .to(this::stats));
    }

    /**
     * A log that is wanted.
     *
     * @param partitions 1 if missing
     * @param with id of a log beside which it is to be
     */
    record NewLog(
            @Nullable String name,
            @Nullable RetentionView retention,
            @Nullable Integer partitions,
            @Nullable String with) {
        static final NewLog EMPTY = new NewLog(null, null, null, null);
    }

    /** Bounds that are null do not bind. */
    record RetentionView(
            @Nullable Long maxAgeSeconds, @Nullable Long maxBytes) {
        static RetentionView of(Retention retention) {
            return new RetentionView(orNull(retention.maxAgeSeconds()), orNull(retention.maxBytes()));
        }

        private static @Nullable Long orNull(long bound) {
            return bound == 0 ? null : (Long) bound;
        }

        Retention toRetention() {
            return new Retention(
                    positive("retention.max_age_seconds", maxAgeSeconds), positive("retention.max_bytes", maxBytes));
        }

        private static long positive(String name, @Nullable Long bound) {
            if (bound != null && bound < 1) {
                throw new ThalwegException(ErrorCode.INVALID_REQUEST, name + " is " + bound + ", expected at least 1");
            }
            return bound == null ? 0 : bound;
        }
    }

    record LogCreated(UUID logId, boolean success) {}

    /** A log; its partitions only where it is looked at alone. */
    record LogView(
            UUID logId,
            String logName,
            UUID tenantId,
            RetentionView retention,
            String createdAt,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<PartitionView> partitions,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            List<String> full) {}

    record LogList(List<LogView> logs) {}

    /**
     * What is to be otherwise; null for what is not.
     *
     * @param full names of the views that {@code ack=full} waits for; {@value #EVERY_VIEW} alone for all that follow
     */
    record LogChange(
            @Nullable RetentionView retention, @Nullable List<String> full) {}

    /**
     * A split that is wanted.
     *
     * @param partition the only one if missing
     * @param firstSlot the first of its slots that go; with {@code lastSlot}, or both missing for the upper half
     */
    record LogSplit(
            @Nullable Integer partition,
            @Nullable Integer firstSlot,
            @Nullable Integer lastSlot) {}

    private void create(Call call, String name, NewLog wanted) throws InterruptedException {
        LogId id = new LogId(UUID.randomUUID());
        Retention kept = wanted.retention == null ? Retention.FOREVER : wanted.retention.toRetention();
        int partitions = wanted.partitions == null ? 1 : wanted.partitions;
        String with = wanted.with;
        administration.run(
                call.tenantId(),
                call.principal().actor(),
                with == null
                        ? new DirectoryCommand.CreateLog(id, name, partitions, Bounds.ANY_SHARD, kept)
                        : new DirectoryCommand.CreateLogWith(
                                id,
                                name,
                                partitions,
                                Naming.log(call.tenant(), with)
                                        .orElseThrow(() -> new ThalwegException(
                                                ErrorCode.NOT_FOUND, "there is no log '" + Numbers.shorten(with) + "'"))
                                        .id(),
                                kept));
        call.reply(201, new LogCreated(id.value(), true));
    }

    private void list(Call call) {
        List<LogView> logs = call.tenant().logs().stream()
                .filter(call.principal().authority()::mayRead)
                .sorted(Comparator.comparing(Log::name))
                .map(log -> view(call.tenantId(), log))
                .toList();
        call.reply(200, new LogList(logs));
    }

    private static LogView view(TenantId tenant, Log log) {
        return new LogView(
                log.id().value(),
                log.name(),
                tenant.value(),
                RetentionView.of(log.retention()),
                Times.text(log.createdNs()),
                null,
                log.full());
    }

    private LogView whole(TenantId tenant, Log log) {
        LogView view = view(tenant, log);
        List<PartitionView> partitions = new ArrayList<>();
        for (StreamId stream : log.streams()) {
            partitions.add(PartitionView.of(log, stream, shards, node));
        }
        return new LogView(
                view.logId, view.logName, view.tenantId, view.retention, view.createdAt, partitions, view.full);
    }

    private void change(Call call) throws InterruptedException {
        LogChange wanted = call.strictJson(LogChange.class);
        LogId id = call.log().id();
        RetentionView retention = wanted.retention;
        List<String> full = wanted.full;
        if ((retention == null) == (full == null)) {
            throw Placing.invalid("one thing is changed at a time: give 'retention' or 'full'");
        }
        Log changed = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        retention != null
                                ? new DirectoryCommand.ChangeRetention(id, retention.toRetention())
                                : new DirectoryCommand.NameFull(
                                        id, List.of(EVERY_VIEW).equals(full) ? null : full))
                .directory()
                .log(call.tenantId(), id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log was deleted meanwhile"));
        call.reply(200, whole(call.tenantId(), changed));
    }

    private void split(Call call) throws InterruptedException {
        LogSplit wanted = call.strictJson(LogSplit.class);
        Log log = call.log();
        Integer first = wanted.firstSlot;
        Integer last = wanted.lastSlot;
        if ((first == null) != (last == null)) {
            throw Placing.invalid("'first_slot' and 'last_slot' come together");
        }
        if (wanted.partition == null && log.partitions() > 1) {
            throw Placing.invalid("'partition' is missing: the log has partitions 0 to " + (log.partitions() - 1));
        }
        Log now = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.SplitLog(
                                log.id(),
                                wanted.partition == null ? 0 : wanted.partition,
                                first == null ? DirectoryCommand.SplitLog.HALF : first,
                                last == null ? DirectoryCommand.SplitLog.HALF : last))
                .directory()
                .log(call.tenantId(), log.id())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log was deleted meanwhile"));
        if (now.partitions() == log.partitions()) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "the split is decided, but its shard has not confirmed it: look again later");
        }
        call.reply(200, whole(call.tenantId(), now));
    }

    private void delete(Call call) throws InterruptedException {
        keeper.follow(administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.DeleteLog(call.log().id()))
                .directory());
        call.replyNothing();
    }

    private void stats(Call call) throws InterruptedException {
        Log log = call.log();
        Integer chosen = Placing.chosen(call, log);
        if (chosen != null) {
            call.reply(200, stats(call, log, chosen));
            return;
        }
        long untilNs = System.nanoTime() + ELSEWHERE.toNanos();
        LogStats all = null;
        for (StreamId stream : log.streams()) {
            int shard = log.shard(stream.partition());
            LogStats its = shards.isHere(shard)
                    ? stats(call, log, stream.partition())
                    : statsElsewhere(call, log, stream.partition(), untilNs);
            all = all == null ? its : all.with(its);
        }
        if (all == null) {
            throw new IllegalStateException("log " + log.id() + " has no partition");
        }
        call.reply(200, all);
    }

    private LogStats stats(Call call, Log log, int partition) {
        StreamStats stats = shards.stats(log, partition)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log was deleted meanwhile"));
        StreamId stream = log.stream(partition);
        long head = Math.max(stats.head(), shards.events(stream).head(stream));
        return LogStats.of(
                log, partition, stats, head, call.tenant().views(log.id()).size());
    }

    /** What a node says that has the partition, where no single node has all of them. */
    private static LogStats statsElsewhere(Call call, Log log, int partition, long untilNs)
            throws InterruptedException {
        int shard = log.shard(partition);
        byte[] said = call.ask(shard, "/logs/" + log.id() + "/stats?partition=" + partition, untilNs)
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "no node answers that has partition " + partition + ", which is in shard " + shard
                                + ": try again, or ask for some of the others"));
        try {
            return Json.read(said, LogStats.class);
        } catch (ThalwegException | MalformedException e) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "a node that has partition " + partition + " is of a version that counts otherwise: try again",
                    e);
        }
    }
}
