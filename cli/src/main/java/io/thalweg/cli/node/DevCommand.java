package io.thalweg.cli.node;

import io.thalweg.cli.api.Access;
import io.thalweg.server.DevNode;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeFile;
import io.thalweg.server.config.NodeOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One node in the foreground, with a tenant to play with. Standard output gets the ready line and nothing else. */
@Command(
        name = "dev",
        description = "Run one node in the foreground, with a tenant \"dev\" and a key for it.",
        mixinStandardHelpOptions = true)
public final class DevCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE}).",
            defaultValue = Access.DEFAULT_DATA)
    private Path data = Path.of(Access.DEFAULT_DATA);

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Where to listen; port 0 takes a free one (THALWEG_HTTP, or: ${DEFAULT-VALUE}).",
            defaultValue = "${env:THALWEG_HTTP:-127.0.0.1:" + NodeOptions.HTTP_PORT + "}")
    private String http = "";

    @Option(
            names = "--ledger",
            paramLabel = "HOST:PORT",
            description =
                    "Where TigerBeetle's clients find the ledger; port 0 takes a free one (THALWEG_LEDGER_PORT, or:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "${env:THALWEG_LEDGER_PORT:-127.0.0.1:" + LedgerPort.PORT + "}")
    private String ledger = "";

    @Option(
            names = "--shards",
            paramLabel = "N",
            description = "Shards for data beside the directory's; those that are there are opened in any case"
                    + " (THALWEG_SHARDS, or: ${DEFAULT-VALUE}, everything in one).",
            defaultValue = "${env:THALWEG_SHARDS:-0}")
    private int shards;

    @Option(
            names = "--ledger-cache",
            paramLabel = "SIZE",
            description = "Memory for what is read of the ledgers' files, such as 512MiB (THALWEG_LEDGER_CACHE, or: a"
                    + " quarter of what the machine has beside the heap).",
            defaultValue = "${env:THALWEG_LEDGER_CACHE:-}")
    private String ledgerCache = "";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        FatalErrors.endTheProcess();
        HostPort address = HostPort.parse("--http", http);
        NodeOptions options = NodeOptions.in(data.toAbsolutePath().normalize())
                .withHttp(address.host(), address.port())
                .withDataShards(shards);
        if (!ledgerCache.isEmpty()) {
            options = options.withLedgerCacheBytes(NodeFile.size("--ledger-cache", ledgerCache));
        }
        try (DevNode node = DevNode.start(options, HostPort.parse("--ledger", ledger))) {
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(node::close));
            spec.commandLine().getOut().println(node.readyLine());
            spec.commandLine().getOut().flush();
            node.node().awaitClose();
        }
        return 0;
    }
}
