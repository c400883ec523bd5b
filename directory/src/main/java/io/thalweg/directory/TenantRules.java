package io.thalweg.directory;

import static io.thalweg.directory.Change.requireValid;

import io.thalweg.directory.DirectoryCommand.Bounds;
import io.thalweg.directory.DirectoryCommand.ChangeTenantLimits;
import io.thalweg.directory.DirectoryCommand.CreateTenant;
import io.thalweg.directory.DirectoryCommand.ReportUsage;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.model.LogId;
import java.util.TreeSet;

/** What may happen to a tenant as a whole. */
final class TenantRules {
    private TenantRules() {}

    static void create(Change change, CreateTenant command) {
        change.requireOperator();
        Names.check("tenant", command.name());
        checkLimits(command.limits());
        Change.requireRoom(change.draft.tenantCount(), Bounds.MAX_TENANTS, "tenants");
        if (change.before() != null) {
            throw Change.exists("tenant " + change.tenantId + " exists");
        }
        if (change.draft.hasTenantName(command.name())) {
            throw Change.exists("a tenant named " + command.name() + " exists");
        }
        ReservedLogs reserved = command.reserved();
        Tenant tenant = Tenant.empty(change.tenantId, command.name(), change.nowNs, command.limits(), reserved);
        change.draft.put(tenant);
        TreeSet<LogId> distinct = new TreeSet<>();
        for (Log log : reserved.toLogs(change.nowNs)) {
            requireValid(distinct.add(log.id()), "the platform's logs need identifiers of their own");
            LogRules.requireUnused(change, log.id());
            tenant = change.draft.put(tenant, log);
            change.creates.addAll(log.streams());
        }
    }

    static void changeLimits(Change change, ChangeTenantLimits command) {
        change.requireOperator();
        checkLimits(command.limits());
        change.draft.put(change.tenant().withLimits(command.limits()));
    }

    static void delete(Change change) {
        change.requirePerson(Role.OWNER);
        Tenant tenant = change.tenant();
        tenant.logs().forEach(log -> change.deletes.addAll(log.streams()));
        tenant.ledgers().forEach(ledger -> change.ledgerDeletes.add(ledger.id()));
        change.draft.remove(tenant);
    }

    static void reportUsage(Change change, ReportUsage command) {
        change.requireOperator();
        requireValid(
                command.storageKibSeconds() >= 0 && command.computeNs() >= 0 && command.dataOutBytes() >= 0,
                "a meter never runs backwards");
        Tenant tenant = change.tenant();
        change.draft.put(tenant.withUsage(tenant.usage(change.nowNs)
                .plus(command.storageKibSeconds(), command.computeNs(), command.dataOutBytes())));
    }

    private static void checkLimits(TenantLimits limits) {
        RateLimit rate = limits.rate();
        if (rate != null) {
            requireValid(
                    rate.refillPerSecond() > 0 && rate.burst() >= 0 && rate.capacity() > 0,
                    "a rate limit has a refill and a capacity of at least 1");
        }
        requireValid(
                limits.storageBytes() >= 0 && limits.maxLogs() >= 0 && limits.maxViews() >= 0,
                "limits are not negative");
    }
}
