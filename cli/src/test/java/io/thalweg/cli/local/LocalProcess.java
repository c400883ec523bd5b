package io.thalweg.cli.local;

import io.thalweg.bench.node.ReadyProcess;
import io.thalweg.cli.api.Api;
import io.thalweg.testkit.nemesis.Nodes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;

/** A real {@code ./thalweg local}, and nodes and slabs of it that were started again alone. All are ended by process id. */
final class LocalProcess implements Nodes, AutoCloseable {
    static final Path LAUNCHER = Path.of("..", "thalweg").toAbsolutePath().normalize();

    private final Path data;
    private final ReadyProcess process;
    private final JsonNode ready;

    /** More options for JVMs that are started again. */
    private String jvm = "";

    /** Those that were started again, whose faults are said under their own name. */
    private final Set<String> startedAgain = ConcurrentHashMap.newKeySet();

    /** Processes of nodes and slabs by id, the newest of each. */
    private final Map<String, ProcessHandle> children = new ConcurrentHashMap<>();

    private LocalProcess(Path data, ReadyProcess process) {
        this.data = data;
        this.process = process;
        this.ready = process.ready();
        for (String kind : List.of("nodes", "slabs")) {
            for (JsonNode child : ready.path(kind)) {
                ProcessHandle.of(child.get("pid").asLong())
                        .ifPresent(handle -> children.put(child.get("id").asString(), handle));
            }
        }
    }

    /** Starts it; returns when all of it serves. */
    static LocalProcess start(Path data, String... options) throws IOException {
        return start(data, "", options);
    }

    /** The same with a door for faults in the processes ({@link #fault}), those that are started again, too. */
    static LocalProcess startWithFaults(Path data, String... options) throws IOException {
        LocalProcess local = start(data, faultsOf(data), options);
        local.jvm = faultsOf(data);
        return local;
    }

    private static String faultsOf(Path data) {
        return " -Dthalweg.test.faults=" + data.resolveSibling("faults");
    }

    /** Has a fault in a node's process from now on; none with nothing. Of one that was killed, in that which is started next. */
    void fault(String id, String said) throws IOException {
        ProcessHandle handle = children.get(id);
        String name =
                handle != null && handle.isAlive() && !startedAgain.contains(id) ? Long.toString(handle.pid()) : id;
        Path folder = Files.createDirectories(data.resolveSibling("faults"));
        Path fresh = Files.writeString(folder.resolve("fresh"), said);
        Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The same with a program that knows no version of orders behind this one; what is started again later knows all. */
    static LocalProcess startOlder(Path data, int version, String... options) throws IOException {
        return start(data, " -Dthalweg.test.version=" + version, options);
    }

    private static LocalProcess start(Path data, String jvm, String[] options) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "local", "--data", data.toString()));
        command.addAll(Arrays.asList(options));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().merge("THALWEG_JAVA_OPTS", jvm, String::concat);
        try {
            return new LocalProcess(
                    data, ReadyProcess.start(builder, data.resolveSibling("local.log"), NodesByHand.PATIENCE));
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "\n" + logs(data, 20), e);
        }
    }

    /** What each node and slab said last, so many lines of each: for who looks for the cause of a failure. */
    String logs(int lines) throws IOException {
        return logs(data, lines);
    }

    private static String logs(Path data, int count) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> folders = Files.list(data)) {
            for (Path folder : folders.sorted().toList()) {
                for (Path log : List.of(folder.resolve("node.log"), folder.resolve("slab.log"))) {
                    if (!Files.exists(log)) {
                        continue;
                    }
                    List<String> lines = Files.readAllLines(log);
                    all.append(log).append(":\n");
                    lines.subList(Math.max(0, lines.size() - count), lines.size())
                            .forEach(line -> all.append(line).append('\n'));
                }
            }
        }
        return all.toString();
    }

    JsonNode ready() {
        return ready;
    }

    String apiKey() {
        return ready.get("apiKey").asString();
    }

    /** A field of every node, in the order of the ready line. */
    List<String> all(String field) {
        List<String> values = new ArrayList<>();
        ready.get("nodes").forEach(node -> values.add(node.get(field).asString()));
        return values;
    }

    URI agent(String id) {
        for (JsonNode node : ready.get("nodes")) {
            if (node.get("id").asString().equals(id)) {
                return URI.create(node.get("agent").asString());
            }
        }
        throw new AssertionError("no node " + id);
    }

    /** kill -9. */
    void kill(String id) {
        ProcessHandle handle = children.get(id);
        if (handle != null) {
            handle.destroyForcibly();
            handle.onExit().join();
        }
    }

    /** SIGTERM, and the wait for the end, as when one is upgraded. */
    void stop(String id) {
        ProcessHandle handle = children.get(id);
        if (handle != null) {
            handle.destroy();
            handle.onExit().join();
        }
    }

    @Override
    public List<String> ids() {
        return all("id");
    }

    @Override
    public ProcessHandle process(String id) {
        ProcessHandle handle = children.get(id);
        if (handle == null) {
            throw new AssertionError("nobody started " + id);
        }
        return handle;
    }

    @Override
    public void start(String id) throws IOException {
        startAgain(id);
    }

    @Override
    public void inside(String id, String said) throws IOException {
        fault(id, said);
    }

    /** Whether the newest process of a node or slab runs. */
    boolean isAlive(String id) {
        ProcessHandle handle = children.get(id);
        return handle != null && handle.isAlive();
    }

    /** Of the newest process of a node or slab. */
    long pid(String id) {
        return process(id).pid();
    }

    /** Sends a signal such as STOP or CONT. */
    void signal(String id, String name) throws IOException, InterruptedException {
        ProcessHandle handle = children.get(id);
        if (handle != null) {
            ReadyProcess.signal(handle.pid(), name);
        }
    }

    /** The API of a node or slab, one connection for all calls of one thread. */
    Api api(String id) throws Exception {
        for (String kind : List.of("nodes", "slabs")) {
            for (JsonNode child : ready.path(kind)) {
                if (child.get("id").asString().equals(id)) {
                    return Api.withToken(URI.create(child.get("http").asString()), apiKey(), SSLContext.getDefault());
                }
            }
        }
        throw new AssertionError("neither a node nor a slab is " + id);
    }

    /** The same of a node with the operator's key. */
    Api operator(String id) throws Exception {
        for (JsonNode node : ready.path("nodes")) {
            if (node.get("id").asString().equals(id)) {
                return Api.withToken(
                        URI.create(node.get("http").asString()),
                        ready.get("operatorKey").asString(),
                        SSLContext.getDefault());
            }
        }
        throw new AssertionError("no node " + id);
    }

    /** What a node says on standard error, in all its processes. */
    Path log(String id) {
        return data.resolve(id).resolve("node.log");
    }

    /** Starts a node or slab again that was killed, as an operator would. */
    void startAgain(String id) throws IOException {
        String kind = Files.exists(data.resolve(id).resolve("slab.conf")) ? "slab" : "node";
        ProcessBuilder command = new ProcessBuilder(
                LAUNCHER.toString(),
                kind,
                "--config",
                data.resolve(id).resolve(kind + ".conf").toString());
        if (!jvm.isEmpty()) {
            command.environment().merge("THALWEG_JAVA_OPTS", jvm + " -Dthalweg.test.node=" + id, String::concat);
            startedAgain.add(id);
        }
        ReadyProcess started =
                ReadyProcess.start(command, data.resolve(id).resolve(kind + ".log"), NodesByHand.PATIENCE);
        children.put(id, started.handle());
    }

    /** kill -9 of every process at once, and the end of {@code local}. */
    void killAll() throws IOException {
        children.values().forEach(ProcessHandle::destroyForcibly);
        children.values().forEach(node -> node.onExit().join());
        stop();
    }

    /** kill -9 of {@code local} itself, and of nothing else. */
    void killLocal() throws IOException {
        process.kill();
    }

    /** SIGTERM, and the wait for the end. */
    void stop() throws IOException {
        process.stop();
    }

    /** Whether one of its own processes is there, after its end. */
    boolean anyAlive() {
        return children.values().stream().anyMatch(ProcessHandle::isAlive);
    }

    @Override
    public void close() throws IOException {
        try {
            stop();
        } finally {
            children.values().forEach(ProcessHandle::destroyForcibly);
        }
    }
}
