package io.thalweg.server.slab;

import io.thalweg.server.auth.SecretFiles;
import io.thalweg.server.config.SlabSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** From what a configuration says about peering to the links that it asks for. */
public final class LinkOptions {
    private static final int SECRET_CHARACTERS_MIN = 16;

    /** Beats after which a link on which nothing came is given up. */
    private static final int SILENT_BEATS = 4;

    private LinkOptions() {}

    /** @throws IOException naming the file of the secret, when it cannot be read or is too short to be one */
    public static SlabLinks links(SlabSettings settings) throws IOException {
        return new SlabLinks(new SlabLinks.Options(
                secret(settings.secret()),
                settings.join(),
                Duration.ofSeconds((long) SILENT_BEATS * settings.beatSeconds())));
    }

    private static String secret(@org.jspecify.annotations.Nullable Path file) throws IOException {
        if (file == null) {
            return "";
        }
        String secret = SecretFiles.read(file).strip();
        if (secret.length() < SECRET_CHARACTERS_MIN) {
            throw new IOException(file + " has a secret of " + secret.length() + " characters, expected at least "
                    + SECRET_CHARACTERS_MIN + "; make one with: openssl rand -hex 32");
        }
        return secret;
    }
}
