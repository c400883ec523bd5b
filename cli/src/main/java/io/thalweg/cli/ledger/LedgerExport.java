package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.api.LedgerAccess;
import io.thalweg.cli.terminal.Csv;
import io.thalweg.cli.terminal.Output;
import io.thalweg.cli.terminal.Progress;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "export",
        description = "Write all accounts or transfers as CSV, in the order of their timestamps.",
        mixinStandardHelpOptions = true)
final class LedgerExport implements Callable<Integer> {
    private static final int PAGE = 8190;

    private static final List<String> ACCOUNT_FIELDS = List.of(
            "id",
            "ledger",
            "code",
            "flags",
            "debits_pending",
            "debits_posted",
            "credits_pending",
            "credits_posted",
            "user_data_128",
            "user_data_64",
            "user_data_32",
            "timestamp");

    private static final List<String> TRANSFER_FIELDS = List.of(
            "id",
            "debit_account_id",
            "credit_account_id",
            "amount",
            "ledger",
            "code",
            "flags",
            "pending_id",
            "timeout",
            "user_data_128",
            "user_data_64",
            "user_data_32",
            "timestamp");

    @Mixin
    private final LedgerAccess access = new LedgerAccess();

    @Mixin
    private final Output output = new Output();

    @Parameters(index = "0", paramLabel = "accounts|transfers", description = "What to write.")
    private LedgerKind kind = LedgerKind.transfers;

    @Parameters(index = "1", paramLabel = "FILE", arity = "0..1", description = "Where (default: standard output).")
    private @Nullable Path file;

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            if (file == null) {
                write(api, output.out());
                output.out().flush();
                return 0;
            }
            long rows;
            try (OutputStream bytes = Files.newOutputStream(file);
                    Writer writer = new BufferedWriter(
                            new java.io.OutputStreamWriter(bytes, StandardCharsets.UTF_8), 1 << 16)) {
                rows = write(api, writer);
            }
            output.say(
                    "exported " + rows + " " + kind, Api.JSON.createObjectNode().put(kind.name(), rows));
            return 0;
        }
    }

    private long write(Api api, Writer writer) throws IOException, InterruptedException {
        List<String> fields = kind == LedgerKind.accounts ? ACCOUNT_FIELDS : TRANSFER_FIELDS;
        if (!output.isJson() || file != null) {
            writer.write(Csv.row(fields));
        }
        long rows = 0;
        try (Progress progress = Progress.counting("exporting", kind.name(), file == null || output.isJson())) {
            String next = "1";
            while (!next.isEmpty()) {
                JsonNode page = api.get(access.path("/" + kind + "?limit=" + PAGE + "&timestamp_min=" + next));
                for (JsonNode row : page.path(kind.name())) {
                    writer.write(file == null && output.isJson() ? row + "\n" : Csv.row(values(row, fields)));
                    rows++;
                }
                progress.at(rows);
                next = page.path("next").asString("");
            }
        }
        return rows;
    }

    private static List<String> values(JsonNode row, List<String> fields) {
        return fields.stream()
                .map(field -> field.equals("flags")
                        ? LedgerColumns.join(row.path(field))
                        : row.path(field).asString())
                .toList();
    }
}
