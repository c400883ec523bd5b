package io.thalweg.directory.rules;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Authority;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Draft;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Names;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Role;
import io.thalweg.directory.SlotSplit;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.shard.machine.ApplyContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command on its way through the rules: who asks, in which tenant, the draft, and what is to happen to streams if all
 * rules agree. A rule refuses by throwing a {@link ThalwegException}; nothing has happened then.
 */
public final class Change {
    public final Draft draft;
    public final TenantId tenantId;
    public final Actor actor;
    public final long nowNs;

    /** Streams to create in the directory's own shard, all in one tenant; the first thing that happens, since it can be refused. */
    public final List<StreamId> creates = new ArrayList<>();

    /** Streams to delete in the directory's own shard, the last thing that happens. */
    public final List<StreamId> deletes = new ArrayList<>();

    /** The ledger to create in the directory's own shard; null for none. A command creates streams or a ledger, never both. */
    public @Nullable LedgerId ledger;

    /** Ledgers to delete, with the streams. */
    public final List<LedgerId> ledgerDeletes = new ArrayList<>();

    /** First event to keep in the tenant's {@code $components}; 0 to keep what there is. */
    public long componentsFrom;

    /** Number of the version that a deployment got. */
    public int viewVersion;

    /** The directory's version once the change has taken effect. */
    final long version;

    private final boolean atOnce;
    private final ApplyContext context;
    private final @Nullable Tenant before;
    private @Nullable Authority authority;

    /** @param atOnce whether the shard is to be changed in the same step, as it was before shards confirmed */
    public Change(Directory base, ApplyContext context, TenantId tenantId, Actor actor, boolean atOnce) {
        this.draft = new Draft(base);
        this.version = base.version() + 1;
        this.atOnce = atOnce;
        this.context = context;
        this.tenantId = tenantId;
        this.actor = actor;
        this.nowNs = context.timestampNs();
        this.before = draft.tenant(tenantId);
    }

    /** The tenant as it was before the command. */
    public @Nullable Tenant before() {
        return before;
    }

    /** The tenant as drafted so far; {@code NOT_FOUND} if there is none. */
    public Tenant tenant() {
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

    // --- placement

    /** Has a log made by its shards; it is its tenant's when they have confirmed. */
    void place(Log log) {
        if (atOnce) {
            draft.put(tenant(), log);
            creates.addAll(log.streams());
        } else {
            decide(Pending.create(version, tenantId, log));
        }
    }

    /** Has a log made in the place of some that are their tenant's no more. */
    void replace(Log log, List<Log> gone) {
        decide(Pending.replace(version, tenantId, log, gone));
    }

    /** Has slots of a log go to a new partition; it is there when its shard has confirmed. */
    void split(Log log, SlotSplit slots) {
        decide(Pending.split(version, tenantId, log, slots));
    }

    /** The log with what a split under way makes of it, and the split is off: whoever deletes it deletes that, too. */
    Log withoutSplit(Log log) {
        for (Pending decision : draft.pending(tenantId)) {
            Pending.Split split = decision.split();
            if (split != null && split.log().equals(log.id())) {
                draft.cancel(decision);
                return log.with(split.slots());
            }
        }
        return log;
    }

    /** Has a ledger made by its shard; it is its tenant's when that has confirmed. */
    void place(NamedLedger made) {
        if (atOnce) {
            draft.put(tenant(), made);
            ledger = made.id();
        } else {
            decide(Pending.create(version, tenantId, made));
        }
    }

    /** Has logs and ledgers, which are nobody's any more, deleted by their shards. */
    void drop(List<Log> logs, List<NamedLedger> ledgers) {
        if (atOnce) {
            logs.forEach(log -> deletes.addAll(log.streams()));
            ledgers.forEach(gone -> ledgerDeletes.add(gone.id()));
        } else if (!logs.isEmpty() || !ledgers.isEmpty()) {
            // A deletion frees what is bounded, so that it is not bounded itself.
            draft.put(Pending.drop(version, tenantId, logs, ledgers));
        }
    }

    private void decide(Pending decision) {
        if (draft.pendingCount() >= Bounds.MAX_PENDING) {
            throw new ThalwegException(
                    ErrorCode.OVERLOADED,
                    "shards have still to confirm " + draft.pendingCount() + " decisions; try again later");
        }
        draft.put(decision);
    }

    /** The shard of each partition: all in the one that was asked for, or where there is least. */
    List<Integer> shards(int asked, int partitions) {
        if (asked == Bounds.ANY_SHARD) {
            return draft.lightest(partitions);
        }
        requireValid(asked >= 0 && asked <= draft.dataShards(), "there is no shard " + asked);
        return Collections.nCopies(partitions, asked);
    }

    // --- what the actor may do

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
        if (view.isJava()) {
            requireEverywhere(Role.MEMBER);
        } else {
            requireReadable(source(view.log()));
        }
        return view;
    }

    /** Until its shard has confirmed a split, nobody can say how many partitions a log has. */
    void requireNotBeingSplit(Log log) {
        if (draft.pending(tenantId).stream()
                .map(Pending::split)
                .anyMatch(split -> split != null && split.log().equals(log.id()))) {
            throw exists("log " + log.name() + " is being split: look again later");
        }
    }

    /** The platform's own logs are for admins. */
    void requireReadable(Log log) {
        if (log.reserved() && !authority().role().atLeast(Role.ADMIN)) {
            throw forbidden("log " + log.name() + " needs role " + Role.ADMIN.text());
        }
    }

    /** Newest sequence of a stream in the directory's own shard, with what this entry appended so far. */
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
