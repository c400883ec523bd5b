package io.thalweg.server.http;

import io.thalweg.directory.Authority;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Authenticator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether the token of a call that does not end is still good for it. Asked at every event and every second by each of ten thousand calls, it looks at
 * the token, whose signature takes tens of microseconds, when the directory has changed, and every five seconds, since tokens expire. One thread.
 */
public final class TokenWatch {
    private static final long LOOK_NS = 5_000_000_000L;

    private final Authenticator authenticator;
    private final Predicate<Authority> suffices;
    private final String lacking;
    private long version = -1;
    private long lookedNs;

    /**
     * @param suffices whether what the token opens is enough for the call
     * @param lacking what is said when it is not any more
     */
    public TokenWatch(Authenticator authenticator, Predicate<Authority> suffices, String lacking) {
        this.authenticator = authenticator;
        this.suffices = suffices;
        this.lacking = lacking;
    }

    /** Why the call may not go on; null while it may. */
    public @Nullable String ended(Call call) {
        long nowNs = System.nanoTime();
        // Before the token is looked at: what changes meanwhile is looked at again.
        long newest = authenticator.directoryVersion();
        if (newest == version && nowNs - lookedNs < LOOK_NS) {
            return null;
        }
        try {
            if (!suffices.test(
                    authenticator.principal(call.header("Authorization")).authority())) {
                return lacking;
            }
        } catch (ThalwegException _) {
            return "the token has expired or was revoked";
        }
        version = newest;
        lookedNs = nowNs;
        return null;
    }
}
