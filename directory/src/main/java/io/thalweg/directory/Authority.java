package io.thalweg.directory;

import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an actor may do in one tenant. Apply decides commands by it, and doors decide reads and appends by it.
 *
 * @param kind what the actor is
 * @param role its rank; the operator's is {@link Role#OWNER}
 * @param readOnly whether it may change nothing
 * @param logs the only logs that it reaches; null for all
 * @param ledgers the only ledgers that it reaches; null for all
 */
public record Authority(
        Kind kind,
        Role role,
        boolean readOnly,
        @Nullable List<LogId> logs,
        @Nullable List<LedgerId> ledgers) {

    /** What stands behind an authority. */
    public enum Kind {
        OPERATOR,
        KEY,
        USER
    }

    static Authority ofOperator() {
        return new Authority(Kind.OPERATOR, Role.OWNER, false, null, null);
    }

    static Authority of(ApiKey key) {
        return new Authority(Kind.KEY, key.role(), key.readOnly(), key.logs(), key.ledgers());
    }

    static Authority of(User user) {
        return new Authority(Kind.USER, user.role(), false, null, null);
    }

    /** Whether it reaches this log at all. */
    public boolean reaches(LogId log) {
        return logs == null || logs.contains(log);
    }

    /** Whether it reaches this ledger at all. */
    public boolean reaches(LedgerId ledger) {
        return ledgers == null || ledgers.contains(ledger);
    }

    /** Whether it reaches some logs and ledgers only. */
    public boolean limited() {
        return logs != null || ledgers != null;
    }

    /** Whether it may read this log: the platform's own logs are for admins. */
    public boolean mayRead(Log log) {
        return reaches(log.id()) && (!log.reserved() || role.atLeast(Role.ADMIN));
    }

    /** Whether it may append to this log: to the platform's own logs only the platform appends. */
    public boolean mayAppend(Log log) {
        return reaches(log.id()) && !readOnly && !log.reserved();
    }
}
