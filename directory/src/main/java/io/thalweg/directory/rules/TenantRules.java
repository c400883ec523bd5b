package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Names;
import io.thalweg.directory.Pending;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.TenantLimits;
import io.thalweg.directory.TenantLimits.RateLimit;
import io.thalweg.directory.command.DirectoryCommand.AllowJavaViews;
import io.thalweg.directory.command.DirectoryCommand.ChangeTenantLimits;
import io.thalweg.directory.command.DirectoryCommand.CreateTenant;
import io.thalweg.directory.command.DirectoryCommand.ReportUsage;
import io.thalweg.model.LogId;
import java.util.ArrayList;
import java.util.List;
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

    static void allowJavaViews(Change change, AllowJavaViews command) {
        change.requireOperator();
        change.draft.put(change.tenant().withJavaViews(command.allowed()));
    }

    static void delete(Change change) {
        change.requirePerson(Role.OWNER);
        Tenant tenant = change.tenant();
        List<Log> logs = new ArrayList<>();
        for (Log log : tenant.logs()) {
            if (tenant.reserved().has(log.id())) {
                change.deletes.addAll(log.streams());
            } else {
                logs.add(change.withoutSplit(log));
            }
        }
        List<NamedLedger> ledgers = new ArrayList<>(tenant.ledgers());
        for (Pending coming : change.draft.pending(tenant.id())) {
            Log log = coming.log();
            NamedLedger ledger = coming.ledger();
            if (log != null) {
                logs.add(log);
            }
            if (ledger != null) {
                ledgers.add(ledger);
            }
            if (log != null || ledger != null) {
                change.draft.cancel(coming);
            }
        }
        change.draft.remove(tenant);
        change.drop(logs, ledgers);
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
