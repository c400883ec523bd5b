package io.thalweg.server.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * PEM files for mutual TLS between nodes, and with those who operate them.
 *
 * @param files what this node shows
 * @param authority certificates of the authority that signed those of all who may come in
 * @param authorityKey the authority's, where this node signs for others that join; null where it does not
 */
public record PeerTls(Tls files, Path authority, @Nullable Path authorityKey) {}
