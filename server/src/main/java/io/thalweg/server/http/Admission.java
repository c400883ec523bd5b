package io.thalweg.server.http;

import io.thalweg.directory.Authority;
import io.thalweg.directory.Log;
import io.thalweg.directory.NamedLedger;
import io.thalweg.directory.Role;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.Principal;
import io.thalweg.server.auth.RateLimits;
import java.util.Optional;

/**
 * Everything that stands before a handler: who calls, whether its tenant calls too fast, and whether it may. This is the one place
 * that decides who may call what. Ids of other tenants do not exist. Thread-safe.
 */
final class Admission {
    private static final String VIEWS = "/logs/{log_id}/views";

    private final Authenticator authenticator;
    private final RateLimits rates;
    private final Detour detour;

    Admission(Authenticator authenticator, RateLimits rates, Detour detour) {
        this.authenticator = authenticator;
        this.rates = rates;
        this.detour = detour;
    }

    /** Lets a call pass, with its caller and what its path names, or refuses it; false when its tenant calls too fast. */
    boolean admit(Call call) {
        Access access = call.route().access();
        String authorization = call.header("Authorization");
        if (access == Access.OPEN) {
            return true;
        }
        if (access == Access.OPERATOR) {
            authenticator.requireOperator(authorization);
            return true;
        }
        Principal principal = authenticator.principal(authorization);
        call.setPrincipal(principal);
        if (!detour.isLetIn(call) && !rates.admit(principal.tenant())) {
            return false;
        }
        authorise(call, access, principal.authority());
        return true;
    }

    /** What is said in the place of a refusal for what the directory lacks while this node has not heard yet what that says. */
    ThalwegException unlessUnheard(ThalwegException refusal) {
        return authenticator.unlessUnheard(refusal);
    }

    private static void authorise(Call call, Access access, Authority authority) {
        if (call.route().pathParameters().contains("log_id")) {
            call.setLog(logOf(call, authority));
        }
        if (call.route().pathParameters().contains("ledger_id")) {
            NamedLedger ledger = Naming.ledger(call.tenant(), call.path("ledger_id"))
                    .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such ledger"));
            if (!authority.reaches(ledger.id())) {
                throw forbidden("this key does not reach this ledger");
            }
            call.setLedger(ledger);
        }
        if (authority.limited() && call.route().isOfNoLog()) {
            throw forbidden("this key reaches some logs or ledgers only, and nothing else of the tenant's");
        }
        switch (access) {
            case OPEN, OPERATOR, READ, SELF -> {}
            case WRITE -> {
                if (authority.readOnly()) {
                    throw forbidden("this key may only read");
                }
            }
            case MANAGE -> requireUnlimited(authority);
            case APPEND -> {
                if (!authority.mayAppend(call.log())) {
                    throw forbidden(
                            authority.readOnly()
                                    ? "this key may only read"
                                    : "to the platform's own logs only the platform appends");
                }
            }
            case ADMIN -> {
                requireUnlimited(authority);
                requireAdmin(authority);
            }
            case PEOPLE -> {
                if (authority.kind() == Authority.Kind.KEY) {
                    throw forbidden("this is for people: log in with POST /auth/login, API keys cannot do it");
                }
                requireAdmin(authority);
            }
        }
    }

    /** The log of the path; where views are concerned, a ledger by its id stands for the log of its change events. */
    private static Log logOf(Call call, Authority authority) {
        Optional<LogId> id = Naming.logId(call.path("log_id"));
        Optional<Log> log = id.flatMap(call.tenant()::log);
        boolean reached = log.isPresent() && authority.reaches(log.get().id());
        if (log.isEmpty() && call.route().template().startsWith(VIEWS)) {
            log = id.flatMap(call.tenant()::source);
            reached = log.isPresent()
                    && authority.reaches(new LedgerId(log.get().id().value()));
        }
        Log found = log.orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such log"));
        if (!reached) {
            throw forbidden("this key does not reach this log");
        }
        if (found.reserved() && !authority.role().atLeast(Role.ADMIN)) {
            throw forbidden("the platform's own logs are for admins");
        }
        return found;
    }

    private static void requireUnlimited(Authority authority) {
        if (authority.readOnly() || authority.limited()) {
            throw forbidden("this needs a key that is neither read-only nor limited to logs or ledgers");
        }
    }

    private static void requireAdmin(Authority authority) {
        if (!authority.role().atLeast(Role.ADMIN)) {
            throw forbidden("this needs the role admin, and yours is "
                    + authority.role().text());
        }
    }

    private static ThalwegException forbidden(String message) {
        return new ThalwegException(ErrorCode.FORBIDDEN, message);
    }
}
