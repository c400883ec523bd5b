package io.thalweg.directory;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.shard.machine.ApplyContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command on its way through the rules: who asks, in which tenant, the draft, and what is to happen to streams if all
 * rules agree. A rule refuses by throwing a {@link ThalwegException}; nothing has happened then.
 */
final class Change {
    final Draft draft;
    final TenantId tenantId;
    final Actor actor;
    final long nowNs;

    /** Streams to create, all in one tenant; the first thing that happens, since it can be refused. */
    final List<StreamId> creates = new ArrayList<>();

    /** Streams to delete, the last thing that happens. */
    final List<StreamId> deletes = new ArrayList<>();

    /** The ledger to create; null for none. A command creates streams or a ledger, never both. */
    @Nullable
    LedgerId ledger;

    /** Ledgers to delete, with the streams. */
    final List<LedgerId> ledgerDeletes = new ArrayList<>();

    /** First event to keep in the tenant's {@code $components}; 0 to keep what there is. */
    long componentsFrom;

    /** Number of the version that a deployment got. */
    int viewVersion;

    private final ApplyContext context;
    private final @Nullable Tenant before;
    private @Nullable Authority authority;

    Change(Directory base, ApplyContext context, TenantId tenantId, Actor actor) {
        this.draft = new Draft(base);
        this.context = context;
        this.tenantId = tenantId;
        this.actor = actor;
        this.nowNs = context.timestampNs();
        this.before = draft.tenant(tenantId);
    }

    /** The tenant as it was before the command. */
    @Nullable
    Tenant before() {
        return before;
    }

    /** The tenant as drafted so far; {@code NOT_FOUND} if there is none. */
    Tenant tenant() {
        Tenant tenant = draft.tenant(tenantId);
        if (tenant == null) {
            throw notFound("tenant", tenantId);
        }
        return tenant;
    }

    /** What the actor may do; {@code UNAUTHENTICATED} if it is nobody in the tenant. */
    Authority authority() {
        Authority known = authority;
        if (known == null) {
            known = tenant().authority(actor, nowNs)
                    .orElseThrow(() -> new ThalwegException(
                            ErrorCode.UNAUTHENTICATED,
                            "the key or user that asks is not, or no longer, part of the tenant"));
            authority = known;
        }
        return known;
    }

    void requireOperator() {
        if (!(actor instanceof Actor.Operator)) {
            throw forbidden("only the operator of the cluster may do this");
        }
    }

    /** The actor may change things and its role is at least {@code role}. */
    void require(Role role) {
        if (authority().readOnly()) {
            throw forbidden("the key is read-only");
        }
        if (!authority().role().atLeast(role)) {
            throw forbidden("this needs role " + role.text() + ", not "
                    + authority().role().text());
        }
    }

    /** The same, and the actor is not limited to some logs and ledgers. */
    void requireEverywhere(Role role) {
        require(role);
        if (authority().limited()) {
            throw forbidden("the key is limited to some logs or ledgers");
        }
    }

    /** The same, and the actor is no key: what concerns people is decided by people. */
    void requirePerson(Role role) {
        require(role);
        if (authority().kind() == Authority.Kind.KEY) {
            throw forbidden("an API key cannot manage members");
        }
    }

    /** A log of the tenant that the actor reaches. */
    Log log(LogId id) {
        Log log = tenant().log(id).orElseThrow(() -> notFound("log", id));
        if (!authority().reaches(id)) {
            throw forbidden("the key does not reach this log");
        }
        return log;
    }

    /** A log or ledger of the tenant that the actor reaches, for a view to follow. */
    Log source(LogId id) {
        return tenant().log(id).isPresent() ? log(id) : ledger(id).asLog();
    }

    private NamedLedger ledger(LogId id) {
        return tenant().ledger(new LedgerId(id.value()))
                .map(found -> ledger(found.id()))
                .orElseThrow(() -> notFound("log", id));
    }

    /** A ledger of the tenant that the actor reaches. */
    NamedLedger ledger(LedgerId id) {
        NamedLedger found = tenant().ledger(id).orElseThrow(() -> notFound("ledger", id));
        if (!authority().reaches(id)) {
            throw forbidden("the key does not reach this ledger");
        }
        return found;
    }

    /** A view of the tenant on a log that the actor reaches and reads. */
    View view(ViewId id) {
        View view = tenant().view(id).orElseThrow(() -> notFound("view", id));
        requireReadable(source(view.log()));
        return view;
    }

    /** The platform's own logs are for admins. */
    void requireReadable(Log log) {
        if (log.reserved() && !authority().role().atLeast(Role.ADMIN)) {
            throw forbidden("log " + log.name() + " needs role " + Role.ADMIN.text());
        }
    }

    /** Newest sequence of a stream, with what this entry appended so far. */
    long head(StreamId stream) {
        return context.head(stream);
    }

    static ThalwegException notFound(String what, Object id) {
        return new ThalwegException(ErrorCode.NOT_FOUND, "no " + what + " " + id);
    }

    static ThalwegException forbidden(String message) {
        return new ThalwegException(ErrorCode.FORBIDDEN, message);
    }

    static ThalwegException exists(String message) {
        return new ThalwegException(ErrorCode.ALREADY_EXISTS, message);
    }

    static void requireRoom(int used, int limit, String what) {
        if (used >= limit) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED, "there are " + used + " " + what + "; the limit is " + limit);
        }
    }

    static void requireValid(boolean valid, String message) {
        if (!valid) {
            throw Names.invalid(message);
        }
    }
}
