package io.thalweg.directory;

import static io.thalweg.directory.Change.requireValid;

import io.thalweg.directory.DirectoryCommand.Bounds;
import io.thalweg.directory.DirectoryCommand.CreateLedger;
import io.thalweg.model.LogId;

/** What may happen to ledgers; accounts and transfers have rules of their own. What is booked stays: none is ever deleted alone. */
final class LedgerRules {
    private LedgerRules() {}

    static void create(Change change, CreateLedger command) {
        change.requireEverywhere(Role.MEMBER);
        Names.check("ledger", command.name());
        requireValid(command.shard() == Bounds.DIRECTORY_SHARD, "there is no shard " + command.shard());
        Tenant tenant = change.tenant();
        if (tenant.ledger(command.name()).isPresent()) {
            throw Change.exists("a ledger named " + command.name() + " exists");
        }
        if (tenant.ledger(command.ledger()).isPresent()
                || change.draft.hasLog(new LogId(command.ledger().value()))) {
            throw Change.exists("ledger " + command.ledger() + " exists");
        }
        Change.requireRoom(tenant.ledgers.size(), Bounds.MAX_LEDGERS, "ledgers");
        change.draft.put(tenant, new NamedLedger(command.ledger(), command.name(), command.shard(), change.nowNs));
        change.ledger = command.ledger();
    }
}
