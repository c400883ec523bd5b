package io.thalweg.server.http.tenants;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.Attempts;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.form.Json;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.http.Access;
import io.thalweg.server.http.Call;
import io.thalweg.server.http.ErrorReply;
import io.thalweg.server.http.Route;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How keys get tokens: on nodes and on slabs without shards. */
public final class TokenRoutes {
    private static final String TAG = "auth";
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** Keys that open nothing, from one place in a minute. */
    private static final int WRONG_KEYS_PER_MINUTE = 60;

    private final Authenticator authenticator;
    private final Attempts wrongKeys = new Attempts(WRONG_KEYS_PER_MINUTE, MINUTE, System::nanoTime);

    public TokenRoutes(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    public List<Route> routes() {
        return List.of(Route.post("/auth/token")
                .by(Access.OPEN)
                .named("exchange_token", TAG, "Exchange an API key for a token.")
                .takes(MediaTypes.JSON, "TokenRequest")
                .answers(200, "The token.", "Token")
                .answers(429, "Too many wrong keys from this place.", "text/plain", "RateLimited")
                .refuses(401, "The key is wrong, revoked or expired.")
                .to(this::exchange));
    }

    record TokenRequest(@Nullable String apiKey, @Nullable Long expiresInSecs) {}

    record Token(String accessToken, long expiresIn, String tokenType) {
        static Token of(Authenticator.Issued issued) {
            return new Token(issued.token(), issued.seconds(), "Bearer");
        }
    }

    private void exchange(Call call) {
        TokenRequest wanted = call.json(TokenRequest.class);
        String apiKey = Json.required("api_key", wanted.apiKey);
        long seconds = wanted.expiresInSecs == null ? Authenticator.TOKEN_SECONDS : wanted.expiresInSecs;
        if (seconds < 1 || seconds > Authenticator.TOKEN_SECONDS_MAX) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "expires_in_secs is " + seconds + ", expected 1 to " + Authenticator.TOKEN_SECONDS_MAX);
        }
        if (!wrongKeys.mayTry(call.caller())) {
            refuse(call);
            return;
        }
        Authenticator.Issued issued;
        try {
            issued = authenticator.tokenForKey(apiKey, seconds);
        } catch (ThalwegException e) {
            wrongKeys.tryOnce(call.caller());
            throw e;
        }
        call.with("Cache-Control", "no-store").reply(200, Token.of(issued));
    }

    static void refuse(Call call) {
        call.with("Retry-After", "1").reply(429, "text/plain", ErrorReply.RATE_LIMITED);
    }
}
