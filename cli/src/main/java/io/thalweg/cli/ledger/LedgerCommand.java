package io.thalweg.cli.ledger;

import picocli.CommandLine.Command;

/** Ledgers: open accounts, book, look, move data in and out, and check it all. */
@Command(
        name = "ledger",
        description = "Keep books: accounts, transfers, balances.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LedgerCreate.class,
            LedgerList.class,
            LedgerOpen.class,
            LedgerAccounts.class,
            LedgerBook.class,
            LedgerPost.class,
            LedgerCancel.class,
            LedgerBalance.class,
            LedgerHistory.class,
            LedgerImportCommand.class,
            LedgerExport.class,
            LedgerAuditCommand.class,
            LedgerRepairCommand.class
        })
public final class LedgerCommand {
    private LedgerCommand() {}
}
