package io.thalweg.cli.train;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.local.LocalFiles;
import io.thalweg.cli.local.LocalTenant;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.server.Comebacks;
import io.thalweg.server.Node;
import io.thalweg.server.auth.SecretFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** Three nodes in this process, over mutual TLS as anywhere, that take some appends: what elects, replicates and confirms. */
final class GroupTraining {
    private static final LocalFiles.Shape SHAPE = new LocalFiles.Shape(3, 1, 3);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String NO_LEDGER = "";

    private GroupTraining() {}

    /** What goes well in the end. */
    private interface Attempt {
        void run() throws IOException, InterruptedException;
    }

    static void run(Path data) throws Exception {
        List<LocalFiles.NodePlace> places = LocalFiles.make(data, SHAPE);
        List<FutureTask<Node>> starts = places.stream()
                .map(place -> new FutureTask<>(() -> Node.start(place.options(), new Comebacks(System::nanoTime))))
                .toList();
        List<Node> nodes = new ArrayList<>();
        try {
            // None begins before it has heard from the others.
            starts.forEach(start -> Thread.ofPlatform().daemon().name("start").start(start));
            for (FutureTask<Node> start : starts) {
                nodes.add(start.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            append(data, nodes.getFirst().url());
        } finally {
            nodes.forEach(Node::close);
        }
    }

    private static void append(Path data, String url) throws Exception {
        SSLContext trust = SSLContext.getDefault();
        String operator = SecretFiles.read(data.resolve("secrets").resolve("operator.key"))
                .strip();
        try (Api api = Api.withToken(URI.create(url), operator, trust)) {
            until(() -> api.get("/health/ready"));
        }
        String key = LocalTenant.prepare(data.resolve("dev.env"), url, NO_LEDGER, operator, trust);
        try (Api api = new Api(URI.create(url), key, trust)) {
            until(() -> api.get("/logs"));
            NodeTraining.append(api);
        }
    }

    private static void until(Attempt attempt) throws IOException, InterruptedException {
        for (long endNs = System.nanoTime() + PATIENCE.toNanos(); ; Thread.sleep(PAUSE)) {
            try {
                attempt.run();
                return;
            } catch (Failure e) {
                if (System.nanoTime() > endNs) {
                    throw e;
                }
            }
        }
    }
}
