package io.thalweg.directory;

import io.thalweg.directory.Directory.SecretOwner;
import io.thalweg.model.LogId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is being changed, indexes included. The maps in it are immutable, so that a draft which is thrown away has
 * changed nothing. Each method keeps the indexes in step with the tenants; none checks a rule.
 */
final class Draft {
    private PersistentMap<TenantId, Tenant> tenants;
    private PersistentMap<String, TenantId> tenantNames;
    private PersistentMap<LogId, TenantId> logOwners;
    private PersistentMap<ViewId, TenantId> viewOwners;
    private PersistentMap<Long, List<SecretOwner>> keySecrets;
    private PersistentMap<Long, List<SecretOwner>> invitationTokens;
    private PersistentMap<String, List<TenantId>> emails;

    Draft(Directory base) {
        tenants = base.tenants;
        tenantNames = base.tenantNames;
        logOwners = base.logOwners;
        viewOwners = base.viewOwners;
        keySecrets = base.keySecrets;
        invitationTokens = base.invitationTokens;
        emails = base.emails;
    }

    Directory toDirectory(long version) {
        return new Directory(
                version, tenants, tenantNames, logOwners, viewOwners, keySecrets, invitationTokens, emails);
    }

    int tenantCount() {
        return tenants.size();
    }

    @Nullable
    Tenant tenant(TenantId id) {
        return tenants.get(id);
    }

    boolean hasTenantName(String name) {
        return tenantNames.contains(name);
    }

    boolean hasLog(LogId id) {
        return logOwners.contains(id);
    }

    boolean hasView(ViewId id) {
        return viewOwners.contains(id);
    }

    /** Whether any key has this secret now or in its grace period. */
    boolean hasKeySecret(SecretHash secret) {
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

    /** Adds a tenant without contents, or replaces what is not indexed of one that exists. */
    void put(Tenant tenant) {
        tenants = tenants.with(tenant.id(), tenant);
        tenantNames = tenantNames.with(tenant.name(), tenant.id());
    }

    /** Takes a tenant and everything in it away. */
    void remove(Tenant tenant) {
        tenant.logs().forEach(log -> logOwners = logOwners.without(log.id()));
        tenant.views().forEach(view -> viewOwners = viewOwners.without(view.id()));
        tenant.keys().forEach(key -> unindexKey(tenant, key));
        tenant.users().forEach(user -> unindexEmail(tenant, user.email()));
        tenant.invitations.values().forEach(invitation -> unindexToken(tenant, invitation));
        tenants = tenants.without(tenant.id());
        tenantNames = tenantNames.without(tenant.name());
    }

    Tenant put(Tenant tenant, Log log) {
        logOwners = logOwners.with(log.id(), tenant.id());
        return updated(tenant.with(log));
    }

    Tenant remove(Tenant tenant, Log log) {
        logOwners = logOwners.without(log.id());
        return updated(tenant.without(log));
    }

    Tenant put(Tenant tenant, NamedLedger ledger) {
        return updated(tenant.with(ledger));
    }

    Tenant put(Tenant tenant, View view) {
        viewOwners = viewOwners.with(view.id(), tenant.id());
        return updated(tenant.with(view));
    }

    Tenant remove(Tenant tenant, View view) {
        viewOwners = viewOwners.without(view.id());
        return updated(tenant.without(view));
    }

    /** Adds a key or replaces the one with its identifier, its secrets included. */
    Tenant put(Tenant tenant, ApiKey key) {
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

    Tenant remove(Tenant tenant, ApiKey key) {
        unindexKey(tenant, key);
        return updated(tenant.without(key));
    }

    /** Adds a user or replaces the one with its identifier, whose address is the same. */
    Tenant put(Tenant tenant, User user) {
        if (!tenant.users.contains(user.id())) {
            List<TenantId> more = new ArrayList<>(others(user.email(), tenant));
            more.add(tenant.id());
            more.sort(null);
            emails = emails.with(user.email(), List.copyOf(more));
        }
        return updated(tenant.with(user));
    }

    Tenant remove(Tenant tenant, User user) {
        unindexEmail(tenant, user.email());
        return updated(tenant.without(user));
    }

    Tenant put(Tenant tenant, Invitation invitation) {
        invitationTokens = withSecret(
                invitationTokens,
                invitation.token(),
                tenant.id(),
                invitation.id().value());
        return updated(tenant.with(invitation));
    }

    Tenant remove(Tenant tenant, Invitation invitation) {
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
