package io.thalweg.server.http.tenants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Keys, tokens, people, and what a tenant may use. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountsTest {
    private TestNode node;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        node = new TestNode(data);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    void aRevokedKeysTokensAreVoidAtOnce() {
        Client admin = node.client();
        JsonNode key = admin.post("/keys", "{\"name\":\"short-lived\"}").json();
        Client bearer = node.client(key.get("api_key").asString());
        assertThat(bearer.get("/logs").status()).isEqualTo(200);
        assertThat(admin.delete("/keys/" + key.get("api_key_id").asString()).status())
                .isEqualTo(204);
        assertThat(bearer.get("/logs").status()).isEqualTo(401);
        assertThat(node.anonymous()
                        .post(
                                "/auth/token",
                                "{\"api_key\":\"" + key.get("api_key").asString() + "\"}")
                        .status())
                .isEqualTo(401);
        assertThat(node.anonymous()
                        .as(key.get("api_key").asString())
                        .get("/logs")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aKeyItselfIsABearerToo() {
        assertThat(node.anonymous().as(node.dev().apiKey()).get("/logs").status())
                .isEqualTo(200);
    }

    @Test
    void rotationLetsTheOldSecretLiveAsLongAsAsked() {
        Client admin = node.client();
        JsonNode key = admin.post("/keys", "{\"name\":\"rotating\"}").json();
        String id = key.get("api_key_id").asString();
        Client old = node.client(key.get("api_key").asString());
        JsonNode second =
                admin.post("/keys/" + id + "/rotate", "{\"grace_seconds\":600}").json();
        assertThat(second.get("api_key").asString())
                .isNotEqualTo(key.get("api_key").asString());
        assertThat(old.get("/logs").status()).isEqualTo(200);
        assertThat(node.client(second.get("api_key").asString()).get("/logs").status())
                .isEqualTo(200);
        JsonNode third = admin.post("/keys/" + id + "/rotate", "").json();
        assertThat(old.get("/logs").status()).isEqualTo(401);
        Client own = node.client(third.get("api_key").asString());
        assertThat(own.post("/keys/" + id + "/rotate", "").status())
                .as("a key rotates itself")
                .isEqualTo(200);
    }

    @Test
    void tokensAndKeysExpire() {
        Client admin = node.client();
        Client.Answer token = node.anonymous()
                .post("/auth/token", "{\"api_key\":\"" + node.dev().apiKey() + "\",\"expires_in_secs\":1}");
        Client brief = node.anonymous().as(token.json().get("access_token").asString());
        await().atMost(Duration.ofSeconds(30)).until(() -> brief.get("/logs").status() == 401);
        String key = admin.post("/keys", "{\"name\":\"brief\",\"expires_in_secs\":1}")
                .json()
                .get("api_key")
                .asString();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> node.anonymous().as(key).get("/logs").status() == 401);
        assertThat(node.anonymous()
                        .post("/auth/token", "{\"api_key\":\"" + node.dev().apiKey() + "\",\"expires_in_secs\":0}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void forgedTokensOpenNothing() {
        String token = node.anonymous()
                .post("/auth/token", "{\"api_key\":\"" + node.dev().apiKey() + "\"}")
                .json()
                .get("access_token")
                .asString();
        int dot = token.lastIndexOf('.');
        String none = "eyJhbGciOiJub25lIn0" + token.substring(token.indexOf('.'), dot) + ".";
        for (String forged : java.util.List.of(
                none, token.substring(0, dot + 1) + "AAAA", token.substring(0, dot), "x", "", "pat_x", "a.b.c")) {
            assertThat(node.anonymous().as(forged).get("/logs").status())
                    .as(forged)
                    .isEqualTo(401);
        }
        assertThat(node.anonymous()
                        .get("/logs", "Authorization", "Basic dXNlcjpwYXNz")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aPersonIsInvitedJoinsAndIsPromoted() {
        TestNode.Tenancy tenancy = node.tenant("{}");
        Client owner = node.owner(tenancy.id(), "boss@people.example");
        assertThat(node.client(tenancy.apiKey())
                        .post("/tenants/me/invitations", "{\"email\":\"x@people.example\"}")
                        .status())
                .as("a key invites nobody")
                .isEqualTo(403);
        assertThat(owner.post("/tenants/me/invitations", "{\"email\":\"x@people.example\",\"role\":\"owner\"}")
                        .status())
                .isIn(400, 403);
        JsonNode invitation = owner.post("/tenants/me/invitations", "{\"email\":\"New@People.example\"}")
                .json();
        assertThat(invitation.get("role").asString()).isEqualTo("member");
        String token = invitation.get("token").asString();
        assertThat(invitation.get("invite_url").asString()).contains(token);
        assertThat(node.anonymous()
                        .post("/invitations/accept", "{\"token\":\"" + token + "\",\"password\":\"short\"}")
                        .status())
                .isEqualTo(400);
        Client.Answer accepted = node.anonymous()
                .post("/invitations/accept", "{\"token\":\"" + token + "\",\"password\":\"long enough\"}");
        assertThat(accepted.status()).as(accepted.text()).isEqualTo(201);
        assertThat(node.anonymous()
                        .post("/invitations/accept", "{\"token\":\"" + token + "\",\"password\":\"long enough\"}")
                        .status())
                .as("an invitation is good once")
                .isEqualTo(404);
        Client member = node.login("new@people.example", "long enough");
        assertThat(member.get("/billing/usage").status()).isEqualTo(200);
        assertThat(member.post("/tenants/me/invitations", "{\"email\":\"y@people.example\"}")
                        .status())
                .isEqualTo(403);
        String id = accepted.json().get("user_id").asString();
        assertThat(owner.patch("/tenants/me/members/" + id, "{\"role\":\"admin\"}")
                        .json()
                        .get("role")
                        .asString())
                .isEqualTo("admin");
        assertThat(member.post("/tenants/me/invitations", "{\"email\":\"y@people.example\"}")
                        .status())
                .as("a new role counts at once")
                .isEqualTo(201);
        assertThat(member.post(
                                "/auth/password",
                                "{\"current_password\":\"long enough\",\"new_password\":\"longer still\"}")
                        .status())
                .isEqualTo(204);
        assertThat(member.get("/logs").status())
                .as("tokens of the old password")
                .isEqualTo(401);
        Client again = node.login("new@people.example", "longer still");
        assertThat(owner.delete("/tenants/me/members/" + id).status()).isEqualTo(204);
        assertThat(again.get("/logs").status()).isEqualTo(401);
        assertThat(node.anonymous()
                        .post("/auth/login", "{\"email\":\"new@people.example\",\"password\":\"longer still\"}")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aTenantThatCallsTooFastIsToldToWait() {
        TestNode.Tenancy tenancy = node.tenant("{\"requests_per_second\":1,\"burst\":2}");
        Client client = node.anonymous().as(tenancy.apiKey());
        Client.Answer last = client.get("/logs");
        for (int i = 0; i < 50 && last.status() == 200; i++) {
            last = client.get("/logs");
        }
        assertThat(last.status()).isEqualTo(429);
        assertThat(last.text()).isEqualTo("Rate limit exceeded");
        assertThat(last.header("Retry-After")).isEqualTo("1");
        assertThat(last.header("Content-Type")).startsWith("text/plain");
        assertThat(node.client().get("/logs").status()).as("others do not wait").isEqualTo(200);
        assertThat(node.operator()
                        .put("/operator/tenants/" + tenancy.id() + "/limits", "{}")
                        .json()
                        .get("limits")
                        .get("requests_per_second")
                        .isNull())
                .isTrue();
        for (int i = 0; i < 10; i++) {
            assertThat(client.get("/logs").status()).isEqualTo(200);
        }
    }

    @Test
    void aMisspeltFieldIsNotTakenForOneThatIsLeftOut() {
        TestNode.Tenancy tenancy = node.tenant("{}");
        Client client = node.client(tenancy.apiKey());
        assertThat(client.post("/keys", "{\"name\":\"ci\",\"readonly\":true}").text())
                .contains("readonly");
        assertThat(client.post("/logs", "{\"name\":\"wide\",\"partition\":8}").status())
                .isEqualTo(400);
        assertThat(node.operator()
                        .put("/operator/tenants/" + tenancy.id() + "/limits", "{\"burst\":50}")
                        .text())
                .contains("requests_per_second");
    }

    @Test
    void storageLogsAndViewsHaveQuotas() throws Exception {
        TestNode.Tenancy tenancy = node.tenant("{\"storage_bytes\":100000,\"max_logs\":1,\"max_views\":1}");
        Client client = node.client(tenancy.apiKey());
        String log = "/logs/" + client.createLog("only");
        Client.Answer second = client.post("/logs", "{\"name\":\"second\"}");
        assertThat(second.status()).isEqualTo(429);
        assertThat(second.code()).isEqualTo("quota_exceeded");
        assertThat(client.post(log + "/append", new byte[1000]).status()).isEqualTo(200);
        Client.Answer full = client.post(log + "/append", new byte[100_000]);
        assertThat(full.status()).isEqualTo(429);
        assertThat(full.code()).isEqualTo("quota_exceeded");
        client.post(log + "/views/a", TestNode.component("counter-c.wasm"));
        assertThat(client.post(log + "/views/b", TestNode.component("counter-c.wasm"))
                        .code())
                .isEqualTo("quota_exceeded");
    }

    private static String accounts(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(id -> "{\"id\":\"" + id + "\",\"ledger\":1,\"code\":1}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void whatATenantKeepsInLedgersCountsToo() throws Exception {
        TestNode.Tenancy tenancy = node.tenant("{\"storage_bytes\":10000}");
        Client client = node.client(tenancy.apiKey());
        String log = "/logs/" + client.createLog("events");
        byte[] large = new byte[3000];
        String[] key = {"Idempotency-Key", "k"};
        String[] number = {"Thalweg-Producer", "p/1", "Thalweg-Number", "1"};
        assertThat(client.post(log + "/append", large, key).status()).isEqualTo(200);
        assertThat(client.post(log + "/append", large, number).status()).isEqualTo(200);
        assertThat(client.post("/ledgers", "{\"name\":\"books\"}").status()).isEqualTo(201);
        String books = "/ledgers/books/accounts";
        String[] first = {"Thalweg-Session", UUID.randomUUID().toString(), "Thalweg-Request", "1"};
        Client.Answer booked = client.post(books, accounts(1, 22), first);
        assertThat(booked.status()).isEqualTo(200);
        assertThat(client.post(log + "/append", new byte[1000]).code()).isEqualTo("quota_exceeded");
        assertThat(client.post(log + "/append", new byte[1000], "Idempotency-Key", "other")
                        .code())
                .isEqualTo("quota_exceeded");
        assertThat(client.post(log + "/append", large, key).header("Thalweg-Duplicate"))
                .isEqualTo("true");
        assertThat(client.post(log + "/append", large, number).header("Thalweg-Duplicate"))
                .as("stored before, and known again without room")
                .isEqualTo("true");
        assertThat(client.post(books, accounts(71, 80)).code()).isEqualTo("quota_exceeded");
        assertThat(client.get(books + "/71").status()).isEqualTo(404);
        assertThat(client.post(books, accounts(1, 22), first).text())
                .as("a repetition is answered, which needs no room")
                .isEqualTo(booked.text());
        assertThat(node.operator()
                        .put("/operator/tenants/" + tenancy.id() + "/limits", "{}")
                        .status())
                .isEqualTo(200);
        assertThat(client.post(books, accounts(71, 80)).status()).isEqualTo(200);
    }

    @Test
    void aDeletedTenantIsGone() {
        TestNode.Tenancy tenancy = node.tenant("{}");
        Client client = node.client(tenancy.apiKey());
        client.createLog("doomed");
        assertThat(node.operator().delete("/operator/tenants/" + tenancy.id()).status())
                .isEqualTo(204);
        assertThat(client.get("/logs").status()).isEqualTo(401);
        assertThat(node.operator().get("/operator/tenants/" + tenancy.id()).status())
                .isEqualTo(404);
    }

    @Test
    void whatEveryTenantUsedIsKnownAfterARestart(@TempDir Path data) throws Exception {
        try (TestNode own = new TestNode(data)) {
            TestNode.Tenancy first = own.tenant("{}");
            TestNode.Tenancy second = own.tenant("{}");
            for (TestNode.Tenancy tenancy : List.of(first, second)) {
                Client client = own.client(tenancy.apiKey());
                String log = "/logs/" + client.createLog("read");
                client.post(log + "/append", new byte[1_000]);
                assertThat(client.get(log + "/events").status()).isEqualTo(200);
            }
            own.restart();
            for (TestNode.Tenancy tenancy : List.of(first, second)) {
                JsonNode usage =
                        own.client(tenancy.apiKey()).get("/billing/usage").json();
                assertThat(usage.get("data_out_gb").asDouble()).isGreaterThan(1_000 / 1e9);
            }
        }
    }
}
