package io.thalweg.server.http.views;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.MalformedException;
import io.thalweg.model.Position;
import io.thalweg.model.PositionCodec;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.routing.Elsewhere;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.Gap;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.ViewState;
import io.thalweg.view.host.ViewHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Questions to views. The body goes to the view as it is, and so do the URL's parameters except those that mean something here;
 * the answer comes back as it is, with the position that it reflects in {@code Thalweg-Position}.
 */
final class QueryRoutes {
    private static final int MAX_QUERY_BYTES = 1 << 20;
    private static final long TIMEOUT_MS = 30_000;
    private static final long TIMEOUT_MS_MAX = 120_000;
    private static final String LINEARIZABLE = "linearizable";
    private static final String CONSISTENCY = "consistency";
    private static final Set<String> OURS = Set.of("after", CONSISTENCY, "timeout", "version");

    private final Shards shards;
    private final Markers markers;
    private final ViewHost views;
    private final UsageMeter meter;
    private final Timer timer;

    QueryRoutes(Shards shards, ViewHost views, UsageMeter meter, MeterRegistry registry) {
        this.shards = shards;
        this.markers = new Markers(shard -> shards.numbered(shard).barrier());
        this.views = views;
        this.meter = meter;
        this.timer = Timer.builder("thalweg.views.query")
                .description("Queries of views, waiting included")
                .register(registry);
    }

    List<Route> routes() {
        return List.of(Route.post("/logs/{log_id}/views/{view_name}/query")
                .named("query", "views", "Ask a view; all parameters but these go to the view.")
                .query(
                        "after",
                        Shape.text(),
                        "The answer reflects this position; without it, whatever the view knows now.")
                .query(
                        CONSISTENCY,
                        Shape.oneOf("stale", LINEARIZABLE).orElse("stale"),
                        "linearizable: the answer reflects everything that was acknowledged before.")
                .passesParameters()
                .query("timeout", Shape.integer(0, TIMEOUT_MS_MAX).orElse(TIMEOUT_MS), "Longest wait in milliseconds.")
                .query("version", Shape.integer(1, Integer.MAX_VALUE), "Ask this version, active or not.")
                .takes(MediaTypes.BINARY, null)
                .bodyMayBeMissing()
                .sends(HeaderWords.POSITION, Shape.text(), "Up to where the answer reflects the log.")
                .sends(504, HeaderWords.POSITION, Shape.text(), "Up to where the view has come.")
                .sends(
                        HeaderWords.VIEW_VERSION,
                        Shape.integer(1, Integer.MAX_VALUE),
                        "The version of the view that answered.")
                .sends(
                        HeaderWords.MISSING,
                        Shape.text(),
                        "Events before the position that the answer does not reflect, such as 1-82; only where there"
                                + " are any.")
                .answers(200, "The view's answer, in its own form.", MediaTypes.BINARY, null)
                .refuses(400, "A parameter is wrong, or the view refuses the question.")
                .refuses(502, "The view's code failed.")
                .refuses(503, "The view is parked or paused before that sequence, or has too many queries waiting.")
                .answers(504, "The view has not reached the sequence in time.", "Behind")
                .to(this::query));
    }

    record BehindReply(String error, String code, long position, long wanted) {}

    private void query(Call call) throws InterruptedException {
        long startNs = System.nanoTime();
        View view = call.tenant()
                .view(call.log().id(), call.path("view_name"))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the log has no such view"));
        StreamId stream = StreamId.of(view.log());
        Position after = after(call, stream);
        Duration deadline = call.left();
        if (LINEARIZABLE.equals(call.query().text(CONSISTENCY))) {
            shards.catchUp(List.of(call.log().shard(0)), deadline);
            after = after.merge(Position.of(stream, shards.events(stream).head(stream)));
        } else {
            hearOfNewest(call.log().shard(0), stream, after);
        }
        deadline = Duration.ofNanos(Math.max(0, deadline.toNanos() - (System.nanoTime() - startNs)));
        int version = (int) call.query().number("version", 0, 1, Integer.MAX_VALUE);
        List<ViewQuery.Parameter> parameters = new ArrayList<>();
        call.query().forEach((name, value) -> {
            if (!OURS.contains(name)) {
                parameters.add(new ViewQuery.Parameter(name, value));
            }
        });
        ViewQuery query = new ViewQuery(parameters, call.body(MAX_QUERY_BYTES));
        QueryOutcome outcome;
        try {
            outcome = version == 0
                    ? views.query(view.id(), query, after, deadline)
                    : views.query(view.id(), version, query, after, deadline);
        } catch (ThalwegException e) {
            throw isOfThisNode(view, version, e) ? new Elsewhere(call.log().shard(0), lasting(e)) : e;
        }
        timer.record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
        call.with(HeaderWords.POSITION, outcome.position().token());
        switch (outcome) {
            case QueryOutcome.Answered answered -> {
                call.with(HeaderWords.VIEW_VERSION, Integer.toString(answered.version()));
                if (!answered.gaps().isEmpty()) {
                    call.with(
                            HeaderWords.MISSING,
                            answered.gaps().stream().map(Gap::text).collect(Collectors.joining(", ")));
                }
                answer(call, answered.answer());
            }
            case QueryOutcome.Behind behind ->
                call.reply(
                        504,
                        new BehindReply(
                                "the view reflects sequence "
                                        + behind.position().of(stream) + ", not yet "
                                        + behind.wanted().of(stream),
                                ErrorCode.DEADLINE_EXCEEDED.text(),
                                behind.position().of(stream),
                                behind.wanted().of(stream)));
        }
    }

    /**
     * A follower hears with the next entry or heartbeat that the newest entry counts, which is a quarter of a second where nobody writes: a marker is an entry. Nobody waits
     * for it: where it does not get through, the view comes as far as it would without.
     */
    private void hearOfNewest(int shard, StreamId stream, Position after) {
        if (shards.isHere(shard) && shards.events(stream).head(stream) < after.of(stream) && !shards.leads(shard)) {
            markers.want(shard);
        }
    }

    /** Whether another replica of the view may well answer: each runs by itself, and may be parked, or not have begun, while others have. */
    private boolean isOfThisNode(View view, int version, ThalwegException refusal) {
        return switch (refusal.code()) {
            case VIEW_PARKED -> true;
            case NOT_FOUND -> version == 0 || view.version(version).isPresent();
            case VIEW_FAILED -> views.status(view.id()).stream().anyMatch(status -> status.state() == ViewState.FAILED);
            default -> false;
        };
    }

    /** The view is there: what a replica does not know yet is not what does not exist. */
    private static ThalwegException lasting(ThalwegException refusal) {
        return refusal.code() == ErrorCode.NOT_FOUND
                ? new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "the view, or this version of it, starts here in a moment: try again",
                        refusal)
                : refusal;
    }

    private static Position after(Call call, StreamId stream) {
        String token = call.query().text("after");
        try {
            return token == null ? Position.of(stream, 0) : PositionCodec.parse(token, stream);
        } catch (MalformedException e) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "parameter 'after': " + e.getMessage(), e);
        }
    }

    private void answer(Call call, ViewAnswer answer) {
        switch (answer) {
            case ViewAnswer.Result result -> {
                meter.dataOut(call.tenantId(), result.body().length);
                call.reply(200, ReplyTypes.safe(result.contentType()), result.body());
            }
            case ViewAnswer.Refused refused -> throw new ThalwegException(ErrorCode.INVALID_REQUEST, refused.message());
        }
    }
}
