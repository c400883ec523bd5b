package io.thalweg.cli.ledger;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Csv;
import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CSV on its way into a ledger, a batch at a time. A chain of linked rows is never cut: it goes into one batch, or into the next.
 * Since every row has an id, a batch may be sent any number of times.
 */
final class LedgerImport {
    static final int BATCH = 8190;

    /** What an export tells of an account, and only bookings may change. */
    private static final Set<String> BALANCES =
            Set.of("debits_pending", "debits_posted", "credits_pending", "credits_posted");

    private static final String LINKED = "linked";
    private static final String IMPORTED = "imported";
    private static final String CLOSED = "closed";

    /** Sends a batch and answers with a result for each row. */
    @FunctionalInterface
    interface Target {
        ArrayNode send(ArrayNode batch) throws IOException, InterruptedException;
    }

    /** Told of each row that failed. */
    @FunctionalInterface
    interface Failures {
        void failed(int line, String status);
    }

    private record Row(int line, ObjectNode json, boolean linked) {}

    private final Csv csv;
    private final boolean accounts;
    private final boolean keepTimestamps;
    private final Target target;
    private final Failures failures;
    private final List<String> columns;
    private final List<Row> rows = new ArrayList<>();
    private long created;
    private long existed;
    private long failed;

    LedgerImport(Csv csv, boolean accounts, boolean keepTimestamps, Target target, Failures failures)
            throws IOException {
        this.csv = csv;
        this.accounts = accounts;
        this.keepTimestamps = keepTimestamps;
        this.target = target;
        this.failures = failures;
        List<String> header = csv.next();
        if (header == null || !header.contains("id")) {
            throw new Failure("the first line names the columns, and one of them is id");
        }
        for (int i = 0; i < header.size(); i++) {
            if (header.indexOf(header.get(i)) < i) {
                throw new Failure("the first line names the column " + header.get(i) + " twice");
            }
        }
        this.columns = header;
    }

    long created() {
        return created;
    }

    long existed() {
        return existed;
    }

    long failed() {
        return failed;
    }

    /** Sends one batch; false when everything was sent. */
    boolean step() throws IOException, InterruptedException {
        while (rows.size() < BATCH) {
            Row row = next();
            if (row == null) {
                break;
            }
            rows.add(row);
        }
        if (rows.isEmpty()) {
            return false;
        }
        int count = rows.size() < BATCH ? rows.size() : wholeChains();
        ArrayNode batch = Api.JSON.createArrayNode();
        List<Row> sent = rows.subList(0, count);
        sent.forEach(row -> batch.add(row.json));
        ArrayNode results = target.send(batch);
        for (int i = 0; i < count; i++) {
            JsonNode result = results.get(i);
            switch (result.path("status").asString()) {
                case "created" -> created++;
                case "exists" -> existed++;
                case String status -> {
                    failed++;
                    failures.failed(sent.get(i).line, status);
                }
            }
        }
        sent.clear();
        return true;
    }

    /** How many rows end with a whole chain; all of them when the chain is longer than a batch can be. */
    private int wholeChains() {
        int count = rows.size();
        while (count > 0 && rows.get(count - 1).linked) {
            count--;
        }
        return count == 0 ? rows.size() : count;
    }

    private @Nullable Row next() throws IOException {
        List<String> values = csv.next();
        if (values == null) {
            return null;
        }
        if (values.size() != columns.size()) {
            throw new Failure("line " + csv.line() + " has " + values.size() + " values, but there are "
                    + columns.size() + " columns");
        }
        ObjectNode json = Api.JSON.createObjectNode();
        boolean linked = false;
        boolean imported = keepTimestamps;
        List<String> flags = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            String value = values.get(i);
            String column = columns.get(i);
            if (column.equals("flags")) {
                for (String flag : value.split("\\|", -1)) {
                    linked |= flag.equals(LINKED);
                    imported |= flag.equals(IMPORTED);
                    // An account is closed by a transfer, which will come.
                    if (!flag.isBlank() && !flag.equals(IMPORTED) && !(accounts && flag.equals(CLOSED))) {
                        flags.add(flag.strip());
                    }
                }
            } else if (!value.isEmpty() && !column.equals("timestamp") && !(accounts && BALANCES.contains(column))) {
                json.put(column, value);
            }
        }
        int timestamp = columns.indexOf("timestamp");
        if (imported) {
            if (timestamp < 0 || values.get(timestamp).isEmpty()) {
                throw new Failure("line " + csv.line() + " is to keep its timestamp, but has none");
            }
            flags.add(IMPORTED);
            json.put("timestamp", values.get(timestamp));
        }
        ArrayNode names = json.putArray("flags");
        flags.forEach(names::add);
        return new Row(csv.line(), json, linked);
    }
}
