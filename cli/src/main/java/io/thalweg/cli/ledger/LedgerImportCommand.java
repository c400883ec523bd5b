package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Csv;
import io.thalweg.cli.terminal.Input;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = {
            "Create accounts or transfers from CSV; .gz is unpacked on the way.",
            "The first line names the columns, as an export does; flags are joined with |. Repeating the command"
                    + " goes on where it stopped: what exists with the same content counts as done."
        },
        mixinStandardHelpOptions = true)
final class LedgerImportCommand implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "accounts|transfers", description = "What the file holds.")
    private LedgerKind kind = LedgerKind.transfers;

    @Parameters(index = "1", paramLabel = "FILE", arity = "0..1", description = "CSV (default: standard input).")
    private @Nullable String file;

    @Option(
            names = "--keep-timestamps",
            description = "Book in the past: what is created gets the timestamps of the file, which only grow.")
    private boolean keepTimestamps;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open();
                Input input = Input.open(file);
                Progress progress = Progress.of("importing", input.bytes(), output.isJson())) {
            Csv csv = Csv.of(input.stream());
            LedgerImport work = new LedgerImport(
                    csv,
                    kind == LedgerKind.accounts,
                    keepTimestamps,
                    batch -> access.createMany(api, kind.name(), batch),
                    (line, status) -> output.err().println("line " + line + ": " + status));
            while (work.step()) {
                progress.at(input.position());
            }
            output.say(
                    "created " + work.created() + " " + kind + ", " + work.existed() + " existed, " + work.failed()
                            + " failed",
                    Api.JSON
                            .createObjectNode()
                            .put("created", work.created())
                            .put("existed", work.existed())
                            .put("failed", work.failed()));
            return work.failed() == 0 ? 0 : 1;
        }
    }
}
