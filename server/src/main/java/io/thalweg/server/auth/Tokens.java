package io.thalweg.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.text.ParseException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Issues and reads bearer tokens: JWTs, RS256. A verified token is remembered, because checking a signature costs more than
 * an append; its expiry is checked each time. Thread-safe.
 *
 * <p>Several keys' tokens may be good while one key takes the place of another ({@link SigningKeys}). When keys are others, nothing is remembered any more.
 *
 * <p>The memory has two halves of about {@link #REMEMBERED_MAX} tokens. A full half becomes the old one, from which tokens move back
 * when they are used; what is not used for the time of one filling is forgotten.
 */
public final class Tokens {
    private static final String ISSUER = "thalweg";
    private static final int REMEMBERED_MAX = 4_096;
    private static final int MAX_TOKEN_CHARACTERS = 4_096;

    private final Supplier<SigningKeys.Held> keys;
    private final InstantSource clock;
    private volatile Trust trust;

    /** What some keys have verified. */
    private static final class Trust {
        final SigningKeys.Held keys;
        final RSASSASigner signer;
        final List<RSASSAVerifier> verifiers;
        volatile Map<String, Claims> young = new ConcurrentHashMap<>();
        volatile Map<String, Claims> old = Map.of();

        Trust(SigningKeys.Held keys) {
            this.keys = keys;
            signer = new RSASSASigner(keys.signs().secret());
            verifiers = keys.verify().stream().map(RSASSAVerifier::new).toList();
        }
    }

    /** @param keys the same object as long as they are the same */
    public Tokens(Supplier<SigningKeys.Held> keys, InstantSource clock) {
        this.keys = keys;
        this.clock = clock;
        trust = new Trust(keys.get());
    }

    @SuppressWarnings("ReferenceEquality") // to compare keys would cost each call
    private Trust trust() {
        SigningKeys.Held now = keys.get();
        Trust known = trust;
        if (known.keys != now) {
            known = new Trust(now);
            trust = known;
        }
        return known;
    }

    /** A signed token that says this. */
    public String issue(Claims claims) {
        JWTClaimsSet set = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .subject(claims.subject().toString())
                .claim("tid", claims.tenant().toString())
                .claim("knd", claims.kind().name().toLowerCase(Locale.ROOT))
                .claim("gen", claims.generation())
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(Instant.ofEpochSecond(claims.expiresS())))
                .build();
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), set);
        try {
            token.sign(trust().signer);
        } catch (JOSEException e) {
            throw new ThalwegException(ErrorCode.INTERNAL, "the token could not be signed", e);
        }
        return token.serialize();
    }

    /** What the token says; throws {@code UNAUTHENTICATED} unless this node signed it and it has not expired. */
    public Claims verify(String token) {
        Trust now = trust();
        Claims claims = now.young.get(token);
        if (claims == null) {
            claims = remember(now, token);
        }
        if (clock.millis() >= claims.expiresS() * 1000) {
            throw new ThalwegException(ErrorCode.UNAUTHENTICATED, "the token has expired: get a new one");
        }
        return claims;
    }

    private static Claims remember(Trust now, String token) {
        Claims claims = now.old.get(token);
        if (claims == null) {
            claims = read(now, token);
        }
        if (now.young.size() >= REMEMBERED_MAX) {
            now.old = now.young;
            now.young = new ConcurrentHashMap<>();
        }
        now.young.put(token, claims);
        return claims;
    }

    private static boolean isSigned(Trust now, SignedJWT token) throws JOSEException {
        for (RSASSAVerifier verifier : now.verifiers) {
            if (token.verify(verifier)) {
                return true;
            }
        }
        return false;
    }

    private static Claims read(Trust now, String token) {
        if (token.length() > MAX_TOKEN_CHARACTERS) {
            throw invalid();
        }
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            if (!jwt.getHeader().getAlgorithm().equals(JWSAlgorithm.RS256) || !isSigned(now, jwt)) {
                throw invalid();
            }
            JWTClaimsSet set = jwt.getJWTClaimsSet();
            Date expires = set.getExpirationTime();
            Integer generation = set.getIntegerClaim("gen");
            String kind = set.getStringClaim("knd");
            if (expires == null || generation == null || kind == null || !ISSUER.equals(set.getIssuer())) {
                throw invalid();
            }
            return new Claims(
                    TenantId.parse(set.getStringClaim("tid")),
                    Claims.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
                    UUID.fromString(set.getSubject()),
                    generation,
                    expires.toInstant().getEpochSecond());
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            throw new ThalwegException(ErrorCode.UNAUTHENTICATED, "the token is not valid: get a new one", e);
        }
    }

    private static ThalwegException invalid() {
        return new ThalwegException(ErrorCode.UNAUTHENTICATED, "the token is not valid: get a new one");
    }
}
