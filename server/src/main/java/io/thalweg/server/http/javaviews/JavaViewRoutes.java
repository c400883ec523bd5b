package io.thalweg.server.http.javaviews;

import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.javaviews.Freshness;
import io.thalweg.server.javaviews.JavaDeployment;
import io.thalweg.server.javaviews.JavaViewQueries;
import io.thalweg.server.javaviews.JavaViewStatus;
import io.thalweg.server.javaviews.JavaViews;
import io.thalweg.server.javaviews.Rehearsals;
import io.thalweg.server.javaviews.live.LiveSelects;
import io.thalweg.server.routing.Administration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Views in Java, which are the tenant's and not a log's, and what their indexes hold. */
public final class JavaViewRoutes {
    private static final String TAG = "java views";
    private static final String PATH = "/views/{view}";
    private static final int PAGE = 1_000;
    private static final int PAGE_MAX = 10_000;
    private static final int PLACE_ENTRIES = 20;
    private static final int REHEARSED = 1_000;
    private static final int REHEARSED_MAX = 10_000;
    private static final int WORDS_MAX = 200;
    private static final String CONSISTENCY =
            "Unless said, the node that runs the view answers, or one that has what 'after' names. Stale: any replica"
                    + " of the indexes, also while nobody runs the view. Linearizable: with all that was acknowledged"
                    + " before.";

    private static final long TIMEOUT_MS = 30_000;
    private static final long TIMEOUT_MS_MAX = 120_000;

    private static final int RESULT_BYTES_MAX = 10 << 20;
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final Administration administration;
    private final JavaDeployment deployment;
    private final JavaViews views;
    private final JavaViewQueries queries;
    private final SubscribeRoute subscribing;

    /** A jar is in memory more than once while it is looked at. */
    private final Semaphore uploads = new Semaphore(2);

    /** @param stopping whether the node is about to close its door */
    public JavaViewRoutes(
            Administration administration,
            JavaDeployment deployment,
            JavaViews views,
            JavaViewQueries queries,
            LiveSelects live,
            Authenticator authenticator,
            BooleanSupplier stopping) {
        this.subscribing = new SubscribeRoute(live, authenticator, stopping, JavaViewRoutes::view);
        this.administration = administration;
        this.deployment = deployment;
        this.views = views;
        this.queries = queries;
    }

    /** Every route. */
    public List<Route> routes() {
        return Stream.concat(subscribing.routes().stream(), own().stream()).toList();
    }

    private List<Route> own() {
        return List.of(
                Route.put(PATH)
                        .by(Access.MANAGE)
                        .named("deploy_java_view", TAG, "Deploy a jar as a view, or as the next version of one.")
                        .query("class", Shape.text(), "The class in it that is the view.")
                        .query(
                                "partitions",
                                Shape.integer(1, View.MAX_JAVA_PARTITIONS),
                                "Of the view and of the logs that are made for it; those that are there may have more.")
                        .query(
                                "way",
                                Shape.oneOf("in_place", "rolling", "migrate", "replay", "replay_kept")
                                        .orElse("in_place"),
                                "How a next version comes: on the same indexes at once, or to one partition after the"
                                        + " other; or beside the one that answers, and takes over then: on a copy of"
                                        + " the indexes, or by processing the logs again, all of them or what is"
                                        + " kept.")
                        .body(Limits.MAX_COMPONENT_BYTES)
                        .takes(MediaTypes.BINARY, null)
                        .takes("application/java-archive", null)
                        .answers(200, "Its next version, which runs.", "JavaView")
                        .answers(201, "A new view, which runs.", "JavaView")
                        .refuses(409, "A name or an identifier is in use.")
                        .refuses(503, "The node is overloaded, or cannot write.")
                        .to(this::deploy),
                Route.post(PATH + "/rehearse")
                        .by(Access.MANAGE)
                        .named(
                                "rehearse_java_view",
                                TAG,
                                "Look what a jar would do with the view's newest events, and change nothing.")
                        .query("class", Shape.text(), "The class in it that is the view.")
                        .query(
                                "events",
                                Shape.integer(1, REHEARSED_MAX).orElse(REHEARSED),
                                "Of each stream that the view follows.")
                        .body(Limits.MAX_COMPONENT_BYTES)
                        .takes(MediaTypes.BINARY, null)
                        .takes("application/java-archive", null)
                        .answers(200, "Where it differs from the version of today.", "Rehearsed")
                        .refuses(503, "The view is starting, or runs elsewhere; or the node is overloaded.")
                        .to(this::rehearse),
                Route.get("/views")
                        .by(Access.READ)
                        .named("list_java_views", TAG, "List the views in Java, by name.")
                        .answers(200, "All of them.", "JavaViewList")
                        .to(this::list),
                Route.get(PATH)
                        .by(Access.READ)
                        .named("get_java_view", TAG, "Look at a view in Java.")
                        .answers(200, "The view.", "JavaView")
                        .to(call -> reply(call, 200, call.tenant())),
                Route.delete(PATH)
                        .by(Access.MANAGE)
                        .named("delete_java_view", TAG, "Delete a view in Java with its indexes; its logs stay.")
                        .answers(204, "Deleted.")
                        .refuses(503, "It is still being made.")
                        .to(call -> {
                            deployment.requireUnread(call.tenant(), view(call));
                            run(call, new DirectoryCommand.DeleteView(view(call).id()));
                            call.replyNothing();
                        }),
                steering("pause", "Take no events until it is resumed; it answers meanwhile.")
                        .to(call -> steer(
                                call, new DirectoryCommand.PauseView(view(call).id()))),
                steering("resume", "Go on taking events.")
                        .to(call -> steer(
                                call, new DirectoryCommand.ResumeView(view(call).id()))),
                steering("activate", "Have the version that stands beside take over now, as far as it is.")
                        .query("version", Shape.integer(1, Integer.MAX_VALUE), "Which one it is.")
                        .to(call -> {
                            int version = (int) call.query().number("version", 0, 1, Integer.MAX_VALUE);
                            deployment.requireBegun(view(call), version);
                            steer(
                                    call,
                                    new DirectoryCommand.ActivateVersion(
                                            view(call).id(), version));
                        }),
                steering(
                                "rollback",
                                "Go back to the version before: on the same indexes, or on its own when it has taken"
                                        + " what came since.")
                        .to(call -> {
                            deployment.requireRollBack(call.tenant(), view(call));
                            steer(
                                    call,
                                    new DirectoryCommand.RollBackView(view(call).id()));
                        }),
                steering("rewind", "Process the logs again: from empty indexes, or beside those that answer.")
                        .query(
                                "way",
                                Shape.oneOf("in_place", "replay", "replay_kept").orElse("in_place"),
                                "In place it begins anew at once, with empty indexes and what is kept of the logs;"
                                        + " else as a next version with the same code that is deployed this way.")
                        .refuses(503, "It is still being made.")
                        .to(this::rewind),
                Route.put(PATH + "/options")
                        .by(Access.MANAGE)
                        .named(
                                "change_java_view_options",
                                TAG,
                                "Change what may be changed of a view that runs, all at once; what is not named is as"
                                        + " its class says.")
                        .takes(MediaTypes.JSON, "JavaViewOptions")
                        .answers(200, "The view as it is now.", "JavaView")
                        .to(call -> steer(
                                call,
                                new DirectoryCommand.ChangeViewOptions(
                                        view(call).id(),
                                        call.strictJson(JavaViewStatus.Options.class)
                                                .toOptions()))),
                steering("retry", "Try parked events again, and start what was given up.")
                        .refuses(502, "The view does not run.")
                        .refuses(503, "The view is starting.")
                        .to(call -> {
                            note(call, "retry", "all that is parked");
                            queries.retry(call.tenant(), view(call));
                            reply(call, 200, call.tenant());
                        }),
                steering("skip", "Leave out for ever the event that a partition waits for.")
                        .query(
                                "partition",
                                Shape.integer(0, View.MAX_JAVA_PARTITIONS).orElse(0),
                                "Which partition.")
                        .query(
                                "version",
                                Shape.integer(1, Integer.MAX_VALUE),
                                "Of which version, if it is one that stands beside.")
                        .query("stream", Shape.text(), "Which of its streams, if several wait.")
                        .query("sequence", Shape.sequence(), "The event must be this one.")
                        .refuses(409, "Nothing is parked there.")
                        .refuses(502, "The view does not run.")
                        .refuses(503, "The view is starting.")
                        .to(this::skip),
                Route.post(PATH + "/repair")
                        .by(Access.MANAGE)
                        .named(
                                "repair_java_view",
                                TAG,
                                "Retry, edit or leave out all parked events that a filter fits.")
                        .takes(MediaTypes.JSON, "Repair")
                        .answers(200, "The events, each with what became of it.", "Repaired")
                        .refuses(502, "The view does not run.")
                        .refuses(503, "The view is starting, or runs elsewhere.")
                        .to(this::repair),
                Route.post(PATH + "/indexes/{index}/select")
                        .by(Access.READ)
                        .named("select_from_index", TAG, "Read an index by a path.")
                        .query("after", Shape.text(), "The answer reflects this position, hops included.")
                        .query(
                                "timeout",
                                Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS),
                                "Longest wait in milliseconds.")
                        .query("consistency", Shape.oneOf("stale", "linearizable"), CONSISTENCY)
                        .replicasMayAnswer()
                        .query("at", Shape.text(), "As it was at this time or position; not with the others.")
                        .takes(MediaTypes.JSON, "Select")
                        .sends(HeaderWords.POSITION, Shape.text(), "What the answer reflects at least.")
                        .answers(200, "What the path found.", "Selected")
                        .refuses(410, "That state is not kept any more; the text names the earliest there is.")
                        .refuses(413, "That state is of too many steps.")
                        .refuses(502, "The view does not run.")
                        .refuses(503, "The view is starting, or runs elsewhere.")
                        .refuses(504, "The view is not that far in time.")
                        .to(this::select),
                Route.post(PATH + "/indexes/{index}/explore")
                        .by(Access.READ)
                        .named(
                                "explore_index",
                                TAG,
                                "Look at a place of an index: what it is, how much, and some of it.")
                        .query("consistency", Shape.oneOf("stale"), "Stale: any replica of the indexes may show it.")
                        .within(JavaViewQueries.EXPLORE)
                        .replicasMayAnswer()
                        .takes(MediaTypes.JSON, "Explore")
                        .sends(HeaderWords.POSITION, Shape.text(), "What the answer reflects at least.")
                        .answers(200, "What stands there.", "Explored")
                        .refuses(502, "The view does not run.")
                        .refuses(503, "The view is starting, or runs elsewhere.")
                        .to(this::explore),
                Route.post(PATH + "/queries/{query}")
                        .by(Access.READ)
                        .named("ask_java_view", TAG, "Ask a query of a view.")
                        .query("after", Shape.text(), "The answer reflects this position, hops included.")
                        .query(
                                "timeout",
                                Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS),
                                "Longest time in milliseconds, waiting included; then its work is stopped.")
                        .query("consistency", Shape.oneOf("stale", "linearizable"), CONSISTENCY)
                        .replicasMayAnswer()
                        .query("at", Shape.text(), "As it was at this time or position; not with the others.")
                        .takes(MediaTypes.JSON, "QueryArguments")
                        .sends(
                                HeaderWords.POSITION,
                                Shape.text(),
                                "The one position, of all partitions, that it is of.")
                        .answers(200, "What the query answers.", "QueryResult")
                        .refuses(410, "That state is not kept any more; the text names the earliest there is.")
                        .refuses(413, "The query reads more than it may.")
                        .refuses(502, "The view does not run, or its code fails.")
                        .refuses(503, "The view is starting, runs elsewhere, or has too many questions.")
                        .refuses(504, "The view is not that far, or has not answered, in time.")
                        .to(this::ask));
    }

    private static Route.Builder steering(String word, String text) {
        return Route.post(PATH + "/" + word)
                .by(Access.MANAGE)
                .named(word + "_java_view", TAG, text)
                .answers(200, "The view as it is now.", "JavaView");
    }

    private void ask(Call call) throws InterruptedException {
        Map<?, ?> arguments = call.strictJson(Map.class);
        String at = at(call);
        Duration timeout = call.left();
        JavaViewQueries.Result result = at != null
                ? queries.askAt(call.tenantId(), view(call), call.path("query"), arguments, at, timeout)
                : queries.ask(call.tenantId(), view(call), call.path("query"), arguments, fresh(call), timeout);
        call.with(HeaderWords.POSITION, result.position());
        Object value = result.value();
        byte[] json = value == null ? NULL : Json.write(value);
        if (json.length > RESULT_BYTES_MAX) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the query answers " + json.length + " bytes, at most " + RESULT_BYTES_MAX + " are possible");
        }
        call.reply(200, MediaTypes.JSON, json);
    }

    record Views(List<JavaViewStatus> views) {}

    record Select(
            @Nullable List<Object> path,
            @Nullable Integer limit,
            @Nullable String page) {}

    record Selected(List<@Nullable Object> values, @Nullable String next) {}

    record Explore(
            @Nullable List<Object> path,
            @Nullable Integer limit,
            @Nullable String page) {}

    record Explored(
            String schema,
            @Nullable Long size,
            @Nullable Object value,
            List<JavaViewQueries.Entry> entries,
            @Nullable String next) {}

    record Repair(
            @Nullable String action,
            @Nullable Integer version,
            @Nullable Integer partition,
            @Nullable String stream,
            @Nullable Long sequence,
            @Nullable String reason,
            @Nullable String payload,
            @Nullable String encoding) {}

    record Repaired(List<JavaViewQueries.Repaired> repaired) {}

    private void skip(Call call) throws InterruptedException {
        int partition = (int) call.query().number("partition", 0, 0, View.MAX_JAVA_PARTITIONS);
        String stream = call.query().text("stream");
        long sequence = call.query().number("sequence", 0, 1, Long.MAX_VALUE);
        int version = (int) call.query().number("version", 0, 1, Integer.MAX_VALUE);
        note(
                call,
                "skip",
                (version == 0 ? "" : "version " + version + ", ") + "partition " + partition
                        + (stream == null ? "" : ", stream " + stream)
                        + (sequence == 0 ? "" : ", sequence " + sequence));
        queries.skip(view(call), version, partition, stream, sequence);
        reply(call, 200, call.tenant());
    }

    /** Puts into the audit who is about to repair what; before it is done, so that nothing is done that is not there. */
    private void note(Call call, String action, String events) throws InterruptedException {
        String words = events.length() > WORDS_MAX ? events.substring(0, WORDS_MAX) : events;
        DirectoryCommand command = new DirectoryCommand.NoteRepair(view(call).id(), action, words);
        if (administration.isKnown(command)) { // among older nodes there is no such event
            administration.run(call.tenantId(), call.principal().actor(), command);
        }
    }

    private void repair(Call call) throws InterruptedException {
        Repair wanted = call.strictJson(Repair.class);
        JavaViewQueries.Repair action = switch (String.valueOf(wanted.action)) {
            case "retry" -> JavaViewQueries.Repair.RETRY;
            case "skip" -> JavaViewQueries.Repair.SKIP;
            case "edit" -> JavaViewQueries.Repair.EDIT;
            default -> throw new ThalwegException(ErrorCode.INVALID_REQUEST, "action is one of retry, skip and edit");
        };
        if ((action == JavaViewQueries.Repair.EDIT) != (wanted.payload != null)) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "payload goes with edit, and edit needs one");
        }
        JavaViewQueries.Filter filter = new JavaViewQueries.Filter(
                wanted.version, wanted.partition, wanted.stream, wanted.sequence, wanted.reason);
        note(call, String.valueOf(wanted.action), filter.words());
        call.reply(200, new Repaired(queries.repair(view(call), filter, action, payload(wanted))));
    }

    private static byte @Nullable [] payload(Repair wanted) {
        if (wanted.payload == null) {
            return null;
        }
        try {
            byte[] payload = "base64".equals(wanted.encoding)
                    ? Base64.getDecoder().decode(wanted.payload)
                    : wanted.payload.getBytes(StandardCharsets.UTF_8);
            if (payload.length > Limits.MAX_EVENT_BYTES) {
                throw new ThalwegException(
                        ErrorCode.TOO_LARGE,
                        "payload has " + payload.length + " bytes, at most " + Limits.MAX_EVENT_BYTES
                                + " are possible");
            }
            return payload;
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "payload is no base64", e);
        }
    }

    private void explore(Call call) throws InterruptedException {
        Explore wanted = call.strictJson(Explore.class);
        int limit = wanted.limit == null ? PLACE_ENTRIES : wanted.limit;
        if (limit < 1 || limit > JavaViewQueries.PLACE_ENTRIES_MAX) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "limit is " + limit + ", expected 1 to " + JavaViewQueries.PLACE_ENTRIES_MAX);
        }
        JavaViewQueries.Place place = queries.explore(
                call.tenantId(),
                view(call),
                call.path("index"),
                wanted.path == null ? List.of() : wanted.path,
                limit,
                wanted.page,
                fresh(call),
                call.left());
        call.with(HeaderWords.POSITION, place.position());
        call.reply(200, new Explored(place.schema(), place.size(), place.value(), place.entries(), place.next()));
    }

    private static View view(Call call) {
        requireUnlimited(call);
        return view(call, call.tenant());
    }

    /** A view may keep what it read in any log: a key that reaches some logs only is not told. */
    private static void requireUnlimited(Call call) {
        if (call.principal().authority().limited()) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN, "this key is limited to some logs or ledgers; views in Java may read any");
        }
    }

    private static View view(Call call, Tenant tenant) {
        return tenant.javaView(call.path("view"))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant has no such view in Java"));
    }

    private void reply(Call call, int status, Tenant tenant) {
        call.reply(status, JavaViewStatus.of(view(call, tenant), views));
    }

    private void deploy(Call call) throws InterruptedException {
        String className = Json.required("class", call.query().text("class"));
        int partitions = (int) call.query().number("partitions", 0, 1, View.MAX_JAVA_PARTITIONS);
        JavaDeployment.requireAllowed(call.tenant());
        byte[] jar = call.body(Limits.MAX_COMPONENT_BYTES); // as slowly as its sender likes, at nobody's cost
        if (!uploads.tryAcquire()) {
            throw new ThalwegException(ErrorCode.OVERLOADED, "the node takes two jars at a time: try again");
        }
        try {
            JavaDeployment.Deployed deployed = deployment.deploy(
                    call.tenant(), call.principal().actor(), call.path("view"), jar, className, partitions, way(call));
            call.reply(deployed.created() ? 201 : 200, JavaViewStatus.of(deployed.view(), views));
        } finally {
            uploads.release();
        }
    }

    private void rewind(Call call) throws InterruptedException {
        View view = view(call);
        JavaDeployment.Way way = way(call);
        if (way == JavaDeployment.Way.IN_PLACE) {
            steer(call, new DirectoryCommand.RebuildView(view.id(), new LogId(UUID.randomUUID())));
        } else {
            reply(call, 200, deployment.rewind(call.tenant(), call.principal().actor(), view, way));
        }
    }

    private static JavaDeployment.Way way(Call call) {
        return switch (String.valueOf(call.query().text("way"))) {
            case "rolling" -> JavaDeployment.Way.ROLLING;
            case "migrate" -> JavaDeployment.Way.MIGRATE;
            case "replay" -> JavaDeployment.Way.REPLAY;
            case "replay_kept" -> JavaDeployment.Way.REPLAY_OF_WHAT_IS_KEPT;
            default -> JavaDeployment.Way.IN_PLACE;
        };
    }

    private void rehearse(Call call) throws InterruptedException {
        View view = view(call);
        String className = Json.required("class", call.query().text("class"));
        int events = (int) call.query().number("events", REHEARSED, 1, REHEARSED_MAX);
        byte[] jar = call.body(Limits.MAX_COMPONENT_BYTES);
        JavaDeployment.Rehearsed rehearsed;
        try (Rehearsals.Turn turn = views.rehearsals().begin(call.tenantId())) {
            // Whoever deploys does not wait for rehearsals, which take long and are few.
            rehearsed = deployment.rehearse(turn, call.tenant(), view.name(), jar, className, events);
        }
        call.reply(200, rehearsed);
    }

    private void list(Call call) {
        requireUnlimited(call);
        call.reply(
                200,
                new Views(call.tenant().views().stream()
                        .filter(View::isJava)
                        .sorted(Comparator.comparing(View::name))
                        .map(view -> JavaViewStatus.of(view, views))
                        .toList()));
    }

    private Tenant run(Call call, DirectoryCommand command) throws InterruptedException {
        Administration.Done done =
                administration.run(call.tenantId(), call.principal().actor(), command);
        views.reconcile(done.directory());
        return done.directory()
                .tenant(call.tenantId())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted meanwhile"));
    }

    private void steer(Call call, DirectoryCommand command) throws InterruptedException {
        reply(call, 200, run(call, command));
    }

    private static Freshness fresh(Call call) {
        return new Freshness(
                call.query().text("after"),
                switch (call.query().text("consistency")) {
                    case "stale" -> Freshness.By.STALE;
                    case "linearizable" -> Freshness.By.LINEARIZABLE;
                    case null, default -> Freshness.By.RUNNING;
                });
    }

    /** The moment that is asked for; null for now. */
    private static @Nullable String at(Call call) {
        String at = call.query().text("at");
        if (at != null && (call.query().has("after") || call.query().has("consistency"))) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST, "'at' is the moment; 'after' and 'consistency' go without it");
        }
        return at;
    }

    private void select(Call call) throws InterruptedException {
        Select wanted = call.strictJson(Select.class);
        List<Object> path = wanted.path;
        if (path == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "the body names no path");
        }
        int limit = wanted.limit == null ? PAGE : wanted.limit;
        if (limit < 1 || limit > PAGE_MAX) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "limit is " + limit + ", expected 1 to " + PAGE_MAX);
        }
        String at = at(call);
        Duration timeout = call.left();
        JavaViewQueries.Answer answer = at != null
                ? queries.selectAt(
                        call.tenantId(), view(call), call.path("index"), path, limit, wanted.page, at, timeout)
                : queries.select(
                        call.tenantId(),
                        view(call),
                        call.path("index"),
                        path,
                        limit,
                        wanted.page,
                        fresh(call),
                        timeout);
        call.with(HeaderWords.POSITION, answer.position());
        call.reply(200, new Selected(answer.values(), answer.next()));
    }
}
