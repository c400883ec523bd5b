package io.thalweg.cluster.certificate;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A private authority: signs certificates by which the nodes of one cluster know each other. Keys are on the curve P-256, signatures
 * ECDSA with SHA-256; everything goes in and out as PEM. Whoever has the authority's key can make nodes of the cluster: it belongs on none
 * of them.
 */
public final class PeerAuthority {
    private static final Duration GOOD_FOR = Duration.ofDays(3_650);

    /** Machines' clocks differ. */
    private static final Duration GOOD_BEFORE = Duration.ofHours(1);

    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid(1, 2, 840, 10045, 4, 3, 2));
    private static final byte[] COMMON_NAME = Der.oid(2, 5, 4, 3);
    private static final byte[] BASIC_CONSTRAINTS = Der.oid(2, 5, 29, 19);
    private static final byte[] KEY_USAGE = Der.oid(2, 5, 29, 15);
    private static final byte[] ALTERNATIVE_NAMES = Der.oid(2, 5, 29, 17);
    private static final byte[] EXTENDED_KEY_USAGE = Der.oid(2, 5, 29, 37);
    private static final byte[] SERVERS = Der.oid(1, 3, 6, 1, 5, 5, 7, 3, 1);
    private static final byte[] CLIENTS = Der.oid(1, 3, 6, 1, 5, 5, 7, 3, 2);

    private final Issued own;
    private final String name;
    private final PrivateKey key;

    /** A certificate and its key, in PEM. */
    public record Issued(String certificate, String key) {
        @Override
        public String toString() {
            return "Issued[key hidden]";
        }
    }

    private PeerAuthority(Issued own, String name, PrivateKey key) {
        this.own = own;
        this.name = name;
        this.key = key;
    }

    /** A new one, for a cluster of this name. */
    public static PeerAuthority create(String name, Instant now) {
        try {
            KeyPair pair = NodeKey.pair();
            byte[] extensions = Der.sequence(
                    extension(BASIC_CONSTRAINTS, Der.sequence(Der.truth())),
                    // keyCertSign and cRLSign
                    extension(KEY_USAGE, Der.bits(1, new byte[] {0x06})));
            byte[] certificate = signed(name, name, pair.getPublic(), extensions, pair.getPrivate(), now);
            return new PeerAuthority(pem(certificate, pair.getPrivate()), name, pair.getPrivate());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no ECDSA on P-256 with SHA-256", e);
        }
    }

    /**
     * One that was made before.
     *
     * @throws IllegalArgumentException when the texts are not what {@link #issued} gave
     */
    public static PeerAuthority of(Issued own) {
        try {
            X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(own.certificate.getBytes(StandardCharsets.US_ASCII)));
            String subject = certificate.getSubjectX500Principal().getName();
            String body = own.key.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body)));
            return new PeerAuthority(own, subject.replaceFirst("^CN=", ""), key);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalArgumentException("this is no certificate and key of an authority in PEM", e);
        }
    }

    /** Its own certificate, which the nodes believe, and its key. */
    public Issued issued() {
        return own;
    }

    /**
     * A certificate for a node, good for ten years in both directions.
     *
     * @param id the node's
     * @param hosts names and addresses at which the others reach it, at least one
     */
    public Issued issue(String id, List<String> hosts, Instant now) {
        NodeKey own = NodeKey.create();
        return new Issued(certify(id, hosts, own.publicKey(), now), own.pem());
    }

    /**
     * The same for a node that has a key of its own, which stays there.
     *
     * @param publicKey on the curve P-256, as a SubjectPublicKeyInfo in DER; not trusted
     * @return the certificate, in PEM
     * @throws IllegalArgumentException when it is none such, or there is no name
     */
    public String certify(String id, List<String> hosts, byte[] publicKey, Instant now) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("node " + id + " needs a name or an address at which others reach it");
        }
        PublicKey of = NodeKey.parse(publicKey);
        try {
            List<byte[]> names = new ArrayList<>();
            for (String host : hosts) {
                names.add(alternative(host));
            }
            byte[] extensions = Der.sequence(
                    extension(ALTERNATIVE_NAMES, Der.sequence(names.toArray(new byte[0][]))),
                    // digitalSignature
                    extension(KEY_USAGE, Der.bits(7, new byte[] {(byte) 0x80})),
                    extension(EXTENDED_KEY_USAGE, Der.sequence(SERVERS, CLIENTS)));
            return pem("CERTIFICATE", signed(name, id, of, extensions, key, now));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no ECDSA on P-256 with SHA-256", e);
        }
    }

    private static byte[] alternative(String host) {
        try {
            return Der.of(0x87, InetAddress.ofLiteral(host).getAddress());
        } catch (IllegalArgumentException e) {
            if (!host.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")) {
                throw new IllegalArgumentException("'" + host + "' is neither an address nor a name of a machine", e);
            }
            return Der.of(0x82, host.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** All of ours are critical: who does not understand one must not believe the certificate. */
    private static byte[] extension(byte[] oid, byte[] value) {
        return Der.sequence(oid, Der.truth(), Der.octets(value));
    }

    private static byte[] named(String commonName) {
        return Der.sequence(Der.set(Der.sequence(COMMON_NAME, Der.text(commonName))));
    }

    private static byte[] signed(
            String issuer, String subject, PublicKey of, byte[] extensions, PrivateKey by, Instant now)
            throws GeneralSecurityException {
        byte[] body = Der.sequence(
                // version 3
                Der.of(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(120, new SecureRandom()).setBit(119)),
                ECDSA_WITH_SHA256,
                named(issuer),
                Der.sequence(Der.time(now.minus(GOOD_BEFORE)), Der.time(now.plus(GOOD_FOR))),
                named(subject),
                of.getEncoded(),
                Der.of(0xa3, extensions));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(by);
        signature.update(body);
        return Der.sequence(body, ECDSA_WITH_SHA256, Der.bits(0, signature.sign()));
    }

    private static Issued pem(byte[] certificate, PrivateKey key) {
        return new Issued(pem("CERTIFICATE", certificate), pem("PRIVATE KEY", key.getEncoded()));
    }

    static String pem(String what, byte[] bytes) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
    }
}
