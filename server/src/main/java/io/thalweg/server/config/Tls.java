package io.thalweg.server.config;

import java.nio.file.Path;

/** PEM files: the certificate with the chain that follows it, and its private key in PKCS#8 without a password. */
public record Tls(Path certificate, Path key) {}
