package io.thalweg.server.http.views;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.form.QueryString;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.views.Deployment;
import io.thalweg.server.views.Skipping;
import io.thalweg.server.views.ViewKeeper;
import io.thalweg.server.views.WholeView;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import io.thalweg.view.host.ViewHost;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Views: deploy, look at, steer, delete. Queries are in {@link QueryRoutes}. */
final class ViewRoutes {
    private static final String TAG = "views";
    private static final String PATH = "/logs/{log_id}/views/{view_name}";

    /** Components that are in memory at the same time; more uploads wait. */
    private static final int UPLOADS_MAX = 4;

    private static final int UPLOAD_PATIENCE_SECONDS = 30;

    private final Administration administration;
    private final ViewHost views;
    private final ViewKeeper keeper;
    private final WholeView.Lens lens;
    private final Deployment deployment;
    private final Skipping skipping;
    private final Semaphore uploads = new Semaphore(UPLOADS_MAX);

    ViewRoutes(
            Administration administration,
            ViewHost views,
            ViewKeeper keeper,
            WholeView.Lens lens,
            Deployment deployment,
            Skipping skipping) {
        this.administration = administration;
        this.views = views;
        this.keeper = keeper;
        this.lens = lens;
        this.deployment = deployment;
        this.skipping = skipping;
    }

    List<Route> routes() {
        return List.of(
                deploying(Route.post(PATH))
                        .named("create_view", TAG, "Deploy a component as a view; it starts at once.")
                        .query("replace", Shape.flag(), "Deploy as a new version if there is such a view.")
                        .answers(201, "The view, new.", "ViewDeployed")
                        .answers(
                                200,
                                "The view with a new version, which takes over when it has caught up.",
                                "ViewDeployed")
                        .refuses(409, "The log has a view with this name.")
                        .to(call -> deploy(call, call.query().flag("replace"))),
                deploying(Route.put(PATH))
                        .named("put_view", TAG, "Deploy a component as a view, or as a new version of it.")
                        .answers(201, "The view, new.", "ViewDeployed")
                        .answers(
                                200,
                                "The view with a new version, which takes over when it has caught up.",
                                "ViewDeployed")
                        .to(call -> deploy(call, true)),
                Route.get("/logs/{log_id}/views")
                        .named("list_views", TAG, "List a log's views, by name, as they are on the node that answers.")
                        .answers(200, "All of them.", "ViewList")
                        .to(this::list),
                Route.get(PATH)
                        .named("get_view", TAG, "How a view is doing, over all nodes on which it runs.")
                        .answers(200, "The view and its versions.", "View")
                        .to(call -> {
                            View view = view(call);
                            call.reply(200, ViewForms.of(call.log(), view, lens.at(call.tenantId(), call.log(), view)));
                        }),
                Route.delete(PATH)
                        .by(Access.WRITE)
                        .named("delete_view", TAG, "Delete a view with its state.")
                        .answers(204, "Deleted.")
                        .to(call -> {
                            run(call, new DirectoryCommand.DeleteView(view(call).id()));
                            call.replyNothing();
                        }),
                steering("activate")
                        .named("activate_view_version", TAG, "Let a version answer the queries from now on.")
                        .query("version", Shape.integer(1, Integer.MAX_VALUE), "Which; the candidate if missing.")
                        .refuses(400, "There is no such version to activate.")
                        .to(this::activate),
                steering("rollback")
                        .named("roll_back_view", TAG, "Let the version before answer the queries again.")
                        .refuses(400, "There is no version before.")
                        .to(call -> steer(call, DirectoryCommand.RollBackView::new)),
                steering("pause")
                        .named("pause_view", TAG, "Process no more events; stale queries still answer.")
                        .to(call -> steer(call, DirectoryCommand.PauseView::new)),
                steering("resume")
                        .named("resume_view", TAG, "Process events again.")
                        .to(call -> steer(call, DirectoryCommand.ResumeView::new)),
                steering("retry")
                        .named("retry_view", TAG, "Try the event again at which the view is parked.")
                        .query(
                                "version",
                                Shape.integer(1, Integer.MAX_VALUE),
                                "Which version; all that are parked or failed if missing.")
                        .refuses(409, "Nothing is parked.")
                        .to(this::retry),
                steering("skip")
                        .named("skip_event", TAG, "Pass over an event; a copy goes to the log $dead-letters.")
                        .query("sequence", Shape.sequence(), "The event at which the view is parked, to be sure.")
                        .query("reason", Shape.text(), "Why, for people.")
                        .refuses(409, "The view is not parked, or not at that event.")
                        .to(this::skip));
    }

    private static Route.Builder deploying(Route.Builder route) {
        return route.by(Access.WRITE)
                .query("start", Shape.sequence().orElse(1), "First sequence that the view processes.")
                .query(
                        "on_error",
                        Shape.oneOf("park", "skip").orElse("park"),
                        "park (if missing) or skip: what becomes of an event that the view refuses.")
                .query("max_memory_bytes", Shape.integer(1 << 16, 4L << 30), "Memory of one instance.")
                .query(
                        "max_event_ms",
                        Shape.integer(1, 600_000),
                        "Longest time of one call, counted as ten million instructions a millisecond.")
                .query("max_result_bytes", Shape.integer(1, 1 << 30), "Largest answer or snapshot.")
                .query(
                        "snapshot_events",
                        Shape.integer(0, Long.MAX_VALUE),
                        "A snapshot after so many events; 0 for never by count.")
                .query(
                        "snapshot_seconds",
                        Shape.integer(0, Integer.MAX_VALUE),
                        "A snapshot after so long; 0 for never by time.")
                .query(
                        "snapshot_bytes",
                        Shape.integer(0, Long.MAX_VALUE),
                        "A snapshot after so many bytes of events; 0 for never by size.")
                .body(Limits.MAX_COMPONENT_BYTES)
                .takes(MediaTypes.BINARY, null)
                .takes("application/wasm", null)
                .refuses(
                        400,
                        "The component is none, or exports nothing that a view needs; the text names what is missing.")
                .refuses(503, "The node is overloaded or cannot write.");
    }

    private static Route.Builder steering(String word) {
        return Route.post(PATH + "/" + word).by(Access.WRITE).answers(200, "The view as it is now.", "View");
    }

    private View view(Call call) {
        return view(call.tenant(), call.log(), call.path("view_name"));
    }

    private static View view(Tenant tenant, Log log, String name) {
        return tenant.view(log.id(), name)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log has no such view"));
    }

    private void deploy(Call call, boolean replace) throws InterruptedException {
        String name = call.path("view_name");
        io.thalweg.directory.Names.check("view", name);
        View known = call.tenant().view(call.log().id(), name).orElse(null);
        if (known != null && !replace) {
            throw new ThalwegException(
                    ErrorCode.ALREADY_EXISTS,
                    "the log has a view with this name: deploy a new version of it with ?replace=true or PUT");
        }
        ViewSettings settings = settings(call.query());
        long start = call.query().number("start", 1, 1, Long.MAX_VALUE);
        byte[] component = call.body(Limits.MAX_COMPONENT_BYTES); // as slowly as its sender likes, at nobody's cost
        if (!uploads.tryAcquire(UPLOAD_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED, "the node takes " + UPLOADS_MAX + " components at a time: try again");
        }
        try {
            Deployment.Deployed deployed = deployment.deploy(
                    call.tenant(), call.principal().actor(), call.log(), name, known, component, start, settings);
            call.reply(
                    known == null ? 201 : 200,
                    new ViewForms.Deployed(
                            true,
                            deployed.view().value(),
                            name,
                            deployed.version(),
                            deployed.world(),
                            deployed.stubs()));
        } finally {
            uploads.release();
        }
    }

    private static ViewSettings settings(QueryString query) {
        ViewSettings usual = ViewSettings.DEFAULT;
        String onError = query.text("on_error");
        return new ViewSettings(
                query.number("max_memory_bytes", usual.maxMemoryBytes(), 1 << 16, 4L << 30),
                (int) query.number("max_event_ms", usual.maxEventMs(), 1, 600_000),
                (int) query.number("max_result_bytes", usual.maxResultBytes(), 1, 1 << 30),
                query.number("snapshot_events", usual.snapshotEvents(), 0, Long.MAX_VALUE),
                query.number("snapshot_seconds", usual.snapshotSeconds(), 0, Integer.MAX_VALUE),
                query.number("snapshot_bytes", usual.snapshotBytes(), 0, Long.MAX_VALUE),
                switch (onError) {
                    case null -> usual.onError();
                    case "park" -> ViewSettings.ErrorPolicy.PARK;
                    case "skip" -> ViewSettings.ErrorPolicy.SKIP;
                    default ->
                        throw new ThalwegException(
                                ErrorCode.INVALID_REQUEST,
                                "parameter 'on_error' is '" + Numbers.shorten(onError) + "', expected park or skip");
                });
    }

    private Administration.Done run(Call call, DirectoryCommand command) throws InterruptedException {
        Administration.Done done =
                administration.run(call.tenantId(), call.principal().actor(), command);
        keeper.follow(done.directory());
        return done;
    }

    private void list(Call call) {
        call.reply(
                200,
                new ViewForms.Views(call.tenant().views(call.log().id()).stream()
                        .sorted(Comparator.comparing(View::name))
                        .map(view -> ViewForms.of(call.log(), view, lens.here(view)))
                        .toList()));
    }

    @FunctionalInterface
    private interface Steering {
        DirectoryCommand command(ViewId view);
    }

    private void steer(Call call, Steering steering) throws InterruptedException {
        Administration.Done done = run(call, steering.command(view(call).id()));
        replyWithView(call, done);
    }

    private void replyWithView(Call call, Administration.Done done) {
        Tenant tenant = done.directory()
                .tenant(call.tenantId())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted meanwhile"));
        replyWith(call, view(tenant, call.log(), call.path("view_name")));
    }

    /** As it is here: what was decided just now, the others hear in a moment. */
    private void replyWith(Call call, View view) {
        call.reply(200, ViewForms.of(call.log(), view, lens.here(view)));
    }

    private void activate(Call call) throws InterruptedException {
        View view = view(call);
        int version = (int) call.query().number("version", view.candidate(), 0, Integer.MAX_VALUE);
        if (version == 0) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "no version waits to be activated: name one");
        }
        replyWithView(call, run(call, new DirectoryCommand.ActivateVersion(view.id(), version)));
    }

    /** Each replica parks by itself: all that are parked try again, wherever they are. */
    private void retry(Call call) throws InterruptedException {
        View view = view(call);
        int wanted = (int) call.query().number("version", 0, 1, Integer.MAX_VALUE);
        List<VersionStatus> stuck = views.status(view.id()).stream()
                .filter(status -> wanted == 0 || status.version() == wanted)
                .filter(status -> status.state() == ViewState.PARKED || status.state() == ViewState.FAILED)
                .toList();
        stuck.forEach(status -> views.retry(view.id(), status.version()));
        List<Integer> others = call.others(call.log().shard(0), _ -> false);
        if (stuck.isEmpty() && !others.contains(200)) {
            throw Skipping.nothingParked();
        }
        replyWith(call, view);
    }

    private void skip(Call call) throws InterruptedException {
        View view = view(call);
        long sequence = call.query().number("sequence", 0, 1, Long.MAX_VALUE);
        String reason = call.query().text("reason");
        if (skipping.isParked(view, sequence)) {
            replyWithView(call, skipping.skip(call.tenantId(), call.principal().actor(), view, sequence, reason));
            return;
        }
        // The replica that is parked knows the event and why; what it decides is for all.
        if (!call.others(call.log().shard(0), status -> status == 200).contains(200)) {
            throw Skipping.nothingParked();
        }
        replyWith(call, view);
    }
}
