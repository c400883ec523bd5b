package io.thalweg.server.peer;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Says of a call that another node of the cluster has let it in and passed it on. It is a header, sealed with the cluster's key, which
 * itself never travels; the call carries its caller's own credentials, and a hop gives no right but that it is not counted against
 * the tenant's rate once more.
 *
 * <pre>
 * Thalweg-Hop: COUNT VERSION SECOND SEAL        SEAL = hex(HMAC-SHA-256(key, "COUNT VERSION SECOND METHOD TARGET"))
 * </pre>
 *
 * @param count how many nodes have passed the call on
 * @param version of the directory by which the last of them did; who answers must have seen as much
 */
public record Hop(int count, long version) {
    /** Name of the header. */
    public static final String HEADER = "Thalweg-Hop";

    /**
     * Name of another, on a call that was passed on while it waited: how many milliseconds are left of the time that it may take. It is not sealed, since it only makes
     * that shorter.
     */
    public static final String WITHIN = "Thalweg-Within";

    /** Name of one on a refusal: who has passed the call on, and has time, is to ask again; the one that answers does not wait. */
    public static final String AGAIN = "Thalweg-Again";

    /** A call is passed on at most so often. */
    public static final int MAX = 2;

    /** A seal is good for so long, or the nodes' clocks are further apart than that. */
    private static final long SECONDS_MAX = 60;

    private static final String ALGORITHM = "HmacSHA256";

    /** The header's value for a call. */
    public String seal(String key, long second, String method, String target) {
        String head = count + " " + version + " " + second;
        return head + " " + HexFormat.of().formatHex(mac(key, head + " " + method + " " + target));
    }

    /** What a header says, whose bytes are not trusted; empty when no node of this cluster has sealed it, or not of late. */
    public static Optional<Hop> read(String header, String key, long second, String method, String target) {
        String[] words = header.split(" ", -1);
        if (words.length != 4
                || !words[0].matches("[1-9]")
                || !words[1].matches("[0-9]{1,18}")
                || !words[2].matches("[0-9]{1,12}")) {
            return Optional.empty();
        }
        Hop hop = new Hop(Integer.parseInt(words[0]), Long.parseLong(words[1]));
        long sealed = Long.parseLong(words[2]);
        byte[] expected = header.getBytes(StandardCharsets.ISO_8859_1);
        byte[] right = hop.seal(key, sealed, method, target).getBytes(StandardCharsets.ISO_8859_1);
        boolean good = MessageDigest.isEqual(expected, right) && Math.abs(second - sealed) <= SECONDS_MAX;
        return good ? Optional.of(hop) : Optional.empty();
    }

    private static byte[] mac(String key, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }
}
