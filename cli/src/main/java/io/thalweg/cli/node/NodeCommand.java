package io.thalweg.cli.node;

import io.thalweg.server.Node;
import io.thalweg.server.config.NodeFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One node as a real deployment starts it. */
@Command(name = "node", description = "Run a node as its configuration file says.", mixinStandardHelpOptions = true)
public final class NodeCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            required = true,
            paramLabel = "FILE",
            description = "The configuration, see docs/operations.md.")
    private Path config = Path.of("");

    @Mixin
    private final WhileInputLasts whileInputLasts = new WhileInputLasts();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        FatalErrors.endTheProcess();
        try (Node node = Node.start(NodeFile.read(config));
                AlsoSlabs also = AlsoSlabs.start(config, node.url())) {
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(node::close));
            also.sayWhere();
            spec.commandLine().getOut().println("ready {\"http\":\"" + node.url() + "\"}");
            spec.commandLine().getOut().flush();
            whileInputLasts.orElse(node::close);
            node.awaitClose();
        }
        return 0;
    }
}
