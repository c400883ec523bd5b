package io.thalweg.testkit;

import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.model.StreamId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What clients asked for and were told, and whether what can be read agrees with it:
 *
 * <ul>
 *   <li>sequences run from the first kept to the head without a gap, times strictly increase;
 *   <li>each event is one that somebody appended, and is there once;
 *   <li>an append is there in whole and in order, or not at all;
 *   <li>what was answered with a sequence stands at that sequence with that time; what was refused is nowhere;
 *   <li>an append that expected a sequence stands right behind it.
 * </ul>
 *
 * Payloads begin with their attempt's number and their place in it, so an event tells where it comes from.
 */
final class History {
    private final List<Attempt> attempts = new ArrayList<>();
    private final Set<StreamId> vanishing = new HashSet<>();

    /** Payloads of the next attempt, of the given sizes at least. */
    List<byte[]> payloads(int[] sizes) {
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            byte[] head = (attempts.size() + ":" + i + ":").getBytes(StandardCharsets.US_ASCII);
            ByteBuffer payload =
                    ByteBuffer.allocate(Math.max(sizes[i], head.length)).put(head);
            while (payload.hasRemaining()) {
                payload.put((byte) (31 * attempts.size() + 7 * i + payload.position()));
            }
            payloads.add(payload.array());
        }
        return payloads;
    }

    Attempt add(Attempt attempt) {
        attempts.add(attempt);
        return attempt;
    }

    /** Somebody asked for the stream's deletion: it is there in whole, or not at all. */
    void mayVanish(StreamId stream) {
        vanishing.add(stream);
    }

    boolean vanishes(StreamId stream) {
        return vanishing.contains(stream);
    }

    List<Attempt> attempts() {
        return attempts;
    }

    /** Appends that were acknowledged. */
    long acknowledged() {
        return attempts.stream()
                .filter(attempt -> attempt.outcome == Attempt.Outcome.DONE)
                .count();
    }

    private record Place(long sequence, long timestampNs) {}

    /** Reads a stream in whole and compares; throws {@link AssertionError}. */
    void check(StreamId stream, EventReader reader) {
        long first = reader.first(stream);
        long head = reader.head(stream);
        if (head == 0 && vanishes(stream)) {
            return;
        }
        Map<Integer, List<Place>> found = new HashMap<>();
        long expected = first;
        long before = 0;
        while (expected <= head) {
            EventBatch batch = reader.read(stream, expected, 1 + (int) (expected % 100), 1 << 20);
            if (batch.count() == 0) {
                throw new AssertionError(stream + " has no event at " + expected + ", but its head is " + head);
            }
            while (batch.next()) {
                if (batch.sequence() != expected) {
                    throw new AssertionError(stream + " has " + batch.sequence() + " where " + expected + " belongs");
                }
                if (batch.timestampNs() <= before) {
                    throw new AssertionError(stream + " goes back in time at " + expected);
                }
                before = batch.timestampNs();
                locate(stream, batch, found);
                expected++;
            }
        }
        for (int number = 0; number < attempts.size(); number++) {
            Attempt attempt = attempts.get(number);
            if (attempt.stream.equals(stream)) {
                check(number, attempt, found.getOrDefault(number, List.of()), first, head);
            }
        }
    }

    private void locate(StreamId stream, EventBatch batch, Map<Integer, List<Place>> found) {
        byte[] payload = new byte[batch.payloadLength()];
        batch.payload().get(payload);
        String[] parts = new String(payload, StandardCharsets.ISO_8859_1).split(":", 3);
        int number = Integer.parseInt(parts[0]);
        int place = Integer.parseInt(parts[1]);
        Attempt attempt = attempts.get(number);
        if (!attempt.stream.equals(stream) || !java.util.Arrays.equals(attempt.payloads.get(place), payload)) {
            throw new AssertionError(
                    stream + " at " + batch.sequence() + " is not what attempt " + number + " appended");
        }
        found.computeIfAbsent(number, _ -> new ArrayList<>()).add(new Place(batch.sequence(), batch.timestampNs()));
    }

    private static void check(int number, Attempt attempt, List<Place> places, long first, long head) {
        String name = "attempt " + number + " (" + attempt.outcome + ", " + attempt.payloads.size() + " events)";
        switch (attempt.outcome) {
            case REFUSED -> {
                if (!places.isEmpty()) {
                    throw new AssertionError(name + " was refused, but stands at " + places);
                }
            }
            case DONE -> {
                long last = attempt.firstSequence + attempt.payloads.size() - 1;
                if (last > head) {
                    throw new AssertionError(
                            name + " was acknowledged at " + attempt.firstSequence + " but is lost: head " + head);
                }
                checkPlaces(name, attempt, places, first, attempt.firstSequence);
                if (!places.isEmpty()
                        && places.getFirst().timestampNs
                                != attempt.timestampNs + (places.getFirst().sequence - attempt.firstSequence)) {
                    throw new AssertionError(name + " has another time than it was told");
                }
            }
            case WAITING, UNKNOWN -> {
                if (!places.isEmpty()) {
                    long start = places.getLast().sequence - attempt.payloads.size() + 1;
                    checkPlaces(name, attempt, places, first, start);
                }
            }
        }
    }

    /** The attempt stands once, from {@code start} on, except for what is trimmed. */
    private static void checkPlaces(String name, Attempt attempt, List<Place> places, long first, long start) {
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < attempt.payloads.size(); i++) {
            if (start + i >= first) {
                expected.add(start + i);
            }
        }
        List<Long> actual = places.stream().map(Place::sequence).toList();
        if (!actual.equals(expected)) {
            throw new AssertionError(name + " belongs at " + expected + " but stands at " + actual);
        }
        if (attempt.expectedSequence >= 0 && start != attempt.expectedSequence + 1) {
            throw new AssertionError(name + " expected head " + attempt.expectedSequence + " but stands at " + start);
        }
    }
}
