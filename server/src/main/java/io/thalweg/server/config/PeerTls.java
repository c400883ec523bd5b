package io.thalweg.server.config;

import java.nio.file.Path;

/**
 * PEM files for mutual TLS between nodes, and with those who operate them.
 *
 * @param files what this node shows
 * @param authority certificates of the authority that signed those of all who may come in
 */
public record PeerTls(Tls files, Path authority) {}
