package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Names;
import io.thalweg.directory.Pending;
import io.thalweg.directory.ReservedLogs;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.command.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.command.DirectoryCommand.CreateLog;
import io.thalweg.directory.command.DirectoryCommand.DeleteLog;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import java.util.List;
import java.util.Objects;

/** What may happen to logs; their events have rules of their own in the shard. */
final class LogRules {
    private LogRules() {}

    static void create(Change change, CreateLog command) {
        change.requireEverywhere(Role.MEMBER);
        Names.check("log", command.name());
        requireValid(
                command.partitions() >= 1 && command.partitions() <= Bounds.MAX_PARTITIONS,
                "a log has 1 to " + Bounds.MAX_PARTITIONS + " partitions, not " + command.partitions());
        List<Integer> shards = change.shards(command.shard(), command.partitions());
        checkRetention(command.retention());
        Tenant tenant = change.tenant();
        List<Log> coming = change.draft.pending(tenant.id()).stream()
                .map(Pending::log)
                .filter(Objects::nonNull)
                .toList();
        if (tenant.log(command.name()).isPresent()
                || coming.stream().anyMatch(log -> log.name().equals(command.name()))) {
            throw Change.exists("a log named " + command.name() + " exists");
        }
        requireUnused(change, command.log());
        Change.requireRoom(
                tenant.logCount() - ReservedLogs.COUNT + coming.size(),
                tenant.limits().maxLogs(),
                "logs");
        change.place(new Log(command.log(), command.name(), shards, command.retention(), change.nowNs));
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
        change.drop(List.of(log), List.of());
        ViewRules.releaseComponents(change);
    }

    /** Streams are known by their log's identifier alone, so that it must be unused in all tenants. */
    static void requireUnused(Change change, LogId id) {
        if (change.draft.hasLog(id) || change.draft.hasLedger(new LedgerId(id.value()))) {
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
