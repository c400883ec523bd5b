package io.thalweg.cli.node;

import io.thalweg.server.Comebacks;
import io.thalweg.server.Node;
import io.thalweg.server.config.NodeFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
        Comebacks comebacks = new Comebacks(System::nanoTime);
        Current current = new Current();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(current::stop));
        // A start may wait for other nodes, and ends as if it were killed: that leaves the data as it was.
        whileInputLasts.orElse(() -> {
            if (!current.stop()) {
                Runtime.getRuntime().exit(0);
            }
        });
        boolean again;
        boolean said = false;
        do {
            current.begins();
            try (Node node = Node.start(NodeFile.read(config), comebacks);
                    AlsoSlabs also = AlsoSlabs.start(config, node.url())) {
                current.becomes(node);
                if (!said) {
                    also.sayWhere();
                    spec.commandLine().getOut().println("ready {\"http\":\"" + node.url() + "\"}");
                    spec.commandLine().getOut().flush();
                    said = true;
                }
                node.awaitClose();
                again = node.beginsAgain();
            }
        } while (again && !current.isStopped());
        return 0;
    }

    /** The node that runs at the moment, for who stops it. */
    private static final class Current {
        private @Nullable Node node;
        private boolean stopped;

        synchronized void begins() {
            node = null;
        }

        synchronized void becomes(Node next) {
            node = next;
            if (stopped) {
                next.close();
            }
        }

        synchronized boolean isStopped() {
            return stopped;
        }

        /** Returns whether there was one to close. */
        boolean stop() {
            Node last;
            synchronized (this) {
                stopped = true;
                last = node;
            }
            if (last != null) {
                last.close();
            }
            return last != null;
        }
    }
}
