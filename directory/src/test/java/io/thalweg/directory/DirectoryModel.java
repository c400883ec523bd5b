package io.thalweg.directory;

import static io.thalweg.model.ErrorCode.ALREADY_EXISTS;
import static io.thalweg.model.ErrorCode.FORBIDDEN;
import static io.thalweg.model.ErrorCode.INVALID_REQUEST;
import static io.thalweg.model.ErrorCode.NOT_FOUND;
import static io.thalweg.model.ErrorCode.QUOTA_EXCEEDED;
import static io.thalweg.model.ErrorCode.TOO_LARGE;
import static io.thalweg.model.ErrorCode.UNAUTHENTICATED;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.secret.PasswordHash;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the directory should do, said once more as simply as possible: lists of mutable rows, looked through from end to end,
 * no index, no sharing. Each method answers the first reason to refuse, or null and has changed the rows.
 */
@SuppressWarnings("RefactorSwitch") // the cases answer early; an expression would be all yields
final class DirectoryModel {
    private static final long DAY_NS = 86_400_000_000_000L;

    private static final class TenantRow {
        TenantId id = DirectoryFixture.tenantId(-1);
        String name = "";
        TenantLimits limits = TenantLimits.DEFAULT;
        ReservedLogs reserved = DirectoryFixture.reserved(-1);
        long storage;
        long compute;
        long out;
        long componentsFrom = 1;
    }

    private record LogRow(TenantId tenant, LogId id, String name, int partitions, Retention retention, boolean here) {}

    private record KeyRow(
            TenantId tenant,
            KeyId id,
            String name,
            SecretHash secret,
            @Nullable SecretHash old,
            long oldUntil,
            Role role,
            long expires,
            boolean readOnly,
            @Nullable List<LogId> logs,
            @Nullable List<LedgerId> ledgers) {}

    private record LedgerRow(TenantId tenant, LedgerId id, String name) {}

    private record UserRow(TenantId tenant, UserId id, String email, String password, int generation, Role role) {}

    private record InvitationRow(
            TenantId tenant, InvitationId id, String email, Role role, SecretHash token, long until) {}

    private static final class ViewRow {
        final TenantId tenant;
        final ViewId id;
        final LogId log;
        final String name;
        boolean paused;
        int active = 1;
        int candidate;
        int previous;
        int latest = 1;
        List<ViewVersion> versions = new ArrayList<>();

        ViewRow(TenantId tenant, ViewId id, LogId log, String name) {
            this.tenant = tenant;
            this.id = id;
            this.log = log;
            this.name = name;
        }
    }

    private final List<TenantRow> tenants = new ArrayList<>();
    private final List<LogRow> logs = new ArrayList<>();
    private final List<KeyRow> keys = new ArrayList<>();
    private final List<UserRow> users = new ArrayList<>();
    private final List<InvitationRow> invitations = new ArrayList<>();
    private final List<ViewRow> views = new ArrayList<>();
    private final List<LedgerRow> ledgers = new ArrayList<>();
    private final Set<LogId> everUsed = new HashSet<>();
    private final ToLongFunction<StreamId> head;
    private final ClusterModel cluster = new ClusterModel();
    private int dataShards;

    DirectoryModel(ToLongFunction<StreamId> head) {
        this.head = head;
    }

    /**
     * The reason to refuse; null when the rows were changed.
     *
     * @param version the directory's, with the command
     */
    @Nullable
    ErrorCode apply(TenantId tenant, Actor actor, DirectoryCommand command, long nowNs, long version) {
        boolean operator = actor instanceof Actor.Operator;
        TenantRow row =
                tenants.stream().filter(t -> t.id.equals(tenant)).findFirst().orElse(null);
        if (command instanceof DirectoryCommand.CreateTenant c) {
            return operator ? create(row, tenant, c) : FORBIDDEN;
        }
        switch (command) {
            case DirectoryCommand.OpenShards c -> {
                if (!operator) {
                    return FORBIDDEN;
                }
                if (c.dataShards() < dataShards || c.dataShards() > Bounds.MAX_DATA_SHARDS) {
                    return INVALID_REQUEST;
                }
                dataShards = c.dataShards();
                return null;
            }
            case DirectoryCommand.ChangeCluster c -> {
                return operator ? cluster.apply(c.change(), version, dataShards) : FORBIDDEN;
            }
            case DirectoryCommand.Confirm _ -> {
                return operator ? null : FORBIDDEN;
            }
            case DirectoryCommand.ChangeTenantLimits c -> {
                if (!operator) {
                    return FORBIDDEN;
                }
                if (!valid(c.limits())) {
                    return INVALID_REQUEST;
                }
                if (row == null) {
                    return NOT_FOUND;
                }
                row.limits = c.limits();
                return null;
            }
            case DirectoryCommand.ReportUsage c -> {
                if (!operator) {
                    return FORBIDDEN;
                }
                if (c.storageKibSeconds() < 0 || c.computeNs() < 0 || c.dataOutBytes() < 0) {
                    return INVALID_REQUEST;
                }
                if (row == null) {
                    return NOT_FOUND;
                }
                row.storage += c.storageKibSeconds();
                row.compute = row.compute + c.computeNs() < 0 ? Long.MAX_VALUE : row.compute + c.computeNs();
                row.out += c.dataOutBytes();
                return null;
            }
            case DirectoryCommand.CreateUser c -> {
                if (!operator) {
                    return FORBIDDEN;
                }
                if (row == null) {
                    return NOT_FOUND;
                }
                if (!c.email().contains("@") || c.password().text().isEmpty()) {
                    return INVALID_REQUEST;
                }
                return admit(tenant, c.user(), c.email(), c.password(), c.role());
            }
            case DirectoryCommand.AcceptInvitation c -> {
                if (row == null) {
                    return NOT_FOUND;
                }
                return accept(tenant, actor, c, nowNs);
            }
            case DirectoryCommand.ChangePassword c -> {
                boolean self = actor.equals(new Actor.OfUser(c.user()));
                if (!self && !operator) {
                    return FORBIDDEN;
                }
                if (row == null) {
                    return NOT_FOUND;
                }
                UserRow user = user(tenant, c.user());
                if (user == null && self) {
                    return UNAUTHENTICATED;
                }
                if (c.password().text().isEmpty()) {
                    return INVALID_REQUEST;
                }
                if (user == null) {
                    return NOT_FOUND;
                }
                users.remove(user);
                users.add(
                        new UserRow(tenant, user.id, user.email, c.password().text(), user.generation + 1, user.role));
                return null;
            }
            default -> {
                if (row == null) {
                    return NOT_FOUND;
                }
                return asMember(row, actor, command, nowNs);
            }
        }
    }

    private @Nullable ErrorCode asMember(TenantRow row, Actor actor, DirectoryCommand command, long nowNs) {
        TenantId tenant = row.id;
        Role role = Role.OWNER;
        boolean person = true;
        boolean readOnly = false;
        List<LogId> reach = null;
        if (actor instanceof Actor.OfUser(var id)) {
            UserRow user = user(tenant, id);
            if (user == null) {
                return UNAUTHENTICATED;
            }
            role = user.role;
        } else if (actor instanceof Actor.OfKey(var id)) {
            KeyRow key = key(tenant, id);
            if (key == null || (key.expires != 0 && key.expires <= nowNs)) {
                return UNAUTHENTICATED;
            }
            role = key.role;
            person = false;
            readOnly = key.readOnly;
            reach = key.logs;
        }
        Role needed = needed(command, actor);
        if (readOnly || role.compareTo(needed) < 0) {
            return FORBIDDEN;
        }
        List<LogId> reached = reach;
        switch (command) {
            case DirectoryCommand.DeleteTenant _ -> {
                if (!person) {
                    return FORBIDDEN;
                }
                logs.removeIf(l -> l.tenant.equals(tenant));
                ledgers.removeIf(l -> l.tenant.equals(tenant));
                keys.removeIf(k -> k.tenant.equals(tenant));
                users.removeIf(u -> u.tenant.equals(tenant));
                invitations.removeIf(i -> i.tenant.equals(tenant));
                views.removeIf(v -> v.tenant.equals(tenant));
                tenants.remove(row);
                return null;
            }
            case DirectoryCommand.CreateInvitation c -> {
                if (!person) {
                    return FORBIDDEN;
                }
                if (!c.email().contains("@")) {
                    return INVALID_REQUEST;
                }
                if (c.role() == Role.OWNER || c.role().compareTo(role) > 0) {
                    return FORBIDDEN;
                }
                if (users.stream().anyMatch(u -> u.tenant.equals(tenant) && u.email.equals(c.email()))
                        || invitations.stream().anyMatch(i -> i.tenant.equals(tenant) && i.id.equals(c.invitation()))) {
                    return ALREADY_EXISTS;
                }
                invitations.removeIf(i -> i.tenant.equals(tenant) && i.until <= nowNs);
                invitations.add(
                        new InvitationRow(tenant, c.invitation(), c.email(), c.role(), c.token(), nowNs + 7 * DAY_NS));
                return null;
            }
            case DirectoryCommand.RevokeInvitation c -> {
                if (!person) {
                    return FORBIDDEN;
                }
                return invitations.removeIf(
                                i -> i.tenant.equals(tenant) && i.id.equals(c.invitation()) && i.until > nowNs)
                        ? null
                        : NOT_FOUND;
            }
            case DirectoryCommand.ChangeRole c -> {
                if (!person) {
                    return FORBIDDEN;
                }
                UserRow user = user(tenant, c.user());
                if (user == null) {
                    return NOT_FOUND;
                }
                if (user.role.compareTo(role) > 0
                        || c.role().compareTo(role) > 0
                        || (c.role() != Role.OWNER && lastOwner(user))) {
                    return FORBIDDEN;
                }
                users.remove(user);
                users.add(new UserRow(tenant, user.id, user.email, user.password, user.generation, c.role()));
                return null;
            }
            case DirectoryCommand.RemoveMember c -> {
                if (!person) {
                    return FORBIDDEN;
                }
                UserRow user = user(tenant, c.user());
                if (user == null) {
                    return NOT_FOUND;
                }
                if (user.role.compareTo(role) > 0 || lastOwner(user)) {
                    return FORBIDDEN;
                }
                users.remove(user);
                return null;
            }
            case DirectoryCommand.CreateKey c -> {
                if (reached != null) {
                    return FORBIDDEN;
                }
                return createKey(row, actor, role, c, nowNs);
            }
            case DirectoryCommand.RotateKey c -> {
                if (reached != null && !actor.equals(new Actor.OfKey(c.key()))) {
                    return FORBIDDEN;
                }
                if (c.graceSeconds() < 0) {
                    return INVALID_REQUEST;
                }
                KeyRow key = key(tenant, c.key());
                if (key == null) {
                    return NOT_FOUND;
                }
                if (secretUsed(c.secret())) {
                    return ALREADY_EXISTS;
                }
                keys.remove(key);
                boolean grace = c.graceSeconds() > 0;
                keys.add(new KeyRow(
                        tenant,
                        key.id,
                        key.name,
                        c.secret(),
                        grace ? key.secret : null,
                        grace ? nowNs + c.graceSeconds() * 1_000_000_000L : 0,
                        key.role,
                        key.expires,
                        key.readOnly,
                        key.logs,
                        key.ledgers));
                return null;
            }
            case DirectoryCommand.RevokeKey c -> {
                if (reached != null && !actor.equals(new Actor.OfKey(c.key()))) {
                    return FORBIDDEN;
                }
                return keys.removeIf(k -> k.tenant.equals(tenant) && k.id.equals(c.key())) ? null : NOT_FOUND;
            }
            case DirectoryCommand.CreateLogWith _,
                    DirectoryCommand.DeployJavaView _,
                    DirectoryCommand.RebuildView _,
                    DirectoryCommand.SplitLog _,
                    DirectoryCommand.NameFull _,
                    DirectoryCommand.AllowJavaViews _ ->
                throw new AssertionError("not among the random commands; tests of their own have them");
            case DirectoryCommand.CreateLog c -> {
                return reached != null ? FORBIDDEN : createLog(row, c);
            }
            case DirectoryCommand.CreateLedger c -> {
                return reached != null ? FORBIDDEN : createLedger(row, c);
            }
            case DirectoryCommand.ChangeRetention c -> {
                if (c.retention().maxAgeSeconds() < 0) {
                    return INVALID_REQUEST;
                }
                LogRow log = log(tenant, c.log());
                if (log == null) {
                    return NOT_FOUND;
                }
                if (!reaches(reached, log.id) || log.name.startsWith("$")) {
                    return FORBIDDEN;
                }
                logs.remove(log);
                logs.add(new LogRow(tenant, log.id, log.name, log.partitions, c.retention(), log.here));
                return null;
            }
            case DirectoryCommand.DeleteLog c -> {
                LogRow log = log(tenant, c.log());
                if (log == null) {
                    return NOT_FOUND;
                }
                if (!reaches(reached, log.id) || log.name.startsWith("$")) {
                    return FORBIDDEN;
                }
                logs.remove(log);
                views.removeIf(v -> v.log.equals(log.id));
                release(row);
                return null;
            }
            case DirectoryCommand.DeployView c -> {
                if (badName(c.name())) {
                    return INVALID_REQUEST;
                }
                LogRow log = log(tenant, c.log());
                if (log == null) {
                    return NOT_FOUND;
                }
                if (!reaches(reached, log.id) || hidden(log, role)) {
                    return FORBIDDEN;
                }
                ErrorCode bad = badCode(row, c.code());
                if (bad != null) {
                    return bad;
                }
                if (views.stream()
                        .anyMatch(v -> v.id.equals(c.view()) || (v.log.equals(c.log()) && v.name.equals(c.name())))) {
                    return ALREADY_EXISTS;
                }
                if (views.stream().filter(v -> v.tenant.equals(tenant)).count() >= row.limits.maxViews()) {
                    return QUOTA_EXCEEDED;
                }
                ViewRow view = new ViewRow(tenant, c.view(), c.log(), c.name());
                view.versions.add(new ViewVersion(1, c.code(), List.of(), nowNs));
                views.add(view);
                return null;
            }
            default -> {
                return onView(row, role, reached, command, nowNs);
            }
        }
    }

    private @Nullable ErrorCode onView(
            TenantRow row, Role role, @Nullable List<LogId> reached, DirectoryCommand command, long nowNs) {
        ViewId id = viewOf(command);
        ViewRow view = views.stream()
                .filter(v -> v.tenant.equals(row.id) && v.id.equals(id))
                .findFirst()
                .orElse(null);
        if (view == null) {
            return NOT_FOUND;
        }
        LogRow log = Objects.requireNonNull(log(row.id, view.log));
        if (!reaches(reached, log.id) || hidden(log, role)) {
            return FORBIDDEN;
        }
        switch (command) {
            case DirectoryCommand.DeployVersion c -> {
                ErrorCode bad = badCode(row, c.code());
                if (bad != null) {
                    return bad;
                }
                view.latest++;
                view.candidate = view.latest;
                TreeSet<View.Skip> skipped = new TreeSet<>();
                view.versions.forEach(version -> skipped.addAll(version.skipped()));
                view.versions.add(new ViewVersion(view.latest, c.code(), List.copyOf(skipped), nowNs));
                if (view.versions.size() > 16) {
                    List<Integer> needed = List.of(view.active, view.candidate, view.previous);
                    int oldest = view.versions.stream()
                            .map(ViewVersion::number)
                            .filter(n -> !needed.contains(n))
                            .min(Integer::compare)
                            .orElseThrow();
                    view.versions.removeIf(v -> v.number() == oldest);
                }
                release(row);
            }
            case DirectoryCommand.ActivateVersion c -> {
                if (view.candidate == 0 || view.candidate != c.version()) {
                    return INVALID_REQUEST;
                }
                view.previous = view.active;
                view.active = view.candidate;
                view.candidate = 0;
            }
            case DirectoryCommand.RollBackView _ -> {
                if (view.candidate != 0) {
                    view.candidate = 0;
                } else if (view.previous != 0) {
                    int active = view.active;
                    view.active = view.previous;
                    view.previous = active;
                } else {
                    return INVALID_REQUEST;
                }
            }
            case DirectoryCommand.PauseView _ -> view.paused = true;
            case DirectoryCommand.ResumeView _ -> view.paused = false;
            case DirectoryCommand.SkipEvent c -> {
                ViewVersion version = view.versions.stream()
                        .filter(v -> v.number() == c.version())
                        .findFirst()
                        .orElse(null);
                if (version == null) {
                    return NOT_FOUND;
                }
                if (c.partition() < 0
                        || c.partition() >= log.partitions
                        || c.sequence() < 1
                        || (log.here && c.sequence() > head.applyAsLong(new StreamId(log.id, c.partition())))) {
                    return INVALID_REQUEST;
                }
                TreeSet<View.Skip> skipped = new TreeSet<>(version.skipped());
                if (!skipped.add(new View.Skip(c.partition(), c.sequence()))) {
                    return ALREADY_EXISTS;
                }
                view.versions.set(
                        view.versions.indexOf(version),
                        new ViewVersion(c.version(), version.code(), List.copyOf(skipped), version.deployedNs()));
            }
            case DirectoryCommand.DeleteView _ -> {
                views.remove(view);
                release(row);
            }
            default -> throw new AssertionError(command);
        }
        return null;
    }

    private static ViewId viewOf(DirectoryCommand command) {
        return switch (command) {
            case DirectoryCommand.DeployVersion c -> c.view();
            case DirectoryCommand.ActivateVersion c -> c.view();
            case DirectoryCommand.RollBackView c -> c.view();
            case DirectoryCommand.PauseView c -> c.view();
            case DirectoryCommand.ResumeView c -> c.view();
            case DirectoryCommand.SkipEvent c -> c.view();
            case DirectoryCommand.DeleteView c -> c.view();
            default -> throw new AssertionError(command);
        };
    }

    private static Role needed(DirectoryCommand command, Actor actor) {
        return switch (command) {
            case DirectoryCommand.DeleteTenant _ -> Role.OWNER;
            case DirectoryCommand.RemoveMember c -> actor.equals(new Actor.OfUser(c.user())) ? Role.MEMBER : Role.ADMIN;
            case DirectoryCommand.RotateKey c -> actor.equals(new Actor.OfKey(c.key())) ? Role.MEMBER : Role.ADMIN;
            case DirectoryCommand.RevokeKey c -> actor.equals(new Actor.OfKey(c.key())) ? Role.MEMBER : Role.ADMIN;
            case DirectoryCommand.CreateInvitation _,
                    DirectoryCommand.RevokeInvitation _,
                    DirectoryCommand.ChangeRole _,
                    DirectoryCommand.CreateKey _,
                    DirectoryCommand.ChangeRetention _,
                    DirectoryCommand.DeleteLog _ -> Role.ADMIN;
            default -> Role.MEMBER;
        };
    }

    private @Nullable ErrorCode create(@Nullable TenantRow existing, TenantId id, DirectoryCommand.CreateTenant c) {
        if (badName(c.name()) || !valid(c.limits())) {
            return INVALID_REQUEST;
        }
        List<LogId> own = List.of(
                c.reserved().audit(), c.reserved().components(), c.reserved().deadLetters());
        if (existing != null
                || tenants.stream().anyMatch(t -> t.name.equals(c.name()))
                || own.stream().anyMatch(everUsed::contains)) {
            return ALREADY_EXISTS;
        }
        TenantRow row = new TenantRow();
        row.id = id;
        row.name = c.name();
        row.limits = c.limits();
        row.reserved = c.reserved();
        tenants.add(row);
        everUsed.addAll(own);
        logs.add(new LogRow(id, own.get(0), "$audit", 1, Retention.FOREVER, true));
        logs.add(new LogRow(id, own.get(1), "$components", 1, Retention.FOREVER, true));
        logs.add(new LogRow(id, own.get(2), "$dead-letters", 1, Retention.FOREVER, true));
        return null;
    }

    private @Nullable ErrorCode createLog(TenantRow row, DirectoryCommand.CreateLog c) {
        if (badName(c.name())
                || c.partitions() < 1
                || c.shard() < Bounds.ANY_SHARD
                || c.shard() > dataShards
                || c.retention().maxAgeSeconds() < 0) {
            return INVALID_REQUEST;
        }
        boolean sameName = logs.stream().anyMatch(l -> l.tenant.equals(row.id) && l.name.equals(c.name()));
        if (sameName || logs.stream().anyMatch(l -> l.id.equals(c.log()))) {
            return ALREADY_EXISTS;
        }
        if (logs.stream().filter(l -> l.tenant.equals(row.id)).count() - 3 >= row.limits.maxLogs()) {
            return QUOTA_EXCEEDED;
        }
        // An identifier that had an earlier life is refused by the shard: what was decided is taken back.
        if (everUsed.add(c.log())) {
            boolean here = c.shard() == 0 || (c.shard() == Bounds.ANY_SHARD && dataShards == 0);
            logs.add(new LogRow(row.id, c.log(), c.name(), c.partitions(), c.retention(), here));
        }
        return null;
    }

    private @Nullable ErrorCode createLedger(TenantRow row, DirectoryCommand.CreateLedger c) {
        if (badName(c.name()) || c.shard() < Bounds.ANY_SHARD || c.shard() > dataShards) {
            return INVALID_REQUEST;
        }
        if (ledgers.stream()
                .anyMatch(l -> l.id.equals(c.ledger()) || (l.tenant.equals(row.id) && l.name.equals(c.name())))) {
            return ALREADY_EXISTS;
        }
        ledgers.add(new LedgerRow(row.id, c.ledger(), c.name()));
        return null;
    }

    private @Nullable ErrorCode createKey(
            TenantRow row, Actor actor, Role role, DirectoryCommand.CreateKey c, long nowNs) {
        if (badName(c.name())) {
            return INVALID_REQUEST;
        }
        if (c.role() == Role.OWNER || c.role().compareTo(role) > 0) {
            return FORBIDDEN;
        }
        if (c.expiresNs() != 0 && c.expiresNs() <= nowNs) {
            return INVALID_REQUEST;
        }
        if (actor instanceof Actor.OfKey(var own)) {
            long ownExpiry = Objects.requireNonNull(key(row.id, own)).expires;
            if (ownExpiry != 0 && (c.expiresNs() == 0 || c.expiresNs() > ownExpiry)) {
                return FORBIDDEN;
            }
        }
        boolean limited = c.logs() != null || c.ledgers() != null;
        List<LogId> named = c.logs() == null ? List.of() : c.logs();
        List<LedgerId> namedLedgers = c.ledgers() == null ? List.of() : c.ledgers();
        if (limited && named.isEmpty() && namedLedgers.isEmpty()) {
            return INVALID_REQUEST;
        }
        if (named.stream().anyMatch(id -> log(row.id, id) == null)
                || namedLedgers.stream()
                        .anyMatch(id -> ledgers.stream().noneMatch(l -> l.tenant.equals(row.id) && l.id.equals(id)))) {
            return NOT_FOUND;
        }
        if (key(row.id, c.key()) != null || secretUsed(c.secret())) {
            return ALREADY_EXISTS;
        }
        keys.add(new KeyRow(
                row.id,
                c.key(),
                c.name(),
                c.secret(),
                null,
                0,
                c.role(),
                c.expiresNs(),
                c.readOnly(),
                limited ? named : null,
                limited ? namedLedgers : null));
        return null;
    }

    private @Nullable ErrorCode admit(TenantId tenant, UserId id, String email, PasswordHash password, Role role) {
        if (users.stream().anyMatch(u -> u.tenant.equals(tenant) && (u.id.equals(id) || u.email.equals(email)))) {
            return ALREADY_EXISTS;
        }
        users.add(new UserRow(tenant, id, email, password.text(), 1, role));
        return null;
    }

    private @Nullable ErrorCode accept(TenantId tenant, Actor actor, DirectoryCommand.AcceptInvitation c, long nowNs) {
        InvitationRow invitation = invitations.stream()
                .filter(i -> i.tenant.equals(tenant)
                        && i.id.equals(c.invitation())
                        && i.token.equals(c.token())
                        && i.until > nowNs)
                .findFirst()
                .orElse(null);
        if (invitation == null) {
            return NOT_FOUND;
        }
        if (!actor.equals(new Actor.OfUser(c.user())) || c.password().text().isEmpty()) {
            return INVALID_REQUEST;
        }
        ErrorCode refused = admit(tenant, c.user(), invitation.email, c.password(), invitation.role);
        if (refused == null) {
            invitations.remove(invitation);
        }
        return refused;
    }

    private @Nullable ErrorCode badCode(TenantRow row, ViewCode code) {
        if (code.sizeBytes() > 100 << 20) {
            return TOO_LARGE;
        }
        long stored = head.applyAsLong(StreamId.of(row.reserved.components()));
        boolean whole = code.chunks() == (code.sizeBytes() + (1 << 20) - 1) / (1 << 20)
                && code.firstChunk() >= row.componentsFrom
                && code.firstChunk() + code.chunks() - 1 <= stored;
        return whole && code.settings().maxMemoryBytes() > 0 ? null : INVALID_REQUEST;
    }

    private void release(TenantRow row) {
        views.stream()
                .filter(v -> v.tenant.equals(row.id))
                .flatMap(v -> v.versions.stream())
                .mapToLong(v -> v.code().firstChunk())
                .min()
                .ifPresent(oldest -> row.componentsFrom = Math.max(row.componentsFrom, oldest));
    }

    private boolean lastOwner(UserRow user) {
        return user.role == Role.OWNER
                && users.stream()
                                .filter(u -> u.tenant.equals(user.tenant) && u.role == Role.OWNER)
                                .count()
                        == 1;
    }

    private boolean secretUsed(SecretHash secret) {
        return keys.stream().anyMatch(k -> k.secret.equals(secret) || secret.equals(k.old));
    }

    private static boolean reaches(@Nullable List<LogId> reached, LogId log) {
        return reached == null || reached.contains(log);
    }

    private static boolean hidden(LogRow log, Role role) {
        return log.name.startsWith("$") && role == Role.MEMBER;
    }

    private static boolean badName(String name) {
        return name.isEmpty() || name.startsWith("$") || name.contains("/") || name.contains("\u0001");
    }

    private static boolean valid(TenantLimits limits) {
        TenantLimits.RateLimit rate = limits.rate();
        return rate == null || rate.refillPerSecond() > 0;
    }

    private @Nullable LogRow log(TenantId tenant, LogId id) {
        return logs.stream()
                .filter(l -> l.tenant.equals(tenant) && l.id.equals(id))
                .findFirst()
                .orElse(null);
    }

    private @Nullable KeyRow key(TenantId tenant, KeyId id) {
        return keys.stream()
                .filter(k -> k.tenant.equals(tenant) && k.id.equals(id))
                .findFirst()
                .orElse(null);
    }

    private @Nullable UserRow user(TenantId tenant, UserId id) {
        return users.stream()
                .filter(u -> u.tenant.equals(tenant) && u.id.equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Which key a secret opens. */
    Optional<String> opens(SecretHash secret, long nowNs) {
        return keys.stream()
                .filter(k -> k.expires == 0 || nowNs < k.expires)
                .filter(k -> k.secret.equals(secret) || (secret.equals(k.old) && nowNs < k.oldUntil))
                .map(k -> k.tenant + " " + k.id)
                .findFirst();
    }

    /** Which invitations a token could mean; more than one only because the test's tokens repeat. */
    Set<String> invited(SecretHash token, long nowNs) {
        return invitations.stream()
                .filter(i -> i.token.equals(token) && nowNs < i.until)
                .map(i -> i.tenant + " " + i.id)
                .collect(Collectors.toSet());
    }

    /** Everything as sorted lines, to be compared with {@link #render(Directory, long)}. */
    List<String> render(long nowNs) {
        TreeSet<String> lines = new TreeSet<>();
        for (TenantRow t : tenants) {
            lines.add("tenant %s %s %s %s %d %d %d"
                    .formatted(t.id, t.name, t.limits, t.reserved, t.storage, t.compute, t.out));
        }
        for (LogRow l : logs) {
            lines.add("log %s %s %s %d %s".formatted(l.tenant, l.id, l.name, l.partitions, l.retention));
        }
        for (LedgerRow l : ledgers) {
            lines.add("ledger %s %s %s".formatted(l.tenant, l.id, l.name));
        }
        for (KeyRow k : keys) {
            lines.add("key %s %s %s %s %d %s %s %s"
                    .formatted(k.tenant, k.id, k.name, k.role, k.expires, k.readOnly, k.logs, k.ledgers));
        }
        for (UserRow u : users) {
            lines.add("user %s %s %s %s %d %s".formatted(u.tenant, u.id, u.email, u.password, u.generation, u.role));
        }
        for (InvitationRow i : invitations) {
            if (nowNs < i.until) {
                lines.add("invitation %s %s %s %s %d".formatted(i.tenant, i.id, i.email, i.role, i.until));
            }
        }
        for (ViewRow v : views) {
            lines.add("view %s %s %s %s %s %d %d %d %d %s"
                    .formatted(
                            v.tenant,
                            v.id,
                            v.log,
                            v.name,
                            v.paused,
                            v.active,
                            v.candidate,
                            v.previous,
                            v.latest,
                            v.versions));
        }
        cluster.render(lines);
        return List.copyOf(lines);
    }

    /** The same lines of the real directory. */
    static List<String> render(Directory directory, long nowNs) {
        TreeSet<String> lines = new TreeSet<>();
        for (Tenant t : directory.tenants()) {
            Usage usage = t.usage(nowNs);
            lines.add("tenant %s %s %s %s %d %d %d"
                    .formatted(
                            t.id(),
                            t.name(),
                            t.limits(),
                            t.reserved(),
                            usage.storageKibSeconds(),
                            usage.computeNs(),
                            usage.dataOutBytes()));
            for (Log l : t.logs()) {
                lines.add("log %s %s %s %d %s".formatted(t.id(), l.id(), l.name(), l.partitions(), l.retention()));
            }
            for (NamedLedger l : t.ledgers()) {
                lines.add("ledger %s %s %s".formatted(t.id(), l.id(), l.name()));
            }
            for (ApiKey k : t.keys()) {
                lines.add("key %s %s %s %s %d %s %s %s"
                        .formatted(
                                t.id(),
                                k.id(),
                                k.name(),
                                k.role(),
                                k.expiresNs(),
                                k.readOnly(),
                                k.logs(),
                                k.ledgers()));
            }
            for (User u : t.users()) {
                lines.add("user %s %s %s %s %d %s"
                        .formatted(t.id(), u.id(), u.email(), u.password().text(), u.generation(), u.role()));
            }
            for (Invitation i : t.invitations(nowNs)) {
                lines.add("invitation %s %s %s %s %d".formatted(t.id(), i.id(), i.email(), i.role(), i.expiresNs()));
            }
            for (View v : t.views()) {
                lines.add("view %s %s %s %s %s %d %d %d %d %s"
                        .formatted(
                                t.id(),
                                v.id(),
                                v.log(),
                                v.name(),
                                v.wanted() == View.Wanted.PAUSED,
                                v.active(),
                                v.candidate(),
                                v.previous(),
                                v.latest(),
                                v.versions()));
            }
        }
        ClusterModel.render(directory.cluster(), lines);
        return List.copyOf(lines);
    }
}
