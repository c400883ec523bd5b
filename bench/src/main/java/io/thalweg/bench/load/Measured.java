package io.thalweg.bench.load;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What one measurement saw.
 *
 * @param elapsedNs length of the window
 * @param requests that began and were acknowledged in it
 * @param allRequests acknowledged since the connections were opened, warm-up included
 * @param latencyNs of those requests
 */
public record Measured(long elapsedNs, long requests, long allRequests, Histogram latencyNs) {
    /** The longest that a histogram tells apart. */
    public static final long MAX_LATENCY_NS = 60_000_000_000L;

    public static Histogram histogram() {
        return new Histogram(1_000, MAX_LATENCY_NS, 3);
    }

    public double requestsPerSecond() {
        return requests * 1e9 / elapsedNs;
    }

    String encode() {
        return elapsedNs + " " + requests + " " + allRequests + " " + encode(latencyNs);
    }

    /** A histogram as one word. */
    public static String encode(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }

    /** What {@link #encode(Histogram)} made. */
    public static Histogram histogram(String word) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(word)), 0);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("a load generator answered something that is no histogram", e);
        }
    }

    static Measured decode(String[] words, int at) {
        return new Measured(
                Long.parseLong(words[at]),
                Long.parseLong(words[at + 1]),
                Long.parseLong(words[at + 2]),
                histogram(words[at + 3]));
    }
}
