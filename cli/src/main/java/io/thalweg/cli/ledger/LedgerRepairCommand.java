package io.thalweg.cli.ledger;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.cli.terminal.Output;
import io.thalweg.model.LedgerId;
import io.thalweg.server.LedgerRepair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Computes damaged ledgers of a stopped node again, from its journal or from a backup and the journal. */
@Command(
        name = "repair",
        description = {
            "Make the frozen ledgers of a stopped node again, from its journal.",
            "",
            "A ledger some of whose stored bytes are wrong is frozen: it answers 503, and all others go on. Stop the"
                    + " node, run this, and start the node again. The damaged files are kept in ledgers-damaged."
        },
        mixinStandardHelpOptions = true)
public final class LedgerRepairCommand implements Callable<Integer> {
    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "DIR", description = "The node's data directory.")
    private Path data = Path.of("");

    @Option(
            names = "--ledger",
            paramLabel = "ID",
            description = "Make this ledger again, too, although it is not frozen; may be given several times.")
    private Set<String> ledgers = new TreeSet<>();

    @Option(
            names = "--backup",
            paramLabel = "DIR",
            description = "Go on from a copy of the data directory, if the journal has given back its first entries.")
    private @Nullable Path backup;

    @Override
    public Integer call() {
        Set<LedgerId> named = new TreeSet<>();
        for (String ledger : ledgers) {
            try {
                named.add(LedgerId.parse(ledger));
            } catch (IllegalArgumentException e) {
                throw new Failure(ledger + " is no ledger's id, as the log and `thalweg ledger list` have it");
            }
        }
        try {
            boolean repaired =
                    LedgerRepair.run(data, named, backup, line -> output.err().println(line));
            output.err()
                    .println(
                            repaired
                                    ? "repaired: start the node again"
                                    : "nothing to repair: no ledger was frozen when the node stopped");
            return 0;
        } catch (IOException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        }
    }
}
