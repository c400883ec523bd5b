package io.thalweg.server.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a node keeps in {@code DIR/secrets}: the key that signs its tokens ({@link SigningKeys}), the operator's key and the cluster's. Reading is one step and making
 * what is missing another, because a start that may still refuse makes nothing.
 */
public record NodeSecrets(String operatorKey, Optional<String> clusterKey) {
    private static final String SIGNING_KEY = SigningKeys.SIGNS;
    private static final String OPERATOR_KEY = "operator.key";
    private static final String CLUSTER_KEY = "cluster.key";

    /** What the nodes of a cluster share, by the names of the files. */
    public static final List<String> SHARED = List.of(SIGNING_KEY, OPERATOR_KEY, CLUSTER_KEY);

    /** What they share as long as it is there: keys of tokens that do not sign yet, or any more. */
    public static final List<String> SHARED_FOR_A_WHILE = SigningKeys.OTHERS;

    /** What is there already. */
    public record Found(
            Path directory,
            Optional<SigningKey> signingKey,
            Optional<String> operatorKey,
            Optional<String> clusterKey) {

        /**
         * All of it, which a node of a cluster does not make for itself: its tokens would be good nowhere else.
         *
         * @throws IOException naming what is missing
         */
        public NodeSecrets shared() throws IOException {
            if (signingKey.isEmpty() || operatorKey.isEmpty() || clusterKey.isEmpty()) {
                throw new IOException("the nodes of a cluster share " + SHARED + ", and not all of it is in "
                        + directory + ": copy it there from another node, for its owner only");
            }
            return new NodeSecrets(operatorKey.get(), clusterKey);
        }

        /** Makes what is missing for a node alone to which others may come. */
        public NodeSecrets completeToShare() throws IOException {
            NodeSecrets made = complete();
            if (clusterKey.isPresent()) {
                return made;
            }
            makeClusterKey(directory);
            return read(directory).shared();
        }

        /** Makes what is missing. */
        public NodeSecrets complete() throws IOException {
            SecretFiles.createDirectory(directory);
            Path signing = directory.resolve(SIGNING_KEY);
            Path operator = directory.resolve(OPERATOR_KEY);
            if (signingKey.isEmpty()) {
                SigningKey.create(signing);
            }
            if (operatorKey.isEmpty()) {
                SecretFiles.write(operator, Secrets.create(Secrets.OPERATOR_PREFIX) + "\n");
            }
            return new NodeSecrets(operator(operator), clusterKey);
        }
    }

    /**
     * Reads what is there and changes nothing.
     *
     * @throws IOException naming the file, when one is not what it should be
     */
    public static Found read(Path directory) throws IOException {
        Path signing = directory.resolve(SIGNING_KEY);
        Path operator = directory.resolve(OPERATOR_KEY);
        Path cluster = directory.resolve(CLUSTER_KEY);
        var _ = SigningKeys.others(directory);
        return new Found(
                directory,
                Files.exists(signing) ? Optional.of(SigningKey.read(signing)) : Optional.empty(),
                Files.exists(operator) ? Optional.of(operator(operator)) : Optional.empty(),
                Files.exists(cluster) ? Optional.of(operator(cluster)) : Optional.empty());
    }

    private static String operator(Path file) throws IOException {
        String key = SecretFiles.read(file).strip();
        if (key.isEmpty() || key.chars().anyMatch(Character::isISOControl)) {
            throw new IOException(
                    file + " does not hold an operator's key: it is damaged. Restore it from a backup, or move"
                            + " it away to have a new one made");
        }
        return key;
    }

    /** Makes what a new cluster's nodes will share. */
    public static void makeShared(Path directory) throws IOException {
        var _ = read(directory).complete();
        makeClusterKey(directory);
    }

    private static void makeClusterKey(Path directory) throws IOException {
        SecretFiles.write(directory.resolve(CLUSTER_KEY), Secrets.create(Secrets.CLUSTER_PREFIX) + "\n");
    }

    @Override
    public String toString() {
        return "NodeSecrets[hidden]";
    }
}
