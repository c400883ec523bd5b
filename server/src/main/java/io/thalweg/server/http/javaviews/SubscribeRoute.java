package io.thalweg.server.http.javaviews;

import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.HeaderWords;
import io.thalweg.server.http.Route;
import io.thalweg.server.http.Shape;
import io.thalweg.server.http.TokenWatch;
import io.thalweg.server.javaviews.live.LiveSelects;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Following what a path finds in an index, or a query answers: first the value, then what becomes different, as server-sent events. The changes of one moment come
 * together; the last of them has the moment as its id, and the checksum of what is there then. A change that cannot be told any more is a {@code
 * resync}, and the value again.
 */
final class SubscribeRoute {
    private static final String TAG = "java views";
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final int GLANCES_PER_HEARTBEAT = 15;
    private static final int CHECKSUM_BYTES = 40;
    private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.US_ASCII);

    private final LiveSelects live;
    private final Authenticator authenticator;
    private final BooleanSupplier stopping;
    private final Function<Call, View> views;

    /** @param views finds the view of a call, if its caller may read it */
    SubscribeRoute(
            LiveSelects live, Authenticator authenticator, BooleanSupplier stopping, Function<Call, View> views) {
        this.live = live;
        this.authenticator = authenticator;
        this.stopping = stopping;
        this.views = views;
    }

    List<Route> routes() {
        return List.of(route(), ofQuery());
    }

    private Route ofQuery() {
        return Route.get("/views/{view}/queries/{query}/subscribe")
                .by(Access.READ)
                .named("subscribe_to_query", TAG, "Follow what a query answers, as server-sent events.")
                .query("arguments", Shape.text(), "As the query takes them, a JSON object.")
                .header(
                        "Last-Event-ID",
                        Shape.text(),
                        "Go on behind this moment; what became different since comes first.")
                .answers(
                        200,
                        "Events value, change and resync, without an end; values has the one answer.",
                        MediaTypes.SSE,
                        "IndexChange")
                .refuses(413, "It answers more than can be followed, or reads more than it may.")
                .refuses(502, "Its code fails.")
                .refuses(503, "The view is starting, runs elsewhere, or too many follow.")
                .refuses(504, "It does not answer within a second.")
                .to(this::subscribeToQuery);
    }

    private Route route() {
        return Route.get("/views/{view}/indexes/{index}/subscribe")
                .by(Access.READ)
                .named("subscribe_to_index", TAG, "Follow what a path finds, as server-sent events.")
                .query("path", Shape.text(), "As select has it, as JSON.")
                .header(
                        "Last-Event-ID",
                        Shape.text(),
                        "Go on behind this moment; what became different since comes first.")
                .answers(200, "Events value, change and resync, without an end.", MediaTypes.SSE, "IndexChange")
                .refuses(413, "The path finds more than can be followed.")
                .refuses(503, "The view is starting, runs elsewhere, or too many follow.")
                .to(this::subscribe);
    }

    private record Path(@Nullable List<Object> path) {}

    private void subscribe(Call call) throws Exception {
        View view = views.apply(call);
        String path = Json.required("path", call.query().text("path"));
        List<Object> wanted = thatIsThere("path", read("path", path, Path.class).path);
        try (LiveSelects.Following following = live.follow(view, call.path("index"), wanted)) {
            stream(call, following);
        }
    }

    private record Arguments(@Nullable Map<String, Object> arguments) {}

    private void subscribeToQuery(Call call) throws Exception {
        View view = views.apply(call);
        String arguments = Json.required("arguments", call.query().text("arguments"));
        Map<String, Object> wanted = thatIsThere("arguments", read("arguments", arguments, Arguments.class).arguments);
        try (LiveSelects.Following following = live.followQuery(view, call.path("query"), wanted)) {
            stream(call, following);
        }
    }

    /** JSON that a parameter has, as the one member of an object. */
    private static <T> T read(String name, String json, Class<T> type) {
        return Json.readStrictly(("{\"" + name + "\":" + json + "}").getBytes(StandardCharsets.UTF_8), type);
    }

    private static <T> T thatIsThere(String name, @Nullable T value) {
        if (value == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, "parameter '" + name + "' is null");
        }
        return value;
    }

    private void stream(Call call, LiveSelects.Following following) throws Exception {
        String last = call.header(HeaderWords.LAST_EVENT_ID);
        call.with("Cache-Control", "no-store");
        call.stream(MediaTypes.SSE, out -> {
            out.write("retry: 1000\n\n".getBytes(StandardCharsets.US_ASCII));
            follow(call, following, last == null || last.isBlank() ? null : last.strip(), out);
        });
    }

    private void follow(Call call, LiveSelects.Following following, @Nullable String last, OutputStream out)
            throws IOException, InterruptedException {
        long number = begin(following, last, out);
        TokenWatch token = new TokenWatch(
                authenticator, authority -> !authority.limited(), "this key is limited to some logs now");
        int quiet = 0;
        while (true) {
            List<LiveSelects.Told> told = following.after(number, GLANCE);
            String ended = ended(call, token, following);
            if (ended != null) {
                event(out, "end", null, Json.write(Map.of("reason", ended)));
                return;
            }
            if (told == null) {
                number = value(following, "more changed than was remembered", out);
            } else if (told.isEmpty()) {
                if (++quiet % GLANCES_PER_HEARTBEAT == 0) {
                    out.write(HEARTBEAT);
                }
            } else {
                quiet = 0;
                for (LiveSelects.Told each : told) {
                    changes(each, out);
                    number = each.number();
                }
            }
        }
    }

    /** Tells the value, or what became different since a moment; returns the number of what was told. */
    private static long begin(LiveSelects.Following following, @Nullable String last, OutputStream out)
            throws IOException, InterruptedException {
        if (last == null) {
            return value(following, null, out);
        }
        try {
            LiveSelects.Since since = following.since(last);
            for (LiveSelects.Told each : since.told()) {
                changes(each, out);
            }
            return since.number();
        } catch (ThalwegException e) {
            return value(following, String.valueOf(e.getMessage()), out);
        }
    }

    private static long value(LiveSelects.Following following, @Nullable String why, OutputStream out)
            throws IOException {
        if (why != null) {
            event(out, "resync", null, Json.write(Map.of("reason", why)));
        }
        LiveSelects.State state = following.state();
        ByteArrayOutputStream data = new ByteArrayOutputStream(state.json().length + CHECKSUM_BYTES);
        data.write(state.json(), 0, state.json().length - 1); // an object, but for its end
        data.writeBytes((",\"checksum\":\"" + state.checksum() + "\"}").getBytes(StandardCharsets.US_ASCII));
        event(out, "value", state.id(), data.toByteArray());
        return state.number();
    }

    private static void changes(LiveSelects.Told told, OutputStream out) throws IOException {
        for (int i = 0; i < told.changes().size(); i++) {
            boolean last = i == told.changes().size() - 1;
            event(out, "change", last ? told.id() : null, told.changes().get(i));
        }
    }

    private @Nullable String ended(Call call, TokenWatch token, LiveSelects.Following following) {
        if (stopping.getAsBoolean()) {
            return "the node is stopping";
        }
        String ended = token.ended(call);
        return ended != null ? ended : following.ended();
    }

    /** @param data as JSON */
    private static void event(OutputStream out, String name, @Nullable String id, byte[] data) throws IOException {
        String head = "event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: ";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(data);
        out.write("\n\n".getBytes(StandardCharsets.US_ASCII));
    }
}
