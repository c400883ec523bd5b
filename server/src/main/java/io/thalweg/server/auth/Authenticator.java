package io.thalweg.server.auth;

import io.thalweg.directory.Actor;
import io.thalweg.directory.ApiKey;
import io.thalweg.directory.Authority;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.User;
import io.thalweg.directory.secret.SecretHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.KeyId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.UserId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns an {@code Authorization} header into a {@link Principal}, and secrets into tokens. A bearer is a token of this node, or an
 * API key itself. All refusals of one kind read the same: they tell nothing about what exists. Thread-safe.
 */
public final class Authenticator {
    /** How long a token is good unless the client asks for another time. */
    public static final long TOKEN_SECONDS = 3_600;

    /** The longest time that a client may ask for. */
    public static final long TOKEN_SECONDS_MAX = 30 * 86_400;

    /** Passwords that are checked for a login that is wrong, if its address is in no more tenants. */
    private static final int WRONG_CHECKS = 2;

    private static final String BEARER = "bearer ";

    private final Supplier<Directory> directory;
    private final Tokens tokens;
    private final Passwords passwords;
    private final SecretHash operator;
    private final InstantSource clock;
    private final BooleanSupplier whole;

    /** A token with its lifetime, as the client gets it. */
    public record Issued(String token, long seconds) {}

    /**
     * @param operator hash of the operator's key
     * @param whole whether the directory here is as new as what was acknowledged before this node started: until then, what it lacks may
     *     be there all the same
     */
    public Authenticator(
            Supplier<Directory> directory,
            Tokens tokens,
            Passwords passwords,
            SecretHash operator,
            InstantSource clock,
            BooleanSupplier whole) {
        this.directory = directory;
        this.tokens = tokens;
        this.passwords = passwords;
        this.operator = operator;
        this.clock = clock;
        this.whole = whole;
    }

    /** Now, in nanoseconds since 1970. */
    public long nowNs() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** The version of what callers are known by: as long as it is the same, a token that was good has only its own end to fear. */
    public long directoryVersion() {
        return directory.get().version();
    }

    /**
     * The caller; throws {@code UNAUTHENTICATED} when the header opens nothing (any more), and {@code UNAVAILABLE} when this node cannot tell
     * yet.
     */
    public Principal principal(@Nullable String authorization) {
        try {
            return known(authorization);
        } catch (ThalwegException e) {
            throw unlessUnheard(e);
        }
    }

    /**
     * A refusal for what the directory does not have; while the node has not heard yet what the directory says, one that asks for another
     * try.
     */
    public ThalwegException unlessUnheard(ThalwegException refusal) {
        boolean lacks = refusal.code() == ErrorCode.UNAUTHENTICATED || refusal.code() == ErrorCode.NOT_FOUND;
        return lacks && !whole.getAsBoolean()
                ? new ThalwegException(
                        ErrorCode.UNAVAILABLE,
                        "this node has not heard yet what the directory says: try again",
                        refusal)
                : refusal;
    }

    private Principal known(@Nullable String authorization) {
        String bearer = bearer(authorization);
        long nowNs = nowNs();
        if (bearer.startsWith(Secrets.API_KEY_PREFIX)) {
            Directory.KeyOwner owner = directory
                    .get()
                    .keyBySecret(SecretHash.ofSecret(bearer), nowNs)
                    .orElseThrow(Authenticator::refused);
            return principal(owner.tenant(), new Actor.OfKey(owner.key().id()), nowNs);
        }
        Claims claims = tokens.verify(bearer);
        Tenant tenant = directory.get().tenant(claims.tenant()).orElseThrow(Authenticator::refused);
        return principal(tenant, actor(tenant, claims, nowNs), nowNs);
    }

    private static Actor actor(Tenant tenant, Claims claims, long nowNs) {
        return switch (claims.kind()) {
            case KEY -> {
                ApiKey key = tenant.key(new KeyId(claims.subject())).orElseThrow(Authenticator::refused);
                if (!key.accepts(claims.generation(), nowNs)) {
                    throw refused();
                }
                yield new Actor.OfKey(key.id());
            }
            case USER -> {
                User user = tenant.user(new UserId(claims.subject())).orElseThrow(Authenticator::refused);
                if (user.generation() != claims.generation()) {
                    throw refused();
                }
                yield new Actor.OfUser(user.id());
            }
        };
    }

    private static Principal principal(Tenant tenant, Actor actor, long nowNs) {
        Authority authority = tenant.authority(actor, nowNs).orElseThrow(Authenticator::refused);
        return new Principal(tenant, actor, authority);
    }

    /** Lets only the operator's key pass. */
    public void requireOperator(@Nullable String authorization) {
        if (!operator.matches(SecretHash.ofSecret(bearer(authorization)))) {
            throw refused();
        }
    }

    /** A token that stands for an API key; it dies with the key, or with the secret that was shown for it. */
    public Issued tokenForKey(String apiKey, long seconds) {
        SecretHash shown = SecretHash.ofSecret(apiKey);
        Directory.KeyOwner owner = directory
                .get()
                .keyBySecret(shown, nowNs())
                .orElseThrow(() -> unlessUnheard(new ThalwegException(
                        ErrorCode.UNAUTHENTICATED, "the API key is not valid: it is wrong, revoked or expired")));
        ApiKey key = owner.key();
        return issue(owner.tenant(), Claims.Kind.KEY, key.id().value(), key.generationOf(shown), seconds);
    }

    /**
     * A token for a person. The same address may belong to several tenants, each with a password of its own; with the same
     * password in several, {@code tenant} has to say which is meant.
     */
    public Issued tokenForPerson(String email, String password, @Nullable String tenant) {
        Directory.Membership found = null;
        int checks = 0;
        for (Directory.Membership membership : directory.get().usersByEmail(email)) {
            if (tenant != null && !named(membership.tenant(), tenant)) {
                continue;
            }
            checks++;
            if (passwords.matches(password, membership.user().password())) {
                if (found != null) {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST,
                            "the address is a member of several tenants: name one as 'tenant'");
                }
                found = membership;
            }
        }
        if (found == null) {
            // Its time tells neither that there is nobody of the address, nor that he is a member of two tenants.
            for (; checks < WRONG_CHECKS; checks++) {
                passwords.waste(password);
            }
            throw new ThalwegException(ErrorCode.UNAUTHENTICATED, "the e-mail address or the password is wrong");
        }
        User user = found.user();
        return issue(found.tenant(), Claims.Kind.USER, user.id().value(), user.generation(), TOKEN_SECONDS);
    }

    private static boolean named(Tenant tenant, String wanted) {
        return tenant.name().equals(wanted) || tenant.id().toString().equals(wanted.toLowerCase(Locale.ROOT));
    }

    private Issued issue(Tenant tenant, Claims.Kind kind, java.util.UUID subject, int generation, long seconds) {
        long expiresS = clock.instant().getEpochSecond() + seconds;
        return new Issued(tokens.issue(new Claims(tenant.id(), kind, subject, generation, expiresS)), seconds);
    }

    private static String bearer(@Nullable String authorization) {
        if (authorization == null) {
            throw new ThalwegException(
                    ErrorCode.UNAUTHENTICATED,
                    "this needs a token: send 'Authorization: Bearer …' from POST /auth/token");
        }
        if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new ThalwegException(ErrorCode.UNAUTHENTICATED, "the Authorization header is not a Bearer token");
        }
        return authorization.substring(BEARER.length()).strip();
    }

    private static ThalwegException refused() {
        return new ThalwegException(ErrorCode.UNAUTHENTICATED, "the token is revoked or opens nothing here");
    }
}
