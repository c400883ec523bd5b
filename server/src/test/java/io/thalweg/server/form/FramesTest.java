package io.thalweg.server.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Header;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Frames that a stranger made: what the form says is taken as it is, and anything else is refused whole. */
class FramesTest {
    private static final int SEEDS = 300;

    private record Event(@Nullable String type, @Nullable String key, List<Header> headers, String payload) {}

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes frames by the grammar, as a client would. */
    private static byte[] frames(List<Event> events, boolean places) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Event event : events) {
            ByteBuffer frame = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
            int flags = (event.type == null ? 0 : 1)
                    | (event.key == null ? 0 : 2)
                    | (event.headers.isEmpty() ? 0 : 4)
                    | (places ? 8 : 0);
            frame.position(4).put((byte) flags);
            if (places) {
                frame.putLong(7).putLong(8);
            }
            if (event.type != null) {
                frame.put((byte) bytes(event.type).length).put(bytes(event.type));
            }
            if (event.key != null) {
                frame.putShort((short) bytes(event.key).length).put(bytes(event.key));
            }
            if (!event.headers.isEmpty()) {
                frame.put((byte) event.headers.size());
                for (Header header : event.headers) {
                    frame.put((byte) bytes(header.name()).length).put(bytes(header.name()));
                    frame.putShort((short) bytes(header.value()).length).put(bytes(header.value()));
                }
            }
            frame.put(bytes(event.payload));
            frame.putInt(0, frame.position() - 4);
            all.write(frame.array(), 0, frame.position());
        }
        return all.toByteArray();
    }

    private static List<Event> parse(byte[] body, int length) {
        List<Event> events = new ArrayList<>();
        Frames.parse(
                body,
                length,
                (type, key, headers, from, offset, size) -> events.add(new Event(
                        type,
                        key == null ? null : new String(key, StandardCharsets.UTF_8),
                        headers,
                        new String(from, offset, size, StandardCharsets.UTF_8))));
        return events;
    }

    private static List<Event> some(Random random) {
        List<Event> events = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            List<Header> headers = new ArrayList<>();
            for (int h = random.nextInt(3); h > 0; h--) {
                headers.add(new Header("h" + h, "välue " + random.nextInt(100)));
            }
            events.add(new Event(
                    random.nextBoolean() ? "text/plain" : null,
                    random.nextBoolean() ? "kéy" : null,
                    headers,
                    "x".repeat(random.nextInt(40))));
        }
        return events;
    }

    @Test
    void whatTheGrammarSaysIsReadAsItWasWritten() {
        for (int seed = 0; seed < SEEDS; seed++) {
            List<Event> events = some(new Random(seed));
            byte[] body = frames(events, seed % 2 == 0);
            assertThat(parse(body, body.length)).as("seed " + seed).isEqualTo(events);
        }
    }

    @Test
    void bytesBehindTheLengthAreNotLookedAt() {
        List<Event> events = some(new Random(1));
        byte[] body = frames(events, false);
        assertThat(parse(Arrays.copyOf(body, body.length + 99), body.length)).isEqualTo(events);
    }

    @Test
    void spoiltFramesAreReadOrRefusedButNeverAnythingElse() {
        int refused = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            byte[] body = frames(some(random), seed % 2 == 0);
            body = Arrays.copyOf(body, body.length - random.nextInt(Math.min(8, body.length)));
            for (int flips = random.nextInt(3); flips >= 0 && body.length > 0; flips--) {
                body[random.nextInt(Math.min(body.length, 40))] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                parse(body, body.length);
            } catch (ThalwegException e) {
                assertThat(e).as("seed " + seed).hasMessageContaining("the frame at byte ");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(SEEDS / 3);
    }

    @Test
    void lengthsThatPassTheEndAreRefusedBeforeAnythingIsMade() {
        for (int length : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 3}) {
            byte[] body = ByteBuffer.allocate(6)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(length)
                    .array();
            assertThatThrownBy(() -> parse(body, body.length))
                    .isInstanceOf(ThalwegException.class)
                    .hasMessageContaining("at byte 0");
        }
    }

    @Test
    void aTextThatIsNoUtf8IsRefused() {
        byte[] body = {5, 0, 0, 0, 1, 1, (byte) 0xff, 'p', 'q'};
        assertThatThrownBy(() -> parse(body, body.length)).hasMessageContaining("not UTF-8");
    }
}
