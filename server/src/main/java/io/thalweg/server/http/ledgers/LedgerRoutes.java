package io.thalweg.server.http.ledgers;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Times;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.Route;
import io.thalweg.server.routing.Administration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Ledgers themselves: create, list, look at. What is booked stays, so there is no way to delete one. */
final class LedgerRoutes {
    private final Administration administration;

    LedgerRoutes(Administration administration) {
        this.administration = administration;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/ledgers")
                        .by(Access.MANAGE)
                        .named(
                                "create_ledger",
                                LedgerParameters.TAG,
                                "Create a ledger: a book of accounts and transfers.")
                        .takes(MediaTypes.JSON, "NewLedger")
                        .answers(201, "Created, and usable at once.", "Ledger")
                        .refuses(409, "The tenant has a ledger with this name.")
                        .to(this::create),
                Route.get("/ledgers")
                        .named(
                                "list_ledgers",
                                LedgerParameters.TAG,
                                "List the ledgers that the caller reaches, by name.")
                        .answers(200, "All of them.", "LedgerList")
                        .to(this::list),
                Route.get("/ledgers/{ledger_id}")
                        .named("get_ledger", LedgerParameters.TAG, "Look at a ledger, by id or name.")
                        .answers(200, "The ledger.", "Ledger")
                        .to(call -> call.reply(200, view(call.ledger()))));
    }

    record NewLedger(@Nullable String name) {}

    record LedgerView(UUID ledgerId, String name, String createdAt) {
        static LedgerView of(NamedLedger ledger) {
            return new LedgerView(ledger.id().value(), ledger.name(), Times.text(ledger.createdNs()));
        }
    }

    record LedgerList(List<LedgerView> ledgers) {}

    private static LedgerView view(NamedLedger ledger) {
        return LedgerView.of(ledger);
    }

    private void create(Call call) throws InterruptedException {
        String name = Json.required("name", call.strictJson(NewLedger.class).name);
        LedgerId id = new LedgerId(UUID.randomUUID());
        NamedLedger created = administration
                .run(
                        call.tenantId(),
                        call.principal().actor(),
                        new DirectoryCommand.CreateLedger(id, name, Bounds.ANY_SHARD))
                .directory()
                .tenant(call.tenantId())
                .flatMap(tenant -> tenant.ledger(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted meanwhile"));
        call.reply(201, view(created));
    }

    private void list(Call call) {
        call.reply(
                200,
                new LedgerList(call.tenant().ledgers().stream()
                        .filter(ledger -> call.principal().authority().reaches(ledger.id()))
                        .sorted(Comparator.comparing(NamedLedger::name))
                        .map(LedgerRoutes::view)
                        .toList()));
    }
}
