package io.thalweg.server.http.logs;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.shard.stream.StreamStats;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Logs themselves: create, list, look at, keep shorter, delete. */
final class LogRoutes {
    private static final String TAG = "logs";

    private final Administration administration;
    private final Shards shards;
    private final ViewKeeper keeper;

    LogRoutes(Administration administration, Shards shards, ViewKeeper keeper) {
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
                        .refuses(409, "The tenant has a log with this name.")
                        .to(call -> {
                            NewLog wanted = call.json(NewLog.class);
                            create(call, Json.required("name", wanted.name), wanted.retention);
                        }),
                Route.post("/logs/{name}")
                        .by(Access.MANAGE)
                        .named("create_log_by_path", TAG, "Create a log: the older form, without a body.")
                        .answers(201, "Created, and usable at once.", "LogCreated")
                        .refuses(400, "The name cannot be one.")
                        .refuses(409, "The tenant has a log with this name.")
                        .to(call -> create(call, call.path("name"), null)),
                Route.get("/logs")
                        .named("list_logs", TAG, "List the logs that the caller reaches, by name.")
                        .answers(200, "All of them.", "LogList")
                        .to(this::list),
                Route.get("/logs/{log_id}")
                        .named("get_log_handler", TAG, "Look at a log.")
                        .answers(200, "The log.", "Log")
                        .to(call -> call.reply(200, view(call.tenantId(), call.log()))),
                Route.patch("/logs/{log_id}")
                        .by(Access.ADMIN)
                        .named("update_log", TAG, "Change how long a log keeps its events.")
                        .takes(MediaTypes.JSON, "LogChange")
                        .answers(200, "The log as it is now.", "Log")
                        .to(this::change),
                Route.delete("/logs/{log_id}")
                        .by(Access.ADMIN)
                        .named("delete_log", TAG, "Delete a log with its events and views, for good.")
                        .answers(204, "Deleted.")
                        .to(this::delete),
                Route.get("/logs/{log_id}/stats")
                        .named("get_log_stats", TAG, "Count what is in a log.")
                        .answers(200, "Its numbers.", "LogStats")
                        .to(this::stats));
    }

    record NewLog(@Nullable String name, @Nullable RetentionView retention) {}

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

    record LogView(UUID logId, String logName, UUID tenantId, RetentionView retention, String createdAt) {}

    record LogList(List<LogView> logs) {}

    record LogChange(@Nullable RetentionView retention) {}

    record LogStats(
            long archivedBytes,
            long bytes,
            long createdAt,
            long eventCount,
            @Nullable Long firstEventAt,
            @Nullable Long lastEventAt,
            UUID logId,
            String logName,
            long natsMessageCount,
            int viewCount,
            long firstSequence,
            long headSequence) {}

    private void create(Call call, String name, @Nullable RetentionView retention) throws InterruptedException {
        LogId id = new LogId(UUID.randomUUID());
        Retention kept = retention == null ? Retention.FOREVER : retention.toRetention();
        administration.run(
                call.tenantId(),
                call.principal().actor(),
                new DirectoryCommand.CreateLog(id, name, 1, Bounds.ANY_SHARD, kept));
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
                Times.text(log.createdNs()));
    }

    private void change(Call call) throws InterruptedException {
        RetentionView wanted = call.strictJson(LogChange.class).retention;
        if (wanted == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "nothing to change: give 'retention'");
        }
        Log changed = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.ChangeRetention(call.log().id(), wanted.toRetention()))
                .directory()
                .log(call.tenantId(), call.log().id())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log was deleted meanwhile"));
        call.reply(200, view(call.tenantId(), changed));
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

    private void stats(Call call) {
        Log log = call.log();
        StreamStats stats = shards.stats(log)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log was deleted meanwhile"));
        long kept = stats.head() - stats.first() + 1;
        call.reply(
                200,
                new LogStats(
                        0,
                        stats.keptBytes(),
                        stats.createdNs() / 1_000_000_000L,
                        kept,
                        secondsOrNull(stats.firstAppendNs()),
                        secondsOrNull(stats.lastAppendNs()),
                        log.id().value(),
                        log.name(),
                        // What that service counts in its live store; here every kept event is in the one store.
                        kept,
                        call.tenant().views(log.id()).size(),
                        stats.first(),
                        shards.events(StreamId.of(log.id())).head(StreamId.of(log.id()))));
    }

    private static @Nullable Long secondsOrNull(long timestampNs) {
        return timestampNs == 0 ? null : (Long) (timestampNs / 1_000_000_000L);
    }
}
