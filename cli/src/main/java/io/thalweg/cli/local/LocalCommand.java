package io.thalweg.cli.local;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.PrivateAuthority;
import io.thalweg.cli.local.LocalFiles.NodePlace;
import io.thalweg.cli.local.LocalSlabs.SlabPlace;
import io.thalweg.cli.terminal.Failure;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A cluster of node processes on loopback, in the foreground. Standard output gets one line when all of it serves. It starts no
 * node twice: one that was killed is started again by whoever wants that, with {@code thalweg node --config DIR/ID/node.conf}. Those
 * that this process started end with it.
 */
@Command(
        name = "local",
        description = "Run a cluster of nodes on this machine, with a tenant \"dev\" and a key for it.",
        mixinStandardHelpOptions = true)
public final class LocalCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofMillis(50);

    @Option(names = "--nodes", paramLabel = "N", required = true, description = "Node processes, 1 to 9.")
    private int nodes;

    @Option(names = "--shards", paramLabel = "S", description = "Shards for data (default: as many as nodes).")
    private @Nullable Integer shards;

    @Option(names = "--replicas", paramLabel = "R", description = "Replicas of each (default: 3, or all nodes).")
    private @Nullable Integer replicas;

    @Option(names = "--slabs", paramLabel = "K", description = "Slabs without shards beside them (default: none).")
    private @Nullable Integer slabs;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE}).",
            defaultValue = Access.DEFAULT_DATA)
    private Path data = Path.of(Access.DEFAULT_DATA);

    @Spec
    private CommandSpec spec;

    private final List<NodeChild> nodeChildren = new ArrayList<>();
    private final List<SlabChild> slabChildren = new ArrayList<>();
    private final List<Child> children = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Override
    public Integer call() throws Exception {
        Path directory = data.toAbsolutePath().normalize();
        List<NodePlace> places = places(directory);
        List<SlabPlace> slabPlaces =
                slabPlaces(directory, places.stream().map(NodePlace::http).toList());
        Thread ending = Thread.ofPlatform().name("stop").unstarted(this::end);
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            start(places, slabPlaces);
            String line = serve(directory);
            PrintWriter out = spec.commandLine().getOut();
            out.println("ready " + line);
            out.flush();
            stopped.await();
            return 0;
        } finally {
            end();
        }
    }

    private List<NodePlace> places(Path directory) throws IOException {
        List<NodePlace> there = LocalFiles.read(directory);
        LocalFiles.Shape shape = new LocalFiles.Shape(
                nodes, shards == null ? nodes : shards, replicas == null ? Math.min(3, nodes) : replicas);
        if (there.isEmpty()) {
            requirePossible(shape);
            return LocalFiles.make(directory, shape);
        }
        ClusterNodes known = there.getFirst().options().membership().cluster().orElseThrow();
        if (known.nodes().size() != nodes
                || (shards != null && there.getFirst().options().dataShards() != shards)
                || (replicas != null && known.replicas() != replicas)) {
            throw new Failure(directory + " holds a cluster of " + known.nodes().size() + " nodes with "
                    + there.getFirst().options().dataShards() + " shards of " + known.replicas()
                    + " replicas: start it as that, or another one in a directory of its own");
        }
        return there;
    }

    private List<SlabPlace> slabPlaces(Path directory, List<String> urls) throws IOException {
        List<SlabPlace> there = LocalSlabs.read(directory);
        if (slabs == null) {
            return there;
        }
        if (slabs < there.size() || slabs > LocalSlabs.SLABS_MAX) {
            throw new Failure("--slabs is " + slabs + ", expected " + there.size() + " to " + LocalSlabs.SLABS_MAX
                    + ": so many slabs are in " + directory + " already, and what they hold may lie nowhere else");
        }
        return LocalSlabs.make(directory, slabs, urls);
    }

    private static void requirePossible(LocalFiles.Shape shape) {
        within("--nodes", shape.nodes(), ClusterNodes.NODES_MAX);
        within("--shards", shape.shards(), NodeOptions.DATA_SHARDS_MAX);
        within("--replicas", shape.replicas(), Math.min(shape.nodes(), ClusterState.REPLICAS_MAX));
    }

    private static void within(String option, int value, int max) {
        if (value < 1 || value > max) {
            throw new Failure(option + " is " + value + ", expected 1 to " + max);
        }
    }

    private void start(List<NodePlace> places, List<SlabPlace> slabPlaces) throws IOException {
        String launcher = System.getProperty("thalweg.launcher");
        if (launcher == null) {
            throw new Failure("thalweg local starts processes: run it with ./thalweg");
        }
        synchronized (children) {
            for (NodePlace place : places) {
                NodeChild child = NodeChild.start(Path.of(launcher), place);
                nodeChildren.add(child);
                children.add(child);
            }
            for (SlabPlace place : slabPlaces) {
                SlabChild child = SlabChild.start(Path.of(launcher), place);
                slabChildren.add(child);
                children.add(child);
            }
        }
    }

    /** Waits until all of it serves, and makes what there is to play with. */
    private String serve(Path directory) throws Exception {
        for (Child child : children) {
            try {
                var _ = child.process().ready().join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof Failure failure ? failure : e;
            }
        }
        SSLContext trust = PrivateAuthority.trusting(null);
        String operatorKey = SecretFiles.read(directory.resolve("secrets").resolve("operator.key"))
                .strip();
        for (Child child : children) {
            awaitReady(child, trust);
        }
        NodeChild first = nodeChildren.getFirst();
        String ledger = first.ledger().host() + ":" + first.ledger().port();
        String key = LocalTenant.prepare(directory.resolve("dev.env"), first.http(), ledger, operatorKey, trust);
        for (NodeChild child : nodeChildren) {
            awaitKnown(child, "/logs", key, trust);
            awaitOpen(child);
        }
        for (SlabChild child : slabChildren) {
            awaitKnown(child, "/topics", key, trust);
        }
        PrintWriter err = spec.commandLine().getErr();
        children.forEach(child -> child.process().onEnd(() -> told(err, child)));
        ObjectNode line = Api.JSON.createObjectNode();
        NodeOptions options = first.place().options();
        line.put(
                "cluster_id",
                options.membership().cluster().orElseThrow().clusterId().toString());
        describe(line.putArray("nodes"), nodeChildren);
        if (!slabChildren.isEmpty()) {
            describe(line.putArray("slabs"), slabChildren);
        }
        line.put("tenant", LocalTenant.TENANT).put("apiKey", key).put("operatorKey", operatorKey);
        return line.toString();
    }

    private static void describe(ArrayNode all, List<? extends Child> shown) {
        shown.forEach(child -> child.describe(all.addObject()));
    }

    private void told(PrintWriter err, Child child) {
        if (stopped.getCount() > 0) {
            err.println(child.process().obituary());
            err.flush();
        }
    }

    private static void awaitReady(Child child, SSLContext trust) throws InterruptedException {
        await(child, () -> {
            try (Api api = Api.withToken(URI.create(child.http()), "", trust)) {
                api.get("/health/ready");
                return true;
            } catch (Failure e) {
                return false;
            }
        });
    }

    /** The tenant is known when the news has come so far. */
    private static void awaitKnown(Child child, String path, String key, SSLContext trust) throws InterruptedException {
        await(child, () -> {
            try (Api api = new Api(URI.create(child.http()), key, trust)) {
                api.get(path);
                return true;
            } catch (Failure e) {
                return false;
            }
        });
    }

    /** A node opens its ledger's port behind that. */
    private static void awaitOpen(NodeChild child) throws InterruptedException {
        await(child, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(
                                child.ledger().host(), child.ledger().port()),
                        1_000);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static void await(Child child, Callable<Boolean> condition) throws InterruptedException {
        long untilNs = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                throw new Failure(child.process() + " cannot be asked: " + e.getMessage());
            }
            if (System.nanoTime() > untilNs) {
                throw child.process().late(PATIENCE.toSeconds());
            }
            Thread.sleep(PAUSE);
        }
    }

    private void end() {
        stopped.countDown();
        synchronized (children) {
            children.forEach(child -> child.process().stop());
            children.forEach(child -> child.process().close());
        }
    }
}
