package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** Recomputes a ledger from its history. */
@Command(
        name = "audit",
        description = "Recompute every balance from all transfers and expiries, and compare; check that debits equal"
                + " credits. Others may go on booking meanwhile.",
        mixinStandardHelpOptions = true)
final class LedgerAuditCommand implements Callable<Integer> {
    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Option(names = "--findings", paramLabel = "N", description = "Stop after so many (default: ${DEFAULT-VALUE}).")
    private int findingsMax = 100;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            LedgerAudit audit = new LedgerAudit(path -> api.get(access.path(path)), findingsMax);
            try (Progress progress = Progress.counting("auditing", "events", output.isJson())) {
                audit.run(progress::at);
            }
            ArrayNode findings = Api.JSON.createArrayNode();
            audit.findings().forEach(findings::add);
            if (!output.isJson()) {
                audit.findings().forEach(output.err()::println);
            }
            output.say(
                    findings.isEmpty()
                            ? "all is well: " + audit.accounts() + " accounts agree with " + audit.events() + " events"
                            : findings.size() + " findings in " + audit.accounts() + " accounts and " + audit.events()
                                    + " events",
                    Api.JSON
                            .createObjectNode()
                            .put("accounts", audit.accounts())
                            .put("events", audit.events())
                            .set("findings", findings));
            return findings.isEmpty() ? 0 : 1;
        }
    }
}
