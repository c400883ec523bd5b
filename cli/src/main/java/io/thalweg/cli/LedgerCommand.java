package io.thalweg.cli;

import io.thalweg.client.Ids;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Ledgers: open accounts, book, look, move data in and out, and check it all. */
@Command(
        name = "ledger",
        description = "Keep books: accounts, transfers, balances.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LedgerCommand.Create.class,
            LedgerCommand.ListAll.class,
            LedgerCommand.Open.class,
            LedgerCommand.Accounts.class,
            LedgerCommand.Book.class,
            LedgerCommand.Post.class,
            LedgerCommand.Cancel.class,
            LedgerCommand.Balance.class,
            LedgerCommand.History.class,
            LedgerCommand.Import.class,
            LedgerCommand.Export.class,
            LedgerAuditCommand.class
        })
final class LedgerCommand {
    private static final List<Column> ACCOUNT = List.of(
            Column.of("ID", "id"),
            Column.of("UNIT", "ledger"),
            Column.of("CODE", "code"),
            Column.of("DEBITS", "debits_posted"),
            Column.of("CREDITS", "credits_posted"),
            Column.of("DEBITS PENDING", "debits_pending"),
            Column.of("CREDITS PENDING", "credits_pending"),
            flags());

    private static final List<Column> TRANSFER = List.of(
            Column.of("ID", "id"),
            Column.of("DEBIT", "debit_account_id"),
            Column.of("CREDIT", "credit_account_id"),
            Column.of("AMOUNT", "amount"),
            Column.of("UNIT", "ledger"),
            Column.of("CODE", "code"),
            flags());

    private LedgerCommand() {}

    private static Column flags() {
        return new Column("FLAGS", row -> {
            String flags = join(row.path("flags"));
            return flags.isEmpty() ? "-" : flags;
        });
    }

    static String join(JsonNode names) {
        List<String> flags = new ArrayList<>();
        names.forEach(name -> flags.add(name.asString()));
        return String.join("|", flags);
    }

    @Command(name = "create", description = "Create a ledger.", mixinStandardHelpOptions = true)
    static final class Create implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "NAME", description = "Name, unique among your ledgers.")
        private String name = "";

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                JsonNode created =
                        api.post("/ledgers", Api.JSON.createObjectNode().put("name", name));
                output.say("created " + name + "  " + created.path("ledger_id").asString(), created);
                return 0;
            }
        }
    }

    @Command(name = "list", description = "List your ledgers.", mixinStandardHelpOptions = true)
    static final class ListAll implements Callable<Integer> {
        @Mixin
        private final Access access = new Access();

        @Mixin
        private final Output output = new Output();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                output.table(
                        api.get("/ledgers").path("ledgers"),
                        List.of(Column.of("NAME", "name"), Column.of("ID", "ledger_id")));
                return 0;
            }
        }
    }

    @Command(name = "open", description = "Open accounts.", mixinStandardHelpOptions = true)
    static final class Open implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ID", arity = "1..*", description = "Ids of the accounts: numbers from 1.")
        private List<String> ids = List.of();

        @Option(
                names = "--unit",
                paramLabel = "N",
                description = "What is booked, such as a currency; transfers stay within one (default: 1).")
        private long unit = 1;

        @Option(names = "--code", paramLabel = "N", description = "What kind of account it is (default: 1).")
        private int code = 1;

        @Option(
                names = "--flag",
                paramLabel = "FLAG",
                description =
                        "history, debits_must_not_exceed_credits, credits_must_not_exceed_debits; may come again.")
        private List<String> flags = List.of();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ArrayNode wanted = Api.JSON.createArrayNode();
                for (String id : ids) {
                    ObjectNode account =
                            wanted.addObject().put("id", id).put("ledger", unit).put("code", code);
                    ArrayNode names = account.putArray("flags");
                    flags.forEach(names::add);
                }
                ArrayNode results = access.createMany(api, "accounts", wanted);
                boolean failed = false;
                for (int i = 0; i < results.size(); i++) {
                    String status = results.get(i).path("status").asString();
                    boolean there = status.equals("created") || status.equals("exists");
                    failed |= !there;
                    String shown = there ? "opened account " + ids.get(i) : "account " + ids.get(i) + ": " + status;
                    output.say(shown, ((ObjectNode) results.get(i)).put("id", ids.get(i)));
                }
                return failed ? 1 : 0;
            }
        }
    }

    @Command(name = "accounts", description = "List accounts, oldest first.", mixinStandardHelpOptions = true)
    static final class Accounts implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Option(names = "--limit", paramLabel = "N", description = "Most accounts (default: ${DEFAULT-VALUE}).")
        private int limit = 100;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                output.table(api.get(access.path("/accounts?limit=" + limit)).path("accounts"), ACCOUNT);
                return 0;
            }
        }
    }

    @Command(
            name = "transfer",
            description = "Move an amount from one account (debited) to another (credited).",
            mixinStandardHelpOptions = true)
    static final class Book implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(index = "0", paramLabel = "DEBIT", description = "Account that is debited.")
        private String debit = "";

        @Parameters(index = "1", paramLabel = "CREDIT", description = "Account that is credited.")
        private String credit = "";

        @Parameters(index = "2", paramLabel = "AMOUNT", description = "How much, in the smallest unit.")
        private String amount = "";

        @Option(
                names = "--id",
                paramLabel = "ID",
                description = "Id of the transfer, which makes repeating this very command harmless (default: a fresh"
                        + " one).")
        private String id = Ids.next().toString();

        @Option(names = "--unit", paramLabel = "N", description = "Unit of both accounts (default: 1).")
        private long unit = 1;

        @Option(names = "--code", paramLabel = "N", description = "Why it is booked (default: 1).")
        private int code = 1;

        @Option(names = "--pending", description = "Only reserve it, to be posted or voided later.")
        private boolean pending;

        @Option(names = "--timeout", paramLabel = "SECONDS", description = "Let go of what is pending after so long.")
        private long timeout;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ObjectNode transfer = Api.JSON
                        .createObjectNode()
                        .put("id", id)
                        .put("debit_account_id", debit)
                        .put("credit_account_id", credit)
                        .put("amount", amount)
                        .put("ledger", unit)
                        .put("code", code)
                        .put("timeout", timeout);
                ArrayNode flags = transfer.putArray("flags");
                if (pending) {
                    flags.add("pending");
                }
                JsonNode result = access.createOne(api, "transfers", transfer);
                output.say((pending ? "reserved" : "booked") + " transfer " + id, result);
                return 0;
            }
        }
    }

    @Command(name = "post", description = "Book what a pending transfer reserved.", mixinStandardHelpOptions = true)
    static final class Post implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(index = "0", paramLabel = "PENDING", description = "Id of the pending transfer.")
        private String pending = "";

        @Parameters(index = "1", paramLabel = "AMOUNT", arity = "0..1", description = "How much of it (default: all).")
        private String amount = "max";

        @Option(names = "--id", paramLabel = "ID", description = "Id of this transfer (default: a fresh one).")
        private String id = Ids.next().toString();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ObjectNode transfer = Api.JSON
                        .createObjectNode()
                        .put("id", id)
                        .put("pending_id", pending)
                        .put("amount", amount);
                transfer.putArray("flags").add("post_pending_transfer");
                output.say("posted transfer " + pending, access.createOne(api, "transfers", transfer));
                return 0;
            }
        }
    }

    @Command(
            name = "void",
            description = "Let go of what a pending transfer reserved.",
            mixinStandardHelpOptions = true)
    static final class Cancel implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "PENDING", description = "Id of the pending transfer.")
        private String pending = "";

        @Option(names = "--id", paramLabel = "ID", description = "Id of this transfer (default: a fresh one).")
        private String id = Ids.next().toString();

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                ObjectNode transfer = Api.JSON.createObjectNode().put("id", id).put("pending_id", pending);
                transfer.putArray("flags").add("void_pending_transfer");
                output.say("voided transfer " + pending, access.createOne(api, "transfers", transfer));
                return 0;
            }
        }
    }

    @Command(
            name = "balance",
            description = "Show an account and what is pending on it, at one moment.",
            mixinStandardHelpOptions = true)
    static final class Balance implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ACCOUNT", description = "Id of the account.")
        private String account = "";

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description = "As it was then: nanoseconds since 1970, or such as 2026-11-20T10:00:00Z.")
        private @Nullable String at;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                String when = at == null ? "" : "?at=" + Api.escape(at);
                JsonNode statement = api.get(access.path("/accounts/" + Api.escape(account) + "/statement" + when));
                if (output.isJson()) {
                    output.out().println(statement);
                    return 0;
                }
                output.table(Api.JSON.createArrayNode().add(statement.path("account")), ACCOUNT);
                if (!statement.path("pending").isEmpty()) {
                    output.out().println();
                    output.table(statement.path("pending"), TRANSFER);
                }
                return 0;
            }
        }
    }

    @Command(
            name = "history",
            description = "Show transfers of an account, oldest first.",
            mixinStandardHelpOptions = true)
    static final class History implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(paramLabel = "ACCOUNT", description = "Id of the account.")
        private String account = "";

        @Option(names = "--limit", paramLabel = "N", description = "Most transfers (default: ${DEFAULT-VALUE}).")
        private int limit = 100;

        @Option(names = "--newest-first", description = "The other way round.")
        private boolean reversed;

        @Override
        public Integer call() throws Exception {
            try (Api api = access.open()) {
                String query = "/transfers?limit=" + limit + (reversed ? "&reversed=true" : "");
                output.table(
                        api.get(access.path("/accounts/" + Api.escape(account) + query))
                                .path("transfers"),
                        TRANSFER);
                return 0;
            }
        }
    }

    /** What can be moved in and out. */
    enum Kind {
        accounts,
        transfers
    }

    @Command(
            name = "import",
            description = {
                "Create accounts or transfers from CSV; .gz is unpacked on the way.",
                "The first line names the columns, as an export does; flags are joined with |. Repeating the command"
                        + " goes on where it stopped: what exists with the same content counts as done."
            },
            mixinStandardHelpOptions = true)
    static final class Import implements Callable<Integer> {
        @Mixin
        private final LedgerAccess access = new LedgerAccess();

        @Mixin
        private final Output output = new Output();

        @Parameters(index = "0", paramLabel = "accounts|transfers", description = "What the file holds.")
        private Kind kind = Kind.transfers;

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
                Csv csv = new Csv(new BufferedReader(new InputStreamReader(input.stream(), StandardCharsets.UTF_8)));
                LedgerImport work = new LedgerImport(
                        csv,
                        kind == Kind.accounts,
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

    @Command(
            name = "export",
            description = "Write all accounts or transfers as CSV, in the order of their timestamps.",
            mixinStandardHelpOptions = true)
    static final class Export implements Callable<Integer> {
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
        private Kind kind = Kind.transfers;

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
                        "exported " + rows + " " + kind,
                        Api.JSON.createObjectNode().put(kind.name(), rows));
                return 0;
            }
        }

        private long write(Api api, Writer writer) throws IOException, InterruptedException {
            List<String> fields = kind == Kind.accounts ? ACCOUNT_FIELDS : TRANSFER_FIELDS;
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
                            ? join(row.path(field))
                            : row.path(field).asString())
                    .toList();
        }
    }
}
