package io.thalweg.cli.local.recorded;

import io.thalweg.cli.api.Api;
import io.thalweg.testkit.history.LedgerModel;
import io.thalweg.testkit.history.SerialHistory;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Books transfers between a few accounts, each until it is answered. */
final class Booker extends Client {
    private static final int UNIT = 1;
    private static final int ACCOUNTS = 4;
    private static final String LEDGER = "/ledgers/default";

    private final int index;
    private final SerialHistory<LedgerModel.Transfer, LedgerModel.Answer> bookings;
    private long number;

    Booker(Run run, int index, SerialHistory<LedgerModel.Transfer, LedgerModel.Answer> bookings) {
        super(run, "booker-" + index);
        this.index = index;
        this.bookings = bookings;
    }

    /** Makes the accounts, before there are faults. */
    void makeAccounts() throws InterruptedException {
        StringBuilder accounts = new StringBuilder();
        for (int id = 1; id <= ACCOUNTS; id++) {
            accounts.append(id == 1 ? "[" : ",").append("{\"id\":\"" + id + "\",\"ledger\":" + UNIT + ",\"code\":1}");
        }
        HttpRequest.Builder all = HttpRequest.newBuilder()
                .POST(BodyPublishers.ofString(accounts.append("]").toString()));
        if (ask(all, LEDGER + "/accounts").isEmpty()) {
            throw new AssertionError("no accounts were made");
        }
    }

    @Override
    void act() throws InterruptedException {
        long debit = 1L + random.nextInt(ACCOUNTS);
        LedgerModel.Transfer transfer = new LedgerModel.Transfer(
                1_000_000L * (index + 1) + ++number, debit, 1 + debit % ACCOUNTS, 1 + random.nextInt(100));
        var booking = bookings.begin(name, transfer, System.nanoTime());
        while (!run.isOverdue()) {
            Optional<HttpResponse<String>> answer =
                    ask(HttpRequest.newBuilder().POST(BodyPublishers.ofString(json(transfer))), LEDGER + "/transfers");
            if (answer.isPresent()) {
                JsonNode result =
                        Api.JSON.readTree(answer.get().body()).get("results").get(0);
                String status = result.get("status").asString();
                if (!status.equals("created") && !status.equals("exists")) {
                    throw new AssertionError(transfer + " was answered " + result);
                }
                // "exists" is the answer to a repeat: the first was done, and its place is told again.
                booking.answered(
                        LedgerModel.Answer.CREATED,
                        Long.parseLong(result.get("timestamp").asString()),
                        System.nanoTime());
                done.incrementAndGet();
                return;
            }
            // Also when all stop: a booking whose outcome nobody knows is asked for until it is known.
        }
        throw new AssertionError(transfer + " is not answered long after the last fault");
    }

    private static String json(LedgerModel.Transfer transfer) {
        return "[{\"id\":\"" + transfer.id() + "\",\"debit_account_id\":\"" + transfer.debit()
                + "\",\"credit_account_id\":\"" + transfer.credit() + "\",\"amount\":\"" + transfer.amount()
                + "\",\"ledger\":" + UNIT + ",\"code\":1}]";
    }
}
