package io.thalweg.server.config;

/**
 * How a node reads what lies still.
 *
 * @param days in which it has read all of it; 0 for never
 * @param bytesPerSecondMax of what it reads
 */
public record ScrubSettings(int days, long bytesPerSecondMax) {
    /** What is taken without being told. */
    public static final ScrubSettings DEFAULT = new ScrubSettings(14, 32L << 20);

    public ScrubSettings {
        if (days < 0 || days > 3650) {
            throw new ConfigException("scrub.days is " + days + ", expected 0 to 3650");
        }
        if (bytesPerSecondMax < 1 << 16 || bytesPerSecondMax > 1L << 40) {
            throw new ConfigException("scrub.bandwidth is " + bytesPerSecondMax + ", expected 64 KiB to 1 TiB");
        }
    }
}
