package io.thalweg.server.http.api;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What the node says about itself: whether it lives, whether it serves, its numbers, and the API's own document. */
final class NodeRoutes {
    private static final String TAG = "node";
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final byte[] ROOT_PAGE =
            "<!doctype html><title>Thalweg</title><p>This is a Thalweg node: <a href=\"/docs\">its API</a>."
                    .getBytes(StandardCharsets.US_ASCII);

    private final Readiness readiness;
    private final Optional<PrometheusMeterRegistry> registry;
    private final byte[] docs;
    private byte[] document = new byte[0];

    /**
     * @param readiness whether the node can serve
     * @param registry of the numbers; empty where they are told at an address of their own
     */
    NodeRoutes(Readiness readiness, Optional<PrometheusMeterRegistry> registry) {
        this.readiness = readiness;
        this.registry = registry;
        try (InputStream page = Objects.requireNonNull(NodeRoutes.class.getResourceAsStream("docs.html"))) {
            docs = page.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets what is served as the API's document; before the door opens. */
    void document(byte[] json) {
        document = json;
    }

    record Health(String status, String reason) {}

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(watching());
        routes.add(Route.get("/")
                .by(Access.OPEN)
                .named("root", TAG, "Where to read on.")
                .answers(200, "Where the documents are.", "Root")
                .answers(200, "The same as a page.", "text/html", null)
                .to(NodeRoutes::root));
        routes.add(Route.get("/openapi.json")
                .by(Access.OPEN)
                .named("openapi", TAG, "This document.")
                .answers(200, "An OpenAPI 3.1 document.", MediaTypes.JSON, null)
                .to(call -> call.reply(200, MediaTypes.JSON, document)));
        routes.add(Route.get("/docs")
                .by(Access.OPEN)
                .named("docs", TAG, "This document as a page.")
                .answers(200, "A page.", "text/html", null)
                .to(call -> call.with(
                                "Content-Security-Policy",
                                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
                                        + " connect-src 'self'")
                        .reply(200, MediaTypes.HTML, docs)));
        return routes;
    }

    /** What those ask who watch over nodes. */
    List<Route> watching() {
        List<Route> routes = new ArrayList<>();
        routes.add(Route.get("/health/live")
                .by(Access.OPEN)
                .named("health_live", TAG, "Whether the process lives.")
                .answers(200, "It does.", "Health")
                .to(call -> call.reply(200, new Health("live", ""))));
        routes.add(Route.get("/health/ready")
                .by(Access.OPEN)
                .named("health_ready", TAG, "Whether the node can take requests.")
                .answers(200, "It can; a reason says what an operator should look at.", "Health")
                .answers(503, "It cannot; the reason says why.", "Health")
                .to(this::ready));
        registry.ifPresent(numbers -> routes.add(Route.get("/metrics")
                .by(Access.OPEN)
                .named("metrics", TAG, "Numbers for Prometheus.")
                .answers(200, "The numbers.", "text/plain", null)
                .to(call -> call.reply(200, METRICS_TYPE, numbers.scrape().getBytes(StandardCharsets.UTF_8)))));
        return routes;
    }

    record Root(String name, String docs, String openapi) {}

    private static void root(Call call) {
        call.with("Link", "</docs>; rel=\"service-doc\", </openapi.json>; rel=\"service-desc\"");
        if (call.accepts(MediaTypes.JSON, "text/html").equals("text/html")) {
            call.reply(200, MediaTypes.HTML, ROOT_PAGE);
        } else {
            call.reply(200, new Root("thalweg", "/docs", "/openapi.json"));
        }
    }

    private void ready(Call call) {
        Optional<String> reason = readiness.notReady();
        if (reason.isPresent()) {
            call.reply(503, new Health("not ready", reason.get()));
        } else {
            call.reply(200, new Health("ready", readiness.remark().orElse("")));
        }
    }
}
