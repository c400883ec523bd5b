package io.thalweg.cli.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.api.Api;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The audit against a history of four events that is told rightly, and wrongly in each possible place. */
class LedgerAuditTest {
    private final ArrayNode events = Api.JSON.createArrayNode();
    private final ArrayNode accounts = Api.JSON.createArrayNode();

    /** What {@code /events} says is there at first. */
    private int head = 4;

    LedgerAuditTest() {
        event("single", "11", "0", 5, new long[] {0, 5, 0, 0}, new long[] {0, 0, 0, 5});
        event("pending", "12", "0", 7, new long[] {7, 5, 0, 0}, new long[] {0, 0, 7, 5});
        event("posted", "13", "12", 4, new long[] {0, 9, 0, 0}, new long[] {0, 0, 0, 9});
        event("pending", "14", "0", 3, new long[] {3, 9, 0, 0}, new long[] {0, 0, 3, 9});
        event("expired", "14", "0", 3, new long[] {0, 9, 0, 0}, new long[] {0, 0, 0, 9});
        head = 5;
        account("1", new long[] {0, 9, 0, 0});
        account("2", new long[] {0, 0, 0, 9});
    }

    private void event(String type, String id, String pendingId, long amount, long[] debit, long[] credit) {
        ObjectNode event = events.addObject().put("sequence", events.size()).put("type", type);
        event.putObject("transfer").put("id", id).put("pending_id", pendingId).put("amount", Long.toString(amount));
        balances(event.putObject("debit_account").put("id", "1"), debit);
        balances(event.putObject("credit_account").put("id", "2"), credit);
    }

    private void account(String id, long[] balances) {
        balances(accounts.addObject().put("id", id).put("ledger", 7), balances);
    }

    private static void balances(ObjectNode target, long[] balances) {
        target.put("debits_pending", Long.toString(balances[0]))
                .put("debits_posted", Long.toString(balances[1]))
                .put("credits_pending", Long.toString(balances[2]))
                .put("credits_posted", Long.toString(balances[3]));
    }

    private JsonNode get(String path) {
        ObjectNode reply = Api.JSON.createObjectNode();
        if (path.startsWith("/events")) {
            int from = Integer.parseInt(path.replaceFirst(".*from=", ""));
            int limit = Integer.parseInt(path.replaceFirst(".*limit=(\\d+).*", "$1"));
            ArrayNode page = reply.putArray("events");
            for (int i = from - 1; i < Math.min(head, from - 1 + limit); i++) {
                page.add(events.get(i));
            }
            return reply.put("head", head);
        }
        if (path.startsWith("/accounts?")) {
            reply.set("accounts", accounts);
            return reply.putNull("next");
        }
        // somebody booked on while the audit ran
        head = 5;
        reply.set("account", accounts.get(path.contains("/1/") ? 0 : 1));
        return reply.put("sequence", 5);
    }

    private LedgerAudit audit() throws IOException, InterruptedException {
        LedgerAudit audit = new LedgerAudit(this::get, 100);
        audit.run(_ -> {});
        return audit;
    }

    @Test
    void aRightHistoryHasNoFindings() throws Exception {
        LedgerAudit audit = audit();
        assertThat(audit.findings()).isEmpty();
        assertThat(audit.events()).isEqualTo(5);
        assertThat(audit.accounts()).isEqualTo(2);
    }

    @Test
    void bookingWhileTheAuditRunsIsNoFinding() throws Exception {
        head = 4;
        assertThat(audit().findings()).isEmpty();
    }

    @Test
    void anythingThatIsToldWronglyIsFound() throws Exception {
        for (int i = 0; i < events.size(); i++) {
            for (String place : new String[] {"transfer", "debit_account", "credit_account"}) {
                ObjectNode part = (ObjectNode) events.get(i).path(place);
                for (String field : part.propertyNames().toArray(String[]::new)) {
                    String right = part.path(field).asString();
                    if (field.equals("id") || field.equals("pending_id") || (i == 4 && field.equals("amount"))) {
                        continue; // who it was is for the next case; an expiry's amount is not used
                    }
                    part.put(field, right.equals("0") ? "1" : right + "1");
                    assertThat(audit().findings())
                            .as("event %d %s %s", i + 1, place, field)
                            .isNotEmpty();
                    part.put(field, right);
                }
            }
        }
        for (JsonNode account : accounts) {
            ObjectNode wrong = (ObjectNode) account;
            for (String field : new String[] {"debits_pending", "debits_posted", "credits_pending", "credits_posted"}) {
                String right = wrong.path(field).asString();
                wrong.put(field, right + "1");
                assertThat(audit().findings())
                        .as("account %s %s", account.path("id"), field)
                        .isNotEmpty();
                wrong.put(field, right);
            }
        }
        ((ObjectNode) events.get(2).path("transfer")).put("pending_id", "11");
        assertThat(audit().findings()).anyMatch(finding -> finding.contains("was not pending"));
    }
}
