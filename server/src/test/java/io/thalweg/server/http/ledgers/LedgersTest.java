package io.thalweg.server.http.ledgers;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Ledgers over HTTP; every reply is also checked against the OpenAPI document. Each test has a ledger of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LedgersTest {
    private static final String RECORDS = "application/vnd.thalweg.ledger";
    private static final String MAX = "340282366920938463463374607431768211455";

    private TestNode node;
    private Client client;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(data);
        client = node.client();
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private String ledger(String name) {
        Client.Answer answer = client.post("/ledgers", "{\"name\":\"" + name + "\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return "/ledgers/" + name;
    }

    private List<String> create(String path, String body, String... headers) {
        Client.Answer answer = client.post(path, body, headers);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        List<String> statuses = new ArrayList<>();
        answer.json()
                .get("results")
                .forEach(result -> statuses.add(result.get("status").asString()));
        return statuses;
    }

    private String twoAccounts(String name) {
        String path = ledger(name);
        assertThat(create(
                        path + "/accounts",
                        "[{\"id\":1,\"ledger\":700,\"code\":10,\"flags\":[\"history\"]},"
                                + "{\"id\":\"2\",\"ledger\":700,\"code\":10,\"user_data_64\":\"7\"}]"))
                .containsExactly("created", "created");
        return path;
    }

    private static String transfer(long id, String amount, String more) {
        return "{\"id\":" + id + ",\"debit_account_id\":1,\"credit_account_id\":2,\"amount\":" + amount
                + ",\"ledger\":700,\"code\":1" + more + "}";
    }

    @Test
    void aLedgerIsCreatedListedAndFoundByNameOrId() {
        ledger("books");
        assertThat(client.post("/ledgers", "{\"name\":\"books\"}").status()).isEqualTo(409);
        assertThat(client.post("/ledgers", "{\"name\":\"a/b\"}").status()).isEqualTo(400);
        JsonNode found = client.get("/ledgers/books").json();
        assertThat(client.get("/ledgers/" + found.get("ledger_id").asString()).json())
                .isEqualTo(found);
        assertThat(client.get("/ledgers").json().get("ledgers").findValuesAsString("name"))
                .contains("books", "default");
        assertThat(client.get("/ledgers/nothing").status()).isEqualTo(404);
        assertThat(client.get("/tenants/me/audit?limit=10000").text()).contains("ledger.create");
    }

    /** A closing transfer of 5 is pending exactly while the account is closed, whatever a writer does meanwhile. */
    @Test
    void anAccountAndItsStatementAreOfOneMoment() throws Exception {
        String path = twoAccounts("moments");
        AtomicInteger closed = new AtomicInteger();
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 60 || (closed.get() == 0 && i < 800); i++) {
                create(
                        path + "/transfers",
                        "[" + transfer(100 + i, "5", ",\"flags\":[\"pending\",\"closing_debit\"]") + "]");
                create(
                        path + "/transfers",
                        "[{\"id\":" + (1000 + i) + ",\"pending_id\":" + (100 + i)
                                + ",\"amount\":0,\"flags\":[\"void_pending_transfer\"]}]");
            }
        });
        while (writer.isAlive()) {
            JsonNode account = client.get(path + "/accounts/1").json();
            closed.addAndGet(checkMoment(account) ? 1 : 0);
            JsonNode statement = client.get(path + "/accounts/1/statement").json();
            assertThat(statement.get("pending").size())
                    .as(statement.toString())
                    .isEqualTo(checkMoment(statement.get("account")) ? 1 : 0);
        }
        writer.join();
        assertThat(closed.get()).as("the writer was under way").isPositive();
    }

    private static boolean checkMoment(JsonNode account) {
        boolean closed = account.get("flags").toString().contains("closed");
        assertThat(account.get("debits_pending").asString())
                .as(account.toString())
                .isEqualTo(closed ? "5" : "0");
        return closed;
    }

    @Test
    void eachElementOfABatchHasItsOwnResult() {
        String path = twoAccounts("results");
        assertThat(create(
                        path + "/transfers",
                        "[" + transfer(1, "\"5\"", "") + "," + transfer(1, "5", "") + "," + transfer(1, "6", "") + ","
                                + transfer(2, "5", ",\"flags\":[\"linked\"]") + "]"))
                .containsExactly("created", "exists", "exists_with_different_amount", "linked_event_chain_open");
        JsonNode account = client.get(path + "/accounts/1").json();
        assertThat(account.get("debits_posted").asString()).isEqualTo("5");
        assertThat(account.get("flags").get(0).asString()).isEqualTo("history");
        assertThat(client.get(path + "/accounts/3").status()).isEqualTo(404);
        assertThat(client.get(path + "/accounts/0").status()).isEqualTo(404);
        assertThat(client.get(path + "/accounts/x").status()).isEqualTo(400);
        JsonNode found = client.post(path + "/accounts/lookup", "{\"ids\":[2,\"9\",\"1\"]}")
                .json();
        assertThat(found.get("accounts").findValuesAsString("id")).containsExactly("2", "1");
        assertThat(client.post(path + "/transfers/lookup", "[1]")
                        .json()
                        .get("transfers")
                        .get(0)
                        .get("amount")
                        .asString())
                .isEqualTo("5");
        String many = IntStream.range(10, 610).mapToObj(id -> id + ",").collect(Collectors.joining());
        assertThat(client.post(path + "/transfers/lookup", "[1," + many + "1]")
                        .json()
                        .get("transfers")
                        .findValuesAsString("id"))
                .as("among many, which are looked up in pieces")
                .containsExactly("1", "1");
    }

    @Test
    void aWordThatIsNotKnownOrANumberThatDoesNotFitIsRefusedBeforeAnythingIsBooked() {
        String path = twoAccounts("strict");
        for (String wrong : List.of(
                "[" + transfer(1, "5", ",\"ammount\":1") + "]",
                "[" + transfer(1, "-5", "") + "]",
                "[" + transfer(1, "5.5", "") + "]",
                "[" + transfer(1, "9007199254740993", "") + "]",
                "[" + transfer(1, "\"" + MAX + "0\"", "") + "]",
                "[" + transfer(1, "5", ",\"timeout\":4294967296") + "]",
                "[" + transfer(1, "5", ",\"flags\":[\"fast\"]") + "]",
                "[{\"id\":1,\"debit_account_id\":1,\"credit_account_id\":2,\"ledger\":700,\"code\":1}]",
                "[" + transfer(1, "5", "") + "]]",
                "[" + transfer(1, "5", ""),
                "[1]",
                "[]",
                "",
                "nonsense")) {
            assertThat(client.post(path + "/transfers", wrong).status())
                    .as(wrong)
                    .isEqualTo(400);
        }
        assertThat(client.post(path + "/transfers", "x", "Content-Type", "text/csv")
                        .status())
                .isEqualTo(415);
        String many = IntStream.range(0, 8191)
                .mapToObj(i -> transfer(10 + i, "1", ""))
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(client.post(path + "/transfers", many).status()).isEqualTo(413);
        assertThat(client.get(path + "/transfers").json().get("transfers")).isEmpty();
        assertThat(create(path + "/transfers", transfer(1, "\"" + MAX + "\"", "")))
                .containsExactly("created");
        assertThat(client.get(path + "/accounts/2").json().get("credits_posted").asString())
                .isEqualTo(MAX);
    }

    @Test
    void aFullBatchAndItsPagesComeInEveryForm() {
        String path = twoAccounts("forms");
        String lines = IntStream.range(0, 8190)
                .mapToObj(i -> transfer(10 + i, Integer.toString(i), "") + "\n")
                .collect(Collectors.joining());
        Client.Answer answer = client.post(
                path + "/transfers", lines, "Content-Type", "application/x-ndjson", "Accept", "application/x-ndjson");
        assertThat(answer.text().lines()).hasSize(8190).allMatch(line -> line.contains("\"created\""));
        ByteBuffer raw = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
        raw.putLong(0, 1)
                .putLong(16, 1)
                .putLong(32, 2)
                .putLong(48, 3)
                .putInt(112, 700)
                .putShort(116, (short) 1);
        Client.Answer results =
                client.post(path + "/transfers", raw.array(), "Content-Type", RECORDS, "Accept", RECORDS);
        assertThat(ByteBuffer.wrap(results.body())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getInt(8))
                .isEqualTo(-1);
        assertThat(client.post(path + "/transfers", new byte[127], "Content-Type", RECORDS)
                        .status())
                .isEqualTo(400);

        List<String> ids = new ArrayList<>();
        String next = "1";
        while (!next.isEmpty()) {
            JsonNode page = client.get(path + "/transfers?limit=3000&timestamp_min=" + next)
                    .json();
            ids.addAll(page.get("transfers").findValuesAsString("id"));
            next = page.get("next").asString("");
        }
        assertThat(ids).hasSize(8191).doesNotHaveDuplicates();
        assertThat(client.get(path + "/transfers?limit=2&reversed", "Accept", RECORDS)
                        .body())
                .hasSize(256);
        assertThat(client.get(path + "/transfers?amount_min=8000&amount_max=8002")
                        .json()
                        .get("transfers")
                        .findValuesAsString("amount"))
                .containsExactly("8000", "8001", "8002");
        assertThat(client.get(path + "/transfers?amount_min=2&amount_max=1").status())
                .isEqualTo(400);
    }

    @Test
    void aRepeatedRequestOfASessionAnswersTheSameAndBooksNothing() {
        String path = twoAccounts("sessions");
        String session = UUID.randomUUID().toString();
        String[] first = {"Thalweg-Session", session, "Thalweg-Request", "1"};
        Client.Answer once = client.post(path + "/transfers", transfer(1, "5", ""), first);
        assertThat(client.post(path + "/transfers", transfer(1, "5", ""), first).text())
                .isEqualTo(once.text());
        assertThat(once.text()).contains("created");
        assertThat(create(
                        path + "/transfers", transfer(1, "5", ""), "Thalweg-Session", session, "Thalweg-Request", "2"))
                .containsExactly("exists");
        for (Client.Answer other : List.of(
                client.post(
                        path + "/transfers", transfer(7, "5", ""), "Thalweg-Session", session, "Thalweg-Request", "2"),
                client.post(
                        path + "/accounts",
                        "[{\"id\":9,\"ledger\":700,\"code\":10}]",
                        "Thalweg-Session",
                        session,
                        "Thalweg-Request",
                        "2"))) {
            assertThat(other.status()).isEqualTo(409);
            assertThat(other.code())
                    .as("another body or route under the number of a request")
                    .isEqualTo("request_number_reused");
        }
        assertThat(client.post(path + "/transfers/lookup", "{\"ids\":[7]}")
                        .json()
                        .get("transfers"))
                .isEmpty();
        assertThat(client.post(path + "/transfers", transfer(1, "5", ""), first).code())
                .isEqualTo("request_number_too_old");
        assertThat(client.post(
                                path + "/transfers",
                                transfer(2, "5", ""),
                                "Thalweg-Session",
                                UUID.randomUUID().toString(),
                                "Thalweg-Request",
                                "3")
                        .code())
                .isEqualTo("session_evicted");
        assertThat(client.post(path + "/transfers", transfer(2, "5", ""), "Thalweg-Session", session)
                        .status())
                .isEqualTo(400);
        assertThat(client.post(
                                path + "/transfers",
                                transfer(2, "5", ""),
                                "Thalweg-Session",
                                "x",
                                "Thalweg-Request",
                                "1")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void thatAnAccountWasClosedIsSeenAtThatTime() {
        String path = twoAccounts("closing");
        assertThat(create(path + "/transfers", transfer(1, "10", ",\"flags\":[\"pending\",\"closing_debit\"]")))
                .containsExactly("created");
        long closed = timestamp(path, 1);
        assertThat(create(
                        path + "/transfers",
                        "[{\"id\":2,\"pending_id\":1,\"amount\":0,\"flags\":[\"void_pending_transfer\"]}]"))
                .containsExactly("created");
        long open = timestamp(path, 2);
        assertThat(flags(path, 1, closed - 1)).containsExactly("history");
        assertThat(flags(path, 1, closed)).containsExactly("history", "closed");
        assertThat(flags(path, 2, closed)).isEmpty();
        assertThat(flags(path, 1, open)).containsExactly("history");
    }

    private long timestamp(String path, long transfer) {
        return Long.parseLong(client.post(path + "/transfers/lookup", "[" + transfer + "]")
                .json()
                .at("/transfers/0/timestamp")
                .asString());
    }

    private List<String> flags(String path, long account, long at) {
        List<String> flags = new ArrayList<>();
        client.get(path + "/accounts/" + account + "?at=" + at)
                .json()
                .get("flags")
                .forEach(flag -> flags.add(flag.asString()));
        return flags;
    }

    @Test
    void aStatementHasTheBalanceAndWhatIsPendingAndThePastStays() {
        String path = twoAccounts("statement");
        create(path + "/transfers", transfer(1, "100", ""));
        create(path + "/transfers", transfer(2, "30", ",\"flags\":[\"pending\"]"));
        create(path + "/transfers", transfer(3, "20", ",\"flags\":[\"pending\"],\"timeout\":3600"));
        JsonNode statement = client.get(path + "/accounts/1/statement").json();
        assertThat(statement.at("/account/debits_posted").asString()).isEqualTo("100");
        assertThat(statement.at("/account/debits_pending").asString()).isEqualTo("50");
        assertThat(statement.get("pending").findValuesAsString("id")).containsExactly("2", "3");
        assertThat(statement.get("sequence").asInt()).isEqualTo(3);

        String then = client.post(path + "/transfers/lookup", "[2]")
                .json()
                .at("/transfers/0/timestamp")
                .asString();
        create(
                path + "/transfers",
                "[{\"id\":4,\"pending_id\":2,\"flags\":[\"post_pending_transfer\"]},"
                        + "{\"id\":5,\"pending_id\":3,\"flags\":[\"void_pending_transfer\"]}]");
        JsonNode now = client.get(path + "/accounts/1").json();
        assertThat(now.get("debits_posted").asString()).isEqualTo("130");
        assertThat(now.get("debits_pending").asString()).isEqualTo("0");
        JsonNode past = client.get(path + "/accounts/1?at=" + then).json();
        assertThat(past.get("debits_posted").asString()).isEqualTo("100");
        assertThat(past.get("debits_pending").asString()).isEqualTo("30");
        assertThat(past.get("at").asString()).isEqualTo(then);
        JsonNode before = client.get(path + "/accounts/2/statement?at=" + then).json();
        assertThat(before.get("pending").findValuesAsString("id")).containsExactly("2");
        assertThat(client.get(path + "/accounts/1?at=2000-01-01T00:00:00Z").status())
                .isEqualTo(404);
        assertThat(client.get(path + "/accounts/1?at=2200-01-01T00:00:00Z").status())
                .isEqualTo(400);
        assertThat(client.get(path + "/accounts/1?at=noon").status()).isEqualTo(400);

        assertThat(client.get(path + "/transfers?pending_status=posted")
                        .json()
                        .get("transfers")
                        .findValuesAsString("id"))
                .containsExactly("2");
        assertThat(client.get(path + "/transfers?pending_status=voided")
                        .json()
                        .get("transfers")
                        .findValuesAsString("id"))
                .containsExactly("3");
        assertThat(client.get(path + "/transfers?pending_status=lost").status()).isEqualTo(400);
        JsonNode history = client.get(path + "/accounts/1/balances").json().get("balances");
        assertThat(history.findValuesAsString("debits_posted")).containsExactly("100", "100", "100", "130", "130");
        assertThat(client.get(path + "/accounts/2/balances").status()).isEqualTo(400);
        assertThat(client.get(path + "/accounts/2/transfers?side=debits").json().get("transfers"))
                .isEmpty();
        assertThat(client.get(path + "/accounts/2/transfers?side=credits&reversed=true&limit=1")
                        .json()
                        .get("transfers")
                        .findValuesAsString("id"))
                .containsExactly("5");
        JsonNode sums = client.get(path + "/sums?bucket=day&ledger=700").json().get("sums");
        List<String> added = new ArrayList<>();
        sums.forEach(sum -> added.add(sum.get("kind").asString() + " "
                + sum.get("count").asString() + " " + sum.get("amount").asString()));
        assertThat(added).containsExactlyInAnyOrder("single 1 100", "pending 2 50", "posted 1 30", "voided 1 20");
        assertThat(client.get(path + "/sums?to=2000-01-01T00:00:00Z").json().get("sums"))
                .isEmpty();
        assertThat(client.get(path + "/sums?bucket=year").status()).isEqualTo(400);
        assertThat(client.get(path + "/sums?from=9&to=8").status()).isEqualTo(400);
        assertThat(client.get(path + "/accounts?user_data_64=7")
                        .json()
                        .get("accounts")
                        .findValuesAsString("id"))
                .containsExactly("2");
    }

    @Test
    void aLedgerIsALogOfItsChangesThatCanBeTailedAndResumed() throws Exception {
        String path = twoAccounts("followed");
        create(
                path + "/transfers",
                "[" + transfer(1, "5", "") + "," + transfer(2, "6", ",\"flags\":[\"pending\"]") + "]");
        JsonNode page = client.get(path + "/events?from=2").json();
        assertThat(page.get("events")).hasSize(1);
        assertThat(page.at("/events/0/type").asString()).isEqualTo("pending");
        assertThat(page.at("/events/0/debit_account/debits_posted").asString()).isEqualTo("5");
        assertThat(page.get("next").asInt()).isEqualTo(3);
        assertThat(page.get("head").asInt()).isEqualTo(2);
        assertThat(client.get(path + "/events", "Accept", "application/x-ndjson")
                        .text()
                        .lines())
                .hasSize(2);

        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<java.io.InputStream> tail = http.send(
                    client.request(path + "/tail").header("Last-Event-ID", "1").build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(tail.body(), StandardCharsets.UTF_8))) {
                assertThat(nextEvent(lines)).contains("\"sequence\":2").contains("\"pending\"");
                create(path + "/transfers", transfer(3, "7", ""));
                assertThat(nextEvent(lines)).contains("\"sequence\":3").contains("\"amount\":\"7\"");
            }
            http.shutdownNow();
        }
    }

    @Test
    void aViewFollowsALedgerAsItDoesALogAlsoAfterARestart() throws Exception {
        String path = twoAccounts("viewed");
        create(path + "/transfers", transfer(1, "5", ""));
        String id = client.get(path).json().get("ledger_id").asString();
        String view = "/logs/" + id + "/views/events";
        assertThat(client.post(view, TestNode.component("latest-c.wasm")).status())
                .isEqualTo(201);
        create(path + "/transfers", transfer(2, "6", ""));
        Client.Answer answer = client.post(view + "/query?after=2", "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).contains("\"events\":2");
        assertThat(client.get("/logs/" + id + "/views").text()).contains("\"events\"");
        // only views take a ledger for a log
        assertThat(client.get("/logs/" + id + "/events").status()).isEqualTo(404);
        assertThat(client.post("/logs/" + id + "/append", "x").status()).isEqualTo(404);
        assertThat(client.delete("/logs/" + id).status()).isEqualTo(404);
        node.restart();
        client = node.client();
        create(path + "/transfers", transfer(3, "7", ""));
        assertThat(client.post(view + "/query?after=3", "").text()).contains("\"events\":3");
        assertThat(client.delete(view).status()).isEqualTo(204);
    }

    private static String nextEvent(BufferedReader lines) throws Exception {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data: ")) {
                return line;
            }
        }
        throw new AssertionError("the tail ended");
    }

    @Test
    void whatIsBookedIsThereAfterARestart() throws Exception {
        String path = twoAccounts("durable");
        create(path + "/transfers", transfer(1, "5", ""));
        node.restart();
        client = node.client();
        assertThat(client.get(path + "/accounts/1").json().get("debits_posted").asString())
                .isEqualTo("5");
        assertThat(create(path + "/transfers", transfer(1, "5", ""))).containsExactly("exists");
    }
}
