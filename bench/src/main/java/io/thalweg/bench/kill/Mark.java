package io.thalweg.bench.kill;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What an event of a kill run says: who wrote it, the how-manieth of that writer it is, and what it adds to the counter view. Its
 * payload is {@code {"inc":7,"writer":3,"number":41}}; each pair of writer and number is written at most once.
 */
record Mark(int writer, long number, int inc) {
    private static final int MAX_INC = 9;

    /** The mark of a writer's event; what it adds follows from the two numbers, so that a mix-up shows in the sum. */
    static Mark of(int writer, long number) {
        return new Mark(writer, number, (int) ((number * 31 + writer * 7L) % MAX_INC) + 1);
    }

    byte[] payload() {
        return ("{\"inc\":" + inc + ",\"writer\":" + writer + ",\"number\":" + number + "}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Null when these are not exactly the bytes of a mark. */
    static @Nullable Mark parse(byte[] payload) {
        String text = new String(payload, StandardCharsets.US_ASCII);
        String[] numbers = text.replaceAll("[^0-9]+", " ").strip().split(" ", -1);
        if (numbers.length != 3) {
            return null;
        }
        try {
            Mark mark = of(Integer.parseInt(numbers[1]), Long.parseLong(numbers[2]));
            return java.util.Arrays.equals(mark.payload(), payload) ? mark : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
