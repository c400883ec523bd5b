package io.thalweg.directory;

import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.KeyId;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What opens a tenant to a program. The key itself is known to its holder only.
 *
 * @param previous the secret before the last rotation; null when it is void
 * @param previousUntilNs until when {@code previous} is good; 0 without one
 * @param generation counts rotations; see {@link #accepts}
 * @param expiresNs from then on the key opens nothing; 0 for never
 * @param logs the only logs that it reaches; null for all of them. Logs in it that were deleted stay in it
 * @param ledgers the only ledgers that it reaches; null for all of them. Null if and only if {@code logs} is
 * @param createdNs nanoseconds since 1970
 */
public record ApiKey(
        KeyId id,
        String name,
        SecretHash secret,
        @Nullable SecretHash previous,
        long previousUntilNs,
        int generation,
        Role role,
        long expiresNs,
        boolean readOnly,
        @Nullable List<LogId> logs,
        @Nullable List<LedgerId> ledgers,
        long createdNs) {

    public ApiKey {
        // A key that is limited to logs reaches no ledger, and the other way round.
        boolean limited = logs != null || ledgers != null;
        logs = !limited ? null : logs == null ? List.of() : List.copyOf(logs);
        ledgers = !limited ? null : ledgers == null ? List.of() : List.copyOf(ledgers);
    }

    /** Whether the key has not expired. */
    public boolean validAt(long nowNs) {
        return expiresNs == 0 || nowNs < expiresNs;
    }

    /** Whether this secret opens the key at this time; takes the same time for any secret of the same length. */
    public boolean opensWith(SecretHash shown, long nowNs) {
        boolean current = secret.matches(shown);
        boolean before = previous != null && previous.matches(shown) && nowNs < previousUntilNs;
        return validAt(nowNs) && (current || before);
    }

    /** The generation of the secret that was shown, to be put in tokens; it must open the key. */
    public int generationOf(SecretHash shown) {
        return secret.matches(shown) ? generation : generation - 1;
    }

    /** Whether a token that was made from the secret of {@code tokenGeneration} is still good. */
    public boolean accepts(int tokenGeneration, long nowNs) {
        boolean current = tokenGeneration == generation;
        boolean before = previous != null && tokenGeneration == generation - 1 && nowNs < previousUntilNs;
        return validAt(nowNs) && (current || before);
    }

    public ApiKey rotated(SecretHash next, long untilNs) {
        return new ApiKey(
                id,
                name,
                next,
                untilNs == 0 ? null : secret,
                untilNs,
                generation + 1,
                role,
                expiresNs,
                readOnly,
                logs,
                ledgers,
                createdNs);
    }
}
