package io.thalweg.bench.load;

import java.nio.ByteBuffer;
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
    static final long MAX_LATENCY_NS = 60_000_000_000L;

    public static Histogram histogram() {
        return new Histogram(1_000, MAX_LATENCY_NS, 3);
    }

    public double requestsPerSecond() {
        return requests * 1e9 / elapsedNs;
    }

    String encode() {
        ByteBuffer bytes = ByteBuffer.allocate(latencyNs.getNeededByteBufferCapacity());
        int length = latencyNs.encodeIntoCompressedByteBuffer(bytes);
        return elapsedNs + " " + requests + " " + allRequests + " "
                + Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(bytes.array(), length));
    }

    static Measured decode(String[] words, int at) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(words[at + 3]));
            return new Measured(
                    Long.parseLong(words[at]),
                    Long.parseLong(words[at + 1]),
                    Long.parseLong(words[at + 2]),
                    Histogram.decodeFromCompressedByteBuffer(bytes, 0));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("a load generator answered something that is no histogram", e);
        }
    }
}
