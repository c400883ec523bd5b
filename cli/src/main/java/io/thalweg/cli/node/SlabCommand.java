package io.thalweg.cli.node;

import io.thalweg.cli.memo.SlabLeave;
import io.thalweg.cli.memo.SlabList;
import io.thalweg.server.SlabNode;
import io.thalweg.server.config.NodeFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A slab without shards, for an edge. */
@Command(
        name = "slab",
        description =
                "Run a slab without shards as its configuration file says: a node at the edge that keeps objects.",
        mixinStandardHelpOptions = true,
        subcommands = {SlabList.class, SlabLeave.class})
public final class SlabCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration: slab.http, slab.join, slab.class, slab.quota, …; see docs/objects.md.")
    private Path config = Path.of("");

    @Mixin
    private final WhileInputLasts whileInputLasts = new WhileInputLasts();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (config.toString().isEmpty()) {
            throw new picocli.CommandLine.ParameterException(
                    spec.commandLine(), "give --config FILE to run a slab, or say: thalweg slab list");
        }
        FatalErrors.endTheProcess();
        try (SlabNode slab = SlabNode.start(NodeFile.readSlab(config));
                AlsoSlabs also = AlsoSlabs.start(config, slab.url())) {
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(slab::close));
            also.sayWhere();
            spec.commandLine().getOut().println(slab.readyLine());
            spec.commandLine().getOut().flush();
            whileInputLasts.orElse(slab::close);
            slab.awaitClose();
        }
        return 0;
    }
}
