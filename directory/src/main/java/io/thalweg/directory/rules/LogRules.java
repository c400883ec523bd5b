package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Names;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Role;
import io.thalweg.directory.SlotSplit;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.command.DirectoryCommand.ChangeRetention;
import io.thalweg.directory.command.DirectoryCommand.CreateLog;
import io.thalweg.directory.command.DirectoryCommand.CreateLogWith;
import io.thalweg.directory.command.DirectoryCommand.DeleteLog;
import io.thalweg.directory.command.DirectoryCommand.NameFull;
import io.thalweg.directory.command.DirectoryCommand.SplitLog;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.Slots;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** What may happen to logs; their events have rules of their own in the shard. */
final class LogRules {
    private LogRules() {}

    static void create(Change change, CreateLog command) {
        change.requireEverywhere(Role.MEMBER);
        checkPartitions(command.partitions());
        List<Integer> shards = change.shards(command.shard(), command.partitions());
        create(change, command.log(), command.name(), shards, command.retention());
    }

    static void createWith(Change change, CreateLogWith command) {
        change.requireEverywhere(Role.MEMBER);
        checkPartitions(command.partitions());
        Log with = change.log(command.with());
        requireValid(
                with.partitions() == command.partitions()
                        || with.shards().stream().distinct().count() == 1,
                "log " + with.name() + " has " + with.partitions()
                        + " partitions in several shards: a log beside it has as many");
        List<Integer> shards = with.partitions() == command.partitions()
                ? with.shards()
                : Collections.nCopies(command.partitions(), with.shard(0));
        create(change, command.log(), command.name(), shards, command.retention());
    }

    private static void checkPartitions(int partitions) {
        requireValid(
                partitions >= 1 && partitions <= Bounds.MAX_PARTITIONS,
                "a log has 1 to " + Bounds.MAX_PARTITIONS + " partitions, not " + partitions);
    }

    private static void create(Change change, LogId id, String name, List<Integer> shards, Retention retention) {
        Names.check("log", name);
        checkRetention(retention);
        Tenant tenant = change.tenant();
        List<Log> coming = change.draft.pending(tenant.id()).stream()
                .map(Pending::log)
                .filter(Objects::nonNull)
                .filter(log -> !log.reserved())
                .toList();
        if (tenant.log(name).isPresent()
                || coming.stream().anyMatch(log -> log.name().equals(name))) {
            throw Change.exists("a log named " + name + " exists");
        }
        requireUnused(change, id);
        Change.requireRoom(
                (int) tenant.logs().stream().filter(log -> !log.reserved()).count() + coming.size(),
                tenant.limits().maxLogs(),
                "logs");
        change.place(new Log(id, name, shards, retention, change.nowNs));
    }

    static void changeRetention(Change change, ChangeRetention command) {
        change.require(Role.ADMIN);
        checkRetention(command.retention());
        Log log = ownLog(change, command.log());
        change.draft.put(change.tenant(), log.withRetention(command.retention()));
    }

    static void nameFull(Change change, NameFull command) {
        change.require(Role.ADMIN);
        List<String> views = command.views();
        if (views != null) {
            views.forEach(view -> Names.check("view", view));
            requireValid(views.stream().distinct().count() == views.size(), "a view is named twice");
        }
        Log log = ownLog(change, command.log());
        change.draft.put(change.tenant(), log.withFull(views));
    }

    static void split(Change change, SplitLog command) {
        change.require(Role.ADMIN);
        Log log = ownLog(change, command.log());
        checkPartitions(log.partitions() + 1);
        requireValid(
                command.partition() >= 0 && command.partition() < log.partitions(),
                "log " + log.name() + " has partitions 0 to " + (log.partitions() - 1) + ", not "
                        + command.partition());
        change.requireNotBeingSplit(log);
        requireValid(
                change.tenant().views(log.id()).isEmpty(),
                "a component follows log " + log.name() + ", and it follows one partition: delete its views first");
        List<Integer> slots = log.slots(command.partition());
        boolean half = command.first() == SplitLog.HALF && command.last() == SplitLog.HALF;
        requireValid(
                slots.size() > 1, "partition " + command.partition() + " has a single slot, which cannot be divided");
        int first = half ? slots.get(slots.size() / 2) : command.first();
        int last = half ? slots.getLast() : command.last();
        requireValid(
                0 <= first && first <= last && last < Slots.COUNT,
                "slots " + first + " to " + last + " are not within 0 to " + (Slots.COUNT - 1));
        long going =
                slots.stream().filter(slot -> first <= slot && slot <= last).count();
        requireValid(
                going > 0 && going < slots.size(),
                "of the slots " + first + " to " + last + " partition " + command.partition() + " has " + going
                        + " of its " + slots.size() + ": some must go, and some must stay");
        change.split(log, new SlotSplit(command.partition(), first, last));
    }

    static void delete(Change change, DeleteLog command) {
        change.require(Role.ADMIN);
        Log log = ownLog(change, command.log());
        Tenant tenant = change.tenant();
        for (View view : tenant.views(log.id())) {
            tenant = change.draft.remove(tenant, view);
        }
        change.draft.remove(tenant, log);
        change.drop(List.of(change.withoutSplit(log)), List.of());
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
