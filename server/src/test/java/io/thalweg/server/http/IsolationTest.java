package io.thalweg.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Client;
import io.thalweg.server.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who may not: every route of the node, tried by those that it is not for. New routes are tried without being named here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolationTest {
    private Path data;
    private TestNode node;
    private TestNode.Tenancy ours;
    private TestNode.Tenancy theirs;
    private Client owner;
    private Client foreignOwner;
    private Client admin;
    private Map<String, String> ids;
    private String ledger;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        data = directory;
        node = new TestNode(data);
        ours = node.tenant("{}");
        theirs = node.tenant("{}");
        owner = node.owner(ours.id(), "owner@ours.example");
        foreignOwner = node.owner(theirs.id(), "owner@theirs.example");
        admin = node.client(ours.apiKey());
        String log = admin.createLog("secret plans");
        admin.post("/logs/" + log + "/append", "do not tell");
        admin.post("/logs/" + log + "/views/v", TestNode.component("counter-c.wasm"));
        ledger = admin.post("/ledgers", "{\"name\":\"secret books\"}")
                .json()
                .get("ledger_id")
                .asString();
        admin.post("/ledgers/" + ledger + "/accounts", "{\"id\":1,\"ledger\":1,\"code\":1,\"flags\":[\"history\"]}");
        assertThat(admin.put("/topics/secrets", "{\"fields\":{\"name\":{\"type\":\"text\"}}}")
                        .status())
                .isEqualTo(200);
        JsonNode object = admin.post("/topics/secrets/objects", "{\"set\":{\"name\":\"plan\"}}")
                .json();
        ids = new HashMap<>(Map.of(
                "topic",
                "secrets",
                "object_id",
                object.get("object_id").asString(),
                "memo_id",
                object.get("memo_id").asString()));
        ids.put("view", "v");
        ids.put("index", "i");
        ids.put("query", "q");
        ids.put("shard", "0");
        ids.put("steps", UUID.randomUUID().toString());
        ids.put("plan", "a-plan");
        ids.put("erasure", UUID.randomUUID().toString());
        ids.putAll(Map.of(
                "log_id",
                log,
                "ledger_id",
                ledger,
                "account_id",
                "1",
                "view_name",
                "v",
                "name",
                "free-for-all",
                "tenant_id",
                ours.id(),
                "key_id",
                owner.get("/keys").json().get("keys").get(0).get("api_key_id").asString(),
                "user_id",
                owner.get("/tenants/me/members")
                        .json()
                        .get("members")
                        .get(0)
                        .get("user_id")
                        .asString(),
                "invitation_id",
                owner.post("/tenants/me/invitations", "{\"email\":\"new@ours.example\"}")
                        .json()
                        .get("id")
                        .asString()));
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private String path(Route route) {
        String path = route.template();
        for (Map.Entry<String, String> id : ids.entrySet()) {
            path = path.replace("{" + id.getKey() + "}", id.getValue());
        }
        assertThat(path).as("every parameter has a value here").doesNotContain("{");
        return path;
    }

    private Client.Answer call(Client client, Route route) {
        String method = route.method().text();
        return method.equals("GET")
                ? client.get(path(route))
                : client.method(method, path(route), "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private Stream<Route> routes(Access... accesses) {
        Set<Access> wanted = Set.of(accesses);
        return node.node().routes().stream().filter(route -> wanted.contains(route.access()));
    }

    @Test
    void withoutATokenNothingButTheOpenRoutesAnswers() {
        node.node().routes().stream()
                .filter(route -> route.access() != Access.OPEN)
                .forEach(route -> assertThat(call(node.anonymous(), route).status())
                        .as(route.id())
                        .isEqualTo(401));
    }

    @Test
    void idsOfAnotherTenantDoNotExist() {
        List<Route> tried = node.node().routes().stream()
                .filter(route -> route.access() != Access.OPEN && route.access() != Access.OPERATOR)
                .filter(route -> route.pathParameters().stream().anyMatch(name -> name.endsWith("_id")))
                .toList();
        assertThat(tried).hasSizeGreaterThan(15);
        for (Route route : tried) {
            assertThat(call(foreignOwner, route).status()).as(route.id()).isEqualTo(404);
            if (route.access() != Access.PEOPLE) {
                assertThat(call(node.client(theirs.apiKey()), route).status())
                        .as(route.id() + " with a key")
                        .isEqualTo(404);
            }
        }
        assertThat(node.client(theirs.apiKey())
                        .post("/keys", "{\"name\":\"k\",\"logs\":[\"" + ids.get("log_id") + "\"]}")
                        .status())
                .isEqualTo(404);
        assertThat(node.client(theirs.apiKey())
                        .post("/keys", "{\"name\":\"k\",\"ledgers\":[\"" + ledger + "\"]}")
                        .status())
                .isEqualTo(404);
        // a name is looked for in the own tenant only
        assertThat(foreignOwner.get("/ledgers/secret%20books").status()).isEqualTo(404);
        assertThat(admin.get("/ledgers/secret%20books").status()).isEqualTo(200);
        assertThat(admin.get("/logs/" + ids.get("log_id")).status()).isEqualTo(200);
    }

    @Test
    void listsShowNothingOfAnotherTenant() {
        routes(Access.READ, Access.MANAGE, Access.ADMIN, Access.PEOPLE)
                .filter(route -> route.method().text().equals("GET"))
                .filter(route -> route.pathParameters().isEmpty())
                .forEach(route -> {
                    Client.Answer answer = call(foreignOwner, route);
                    assertThat(answer.status()).as(route.id()).isEqualTo(200);
                    assertThat(answer.text())
                            .as(route.id())
                            .doesNotContain(ours.id())
                            .doesNotContain(ids.get("log_id"))
                            .doesNotContain(ledger)
                            .doesNotContain("secret plans")
                            .doesNotContain("secret books")
                            .doesNotContain("ours.example");
                });
    }

    @Test
    void operatorRoutesTakeNoTokenOfATenant() {
        routes(Access.OPERATOR).forEach(route -> {
            assertThat(call(owner, route).status()).as(route.id()).isEqualTo(401);
            assertThat(call(admin, route).status()).as(route.id()).isEqualTo(401);
            assertThat(call(node.anonymous().as("top_guess"), route).status())
                    .as(route.id())
                    .isEqualTo(401);
        });
    }

    @Test
    void aReadOnlyKeyChangesNothing() {
        Client reader = node.client(newKey("{\"name\":\"reader\",\"role\":\"admin\",\"read_only\":true}"));
        routes(Access.WRITE, Access.APPEND, Access.MANAGE, Access.ADMIN, Access.PEOPLE)
                .forEach(route ->
                        assertThat(call(reader, route).status()).as(route.id()).isEqualTo(403));
        assertThat(reader.get("/logs/" + ids.get("log_id") + "/events").status())
                .isEqualTo(200);
    }

    @Test
    void aKeyForOneLogReachesNoOther() {
        String mine = admin.createLog("mine alone");
        Client limited = node.client(newKey("{\"name\":\"limited\",\"role\":\"admin\",\"logs\":[\"" + mine + "\"]}"));
        assertThat(limited.post("/logs/" + mine + "/append", "x").status()).isEqualTo(200);
        node.node().routes().stream()
                .filter(route -> route.access() != Access.OPEN && route.access() != Access.OPERATOR)
                .filter(route -> route.pathParameters().contains("log_id"))
                .forEach(route ->
                        assertThat(call(limited, route).status()).as(route.id()).isEqualTo(403));
        routes(Access.MANAGE, Access.ADMIN, Access.PEOPLE)
                .forEach(route ->
                        assertThat(call(limited, route).status()).as(route.id()).isEqualTo(403));
        node.node().routes().stream()
                .filter(route -> List.of("topics", "objects", "memos", "slabs")
                        .contains(route.template().split("/", -1)[1]))
                .forEach(route ->
                        assertThat(call(limited, route).status()).as(route.id()).isEqualTo(403));
        JsonNode logs = limited.get("/logs").json().get("logs");
        assertThat(logs).hasSize(1);
        assertThat(logs.get(0).get("log_id").asString()).isEqualTo(mine);
        assertThat(limited.get("/ledgers").json().get("ledgers")).isEmpty();
        // What belongs to the tenant as a whole, a limited key sees as everybody does.
        assertThat(limited.get("/tenants/me").json())
                .isEqualTo(admin.get("/tenants/me").json());
        assertThat(limited.get("/billing/usage").json().propertyNames())
                .isEqualTo(admin.get("/billing/usage").json().propertyNames());
    }

    @Test
    void aKeyForOneLedgerReachesNoOtherAndNoLog() {
        String mine = admin.post("/ledgers", "{\"name\":\"my books\"}")
                .json()
                .get("ledger_id")
                .asString();
        Client limited = node.client(newKey("{\"name\":\"limited\",\"role\":\"admin\",\"ledgers\":[\"my books\"]}"));
        Client ofLogs = node.client(newKey("{\"name\":\"of logs\",\"logs\":[\"" + ids.get("log_id") + "\"]}"));
        String account = "{\"id\":1,\"ledger\":1,\"code\":1}";
        assertThat(limited.post("/ledgers/" + mine + "/accounts", account).status())
                .isEqualTo(200);
        assertThat(limited.get("/ledgers/" + mine + "/accounts/1").status()).isEqualTo(200);
        node.node().routes().stream()
                .filter(route -> route.pathParameters().contains("ledger_id")
                        || route.pathParameters().contains("log_id"))
                .forEach(route -> {
                    assertThat(call(limited, route).status()).as(route.id()).isEqualTo(403);
                    if (route.pathParameters().contains("ledger_id")) {
                        assertThat(call(ofLogs, route).status()).as(route.id()).isEqualTo(403);
                    }
                });
        assertThat(limited.post("/ledgers", "{\"name\":\"more\"}").status()).isEqualTo(403);
        JsonNode ledgers = limited.get("/ledgers").json().get("ledgers");
        assertThat(ledgers.findValuesAsString("ledger_id")).containsExactly(mine);
        assertThat(limited.get("/logs").json().get("logs")).isEmpty();
        Client reader = node.client(newKey("{\"name\":\"reader\",\"ledgers\":[\"my books\"],\"read_only\":true}"));
        assertThat(reader.get("/ledgers/" + mine + "/accounts/1").status()).isEqualTo(200);
        assertThat(reader.post("/ledgers/" + mine + "/transfers", "[]").status())
                .isEqualTo(403);
    }

    @Test
    void aMembersKeyAdministersNothing() {
        Client member = node.client(newKey("{\"name\":\"member\"}"));
        routes(Access.ADMIN, Access.PEOPLE)
                .forEach(route ->
                        assertThat(call(member, route).status()).as(route.id()).isEqualTo(403));
        assertThat(member.get("/logs").text()).doesNotContain("$audit");
    }

    @Test
    void nobodyAppendsToThePlatformsOwnLogs() {
        JsonNode logs = admin.get("/logs").json().get("logs");
        Set<String> reserved = new HashSet<>();
        logs.forEach(log -> {
            if (log.get("log_name").asString().startsWith("$")) {
                reserved.add(log.get("log_id").asString());
            }
        });
        assertThat(reserved).hasSize(3);
        for (String log : reserved) {
            assertThat(admin.post("/logs/" + log + "/append", "x").status()).isEqualTo(403);
            assertThat(admin.delete("/logs/" + log).status()).isBetween(400, 403);
        }
        assertThat(admin.post("/logs", "{\"name\":\"$mine\"}").status()).isEqualTo(400);
    }

    private String newKey(String body) {
        Client.Answer answer = admin.post("/keys", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().get("api_key").asString();
    }

    @Test
    void whatIsAdministeredIsInTheAuditLogWithoutItsSecrets() throws Exception {
        String key = newKey("{\"name\":\"to be audited\"}");
        Client.Answer audit = admin.get("/tenants/me/audit?limit=1000");
        assertThat(audit.text()).contains("to be audited").doesNotContain(key);
        assertThat(audit.json().get("events").get(0).get("encoding").asString()).isEqualTo("json");
        // No file of the node may hold a key as it is, but dev.env the one of the development tenant.
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String bytes = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
                for (String secret : List.of(key, ours.apiKey(), theirs.apiKey(), "correct horse")) {
                    assertThat(bytes.contains(secret)).as(file.toString()).isFalse();
                }
                if (!file.getFileName().toString().equals("dev.env")) {
                    assertThat(bytes.contains(node.dev().apiKey()))
                            .as(file.toString())
                            .isFalse();
                } else {
                    assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
                }
                if (!file.getFileName().toString().toLowerCase(Locale.ROOT).equals("operator.key")) {
                    assertThat(bytes.contains(node.node().operatorKey()))
                            .as(file.toString())
                            .isFalse();
                }
            }
        }
    }
}
