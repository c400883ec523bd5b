package io.thalweg.bench;

import io.thalweg.bench.ledger.LedgerDriver;
import io.thalweg.bench.ledger.LedgerResult;
import io.thalweg.bench.ledger.LedgerRun;
import io.thalweg.bench.ledger.PostgresProcess;
import io.thalweg.bench.load.LoadProcess;
import io.thalweg.bench.node.NodeProcess;
import io.thalweg.bench.peer.PeerJars;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Transfers between uniformly random accounts that keep their history: durable on disk before each answer, over the wire protocol
 * with TigerBeetle's own Java client, and beside it the textbook's two tables on PostgreSQL. Each case starts a fresh server, and
 * a fresh load generator in a JVM of its own. The case cold begins with the first request that a node ever gets. The case
 * accounts reads all transfers of random accounts, one after the other, when everything is booked; accounts-cold the same with a
 * cache of 64 MiB.
 */
@Command(
        name = "ledger",
        mixinStandardHelpOptions = true,
        description = "Transfers through the ledger port with TigerBeetle's own client, beside PostgreSQL.")
final class LedgerBench implements Callable<Integer> {
    /** What is measured. PostgreSQL gets a share of the transfers only, or it would take hours. */
    enum Case {
        USER_DATA_COLD("user-data-cold", 1, 8189, 1, Kind.USER_DATA, 0, 0),
        USER_DATA("user-data", 1, 8189, 1, Kind.USER_DATA, 0, 0),
        SEQUENTIAL("sequential", 1, 8189, 1, Kind.PLAIN, 0, 50),
        RANDOM("random", 1, 8189, 1, Kind.RANDOM_IDS, 0, 50),
        TWO_PHASE("two-phase", 2, 8189, 1, Kind.TWO_PHASE, 0, 0),
        BATCH_100("batch-100", 20, 100, 8, Kind.PLAIN, 0, 5),
        BATCH_1("batch-1", 500, 1, 8, Kind.PLAIN, 0, 2),
        QUERIES("queries", 5, 8189, 1, Kind.PLAIN, 1, 20),
        ACCOUNTS("accounts", 1, 8189, 1, Kind.PLAIN, 0, 0),
        ACCOUNTS_COLD("accounts-cold", 1, 8189, 1, Kind.PLAIN, 0, 0);

        private static final int ACCOUNT_READS = 500;

        private enum Kind {
            PLAIN,
            RANDOM_IDS,
            /** As the official benchmark fills transfers: four more indexes grow. */
            USER_DATA,
            TWO_PHASE
        }

        final String label;
        final int part;
        final int batch;
        final int clients;
        private final Kind kind;
        final int readers;

        /** PostgreSQL books one of so many of the transfers; 0 for none. */
        final int postgresPart;

        Case(String label, int part, int batch, int clients, Kind kind, int readers, int postgresPart) {
            this.label = label;
            this.part = part;
            this.batch = batch;
            this.clients = clients;
            this.kind = kind;
            this.readers = readers;
            this.postgresPart = postgresPart;
        }

        /** The run of this case, or one of {@code share} of it. */
        LedgerRun run(int accounts, long warmUp, long transfers, int share) {
            long of = (long) part * share;
            return new LedgerRun(
                    accounts,
                    this == USER_DATA_COLD ? 0 : warmUp / of,
                    Math.max(10L * batch * clients, transfers / of),
                    batch,
                    clients,
                    kind == Kind.RANDOM_IDS,
                    kind == Kind.USER_DATA,
                    kind == Kind.TWO_PHASE,
                    readers,
                    this == ACCOUNTS || this == ACCOUNTS_COLD ? ACCOUNT_READS : 0);
        }

        /** What the node is told beside: a cache that holds a small part of the ledger. */
        Map<String, String> environment() {
            return this == ACCOUNTS_COLD ? Map.of("THALWEG_LEDGER_CACHE", "64MiB") : Map.of();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    @Mixin
    private Workspace workspace = new Workspace();

    @Option(
            names = "--transfers",
            defaultValue = "10000000",
            description = "Transfers of the case sequential; the others book a part of them. Default ${DEFAULT-VALUE}.")
    private long transfers;

    @Option(
            names = "--warm-up",
            defaultValue = "4000000",
            description = "Transfers of the case sequential before those that count, while the JVM still compiles; the"
                    + " others book a part of them. Default ${DEFAULT-VALUE}.")
    private long warmUp;

    @Option(names = "--accounts", defaultValue = "10000", description = "Accounts; default ${DEFAULT-VALUE}.")
    private int accounts;

    @Option(
            names = "--cases",
            split = ",",
            description = "Cases to run: ${COMPLETION-CANDIDATES}; default all.",
            defaultValue =
                    "USER_DATA_COLD,USER_DATA,SEQUENTIAL,RANDOM,TWO_PHASE,BATCH_100,BATCH_1,QUERIES,ACCOUNTS,ACCOUNTS_COLD")
    private List<Case> cases = List.of();

    @Option(names = "--no-postgres", description = "Leave PostgreSQL out.")
    private boolean withoutPostgres;

    @Option(names = "--jvm", split = " ", description = "Options for the node's JVM, such as -Xmx2g.")
    private List<String> jvm = List.of();

    private final Report report = new Report("ledger");
    private final Table table = new Table(
            "case",
            "system",
            "transfers",
            "per second",
            "last tenth",
            "p50",
            "p99",
            "max",
            "read p50",
            "read p99",
            "CPU/transfer",
            "resident");

    @Override
    public Integer call() throws Exception {
        Path jars = PeerJars.resolve("ledger", LedgerDriver.class, workspace.folder(), workspace.repository());
        Optional<Path> postgres = withoutPostgres ? Optional.empty() : PostgresProcess.programs();
        if (!withoutPostgres && postgres.isEmpty()) {
            System.err.println("PostgreSQL is not installed (apt install postgresql): its rows are left out");
        }
        ArrayNode results = report.root().putArray("results");
        report.root().put("accounts", accounts).put("warmUp", warmUp);
        for (Case one : cases) {
            double ours = thalweg(jars, one, results);
            if (postgres.isPresent() && one.postgresPart > 0) {
                double theirs = postgres(jars, postgres.get(), one, results);
                table.row(one.label, "ratio", "", Table.ratio(ours / theirs), "", "", "", "", "", "", "", "");
            }
        }
        table.print(System.out);
        System.err.println("wrote " + report.write(workspace.json, workspace.folder()));
        return 0;
    }

    private double thalweg(Path jars, Case one, ArrayNode results) throws IOException, InterruptedException {
        Path folder = workspace.fresh("ledger-thalweg");
        LedgerRun run = one.run(accounts, warmUp, transfers, 1);
        try (NodeProcess node = NodeProcess.start(
                        workspace.launcher(), folder.resolve("data"), one.environment(), jvm.toArray(String[]::new));
                LoadProcess load = load(jars, "TigerBeetleLoad.java", folder)) {
            Duration before = node.cpu();
            LedgerResult result = measure(load, run, node.ledger());
            row(
                    one,
                    "thalweg",
                    result,
                    node.cpu().minus(before).dividedBy(run.warmUp() + result.transfers()),
                    node.residentBytes(),
                    results);
            node.stop();
            return result.perSecond();
        }
    }

    private double postgres(Path jars, Path programs, Case one, ArrayNode results)
            throws IOException, InterruptedException {
        Path folder = workspace.fresh("ledger-postgres");
        LedgerRun run = one.run(accounts, warmUp, transfers, one.postgresPart);
        try (PostgresProcess server = PostgresProcess.start(programs, folder);
                LoadProcess load = load(jars, "PostgresLoad.java", folder)) {
            LedgerResult result = measure(load, run, server.address());
            row(one, "postgresql", result, Duration.ZERO, 0, results);
            return result.perSecond();
        }
    }

    private static LedgerResult measure(LoadProcess load, LedgerRun run, String target) throws IOException {
        return LedgerResult.decode(load.measure(run.encode() + " " + target), 1);
    }

    private LoadProcess load(Path jars, String source, Path folder) throws IOException {
        return new LoadProcess(
                PeerJars.loadCommand(jars, LedgerDriver.class, source, workspace.folder(), Workspace.benchClasses()),
                folder.resolve("load.log"));
    }

    private void row(Case one, String system, LedgerResult result, Duration cpuEach, long resident, ArrayNode results) {
        Histogram requests = result.requests();
        Histogram reads = result.reads();
        boolean hasReads = reads.getTotalCount() > 0;
        table.row(
                one.label,
                system,
                String.format(Locale.ROOT, "%,d", result.transfers()),
                Table.rate(result.perSecond()),
                Table.rate(result.lastTenthPerSecond()),
                Table.time(requests.getValueAtPercentile(50)),
                Table.time(requests.getValueAtPercentile(99)),
                Table.time(requests.getMaxValue()),
                hasReads ? Table.time(reads.getValueAtPercentile(50)) : "",
                hasReads ? Table.time(reads.getValueAtPercentile(99)) : "",
                cpuEach.isZero() ? "" : cpuEach.toNanos() + " ns",
                resident == 0 ? "" : (resident >> 20) + " MiB");
        ObjectNode json = results.addObject();
        json.put("case", one.label)
                .put("system", system)
                .put("transfers", result.transfers())
                .put("perSecond", result.perSecond())
                .put("lastTenthPerSecond", result.lastTenthPerSecond())
                .put("p50Ns", requests.getValueAtPercentile(50))
                .put("p99Ns", requests.getValueAtPercentile(99))
                .put("p999Ns", requests.getValueAtPercentile(99.9))
                .put("maxNs", requests.getMaxValue());
        if (!cpuEach.isZero()) {
            json.put("cpuNsPerTransfer", cpuEach.toNanos()).put("residentBytes", resident);
        }
        if (hasReads) {
            json.put("reads", reads.getTotalCount())
                    .put("readP50Ns", reads.getValueAtPercentile(50))
                    .put("readP99Ns", reads.getValueAtPercentile(99));
        }
        System.err.printf(Locale.ROOT, "%s %s: %,.0f transfers a second%n", one.label, system, result.perSecond());
    }
}
