package io.thalweg.memo;

import io.thalweg.model.MalformedException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Who vouches for a memo: an Ed25519 signature over its id, beside the memo, so that identity stays content's and two slabs that
 * make the same keyframe make the same memo. Immutable.
 *
 * @param publicKey the author's key in X.509 form, 44 bytes
 * @param signature 64 bytes
 */
public record Authorship(byte[] publicKey, byte[] signature) {
    public static final int KEY_BYTES = 44;
    public static final int SIGNATURE_BYTES = 64;

    private static final byte[] TAG = "thalweg-author/v1".getBytes(StandardCharsets.US_ASCII);

    public Authorship {
        if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            throw new MalformedException("an authorship is a key of " + KEY_BYTES + " and a signature of "
                    + SIGNATURE_BYTES + " bytes, not " + publicKey.length + " and " + signature.length);
        }
    }

    /** Signs a memo's id. */
    public static Authorship sign(MemoId memo, PublicKey author, PrivateKey key) {
        try {
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(key);
            signer.update(TAG);
            signer.update(memo.bytes());
            return new Authorship(author.getEncoded(), signer.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("memo " + memo.brief() + " cannot be signed with this key", e);
        }
    }

    /** Whether the author signed this memo. */
    public boolean vouchesFor(MemoId memo) {
        try {
            PublicKey author = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(publicKey));
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(author);
            verifier.update(TAG);
            verifier.update(memo.bytes());
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The author's key as 64 hexadecimal digits: the 32 bytes of RFC 8032. */
    public String keyText() {
        return HexFormat.of().formatHex(publicKey, KEY_BYTES - 32, KEY_BYTES);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Authorship that
                && Arrays.equals(publicKey, that.publicKey)
                && Arrays.equals(signature, that.signature);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(publicKey) + Arrays.hashCode(signature);
    }

    @Override
    public String toString() {
        return "signed by " + HexFormat.of().formatHex(publicKey, KEY_BYTES - 32, KEY_BYTES - 28) + "…";
    }
}
