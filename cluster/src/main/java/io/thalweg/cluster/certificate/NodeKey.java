package io.thalweg.cluster.certificate;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECField;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;

/**
 * A node's own key, on the curve P-256: made where it is used, so that it never travels; only its public half goes to the authority.
 *
 * @param publicKey as a SubjectPublicKeyInfo in DER
 * @param pem the private half, PKCS#8 in PEM
 */
public record NodeKey(byte[] publicKey, String pem) {
    /** What all such keys have in front of the two coordinates of their point. */
    private static final int BYTES = 91;

    private static final int COORDINATE_BITS = 256;

    @Override
    public String toString() {
        return "NodeKey[key hidden]";
    }

    /** A new one. */
    public static NodeKey create() {
        try {
            KeyPair pair = pair();
            return new NodeKey(
                    pair.getPublic().getEncoded(),
                    PeerAuthority.pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no keys on P-256", e);
        }
    }

    static KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /**
     * A key that came over the wire.
     *
     * @throws IllegalArgumentException when it is none on P-256
     */
    static PublicKey parse(byte[] publicKey) {
        try {
            if (publicKey.length == BYTES
                    && KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(publicKey))
                            instanceof ECPublicKey key
                    && key.getParams().getOrder().bitLength() == COORDINATE_BITS
                    && isOn(key)) {
                return key;
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("this is no public key on P-256", e);
        }
        throw new IllegalArgumentException("this is no public key on P-256");
    }

    /** Whether its point is on its curve, y² = x³ + ax + b, which not everybody who reads keys looks at. */
    private static boolean isOn(ECPublicKey key) {
        ECField field = key.getParams().getCurve().getField();
        if (!(field instanceof ECFieldFp prime)) {
            return false;
        }
        BigInteger p = prime.getP();
        BigInteger x = key.getW().getAffineX();
        BigInteger y = key.getW().getAffineY();
        BigInteger right = x.pow(3)
                .add(key.getParams().getCurve().getA().multiply(x))
                .add(key.getParams().getCurve().getB());
        return y.pow(2).subtract(right).mod(p).signum() == 0;
    }
}
