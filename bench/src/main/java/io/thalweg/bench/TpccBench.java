package io.thalweg.bench;

import io.thalweg.bench.ledger.PostgresProcess;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.load.Measured;
import io.thalweg.bench.node.NodeClient;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.peer.PeerJars;
import io.thalweg.bench.tpcc.TpccScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** TPC-C on a node with the view {@code Tpcc} of the examples, beside PostgreSQL; the systems are measured one after the other. */
@Command(
        name = "tpcc",
        mixinStandardHelpOptions = true,
        description = "The five transactions of TPC-C, in the specification's mix, beside PostgreSQL.")
final class TpccBench implements Callable<Integer> {
    private static final String VIEW = "tpcc";
    private static final String VIEW_CLASS = "io.thalweg.examples.Tpcc";
    private static final String VIEW_JAR = "examples/java/target/examples.jar";
    private static final List<String> SYSTEMS = List.of("thalweg", "postgresql");
    private static final List<String> LOGS = List.of("warehouses", "orders", "payments", "deliveries");
    private static final long SEED = 20_261_130L;

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(names = "--systems", split = ",", description = "Which; default all. PostgreSQL is Debian's.")
    private List<String> systems = SYSTEMS;

    @Option(names = "--warehouses", defaultValue = "8", description = "Default ${DEFAULT-VALUE}.")
    private int warehouses;

    @Option(
            names = "--customers",
            defaultValue = "300",
            description =
                    "Of each of a warehouse's ten districts, a tenth of the specification's; default ${DEFAULT-VALUE}.")
    private int customers;

    @Option(
            names = "--items",
            defaultValue = "10000",
            description = "A tenth of the specification's; default ${DEFAULT-VALUE}.")
    private int items;

    @Option(
            names = "--terminals",
            split = ",",
            description =
                    "Each with one transaction under way and no time to think; several numbers, one after the other;"
                            + " default 16,64.")
    private List<Integer> terminals = List.of(16, 64);

    @Option(
            names = "--warm-up",
            defaultValue = "30",
            description = "Seconds, before each number of terminals; the node compiles its code for so long at least;"
                    + " default ${DEFAULT-VALUE}.")
    private int warmUp;

    @Option(names = "--seconds", defaultValue = "30", description = "Measured; default ${DEFAULT-VALUE}.")
    private int seconds;

    private final Report report = new Report("tpcc");
    private final Table table = new Table(
            "system", "terminals", "new orders/min", "transactions/s", "new order p50", "p99", "disk/new order");
    private final List<String> wrong = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        TpccScale scale = new TpccScale(warehouses, customers, items);
        report.root().put("warehouses", warehouses).put("customers", customers).put("items", items);
        ArrayNode results = report.root().putArray("results");
        for (String system : systems) {
            switch (system) {
                case "thalweg" -> thalweg(scale, results);
                case "postgresql" -> postgres(scale, results);
                default -> throw new IllegalArgumentException("no system " + system + "; there are " + SYSTEMS);
            }
        }
        table.print(System.out);
        System.out.println("""

            A closed loop: each terminal begins the next transaction when the one before is answered, durable and, in Thalweg, processed by the view (an append
            with ack=full). new order: accepted ones, from when it is sent until it is answered. PostgreSQL: each transaction is a function in the database, read
            committed, synchronous_commit on.\
            """);
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        wrong.forEach(System.err::println);
        return wrong.isEmpty() ? 0 : 1;
    }

    private void thalweg(TpccScale scale, ArrayNode results) throws Exception {
        Path jar = workspace.repository().resolve(VIEW_JAR);
        if (!Files.exists(jar)) {
            throw new IOException(
                    "there is no " + jar + ": build it with ./mvnw -q package -pl examples/java -am" + " -DskipTests");
        }
        NodeProcess node = NodeProcess.start(
                workspace.launcher(), workspace.fresh("tpcc-thalweg").resolve("data"));
        try (NodeClient client = node.client()) {
            client.deployJavaView(VIEW, VIEW_CLASS, Math.min(warehouses, 8), Files.readAllBytes(jar));
            StringBuilder target = new StringBuilder(node.url() + "," + client.token() + "," + VIEW);
            for (String log : LOGS) {
                target.append(',').append(client.logId(log));
            }
            List<String> command = new ArrayList<>(Workspace.loadCommand(""));
            command.subList(command.size() - 2, command.size()).clear();
            command.add("io.thalweg.bench.tpcc.ThalwegTpcc");
            try (LoadProcess load = load("thalweg", command)) {
                run("thalweg", load, scale, target.toString(), results);
            }
        } finally {
            node.stop();
        }
    }

    private void postgres(TpccScale scale, ArrayNode results) throws Exception {
        Optional<Path> programs = PostgresProcess.programs();
        if (programs.isEmpty()) {
            System.err.println("PostgreSQL is not installed; Debian's package is postgresql");
            return;
        }
        Path jars = PeerJars.resolve("ledger", PostgresProcess.class, workspace.folder(), workspace.repository());
        List<String> command = PeerJars.loadCommand(
                jars, TpccScale.class, "PostgresTpcc.java", workspace.folder(), Workspace.benchClasses());
        try (PostgresProcess server = PostgresProcess.start(programs.get(), workspace.fresh("tpcc-postgresql"));
                LoadProcess load = load("postgresql", command)) {
            run("postgresql", load, scale, server.address(), results);
        }
    }

    private LoadProcess load(String system, List<String> command) throws IOException {
        return new LoadProcess(command, workspace.folder().resolve("tpcc-" + system + "-load.log"));
    }

    private void run(String system, LoadProcess load, TpccScale scale, String target, ArrayNode results)
            throws IOException {
        String[] _ = load.measure("load " + scale.encode() + " " + target);
        System.err.println(system + ": " + warehouses + " warehouses are there");
        DeviceWrites device = new DeviceWrites(workspace.folder());
        for (int number : terminals) {
            long before = device.bytes();
            String[] seen = load.measure("run " + scale.encode() + " " + number + " " + warmUp * 1_000 + " "
                    + seconds * 1_000 + " " + (SEED + number) + " " + target);
            Histogram newOrders = Measured.histogram(seen[1]);
            // What was written while it warmed up is of its new orders, too.
            double all = newOrders.getTotalCount() * (double) (warmUp + seconds) / seconds;
            double disk = (device.bytes() - before) / Math.max(1, all);
            double perMinute = newOrders.getTotalCount() * 60.0 / seconds;
            double perSecond = Double.parseDouble(seen[2]) / seconds;
            table.row(
                    system,
                    Integer.toString(number),
                    Table.rate(perMinute),
                    Table.rate(perSecond),
                    Table.time(newOrders.getValueAtPercentile(50)),
                    Table.time(newOrders.getValueAtPercentile(99)),
                    String.format(Locale.ROOT, "%,.0f B", disk));
            results.addObject()
                    .put("system", system)
                    .put("terminals", number)
                    .put("newOrdersPerMinute", perMinute)
                    .put("transactionsPerSecond", perSecond)
                    .put("p50Ns", newOrders.getValueAtPercentile(50))
                    .put("p99Ns", newOrders.getValueAtPercentile(99))
                    .put("deviceBytesPerNewOrder", disk);
            System.err.println(
                    system + ", " + number + " terminals: " + Table.rate(perMinute) + " new orders a minute");
        }
        String[] violated = load.measure("check " + scale.encode() + " " + target);
        if (violated.length > 1 && !violated[1].isEmpty()) {
            wrong.add(system + " violates: " + violated[1]);
        }
    }
}
