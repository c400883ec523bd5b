package io.thalweg.server.http.cluster;

import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.cluster.certificate.PeerAuthority.Issued;
import io.thalweg.model.ContentHash;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.config.PeerTls;
import io.thalweg.server.config.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a node that joins gets so that the others speak with it: whom they believe, and, where the operator has given this node the authority's key
 * ({@code peer.ca_key}), a certificate for a key that the other has made and keeps. Thread-safe.
 */
public final class JoinCertificates {
    /** Where nodes talk in the clear. */
    public static final JoinCertificates NONE =
            new JoinCertificates(Optional.empty(), Optional.empty(), Optional.empty());

    private static final int KEY_TEXT_MAX = 1_024;

    private final Optional<String> believed;
    private final Optional<PeerAuthority> signs;
    private final Optional<String> pin;

    private JoinCertificates(Optional<String> believed, Optional<PeerAuthority> signs, Optional<String> pin) {
        this.believed = believed;
        this.signs = signs;
        this.pin = pin;
    }

    /** @throws IOException when a file cannot be used, or the key is not that of the first certificate in {@code peer.ca} */
    public static JoinCertificates of(NodeOptions options) throws IOException {
        Tls door = options.tls();
        Optional<String> pin = door == null ? Optional.empty() : Optional.of(fingerprint(door.certificate()));
        Optional<PeerTls> tls = options.membership().tls();
        if (tls.isEmpty()) {
            return new JoinCertificates(Optional.empty(), Optional.empty(), pin);
        }
        Path authority = tls.get().authority();
        String believed = Files.readString(authority, StandardCharsets.US_ASCII);
        Path key = tls.get().authorityKey();
        return new JoinCertificates(
                Optional.of(believed),
                key == null ? Optional.empty() : Optional.of(signing(authority, believed, key)),
                pin);
    }

    private static PeerAuthority signing(Path authority, String believed, Path key) throws IOException {
        try {
            PeerAuthority signs = PeerAuthority.of(new Issued(believed, SecretFiles.read(key)));
            String tried =
                    signs.issue("tried", List.of("localhost"), Instant.now()).certificate();
            X509Certificate authorized = parse(believed);
            X509Certificate made = parse(tried);
            made.verify(authorized.getPublicKey());
            if (!made.getIssuerX500Principal().equals(authorized.getSubjectX500Principal())) {
                throw new IOException("the authority in " + authority + " is called "
                        + authorized.getSubjectX500Principal()
                        + ": peer.ca_key is for authorities that thalweg cluster certificates made");
            }
            return signs;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    "peer.ca_key (" + key + ") is not the key of the first certificate in " + authority + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static X509Certificate parse(String pem) throws CertificateException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    /** SHA-256, in base64 for URLs, of the last certificate in a file: what vouches for all before it. */
    private static String fingerprint(Path chain) throws IOException {
        try (InputStream in = Files.newInputStream(chain)) {
            Certificate last = null;
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                last = each;
            }
            if (last == null) {
                throw new IOException(chain + " holds no certificate in PEM");
            }
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(ContentHash.of(last.getEncoded()).toBytes());
        } catch (CertificateException e) {
            throw new IOException(chain + " holds no certificate in PEM: " + e.getMessage(), e);
        }
    }

    /** Adds to a token by what its bearer knows the node that made it, where that takes requests over TLS. */
    String pinned(String token) {
        return pin.map(known -> token + "." + known).orElse(token);
    }

    /** Certificates, in PEM, whose signatures nodes believe; null where they talk in the clear. */
    @Nullable
    String believed() {
        return believed.orElse(null);
    }

    /**
     * A certificate in PEM for a node whose token is good; null where this node does not sign, or the other has not asked.
     *
     * @param hosts at which others reach it
     * @param publicKey base64; not trusted
     */
    @Nullable
    String certify(String node, List<String> hosts, @Nullable String publicKey) {
        if (publicKey == null || signs.isEmpty()) {
            return null;
        }
        try {
            if (publicKey.length() > KEY_TEXT_MAX) {
                throw new IllegalArgumentException(
                        "it has " + publicKey.length() + " characters, at most " + KEY_TEXT_MAX);
            }
            return signs.get().certify(node, hosts, Base64.getDecoder().decode(publicKey), Instant.now());
        } catch (IllegalArgumentException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "'public_key' is expected to be base64 of a SubjectPublicKeyInfo on P-256: " + e.getMessage(),
                    e);
        }
    }
}
