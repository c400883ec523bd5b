package io.thalweg.server.auth;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;

/**
 * The RSA key that signs this node's tokens, kept as PKCS#8 PEM in {@code DIR/secrets/jwt.pem}. Deleting the file makes all tokens
 * void at the next start, and nothing else.
 */
public record SigningKey(RSAPrivateCrtKey secret, RSAPublicKey open) {
    private static final int BITS = 2048;
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    /**
     * Reads the key.
     *
     * @throws IOException naming the file, also when the parts of the key do not belong together: what it signs would be void
     */
    public static SigningKey read(Path file) throws IOException {
        try {
            return parse(SecretFiles.read(file));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    file + " does not hold an RSA key in PKCS#8 PEM: " + e.getMessage()
                            + ". Restore it from a backup, or delete it: then all tokens are void, and nothing else",
                    e);
        }
    }

    /** Makes a key. */
    public static void create(Path file) throws IOException {
        try {
            SecretFiles.write(file, create());
        } catch (GeneralSecurityException e) {
            throw new IOException("an RSA key cannot be made: " + e.getMessage(), e);
        }
    }

    private static String create() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(BITS);
        byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
        byte[] lineEnd = "\n".getBytes(StandardCharsets.US_ASCII);
        return BEGIN + "\n" + Base64.getMimeEncoder(64, lineEnd).encodeToString(encoded) + "\n" + END + "\n";
    }

    private static SigningKey parse(String pem) throws GeneralSecurityException {
        int begin = pem.indexOf(BEGIN);
        int end = pem.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException("the lines BEGIN and END PRIVATE KEY are missing");
        }
        byte[] encoded = Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end));
        KeyFactory factory = KeyFactory.getInstance("RSA");
        if (!(factory.generatePrivate(new PKCS8EncodedKeySpec(encoded)) instanceof RSAPrivateCrtKey secret)) {
            throw new IllegalArgumentException("the key lacks its public part");
        }
        if (!isConsistent(secret)) {
            throw new IllegalArgumentException("the parts of the key do not belong together, a byte of it was changed");
        }
        RSAPublicKeySpec open = new RSAPublicKeySpec(secret.getModulus(), secret.getPublicExponent());
        return new SigningKey(secret, (RSAPublicKey) factory.generatePublic(open));
    }

    /** Whether what one part signs is what the other verifies. */
    private static boolean isConsistent(RSAPrivateCrtKey key) {
        BigInteger p = key.getPrimeP();
        BigInteger q = key.getPrimeQ();
        BigInteger d = key.getPrivateExponent();
        BigInteger one = BigInteger.ONE;
        if (p.compareTo(one) <= 0 || q.compareTo(one) <= 0 || !p.multiply(q).equals(key.getModulus())) {
            return false;
        }
        BigInteger de = d.multiply(key.getPublicExponent());
        BigInteger p1 = p.subtract(one);
        BigInteger q1 = q.subtract(one);
        return de.mod(p1).equals(one)
                && de.mod(q1).equals(one)
                && key.getPrimeExponentP().equals(d.mod(p1))
                && key.getPrimeExponentQ().equals(d.mod(q1))
                && key.getCrtCoefficient().multiply(q).mod(p).equals(one);
    }

    @Override
    public String toString() {
        return "SigningKey[hidden]";
    }
}
