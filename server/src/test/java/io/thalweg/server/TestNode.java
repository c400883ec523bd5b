package io.thalweg.server;

import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.routing.Shards;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** A node on a free port with a directory of its own, and clients for it. */
public final class TestNode implements AutoCloseable {
    static final Path EXAMPLES = Path.of("..", "examples", "views");

    public final Contract contract = new Contract();
    private final HttpClient http = HttpClient.newHttpClient();
    private final NodeOptions options;
    private DevNode dev;

    public TestNode(Path data) throws Exception {
        this(NodeOptions.in(data).withHttp("127.0.0.1", 0).withCompiled(false));
    }

    public TestNode(NodeOptions options) throws Exception {
        this.options = options;
        dev = DevNode.start(options, new HostPort("127.0.0.1", 0));
        contract.learn(anonymous().get("/openapi.json").json());
    }

    public DevNode dev() {
        return dev;
    }

    public Node node() {
        return dev.node();
    }

    /** The node's shards, for tests of other packages. */
    public Shards shards() {
        return dev.node().shards();
    }

    /** Opens a ledger's port, for tests of other packages. */
    public String openLedger(LedgerPort port) throws IOException {
        return dev.node().openLedger(port);
    }

    public String url() {
        return dev.node().url();
    }

    public void restart() throws Exception {
        dev.close();
        dev = DevNode.start(options, new HostPort("127.0.0.1", 0));
    }

    public Client anonymous() {
        return new Client(http, url(), null, contract);
    }

    /** With a token for the tenant {@code dev}. */
    public Client client() {
        return client(dev.apiKey());
    }

    public Client client(String apiKey) {
        Client.Answer answer =
                anonymous().post("/auth/token", "{\"api_key\":\"" + apiKey + "\",\"expires_in_secs\":null}");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return anonymous().as(answer.json().get("access_token").asString());
    }

    public Client operator() {
        return anonymous().as(node().operatorKey());
    }

    /** A fresh tenant. */
    public record Tenancy(String id, String apiKey) {}

    public Tenancy tenant(String limits) {
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
    public Client owner(String tenantId, String email) {
        operator()
                .post(
                        "/operator/tenants/" + tenantId + "/users",
                        "{\"email\":\"" + email + "\",\"password\":\"correct horse\",\"role\":\"owner\"}");
        return login(email, "correct horse");
    }

    public Client login(String email, String password) {
        Client.Answer answer =
                anonymous().post("/auth/login", "{\"email\":\"" + email + "\",\"password\":\"" + password + "\"}");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return anonymous().as(answer.json().get("access_token").asString());
    }

    public static byte[] component(String name) throws IOException {
        return Files.readAllBytes(EXAMPLES.resolve(name));
    }

    @Override
    public void close() {
        dev.close();
        http.close();
    }
}
