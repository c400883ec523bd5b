package io.thalweg.directory;

/**
 * How long a log keeps its events; with both bounds, whichever is reached first.
 *
 * @param maxAgeSeconds 0 for no bound
 * @param maxBytes 0 for no bound
 */
public record Retention(long maxAgeSeconds, long maxBytes) {
    public static final Retention FOREVER = new Retention(0, 0);
}
