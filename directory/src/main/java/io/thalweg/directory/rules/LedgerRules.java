package io.thalweg.directory.rules;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Names;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.command.DirectoryCommand.CreateLedger;
import io.thalweg.model.LogId;
import java.util.List;
import java.util.Objects;

/** What may happen to ledgers; accounts and transfers have rules of their own. What is booked stays: none is ever deleted alone. */
final class LedgerRules {
    private LedgerRules() {}

    static void create(Change change, CreateLedger command) {
        change.requireEverywhere(Role.MEMBER);
        Names.check("ledger", command.name());
        int shard = change.shards(command.shard(), 1).getFirst();
        Tenant tenant = change.tenant();
        List<NamedLedger> coming = change.draft.pending(tenant.id()).stream()
                .map(Pending::ledger)
                .filter(Objects::nonNull)
                .toList();
        if (tenant.ledger(command.name()).isPresent()
                || coming.stream().anyMatch(ledger -> ledger.name().equals(command.name()))) {
            throw Change.exists("a ledger named " + command.name() + " exists");
        }
        if (change.draft.hasLedger(command.ledger())
                || change.draft.hasLog(new LogId(command.ledger().value()))) {
            throw Change.exists("ledger " + command.ledger() + " exists");
        }
        Change.requireRoom(tenant.ledgerCount() + coming.size(), Bounds.MAX_LEDGERS, "ledgers");
        change.place(new NamedLedger(command.ledger(), command.name(), shard, change.nowNs));
    }
}
