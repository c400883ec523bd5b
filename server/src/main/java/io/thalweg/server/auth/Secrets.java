package io.thalweg.server.auth;

import java.security.SecureRandom;
import java.util.Base64;

/** Makes secrets: 256 bits of randomness behind a prefix that says what they open. Thread-safe. */
public final class Secrets {
    /** What API keys begin with. */
    public static final String API_KEY_PREFIX = "pat_";

    /** What the operator's key begins with. */
    public static final String OPERATOR_PREFIX = "top_";

    /** What the tokens of invitations begin with. */
    public static final String INVITATION_PREFIX = "inv_";

    /** What the key that the nodes of a cluster share begins with. */
    public static final String CLUSTER_PREFIX = "tcl_";

    /** What the tokens by which nodes join begin with. */
    public static final String JOIN_PREFIX = "tjn_";

    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    /** A fresh secret. */
    public static String create(String prefix) {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
