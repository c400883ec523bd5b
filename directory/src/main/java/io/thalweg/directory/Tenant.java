package io.thalweg.directory;

import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import java.util.List;
import java.util.Optional;

/**
 * One tenant and all that belongs to it, immutable. Lists come sorted by identifier, which says nothing; sort them by name or
 * age for people.
 */
public final class Tenant {
    private final TenantId id;
    private final String name;
    private final long createdNs;
    final TenantLimits limits;
    final ReservedLogs reserved;
    final Usage usage;

    /** Events of {@code $components} before this one are gone. */
    final long componentsFrom;

    final PersistentMap<LogId, Log> logs;
    final PersistentMap<String, LogId> logNames;
    final PersistentMap<ViewId, View> views;
    final PersistentMap<ViewName, ViewId> viewNames;
    final PersistentMap<KeyId, ApiKey> keys;
    final PersistentMap<UserId, User> users;
    final PersistentMap<String, UserId> emails;
    final PersistentMap<InvitationId, Invitation> invitations;
    final PersistentMap<LedgerId, NamedLedger> ledgers;

    private Tenant(
            TenantId id,
            String name,
            long createdNs,
            TenantLimits limits,
            ReservedLogs reserved,
            Usage usage,
            long componentsFrom,
            PersistentMap<LogId, Log> logs,
            PersistentMap<String, LogId> logNames,
            PersistentMap<ViewId, View> views,
            PersistentMap<ViewName, ViewId> viewNames,
            PersistentMap<KeyId, ApiKey> keys,
            PersistentMap<UserId, User> users,
            PersistentMap<String, UserId> emails,
            PersistentMap<InvitationId, Invitation> invitations,
            PersistentMap<LedgerId, NamedLedger> ledgers) {
        this.id = id;
        this.name = name;
        this.createdNs = createdNs;
        this.limits = limits;
        this.reserved = reserved;
        this.usage = usage;
        this.componentsFrom = componentsFrom;
        this.logs = logs;
        this.logNames = logNames;
        this.views = views;
        this.viewNames = viewNames;
        this.keys = keys;
        this.users = users;
        this.emails = emails;
        this.invitations = invitations;
        this.ledgers = ledgers;
    }

    /** A tenant with nothing but its name. */
    static Tenant empty(TenantId id, String name, long createdNs, TenantLimits limits, ReservedLogs reserved) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                Usage.NONE,
                1,
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty(),
                PersistentMap.empty());
    }

    public TenantId id() {
        return id;
    }

    public String name() {
        return name;
    }

    /** Nanoseconds since 1970. */
    public long createdNs() {
        return createdNs;
    }

    public TenantLimits limits() {
        return limits;
    }

    /** The logs that the platform keeps here. */
    public ReservedLogs reserved() {
        return reserved;
    }

    /** Usage in the billing cycle of {@code nowNs}. */
    public Usage usage(long nowNs) {
        return usage.in(Usage.cycleOf(nowNs));
    }

    public Optional<Log> log(LogId log) {
        return Optional.ofNullable(logs.get(log));
    }

    public Optional<Log> log(String logName) {
        return Optional.ofNullable(logNames.get(logName)).flatMap(this::log);
    }

    /** What a view may follow: a log, or a ledger as {@link NamedLedger#asLog}. */
    public Optional<Log> source(LogId source) {
        return log(source).or(() -> ledger(new LedgerId(source.value())).map(NamedLedger::asLog));
    }

    /** All logs, the platform's own included. */
    public List<Log> logs() {
        return logs.values();
    }

    public Optional<NamedLedger> ledger(LedgerId ledger) {
        return Optional.ofNullable(ledgers.get(ledger));
    }

    /** Looks through all of them, of which there are few. */
    public Optional<NamedLedger> ledger(String ledgerName) {
        return ledgers.values().stream()
                .filter(ledger -> ledger.name().equals(ledgerName))
                .findFirst();
    }

    public List<NamedLedger> ledgers() {
        return ledgers.values();
    }

    public Optional<View> view(ViewId view) {
        return Optional.ofNullable(views.get(view));
    }

    public Optional<View> view(LogId log, String viewName) {
        return Optional.ofNullable(viewNames.get(new ViewName(log, viewName))).flatMap(this::view);
    }

    public List<View> views() {
        return views.values();
    }

    public List<View> views(LogId log) {
        return views.values().stream().filter(view -> view.log().equals(log)).toList();
    }

    public Optional<ApiKey> key(KeyId key) {
        return Optional.ofNullable(keys.get(key));
    }

    public List<ApiKey> keys() {
        return keys.values();
    }

    public Optional<User> user(UserId user) {
        return Optional.ofNullable(users.get(user));
    }

    /** The member with this address, in any case of letters. */
    public Optional<User> user(String email) {
        return Optional.ofNullable(emails.get(Names.canonicalEmail(email))).flatMap(this::user);
    }

    public List<User> users() {
        return users.values();
    }

    public Optional<Invitation> invitation(InvitationId invitation, long nowNs) {
        return Optional.ofNullable(invitations.get(invitation)).filter(found -> nowNs < found.expiresNs());
    }

    /** Invitations that can be accepted. */
    public List<Invitation> invitations(long nowNs) {
        return invitations.values().stream()
                .filter(invitation -> nowNs < invitation.expiresNs())
                .toList();
    }

    /**
     * What an actor may do here; empty when it is nobody here (any more): a key that was revoked or has expired, a user who is
     * no member.
     */
    public Optional<Authority> authority(Actor actor, long nowNs) {
        return switch (actor) {
            case Actor.Operator _ -> Optional.of(Authority.ofOperator());
            case Actor.OfKey(var key) ->
                key(key).filter(found -> found.validAt(nowNs)).map(Authority::of);
            case Actor.OfUser(var user) -> user(user).map(Authority::of);
        };
    }

    Tenant withLimits(TenantLimits changed) {
        return new Tenant(
                id,
                name,
                createdNs,
                changed,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant withUsage(Usage changed) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                changed,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant withComponentsFrom(long firstSequence) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                firstSequence,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant with(Log log) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs.with(log.id(), log),
                logNames.with(log.name(), log.id()),
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant without(Log log) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs.without(log.id()),
                logNames.without(log.name()),
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant with(View view) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views.with(view.id(), view),
                viewNames.with(new ViewName(view.log(), view.name()), view.id()),
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant without(View view) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views.without(view.id()),
                viewNames.without(new ViewName(view.log(), view.name())),
                keys,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant with(ApiKey key) {
        return withKeys(keys.with(key.id(), key));
    }

    Tenant without(ApiKey key) {
        return withKeys(keys.without(key.id()));
    }

    private Tenant withKeys(PersistentMap<KeyId, ApiKey> changed) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                changed,
                users,
                emails,
                invitations,
                ledgers);
    }

    Tenant with(User user) {
        return withUsers(users.with(user.id(), user), emails.with(user.email(), user.id()));
    }

    Tenant without(User user) {
        return withUsers(users.without(user.id()), emails.without(user.email()));
    }

    private Tenant withUsers(PersistentMap<UserId, User> changed, PersistentMap<String, UserId> changedEmails) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                changed,
                changedEmails,
                invitations,
                ledgers);
    }

    Tenant with(Invitation invitation) {
        return withInvitations(invitations.with(invitation.id(), invitation));
    }

    Tenant without(Invitation invitation) {
        return withInvitations(invitations.without(invitation.id()));
    }

    private Tenant withInvitations(PersistentMap<InvitationId, Invitation> changed) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                users,
                emails,
                changed,
                ledgers);
    }

    Tenant with(NamedLedger ledger) {
        return new Tenant(
                id,
                name,
                createdNs,
                limits,
                reserved,
                usage,
                componentsFrom,
                logs,
                logNames,
                views,
                viewNames,
                keys,
                users,
                emails,
                invitations,
                ledgers.with(ledger.id(), ledger));
    }
}
