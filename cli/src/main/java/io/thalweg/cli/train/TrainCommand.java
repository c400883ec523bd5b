package io.thalweg.cli.train;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code ./thalweg prepare} runs; of no use to anybody else, and therefore not in the help. */
@Command(name = "train", hidden = true, description = "Do for a moment what a node or a command does, for a cache.")
public final class TrainCommand implements Callable<Integer> {
    private static final int SECONDS_MAX = 150;

    /** What a cache is for. */
    enum Kind {
        /** The process that serves. */
        NODE,
        /** Everything that talks to one and is over soon. */
        COMMAND
    }

    @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}.")
    private Kind kind = Kind.NODE;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "A folder to be thrown away.")
    private Path data = Path.of("");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Thread bound = Thread.ofPlatform().daemon().name("train-bound").start(TrainCommand::endInTime);
        try {
            switch (kind) {
                case NODE -> NodeTraining.run(data);
                case COMMAND -> CommandTraining.run((CommandLines) spec.root().userObject(), data);
            }
        } finally {
            bound.interrupt();
        }
        return 0;
    }

    /** A build does not wait for a training that goes nowhere. */
    private static void endInTime() {
        try {
            Thread.sleep(SECONDS_MAX * 1_000L);
        } catch (InterruptedException _) {
            return;
        }
        Runtime.getRuntime().halt(1);
    }
}
