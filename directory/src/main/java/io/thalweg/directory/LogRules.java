package io.thalweg.directory;

import static io.thalweg.directory.Change.requireValid;

import io.thalweg.directory.DirectoryCommand.Bounds;
import io.thalweg.directory.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.DirectoryCommand.CreateLog;
import io.thalweg.directory.DirectoryCommand.DeleteLog;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;

/** What may happen to logs; their events have rules of their own in the shard. */
final class LogRules {
    private LogRules() {}

    static void create(Change change, CreateLog command) {
        change.requireEverywhere(Role.MEMBER);
        Names.check("log", command.name());
        requireValid(
                command.partitions() >= 1 && command.partitions() <= Bounds.MAX_PARTITIONS,
                "a log has 1 to " + Bounds.MAX_PARTITIONS + " partitions, not " + command.partitions());
        requireValid(command.shard() == Bounds.DIRECTORY_SHARD, "there is no shard " + command.shard());
        checkRetention(command.retention());
        Tenant tenant = change.tenant();
        if (tenant.log(command.name()).isPresent()) {
            throw Change.exists("a log named " + command.name() + " exists");
        }
        requireUnused(change, command.log());
        Change.requireRoom(
                tenant.logs.size() - ReservedLogs.COUNT, tenant.limits().maxLogs(), "logs");
        Log log = new Log(
                command.log(),
                command.name(),
                command.partitions(),
                command.shard(),
                command.retention(),
                change.nowNs);
        change.draft.put(tenant, log);
        change.creates.addAll(log.streams());
    }

    static void changeRetention(Change change, ChangeRetention command) {
        change.require(Role.ADMIN);
        checkRetention(command.retention());
        Log log = ownLog(change, command.log());
        change.draft.put(change.tenant(), log.withRetention(command.retention()));
    }

    static void delete(Change change, DeleteLog command) {
        change.require(Role.ADMIN);
        Log log = ownLog(change, command.log());
        Tenant tenant = change.tenant();
        for (View view : tenant.views(log.id())) {
            tenant = change.draft.remove(tenant, view);
        }
        change.draft.remove(tenant, log);
        change.deletes.addAll(log.streams());
        ViewRules.releaseComponents(change);
    }

    /** Streams are known by their log's identifier alone, so that it must be unused in all tenants. */
    static void requireUnused(Change change, LogId id) {
        Tenant before = change.before();
        if (change.draft.hasLog(id)
                || (before != null && before.ledger(new LedgerId(id.value())).isPresent())) {
            throw Change.exists("log " + id + " exists");
        }
    }

    private static Log ownLog(Change change, LogId id) {
        Log log = change.log(id);
        if (log.reserved()) {
            throw Change.forbidden("log " + log.name() + " is the platform's own");
        }
        return log;
    }

    private static void checkRetention(Retention retention) {
        requireValid(
                retention.maxAgeSeconds() >= 0 && retention.maxBytes() >= 0,
                "retention is not negative; 0 is for ever");
    }
}
