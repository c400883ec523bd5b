package io.thalweg.directory;

import io.thalweg.directory.map.PersistentMap;
import io.thalweg.directory.map.Register;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.UserId;
import io.thalweg.model.ViewId;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One tenant and all that belongs to it, immutable. Lists come sorted by identifier, which says nothing; sort them by name or
 * age for people.
 */
public final class Tenant {
    private final TenantId id;
    private final String name;
    private final long createdNs;
    private final ReservedLogs reserved;
    private final TenantLimits limits;
    private final Usage usage;
    private final long componentsFrom;
    private final boolean javaViews;
    final Register<LogId, String, Log> logs;
    final Register<LedgerId, String, NamedLedger> ledgers;
    final Register<ViewId, ViewName, View> views;
    final PersistentMap<KeyId, ApiKey> keys;
    final Register<UserId, String, User> users;
    final PersistentMap<InvitationId, Invitation> invitations;

    private Tenant(Next next) {
        id = next.id;
        name = next.name;
        createdNs = next.createdNs;
        reserved = next.reserved;
        limits = next.limits;
        usage = next.usage;
        componentsFrom = next.componentsFrom;
        javaViews = next.javaViews;
        logs = next.logs;
        ledgers = next.ledgers;
        views = next.views;
        keys = next.keys;
        users = next.users;
        invitations = next.invitations;
    }

    /** A tenant that is being made from another, or from nothing. */
    private static final class Next {
        final TenantId id;
        final String name;
        final long createdNs;
        final ReservedLogs reserved;
        TenantLimits limits;
        Usage usage = Usage.NONE;
        long componentsFrom = 1;
        boolean javaViews;
        Register<LogId, String, Log> logs = Register.empty();
        Register<LedgerId, String, NamedLedger> ledgers = Register.empty();
        Register<ViewId, ViewName, View> views = Register.empty();
        PersistentMap<KeyId, ApiKey> keys = PersistentMap.empty();
        Register<UserId, String, User> users = Register.empty();
        PersistentMap<InvitationId, Invitation> invitations = PersistentMap.empty();

        Next(TenantId id, String name, long createdNs, TenantLimits limits, ReservedLogs reserved) {
            this.id = id;
            this.name = name;
            this.createdNs = createdNs;
            this.limits = limits;
            this.reserved = reserved;
        }
    }

    /** A tenant with nothing but its name. */
    public static Tenant empty(TenantId id, String name, long createdNs, TenantLimits limits, ReservedLogs reserved) {
        return new Tenant(new Next(id, name, createdNs, limits, reserved));
    }

    private Tenant with(Consumer<Next> change) {
        Next next = new Next(id, name, createdNs, limits, reserved);
        next.usage = usage;
        next.componentsFrom = componentsFrom;
        next.javaViews = javaViews;
        next.logs = logs;
        next.ledgers = ledgers;
        next.views = views;
        next.keys = keys;
        next.users = users;
        next.invitations = invitations;
        change.accept(next);
        return new Tenant(next);
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
        return Optional.ofNullable(logs.named(logName));
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

    public Optional<NamedLedger> ledger(String ledgerName) {
        return Optional.ofNullable(ledgers.named(ledgerName));
    }

    public List<NamedLedger> ledgers() {
        return ledgers.values();
    }

    public Optional<View> view(ViewId view) {
        return Optional.ofNullable(views.get(view));
    }

    public Optional<View> view(LogId log, String viewName) {
        return Optional.ofNullable(views.named(new ViewName(log, viewName)));
    }

    public List<View> views() {
        return views.values();
    }

    /** The view in Java of a name. */
    public Optional<View> javaView(String viewName) {
        return views.values().stream()
                .filter(view -> view.isJava() && view.name().equals(viewName))
                .findFirst();
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
        return Optional.ofNullable(users.named(Names.canonicalEmail(email)));
    }

    public List<User> users() {
        return users.values();
    }

    public int logCount() {
        return logs.size();
    }

    public int ledgerCount() {
        return ledgers.size();
    }

    public int viewCount() {
        return views.size();
    }

    public int keyCount() {
        return keys.size();
    }

    public int userCount() {
        return users.size();
    }

    /** All that were made and neither accepted nor revoked, those that have expired included. */
    public List<Invitation> invitations() {
        return invitations.values();
    }

    /** Events of {@code $components} before this one are gone. */
    public long componentsFrom() {
        return componentsFrom;
    }

    /** Whether the operator lets it deploy views in Java. */
    public boolean javaViews() {
        return javaViews;
    }

    /** Usage as it was reported last, in whichever billing cycle that was. */
    public Usage usage() {
        return usage;
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

    public Tenant withLimits(TenantLimits changed) {
        return with(next -> next.limits = changed);
    }

    public Tenant withUsage(Usage changed) {
        return with(next -> next.usage = changed);
    }

    public Tenant withJavaViews(boolean allowed) {
        return with(next -> next.javaViews = allowed);
    }

    public Tenant withComponentsFrom(long firstSequence) {
        return with(next -> next.componentsFrom = firstSequence);
    }

    Tenant with(Log log) {
        return with(next -> next.logs = logs.with(log.id(), log.name(), log));
    }

    Tenant without(Log log) {
        return with(next -> next.logs = logs.without(log.id(), log.name()));
    }

    Tenant with(NamedLedger ledger) {
        return with(next -> next.ledgers = ledgers.with(ledger.id(), ledger.name(), ledger));
    }

    Tenant with(View view) {
        return with(next -> next.views = views.with(view.id(), ViewName.of(view), view));
    }

    Tenant without(View view) {
        return with(next -> next.views = views.without(view.id(), ViewName.of(view)));
    }

    Tenant with(ApiKey key) {
        return with(next -> next.keys = keys.with(key.id(), key));
    }

    Tenant without(ApiKey key) {
        return with(next -> next.keys = keys.without(key.id()));
    }

    Tenant with(User user) {
        return with(next -> next.users = users.with(user.id(), user.email(), user));
    }

    Tenant without(User user) {
        return with(next -> next.users = users.without(user.id(), user.email()));
    }

    Tenant with(Invitation invitation) {
        return with(next -> next.invitations = invitations.with(invitation.id(), invitation));
    }

    Tenant without(Invitation invitation) {
        return with(next -> next.invitations = invitations.without(invitation.id()));
    }
}
