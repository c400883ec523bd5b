package io.thalweg.server;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.auth.Secrets;
import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A node for development: {@code ./thalweg dev}. It has a tenant {@code dev} without a rate limit, a ledger and an API key
 * for it, all made on first use; {@code DIR/dev.env}, which only its owner may read, holds them as shell variables for the other commands.
 */
public final class DevNode implements AutoCloseable {
    /** The name of the tenant, and of its key. */
    public static final String TENANT = "dev";

    /** The name of the tenant's ledger that is there from the beginning. */
    public static final String LEDGER = "default";

    private static final String KEY_VARIABLE = "THALWEG_API_KEY=";

    private final Node node;
    private final String apiKey;
    private final String ledgerAddress;

    private DevNode(Node node, String apiKey, String ledgerAddress) {
        this.node = node;
        this.apiKey = apiKey;
        this.ledgerAddress = ledgerAddress;
    }

    /**
     * Starts the node, and makes what is missing.
     *
     * @param ledgerPort where clients of the wire protocol find the ledger; port 0 takes a free one
     */
    public static DevNode start(NodeOptions options, HostPort ledgerPort) throws IOException, InterruptedException {
        Path file = options.data().resolve("dev.env");
        // Before the node starts: if it cannot be read, nothing is changed.
        String known = Files.exists(file) ? SecretFiles.read(file) : "";
        Node node = Node.start(options, List.of(ledgerPort));
        try {
            Tenant tenant = tenant(node);
            createLedger(node, tenant);
            String apiKey = knownKey(node, known).orElse(null);
            if (apiKey == null) {
                apiKey = createKey(node, tenant);
            }
            String ledger = node.openLedger(new LedgerPort(ledgerPort, TENANT, LEDGER, 0));
            SecretFiles.write(
                    file,
                    "THALWEG_URL=" + node.url() + "\n" + KEY_VARIABLE + apiKey + "\n" + "THALWEG_TENANT=" + TENANT
                            + "\nTHALWEG_LEDGER=" + ledger + "\n");
            return new DevNode(node, apiKey, ledger);
        } catch (IOException | InterruptedException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private static Tenant tenant(Node node) throws InterruptedException {
        Optional<Tenant> known = node.administration().directory().tenant(TENANT);
        if (known.isPresent()) {
            return known.get().javaViews()
                    ? known.get()
                    : allowJavaViews(node, known.get().id());
        }
        TenantId id = new TenantId(UUID.randomUUID());
        ReservedLogs reserved = new ReservedLogs(
                new LogId(UUID.randomUUID()), new LogId(UUID.randomUUID()), new LogId(UUID.randomUUID()));
        node.administration()
                .run(id, Actor.operator(), new DirectoryCommand.CreateTenant(TENANT, TenantLimits.UNLIMITED, reserved));
        return allowJavaViews(node, id);
    }

    /** Whoever develops runs code of his own here anyway. */
    private static Tenant allowJavaViews(Node node, TenantId id) throws InterruptedException {
        return node.administration()
                .run(id, Actor.operator(), new DirectoryCommand.AllowJavaViews(true))
                .directory()
                .tenant(id)
                .orElseThrow();
    }

    private static void createLedger(Node node, Tenant tenant) throws InterruptedException {
        if (tenant.ledger(LEDGER).isEmpty()) {
            node.administration()
                    .run(
                            tenant.id(),
                            Actor.operator(),
                            new DirectoryCommand.CreateLedger(
                                    new LedgerId(UUID.randomUUID()), LEDGER, Bounds.ANY_SHARD));
        }
    }

    /** The key in the file, if it still opens the tenant. */
    private static Optional<String> knownKey(Node node, String known) {
        return known.lines()
                .filter(line -> line.startsWith(KEY_VARIABLE))
                .map(line -> line.substring(KEY_VARIABLE.length()).strip())
                .filter(key -> node.administration()
                        .directory()
                        .keyBySecret(SecretHash.ofSecret(key), System.currentTimeMillis() * 1_000_000)
                        .isPresent())
                .findFirst();
    }

    private static String createKey(Node node, Tenant tenant) throws InterruptedException {
        String secret = Secrets.create(Secrets.API_KEY_PREFIX);
        node.administration()
                .run(
                        tenant.id(),
                        Actor.operator(),
                        new DirectoryCommand.CreateKey(
                                new KeyId(UUID.randomUUID()),
                                TENANT,
                                SecretHash.ofSecret(secret),
                                Role.ADMIN,
                                0,
                                false,
                                null,
                                null));
        return secret;
    }

    public Node node() {
        return node;
    }

    /** Where clients of the wire protocol find the ledger, e.g. {@code 127.0.0.1:3000}. */
    public String ledgerAddress() {
        return ledgerAddress;
    }

    public String apiKey() {
        return apiKey;
    }

    /** The line for standard output that other programs wait for. */
    public String readyLine() {
        // Nothing in it needs escaping: a URL, a fixed name, and a key of letters, digits, '-' and '_'.
        return "ready {\"http\":\"" + node.url() + "\",\"ledger\":\"" + ledgerAddress + "\",\"tenant\":\"" + TENANT
                + "\",\"apiKey\":\"" + apiKey + "\"}";
    }

    @Override
    public void close() {
        node.close();
    }
}
