package io.thalweg.directory;

import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.map.PersistentMap;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The whole directory as of one entry: an immutable value, to be kept and read by any thread. A door takes one at the start
 * of a request and answers all its questions from that.
 */
public final class Directory {
    /** The directory of a cluster that has just begun. */
    public static final Directory EMPTY = new Directory();

    private final long version;
    private final int dataShards;
    private final ClusterState cluster;
    final PersistentMap<TenantId, Tenant> tenants;
    final PersistentMap<String, TenantId> tenantNames;
    final PersistentMap<LogId, TenantId> logOwners;
    final PersistentMap<LedgerId, TenantId> ledgerOwners;
    final PersistentMap<ViewId, TenantId> viewOwners;
    final PersistentMap<Long, List<SecretOwner>> keySecrets;
    final PersistentMap<Long, List<SecretOwner>> invitationTokens;
    final PersistentMap<String, List<TenantId>> emails;

    /** By the version that decided it. */
    final PersistentMap<Long, Pending> pending;

    /** Streams and ledgers placed on each shard, those that are still being made included. */
    final PersistentMap<Integer, Long> load;

    private Directory() {
        version = 0;
        dataShards = 0;
        cluster = ClusterState.NONE;
        tenants = PersistentMap.empty();
        tenantNames = PersistentMap.empty();
        logOwners = PersistentMap.empty();
        ledgerOwners = PersistentMap.empty();
        viewOwners = PersistentMap.empty();
        keySecrets = PersistentMap.empty();
        invitationTokens = PersistentMap.empty();
        emails = PersistentMap.empty();
        pending = PersistentMap.empty();
        load = PersistentMap.empty();
    }

    Directory(long version, Draft draft) {
        this.version = version;
        dataShards = draft.dataShards;
        cluster = draft.cluster;
        tenants = draft.tenants;
        tenantNames = draft.tenantNames;
        logOwners = draft.logOwners;
        ledgerOwners = draft.ledgerOwners;
        viewOwners = draft.viewOwners;
        keySecrets = draft.keySecrets;
        invitationTokens = draft.invitationTokens;
        emails = draft.emails;
        pending = draft.pending;
        load = draft.load;
    }

    /** A key with the tenant that it opens. */
    public record KeyOwner(Tenant tenant, ApiKey key) {}

    /** A user with the tenant that it is a member of. */
    public record Membership(Tenant tenant, User user) {}

    /** An invitation with the tenant that it leads into. */
    public record OpenInvitation(Tenant tenant, Invitation invitation) {}

    /** How many commands changed the directory so far; the same on every replica. */
    public long version() {
        return version;
    }

    /** Shards for data beside the directory's: 1 to this number. With 0, all data is in the directory's. */
    public int dataShards() {
        return dataShards;
    }

    /** The cluster's nodes, and where shards are wanted; {@link ClusterState#NONE} on a node alone. */
    public ClusterState cluster() {
        return cluster;
    }

    /** Decisions that not all shards have confirmed, in their order. */
    public List<Pending> pending() {
        return pending.values();
    }

    /** Whether what this version decided is not yet confirmed by all shards. */
    public boolean isPending(long decided) {
        return pending.contains(decided);
    }

    public Optional<Tenant> tenant(TenantId tenant) {
        return Optional.ofNullable(tenants.get(tenant));
    }

    public Optional<Tenant> tenant(String name) {
        return Optional.ofNullable(tenantNames.get(name)).flatMap(this::tenant);
    }

    /** All tenants, by identifier. */
    public List<Tenant> tenants() {
        return tenants.values();
    }

    /** The log, in whichever tenant it is; for the node's own work, never for what a client names. */
    public Optional<Log> log(LogId log) {
        return Optional.ofNullable(logOwners.get(log)).flatMap(owner -> log(owner, log));
    }

    /** Whose a ledger is; for the node's own work, never for what a client names. */
    public Optional<Tenant> ownerOf(LedgerId ledger) {
        return Optional.ofNullable(ledgerOwners.get(ledger)).flatMap(this::tenant);
    }

    /** The log, if this very tenant has it. */
    public Optional<Log> log(TenantId tenant, LogId log) {
        return tenant(tenant).flatMap(found -> found.log(log));
    }

    public Optional<Log> log(TenantId tenant, String name) {
        return tenant(tenant).flatMap(found -> found.log(name));
    }

    public Optional<View> view(TenantId tenant, LogId log, String name) {
        return tenant(tenant).flatMap(found -> found.view(log, name));
    }

    public Optional<View> view(TenantId tenant, ViewId view) {
        return tenant(tenant).flatMap(found -> found.view(view));
    }

    /** The key that a secret opens at this time, by the current secret or, in its grace period, by the one before. */
    public Optional<KeyOwner> keyBySecret(SecretHash shown, long nowNs) {
        for (SecretOwner owner : owners(keySecrets, shown)) {
            Optional<KeyOwner> found = tenant(owner.tenant())
                    .flatMap(tenant ->
                            tenant.key(new io.thalweg.model.KeyId(owner.id())).map(key -> new KeyOwner(tenant, key)))
                    .filter(candidate -> candidate.key().opensWith(shown, nowNs));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** The invitation that a token accepts at this time. */
    public Optional<OpenInvitation> invitationByToken(SecretHash shown, long nowNs) {
        for (SecretOwner owner : owners(invitationTokens, shown)) {
            Optional<OpenInvitation> found = tenant(owner.tenant())
                    .flatMap(tenant -> tenant.invitation(new InvitationId(owner.id()), nowNs)
                            .map(invitation -> new OpenInvitation(tenant, invitation)))
                    .filter(candidate -> candidate.invitation().token().matches(shown));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * Everybody with this address, in any case of letters, by tenant. An address may be a member of several tenants, each with
     * a password of its own, since no tenant may learn who is in another.
     */
    public List<Membership> usersByEmail(String email) {
        String canonical = Names.canonicalEmail(email);
        List<TenantId> found = emails.get(canonical);
        List<Membership> memberships = new ArrayList<>();
        for (TenantId id : found == null ? List.<TenantId>of() : found) {
            tenant(id)
                    .ifPresent(tenant ->
                            tenant.user(canonical).ifPresent(user -> memberships.add(new Membership(tenant, user))));
        }
        return memberships;
    }

    static List<SecretOwner> owners(PersistentMap<Long, List<SecretOwner>> index, SecretHash secret) {
        List<SecretOwner> owners = index.get(secret.prefix());
        return owners == null ? List.of() : owners;
    }

    /** Who owns a secret: a key or an invitation of a tenant. */
    record SecretOwner(TenantId tenant, java.util.UUID id) {}
}
