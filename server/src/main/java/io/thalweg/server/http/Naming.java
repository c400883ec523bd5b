package io.thalweg.server.http;

import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Tenant;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.server.form.Ids;
import java.util.Optional;

/** What a client's word names in its tenant. */
public final class Naming {
    private Naming() {}

    /** The id of a log, or empty for what cannot be one. */
    public static Optional<LogId> logId(String text) {
        return Ids.parse(text, LogId::parse);
    }

    /** A log by id or name; an id wins. */
    public static Optional<Log> log(Tenant tenant, String idOrName) {
        return logId(idOrName).flatMap(tenant::log).or(() -> tenant.log(idOrName));
    }

    /** A ledger by id or name; an id wins. */
    public static Optional<NamedLedger> ledger(Tenant tenant, String idOrName) {
        return Ids.parse(idOrName, LedgerId::parse).flatMap(tenant::ledger).or(() -> tenant.ledger(idOrName));
    }
}
