package io.thalweg.cli.ledger;

import io.thalweg.cli.terminal.Failure;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import tools.jackson.databind.JsonNode;

/**
 * Books a ledger's history once more, event by event in the order of commits, and compares: the balances that each event left with
 * those it says it left, and in the end every account with what the ledger shows of it. Balances are compared at one position:
 * a statement says which event it includes, and the history is read on to exactly that one. Memory grows with the accounts and
 * with what is pending, not with the transfers.
 */
final class LedgerAudit {
    private static final int PAGE = 2730;
    private static final int ACCOUNTS_PAGE = 8190;
    private static final String[] FIELDS = {"debits_pending", "debits_posted", "credits_pending", "credits_posted"};
    private static final int DEBITS = 0;
    private static final int CREDITS = 2;

    /** Gets a path of the ledger. */
    @FunctionalInterface
    interface Source {
        JsonNode get(String path) throws IOException, InterruptedException;
    }

    private final Source source;
    private final int findingsMax;
    private final Map<String, BigInteger[]> balances = new HashMap<>();
    private final Map<String, BigInteger> pending = new HashMap<>();
    private final List<String> findings = new ArrayList<>();
    private long next = 1;
    private long accounts;

    LedgerAudit(Source source, int findingsMax) {
        this.source = source;
        this.findingsMax = findingsMax;
    }

    List<String> findings() {
        return findings;
    }

    long accounts() {
        return accounts;
    }

    /** Events that were booked once more. */
    long events() {
        return next - 1;
    }

    void run(LongConsumer progress) throws IOException, InterruptedException {
        long head = Long.MAX_VALUE;
        while (next <= head && !full()) {
            JsonNode page = source.get("/events?limit=" + PAGE + "&from=" + next);
            head = page.path("head").asLong();
            page.path("events").forEach(this::book);
            progress.accept(next - 1);
        }
        Map<String, BigInteger[]> shownSums = new TreeMap<>();
        String from = "1";
        while (!from.isEmpty() && !full()) {
            JsonNode page = source.get("/accounts?limit=" + ACCOUNTS_PAGE + "&timestamp_min=" + from);
            for (JsonNode account : page.path("accounts")) {
                accounts++;
                compare(account);
                BigInteger[] sum =
                        shownSums.computeIfAbsent(account.path("ledger").asString(), _ -> zeros());
                for (int i = 0; i < sum.length; i++) {
                    sum[i] = sum[i].add(number(account, FIELDS[i]));
                }
            }
            from = page.path("next").asString("");
        }
        // Accounts of several pages are of one moment only if nothing was booked from the first to the last.
        if (source.get("/events?limit=1&from=" + next).path("head").asLong() == head) {
            shownSums.forEach(this::checkSum);
        }
        if (accounts < balances.size()) {
            finding("there are transfers of " + balances.size() + " accounts, but only " + accounts + " accounts");
        }
    }

    private void checkSum(String unit, BigInteger[] sum) {
        for (int i = 0; i < CREDITS; i++) {
            if (!sum[DEBITS + i].equals(sum[CREDITS + i])) {
                finding("unit " + unit + " has " + FIELDS[DEBITS + i] + " of " + sum[DEBITS + i] + " in all, but "
                        + FIELDS[CREDITS + i] + " of " + sum[CREDITS + i]);
            }
        }
    }

    private boolean full() {
        return findings.size() >= findingsMax;
    }

    private void finding(String text) {
        if (!full()) {
            findings.add(text);
        }
    }

    private static BigInteger[] zeros() {
        return new BigInteger[] {BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO, BigInteger.ZERO};
    }

    private BigInteger[] of(String account) {
        return balances.computeIfAbsent(account, _ -> zeros());
    }

    private void book(JsonNode event) {
        long sequence = event.path("sequence").asLong();
        if (sequence != next) {
            throw new Failure("event " + next + " is missing: the next one is " + sequence);
        }
        next++;
        JsonNode transfer = event.path("transfer");
        String id = transfer.path("id").asString();
        BigInteger amount = number(transfer, "amount");
        String type = event.path("type").asString();
        String reserved =
                type.equals("expired") ? id : transfer.path("pending_id").asString();
        BigInteger posts = type.equals("single") || type.equals("posted") ? amount : BigInteger.ZERO;
        BigInteger reserves = BigInteger.ZERO;
        switch (type) {
            case "single" -> {}
            case "pending" -> {
                reserves = amount;
                pending.put(id, amount);
            }
            default -> {
                BigInteger before = pending.remove(reserved);
                if (before == null) {
                    finding("event " + sequence + " has " + type + " transfer " + reserved + ", which was not pending");
                    return;
                }
                reserves = before.negate();
            }
        }
        change(event, "debit_account", DEBITS, reserves, posts);
        change(event, "credit_account", CREDITS, reserves, posts);
    }

    private void change(JsonNode event, String side, int at, BigInteger reserves, BigInteger posts) {
        JsonNode shown = event.path(side);
        BigInteger[] mine = of(shown.path("id").asString());
        mine[at] = mine[at].add(reserves);
        mine[at + 1] = mine[at + 1].add(posts);
        compare(
                "after event " + event.path("sequence").asString() + " account "
                        + shown.path("id").asString(),
                shown,
                mine);
    }

    private void compare(String what, JsonNode shown, BigInteger[] mine) {
        for (int i = 0; i < FIELDS.length; i++) {
            BigInteger theirs = number(shown, FIELDS[i]);
            if (!theirs.equals(mine[i])) {
                finding(what + " shows " + FIELDS[i] + " " + theirs + ", and its history makes " + mine[i]);
            }
        }
    }

    private void compare(JsonNode account) throws IOException, InterruptedException {
        String id = account.path("id").asString();
        BigInteger[] mine = of(id);
        boolean same = true;
        for (int i = 0; i < FIELDS.length; i++) {
            same &= number(account, FIELDS[i]).equals(mine[i]);
        }
        if (same) {
            return;
        }
        // Perhaps it was booked on meanwhile: compare once more, at a position that is known.
        JsonNode statement = source.get("/accounts/" + id + "/statement");
        readTo(statement.path("sequence").asLong());
        compare("account " + id, statement.path("account"), of(id));
    }

    private void readTo(long sequence) throws IOException, InterruptedException {
        while (next <= sequence && !full()) {
            long limit = Math.min(PAGE, sequence - next + 1);
            long before = next;
            source.get("/events?limit=" + limit + "&from=" + next)
                    .path("events")
                    .forEach(this::book);
            if (next == before) {
                throw new Failure("event " + next + " is missing, although the ledger says it has " + sequence);
            }
        }
    }

    private static BigInteger number(JsonNode object, String field) {
        return new BigInteger(object.path(field).asString());
    }
}
