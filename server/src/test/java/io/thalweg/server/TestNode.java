package io.thalweg.server;

import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A node on a free port with a directory of its own, and clients for it. */
final class TestNode implements AutoCloseable {
    static final Path EXAMPLES = Path.of("..", "examples", "views");

    final Contract contract = new Contract();
    private final HttpClient http = HttpClient.newHttpClient();
    private final NodeOptions options;
    private DevNode dev;

    TestNode(Path data) throws Exception {
        this(NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false));
    }

    TestNode(NodeOptions options) throws Exception {
        this.options = options;
        dev = DevNode.start(options, new HostPort("127.0.0.1", 0));
        contract.learn(anonymous().get("/openapi.json").json());
    }

    DevNode dev() {
        return dev;
    }

    Node node() {
        return dev.node();
    }

    String url() {
        return dev.node().url();
    }

    void restart() throws Exception {
        dev.close();
        dev = DevNode.start(options, new HostPort("127.0.0.1", 0));
    }

    Client anonymous() {
        return new Client(http, url(), null, contract);
    }

    /** With a token for the tenant {@code dev}. */
    Client client() {
        return client(dev.apiKey());
    }

    Client client(String apiKey) {
        Client.Answer answer =
                anonymous().post("/auth/token", "{\"api_key\":\"" + apiKey + "\",\"expires_in_secs\":null}");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return anonymous().as(answer.json().get("access_token").asString());
    }

    Client operator() {
        return anonymous().as(node().operatorKey());
    }

    /** A fresh tenant. */
    record Tenancy(String id, String apiKey) {}

    Tenancy tenant(String limits) {
        String name = "t-" + UUID.randomUUID();
        String id = operator()
                .post("/operator/tenants", "{\"name\":\"" + name + "\",\"limits\":" + limits + "}")
                .json()
                .get("tenant_id")
                .asString();
        String key = operator()
                .post("/operator/tenants/" + id + "/keys", "{\"name\":\"first\",\"role\":\"admin\"}")
                .json()
                .get("api_key")
                .asString();
        return new Tenancy(id, key);
    }

    /** An owner of a tenant, logged in. */
    Client owner(String tenantId, String email) {
        operator()
                .post(
                        "/operator/tenants/" + tenantId + "/users",
                        "{\"email\":\"" + email + "\",\"password\":\"correct horse\",\"role\":\"owner\"}");
        return login(email, "correct horse");
    }

    Client login(String email, String password) {
        Client.Answer answer =
                anonymous().post("/auth/login", "{\"email\":\"" + email + "\",\"password\":\"" + password + "\"}");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return anonymous().as(answer.json().get("access_token").asString());
    }

    static byte[] component(String name) throws IOException {
        return Files.readAllBytes(EXAMPLES.resolve(name));
    }

    @Override
    public void close() {
        dev.close();
        http.close();
    }
}
