package io.thalweg.directory;

import io.thalweg.directory.Directory.SecretOwner;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.map.PersistentMap;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is being changed, indexes included. The maps in it are immutable, so that a draft which is thrown away has
 * changed nothing. Each method keeps the indexes in step with the tenants; none checks a rule.
 */
public final class Draft {
    int dataShards;
    ClusterState cluster;
    PersistentMap<TenantId, Tenant> tenants;
    PersistentMap<String, TenantId> tenantNames;
    PersistentMap<LogId, TenantId> logOwners;
    PersistentMap<LedgerId, TenantId> ledgerOwners;
    PersistentMap<ViewId, TenantId> viewOwners;
    PersistentMap<Long, List<SecretOwner>> keySecrets;
    PersistentMap<Long, List<SecretOwner>> invitationTokens;
    PersistentMap<String, List<TenantId>> emails;
    PersistentMap<Long, Pending> pending;
    PersistentMap<Integer, Long> load;

    public Draft(Directory base) {
        dataShards = base.dataShards();
        cluster = base.cluster();
        tenants = base.tenants;
        tenantNames = base.tenantNames;
        logOwners = base.logOwners;
        ledgerOwners = base.ledgerOwners;
        viewOwners = base.viewOwners;
        keySecrets = base.keySecrets;
        invitationTokens = base.invitationTokens;
        emails = base.emails;
        pending = base.pending;
        load = base.load;
    }

    /** The directory as drafted. */
    public Directory toDirectory(long version) {
        return new Directory(version, this);
    }

    public int tenantCount() {
        return tenants.size();
    }

    public @Nullable Tenant tenant(TenantId id) {
        return tenants.get(id);
    }

    public boolean hasTenantName(String name) {
        return tenantNames.contains(name);
    }

    public boolean hasLog(LogId id) {
        return logOwners.contains(id);
    }

    public boolean hasLedger(LedgerId id) {
        return ledgerOwners.contains(id);
    }

    public boolean hasView(ViewId id) {
        return viewOwners.contains(id);
    }

    /** Whether any key has this secret now or in its grace period. */
    public boolean hasKeySecret(SecretHash secret) {
        for (SecretOwner owner : secretOwners(keySecrets, secret)) {
            Tenant tenant = tenants.get(owner.tenant());
            ApiKey key = tenant == null ? null : tenant.keys.get(new io.thalweg.model.KeyId(owner.id()));
            if (key != null) {
                SecretHash previous = key.previous();
                if (key.secret().matches(secret) || (previous != null && previous.matches(secret))) {
                    return true;
                }
            }
        }
        return false;
    }

    // --- placement

    /** Shards beside the directory's. */
    public int dataShards() {
        return dataShards;
    }

    public void openShards(int count) {
        dataShards = count;
    }

    /** The cluster's nodes, and where shards are wanted. */
    public ClusterState cluster() {
        return cluster;
    }

    public void put(ClusterState changed) {
        cluster = changed;
    }

    /**
     * The shards that hold the least: deterministic, and with several partitions those spread as the loads allow.
     *
     * @return one for each partition
     */
    public List<Integer> lightest(int partitions) {
        if (dataShards == 0) {
            return Collections.nCopies(partitions, Bounds.DIRECTORY_SHARD);
        }
        long[] loads = new long[dataShards];
        for (int i = 0; i < dataShards; i++) {
            Long known = load.get(i + 1);
            loads[i] = known == null ? 0 : known;
        }
        List<Integer> chosen = new ArrayList<>(partitions);
        for (int partition = 0; partition < partitions; partition++) {
            int least = 0;
            for (int i = 1; i < dataShards; i++) {
                least = loads[i] < loads[least] ? i : least;
            }
            loads[least]++;
            chosen.add(least + 1);
        }
        return chosen;
    }

    public int pendingCount() {
        return pending.size();
    }

    public @Nullable Pending pending(long version) {
        return pending.get(version);
    }

    /** What is being made or deleted in a tenant. */
    public List<Pending> pending(TenantId tenant) {
        return pending.values().stream()
                .filter(decision -> decision.tenant().equals(tenant))
                .toList();
    }

    /** Adds a decision or replaces the one of its version; what it makes has its identifier and its place from now on. */
    public void put(Pending decision) {
        Log log = decision.log();
        NamedLedger ledger = decision.ledger();
        if (log != null) {
            own(decision.tenant(), log);
        }
        if (ledger != null) {
            own(decision.tenant(), ledger);
        }
        pending = pending.with(decision.version(), decision);
    }

    /** Ends a decision: what it made is its tenant's. */
    public void settle(Pending decision) {
        pending = pending.without(decision.version());
        Tenant tenant = tenants.get(decision.tenant());
        Log log = decision.log();
        if (tenant != null && log != null) {
            tenant = put(tenant, log);
        }
        NamedLedger ledger = decision.ledger();
        if (tenant != null && ledger != null) {
            tenant = put(tenant, ledger);
        }
        Pending.Split split = decision.split();
        Log whole =
                tenant == null || split == null ? null : tenant.log(split.log()).orElse(null);
        if (tenant != null && split != null && whole != null) {
            weigh(whole.shard(split.slots().from()), 1);
            Tenant _ = put(tenant, whole.with(split.slots()));
        }
    }

    /** Takes a decision back: what it was to make is nobody's. */
    public void cancel(Pending decision) {
        pending = pending.without(decision.version());
        Log log = decision.log();
        if (log != null) {
            disown(log);
        }
        NamedLedger ledger = decision.ledger();
        if (ledger != null) {
            disown(ledger);
        }
    }

    // --- tenants

    /** Adds a tenant without contents, or replaces what is not indexed of one that exists. */
    public void put(Tenant tenant) {
        tenants = tenants.with(tenant.id(), tenant);
        tenantNames = tenantNames.with(tenant.name(), tenant.id());
    }

    /** Takes a tenant and everything in it away. */
    public void remove(Tenant tenant) {
        tenant.logs().forEach(this::disown);
        tenant.ledgers().forEach(this::disown);
        tenant.views().forEach(view -> viewOwners = viewOwners.without(view.id()));
        tenant.keys().forEach(key -> unindexKey(tenant, key));
        tenant.users().forEach(user -> unindexEmail(tenant, user.email()));
        tenant.invitations.values().forEach(invitation -> unindexToken(tenant, invitation));
        tenants = tenants.without(tenant.id());
        tenantNames = tenantNames.without(tenant.name());
    }

    public Tenant put(Tenant tenant, Log log) {
        own(tenant.id(), log);
        return updated(tenant.with(log));
    }

    public Tenant remove(Tenant tenant, Log log) {
        disown(log);
        return updated(tenant.without(log));
    }

    public Tenant put(Tenant tenant, NamedLedger ledger) {
        own(tenant.id(), ledger);
        return updated(tenant.with(ledger));
    }

    private void own(TenantId tenant, Log log) {
        if (!logOwners.contains(log.id())) {
            logOwners = logOwners.with(log.id(), tenant);
            log.shards().forEach(shard -> weigh(shard, 1));
        }
    }

    private void disown(Log log) {
        logOwners = logOwners.without(log.id());
        log.shards().forEach(shard -> weigh(shard, -1));
    }

    private void own(TenantId tenant, NamedLedger ledger) {
        if (!ledgerOwners.contains(ledger.id())) {
            ledgerOwners = ledgerOwners.with(ledger.id(), tenant);
            weigh(ledger.shard(), 1);
        }
    }

    private void disown(NamedLedger ledger) {
        ledgerOwners = ledgerOwners.without(ledger.id());
        weigh(ledger.shard(), -1);
    }

    private void weigh(int shard, long more) {
        Long known = load.get(shard);
        long now = (known == null ? 0 : known) + more;
        load = now == 0 ? load.without(shard) : load.with(shard, now);
    }

    public Tenant put(Tenant tenant, View view) {
        viewOwners = viewOwners.with(view.id(), tenant.id());
        return updated(tenant.with(view));
    }

    public Tenant remove(Tenant tenant, View view) {
        viewOwners = viewOwners.without(view.id());
        return updated(tenant.without(view));
    }

    /** Adds a key or replaces the one with its identifier, its secrets included. */
    public Tenant put(Tenant tenant, ApiKey key) {
        ApiKey before = tenant.keys.get(key.id());
        if (before != null) {
            unindexKey(tenant, before);
        }
        keySecrets = withSecret(keySecrets, key.secret(), tenant.id(), key.id().value());
        SecretHash previous = key.previous();
        if (previous != null) {
            keySecrets = withSecret(keySecrets, previous, tenant.id(), key.id().value());
        }
        return updated(tenant.with(key));
    }

    public Tenant remove(Tenant tenant, ApiKey key) {
        unindexKey(tenant, key);
        return updated(tenant.without(key));
    }

    /** Adds a user or replaces the one with its identifier, whose address is the same. */
    public Tenant put(Tenant tenant, User user) {
        if (tenant.user(user.id()).isEmpty()) {
            List<TenantId> more = new ArrayList<>(others(user.email(), tenant));
            more.add(tenant.id());
            more.sort(null);
            emails = emails.with(user.email(), List.copyOf(more));
        }
        return updated(tenant.with(user));
    }

    public Tenant remove(Tenant tenant, User user) {
        unindexEmail(tenant, user.email());
        return updated(tenant.without(user));
    }

    public Tenant put(Tenant tenant, Invitation invitation) {
        invitationTokens = withSecret(
                invitationTokens,
                invitation.token(),
                tenant.id(),
                invitation.id().value());
        return updated(tenant.with(invitation));
    }

    public Tenant remove(Tenant tenant, Invitation invitation) {
        unindexToken(tenant, invitation);
        return updated(tenant.without(invitation));
    }

    private Tenant updated(Tenant tenant) {
        tenants = tenants.with(tenant.id(), tenant);
        return tenant;
    }

    private void unindexKey(Tenant tenant, ApiKey key) {
        keySecrets =
                withoutSecret(keySecrets, key.secret(), tenant.id(), key.id().value());
        SecretHash previous = key.previous();
        if (previous != null) {
            keySecrets =
                    withoutSecret(keySecrets, previous, tenant.id(), key.id().value());
        }
    }

    private void unindexToken(Tenant tenant, Invitation invitation) {
        invitationTokens = withoutSecret(
                invitationTokens,
                invitation.token(),
                tenant.id(),
                invitation.id().value());
    }

    private void unindexEmail(Tenant tenant, String email) {
        List<TenantId> others = others(email, tenant);
        emails = others.isEmpty() ? emails.without(email) : emails.with(email, others);
    }

    private List<TenantId> others(String email, Tenant tenant) {
        List<TenantId> members = emails.get(email);
        return members == null
                ? List.of()
                : members.stream().filter(id -> !id.equals(tenant.id())).toList();
    }

    private static List<SecretOwner> secretOwners(PersistentMap<Long, List<SecretOwner>> index, SecretHash secret) {
        return Directory.owners(index, secret);
    }

    private static PersistentMap<Long, List<SecretOwner>> withSecret(
            PersistentMap<Long, List<SecretOwner>> index, SecretHash secret, TenantId tenant, UUID id) {
        List<SecretOwner> owners = new ArrayList<>(secretOwners(index, secret));
        owners.add(new SecretOwner(tenant, id));
        return index.with(secret.prefix(), List.copyOf(owners));
    }

    private static PersistentMap<Long, List<SecretOwner>> withoutSecret(
            PersistentMap<Long, List<SecretOwner>> index, SecretHash secret, TenantId tenant, UUID id) {
        List<SecretOwner> owners = new ArrayList<>(secretOwners(index, secret));
        owners.remove(new SecretOwner(tenant, id));
        return owners.isEmpty() ? index.without(secret.prefix()) : index.with(secret.prefix(), List.copyOf(owners));
    }
}
