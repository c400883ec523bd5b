package io.thalweg.bench.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Event payloads: JSON that a counter view adds up, padded with letters that do not compress well. The same on every run. */
public final class Payloads {
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final long SEED = 20_261_120L;

    private Payloads() {}

    /** Exactly {@code bytes} bytes. From 20 bytes on it is {@code {"inc":1,"pad":"…"}}; below, letters alone. */
    public static byte[] event(int bytes, long number) {
        SplittableRandom random = new SplittableRandom(SEED + number);
        StringBuilder text = new StringBuilder(bytes);
        String head = "{\"inc\":1,\"pad\":\"";
        String tail = "\"}";
        boolean json = bytes >= head.length() + tail.length();
        if (json) {
            text.append(head);
        }
        while (text.length() < bytes - (json ? tail.length() : 0)) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.append(json ? tail : "").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Events in the frames that the server takes a batch in; the smallest frame is a length, no flags, and the payload. */
    public static byte[] frames(int count, int eventBytes) {
        ByteBuffer frames = ByteBuffer.allocate(count * (5 + eventBytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            frames.putInt(1 + eventBytes).put((byte) 0).put(event(eventBytes, i));
        }
        return frames.array();
    }
}
