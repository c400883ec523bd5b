package io.thalweg.directory;

import static io.thalweg.directory.DirectoryFixture.invitationId;
import static io.thalweg.directory.DirectoryFixture.keyId;
import static io.thalweg.directory.DirectoryFixture.ledgerId;
import static io.thalweg.directory.DirectoryFixture.logId;
import static io.thalweg.directory.DirectoryFixture.reserved;
import static io.thalweg.directory.DirectoryFixture.secret;
import static io.thalweg.directory.DirectoryFixture.tenantId;
import static io.thalweg.directory.DirectoryFixture.userId;
import static io.thalweg.directory.DirectoryFixture.viewId;

import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ContentHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Commands out of small pools, so that they meet each other, most of them sensible. */
final class RandomCommands {
    static final int KINDS = 29;
    static final int TENANTS = 3;
    static final int USERS = 6;
    static final int KEYS = 6;
    static final int VIEWS = 6;
    static final int INVITATIONS = 5;
    static final int SECRETS = 12;
    static final List<String> EMAILS = List.of("a@x.org", "b@x.org", "c@x.org", "d@x.org");
    static final String PASSWORD = "argon2$password-hash";

    private static final List<String> NAMES =
            List.of("orders", "flights", "näh", "quote\"\\", "ctl\u0001", "$audit", "", "a/b");

    private static final List<Role> ROLES = List.of(Role.values());

    private final RandomGenerator random;
    private final RandomClusters clusters;
    private ClusterState cluster = ClusterState.NONE;
    private int dataShards;

    /** Logs of clients, from 1; grows because a deleted log's identifier never comes back. */
    private int logs = 4;

    /** Ledgers, from 1; one that ever was is never created again. */
    private int ledgers = 2;

    RandomCommands(long seed) {
        this.random = new Random(seed);
        this.clusters = new RandomClusters(random);
    }

    TenantId tenant() {
        return tenantId(random.nextInt(TENANTS));
    }

    Actor actor(Directory directory, TenantId tenant) {
        known = directory.tenant(tenant);
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Actor.OfKey(oneKey());
            case 2, 3 -> new Actor.OfUser(oneUser());
            default -> Actor.operator();
        };
    }

    private KeyId oneKey() {
        return among(tenant -> tenant.keys.keys(), this::key);
    }

    private UserId oneUser() {
        return among(tenant -> tenant.users.byId().keys(), this::user);
    }

    KeyId key() {
        return keyId(random.nextInt(KEYS));
    }

    UserId user() {
        return userId(random.nextInt(USERS));
    }

    /** What there is in the tenant, to be named more often than what is not. */
    private Optional<Tenant> known = Optional.empty();

    DirectoryCommand next(Directory directory, TenantId tenant, long nowNs, long componentsHead) {
        known = directory.tenant(tenant);
        cluster = directory.cluster();
        dataShards = directory.dataShards();
        int kind = random.nextInt(KINDS + 13);
        return of(kind < KINDS ? kind : frequent(), tenant, nowNs, componentsHead);
    }

    private <T> T among(Function<Tenant, List<T>> existing, Supplier<T> other) {
        List<T> there = known.map(existing).orElse(List.of());
        return there.isEmpty() || random.nextInt(8) == 0 ? other.get() : there.get(random.nextInt(there.size()));
    }

    private ViewId view() {
        return among(tenant -> tenant.views.byId().keys(), this::newView);
    }

    private ViewId newView() {
        return viewId(random.nextInt(VIEWS));
    }

    private int version(ViewId view) {
        int candidate =
                known.flatMap(tenant -> tenant.view(view)).map(View::candidate).orElse(0);
        return random.nextInt(4) == 0 ? random.nextInt(4) : candidate;
    }

    /** Kinds that build something up; with the others as likely, nothing ever lives long enough. */
    private int frequent() {
        return new int[] {0, 3, 5, 10, 10, 13, 13, 16, 16, 17, 18, 22, 25, 28, 28}[random.nextInt(15)];
    }

    DirectoryCommand of(int kind, TenantId tenant, long nowNs, long componentsHead) {
        return switch (kind) {
            case 0 -> {
                int n = (int) tenant.value().getLeastSignificantBits();
                // a second life of a tenant needs logs of its own
                ReservedLogs fresh = random.nextInt(4) == 0 ? reserved(n) : reserved(10 + random.nextInt(1 << 20));
                yield new DirectoryCommand.CreateTenant(name(), limits(), fresh);
            }
            case 1 -> new DirectoryCommand.ChangeTenantLimits(limits());
            case 2 ->
                random.nextInt(8) == 0
                        ? new DirectoryCommand.DeleteTenant()
                        : new DirectoryCommand.ChangeTenantLimits(limits());
            case 3 -> new DirectoryCommand.CreateUser(user(), email(), password(), role());
            case 4 -> new DirectoryCommand.ChangePassword(oneUser(), password());
            case 5 -> {
                InvitationId invitation = invitation();
                yield new DirectoryCommand.CreateInvitation(invitation, email(), role(), tokenOf(invitation));
            }
            case 6 -> {
                InvitationId invitation = among(found -> found.invitations.keys(), this::invitation);
                yield new DirectoryCommand.AcceptInvitation(invitation, tokenOf(invitation), user(), password());
            }
            case 7 -> new DirectoryCommand.RevokeInvitation(among(found -> found.invitations.keys(), this::invitation));
            case 8 -> new DirectoryCommand.ChangeRole(oneUser(), role());
            case 9 -> new DirectoryCommand.RemoveMember(oneUser());
            case 10 ->
                new DirectoryCommand.CreateKey(
                        key(), name(), token(), role(), expiry(nowNs), random.nextInt(4) == 0, keyLogs(), keyLedgers());
            case 11 -> new DirectoryCommand.RotateKey(oneKey(), token(), random.nextInt(5) - 1);
            case 12 -> new DirectoryCommand.RevokeKey(oneKey());
            case 13 -> new DirectoryCommand.CreateLog(newLog(), name(), 1 + random.nextInt(3), shard(), retention());
            case 14 -> new DirectoryCommand.ChangeRetention(log(), retention());
            case 15 -> new DirectoryCommand.DeleteLog(log());
            case 16 -> new DirectoryCommand.DeployView(newView(), log(), name(), code(componentsHead));
            case 17 -> new DirectoryCommand.DeployVersion(view(), code(componentsHead));
            case 18 -> {
                ViewId view = view();
                yield new DirectoryCommand.ActivateVersion(view, version(view));
            }
            case 19 -> new DirectoryCommand.RollBackView(view());
            case 20 -> new DirectoryCommand.PauseView(view());
            case 21 -> new DirectoryCommand.ResumeView(view());
            case 22 -> {
                ViewId view = view();
                yield new DirectoryCommand.SkipEvent(
                        view,
                        1 + random.nextInt(3),
                        random.nextInt(3) - (random.nextInt(20) == 0 ? 1 : 0),
                        random.nextInt(6),
                        "it \"traps\"\n",
                        letter());
            }
            case 23 -> new DirectoryCommand.DeleteView(view());
            case 24 ->
                new DirectoryCommand.ReportUsage(
                        random.nextInt(1000) - 5, random.nextLong(1L << 62), random.nextInt(1 << 30));
            case 25 -> new DirectoryCommand.CreateLedger(newLedger(), name(), shard());
            case 26 -> new DirectoryCommand.OpenShards(random.nextInt(8) - 5);
            case 27 -> new DirectoryCommand.Confirm(random.nextInt(3), List.of(random.nextLong(900)), 0);
            case 28 -> new DirectoryCommand.ChangeCluster(clusters.next(cluster, dataShards));
            default -> throw new IllegalArgumentException("no kind " + kind);
        };
    }

    private Event letter() {
        byte[] payload = new byte[random.nextInt(40)];
        random.nextBytes(payload);
        return new Event(
                "application/json",
                "key".getBytes(StandardCharsets.UTF_8),
                List.of(new Header("thalweg-sequence", "3")),
                payload);
    }

    private String name() {
        return NAMES.get(random.nextInt(random.nextInt(4) == 0 ? NAMES.size() : 4));
    }

    private String email() {
        return random.nextInt(20) == 0 ? "nobody" : EMAILS.get(random.nextInt(EMAILS.size()));
    }

    private PasswordHash password() {
        return new PasswordHash(random.nextInt(20) == 0 ? "" : PASSWORD + random.nextInt(5));
    }

    private Role role() {
        return ROLES.get(random.nextInt(3));
    }

    private SecretHash token() {
        return secret(random.nextInt(SECRETS));
    }

    private SecretHash tokenOf(InvitationId invitation) {
        return random.nextInt(6) == 0
                ? token()
                : secret((int) invitation.value().getLeastSignificantBits());
    }

    private InvitationId invitation() {
        return invitationId(random.nextInt(INVITATIONS));
    }

    private long expiry(long nowNs) {
        return switch (random.nextInt(4)) {
            case 0 -> nowNs + random.nextLong(1, 3) * 86_400_000_000_000L;
            case 1 -> random.nextInt(4) == 0 ? nowNs - 1 : 0;
            default -> 0;
        };
    }

    private int shard() {
        return random.nextInt(20) == 0 ? 3 : random.nextInt(3) - 1;
    }

    private LogId log() {
        return among(tenant -> tenant.logs.byId().keys(), this::anyLog);
    }

    private LogId anyLog() {
        return random.nextInt(12) == 0 ? reserved(random.nextInt(TENANTS)).audit() : logId(1 + random.nextInt(logs));
    }

    private LogId newLog() {
        return random.nextInt(4) == 0 ? anyLog() : logId(++logs);
    }

    private List<LogId> manyLogs() {
        List<LogId> named = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            named.add(log());
        }
        return named;
    }

    private @org.jspecify.annotations.Nullable List<LogId> keyLogs() {
        return switch (random.nextInt(6)) {
            case 0 -> manyLogs();
            case 1 -> random.nextInt(5) == 0 ? List.of() : null;
            default -> null;
        };
    }

    private LedgerId ledger() {
        return among(tenant -> tenant.ledgers.byId().keys(), () -> ledgerId(1 + random.nextInt(ledgers)));
    }

    private LedgerId newLedger() {
        return random.nextInt(4) == 0 ? ledger() : ledgerId(++ledgers);
    }

    private @org.jspecify.annotations.Nullable List<LedgerId> keyLedgers() {
        return switch (random.nextInt(8)) {
            case 0 -> List.of(ledger());
            case 1 -> List.of();
            case 2 -> List.of(ledger(), ledger());
            default -> null;
        };
    }

    private Retention retention() {
        return new Retention(random.nextInt(10) == 0 ? -1 : random.nextInt(100), random.nextInt(100));
    }

    private TenantLimits limits() {
        return switch (random.nextInt(6)) {
            case 0 -> TenantLimits.UNLIMITED;
            case 1 -> new TenantLimits(new TenantLimits.RateLimit(random.nextInt(2), 0, 1), 5, 1, 1);
            case 2 -> new TenantLimits(null, 1 << 20, 3, 2);
            default -> TenantLimits.DEFAULT;
        };
    }

    private ViewCode code(long componentsHead) {
        long first = 1 + random.nextLong(Math.max(1, componentsHead + 1));
        int size = random.nextInt(10) == 0 ? 200 << 20 : 1 + random.nextInt(3 << 20);
        int chunks = random.nextInt(10) == 0 ? 1 : ViewCode.chunksOf(size);
        ViewSettings settings = random.nextInt(10) == 0
                ? new ViewSettings(0, 1, 1, 0, 0, 0, ViewSettings.ErrorPolicy.SKIP)
                : ViewSettings.DEFAULT;
        return new ViewCode(
                ContentHash.of(new byte[] {(byte) random.nextInt(9)}),
                size,
                first,
                chunks,
                "thalweg:view@0.1.0",
                List.of("wasi:a", "wasi:b").subList(0, random.nextInt(3)),
                1 + random.nextInt(3),
                settings);
    }
}
