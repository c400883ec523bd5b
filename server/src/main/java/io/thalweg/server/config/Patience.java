package io.thalweg.server.config;

import java.time.Duration;

/**
 * How long the HTTP door waits for clients that are slow.
 *
 * @param grace what every body may take, however short it is
 * @param bytesPerSecondMin the least rate of a body behind that
 * @param reader how long a reader may take nothing of its answer
 */
public record Patience(Duration grace, int bytesPerSecondMin, Duration reader) {
    /** What strangers get. */
    public static final Patience DEFAULT = new Patience(Duration.ofSeconds(30), 16 << 10, Duration.ofSeconds(30));

    public Patience {
        if (!grace.isPositive() || !reader.isPositive() || bytesPerSecondMin < 1) {
            throw new ConfigException("patience is " + grace + ", " + bytesPerSecondMin + " bytes a second and "
                    + reader + ", expected more than nothing of each");
        }
    }
}
