package io.thalweg.server.slab;

import io.thalweg.memo.peering.Message;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two slabs make sure of each other before they talk. Each says who it is, which versions it speaks and a number used once; then
 * each proves that it knows the secret that all slabs of a deployment share. The proof covers both greetings and says which side
 * dialled, so that nobody can hand one side's proof back to it, or use one of another connection. Both speak the smaller of the
 * two newest versions.
 *
 * <pre>
 * hello := "TWSH" oldest:u8 newest:u8 slab:16 nonce:32
 * proof := "TWSP" HMAC-SHA-256(secret, "thalweg-slab-link" ‖ 1:u8 when the prover dialled, otherwise 2:u8 ‖ dialler's hello ‖ other's hello)
 * </pre>
 *
 * What comes behind is not covered: against whoever can change bytes on the way there is TLS.
 */
record Greeting(int oldest, int newest, UUID slab, byte[] nonce) {
    /** The oldest version that this build speaks. */
    static final int OLDEST = 1;

    /** The newest one: it adds what is said of memos that were dropped for good. */
    static final int NEWEST = Message.VERSION;

    static final int NONCE_BYTES = 32;

    private static final int HELLO = 0x48535754; // "TWSH", little-endian
    private static final int PROOF = 0x50535754; // "TWSP"
    private static final int MAC_BYTES = 32;
    private static final byte[] TAG = "thalweg-slab-link".getBytes(StandardCharsets.US_ASCII);

    byte[] encode() {
        return new BinaryWriter(64)
                .i32(HELLO)
                .u8(oldest)
                .u8(newest)
                .rfcUuid(slab)
                .raw(nonce)
                .toByteArray();
    }

    /** Reads a hello; a {@link MalformedException} also when the two builds have no version in common. */
    static Greeting decode(byte[] bytes) {
        BinaryReader in = new BinaryReader(bytes);
        if (in.i32() != HELLO) {
            throw new MalformedException("no slab: it does not begin with TWSH");
        }
        Greeting hello = new Greeting(in.u8(), in.u8(), in.rfcUuid(), in.raw(NONCE_BYTES));
        in.end();
        if (hello.newest < OLDEST || hello.oldest > NEWEST || hello.oldest > hello.newest) {
            throw new MalformedException("the other slab speaks versions " + hello.oldest + " to " + hello.newest
                    + " of the link, this build " + OLDEST + " to " + NEWEST);
        }
        return hello;
    }

    /** The version that is spoken with who greets so. */
    int spoken() {
        return Math.min(newest, NEWEST);
    }

    /** What one side shows; {@code dialled} is whether it was the one who dialled. */
    static byte[] proof(byte[] secret, boolean dialled, Greeting dialler, Greeting other) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(TAG);
            mac.update((byte) (dialled ? 1 : 2));
            mac.update(dialler.encode());
            mac.update(other.encode());
            return new BinaryWriter(4 + MAC_BYTES).i32(PROOF).raw(mac.doFinal()).toByteArray();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Compares two proofs in a time that tells nothing. */
    static boolean matches(byte[] expected, byte[] shown) {
        return MessageDigest.isEqual(expected, shown);
    }
}
