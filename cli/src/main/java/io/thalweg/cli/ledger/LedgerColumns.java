package io.thalweg.cli.ledger;

import io.thalweg.cli.terminal.Column;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What is shown of accounts and of transfers. */
final class LedgerColumns {
    static final List<Column> ACCOUNT = List.of(
            Column.of("ID", "id"),
            Column.of("UNIT", "ledger"),
            Column.of("CODE", "code"),
            Column.of("DEBITS", "debits_posted"),
            Column.of("CREDITS", "credits_posted"),
            Column.of("DEBITS PENDING", "debits_pending"),
            Column.of("CREDITS PENDING", "credits_pending"),
            flags());

    static final List<Column> TRANSFER = List.of(
            Column.of("ID", "id"),
            Column.of("DEBIT", "debit_account_id"),
            Column.of("CREDIT", "credit_account_id"),
            Column.of("AMOUNT", "amount"),
            Column.of("UNIT", "ledger"),
            Column.of("CODE", "code"),
            flags());

    private LedgerColumns() {}

    private static Column flags() {
        return new Column("FLAGS", row -> {
            String flags = join(row.path("flags"));
            return flags.isEmpty() ? "-" : flags;
        });
    }

    /** Names of flags as one cell. */
    static String join(JsonNode names) {
        List<String> flags = new ArrayList<>();
        names.forEach(name -> flags.add(name.asString()));
        return String.join("|", flags);
    }
}
