package io.thalweg.model.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.Limits;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EventCodecTest {

    @SuppressWarnings("NullAway") // content type and key may be null
    private static Event random(SplittableRandom random) {
        byte[] payload = new byte[random.nextInt(200)];
        random.nextBytes(payload);
        List<Header> headers = new ArrayList<>();
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            headers.add(new Header("n" + i, "wert ü ".repeat(random.nextInt(9))));
        }
        return new Event(
                random.nextBoolean() ? null : "application/json",
                random.nextBoolean() ? null : Arrays.copyOf(payload, payload.length / 2),
                headers,
                payload);
    }

    private static void assertSame(Event actual, Event expected) {
        assertThat(actual.contentType()).isEqualTo(expected.contentType());
        assertThat(actual.key()).isEqualTo(expected.key());
        assertThat(actual.headers()).isEqualTo(expected.headers());
        assertThat(actual.payload()).isEqualTo(expected.payload());
    }

    @Test
    void whatWasWrittenIsReadFromHeapAndDirectMemory() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 200; round++) {
            BinaryWriter out = new BinaryWriter(1);
            List<Event> events = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(20); i++) {
                events.add(random(random));
                EventCodec.write(events.getLast(), out);
            }
            ByteBuffer heap = out.toByteBuffer();
            ByteBuffer direct = ByteBuffer.allocateDirect(heap.remaining() + 7).position(7);
            direct.put(heap.duplicate()).flip().position(7);
            for (ByteBuffer block : List.of(heap, direct)) {
                EventCodec.validate(block, events.size());
                EventCursor cursor = new EventCursor(block);
                for (Event event : events) {
                    assertThat(cursor.next()).isTrue();
                    assertSame(cursor.toEvent(), event);
                }
                assertThat(cursor.next()).isFalse();
            }
        }
    }

    /** The format is a promise: these bytes were written by version 1. */
    @Test
    void aRecordOfVersionOneLooksLikeThis() {
        Event event = new Event(
                "a/b", "k".getBytes(StandardCharsets.UTF_8), List.of(new Header("h", "v")), new byte[] {1, 2});
        ByteBuffer record = EventCodec.encode(event);
        byte[] bytes = new byte[record.remaining()];
        record.duplicate().get(bytes);
        assertThat(bytes)
                .hasSize(8 + 1 + 4 + 3 + 6 + 2)
                .startsWith(16, 0, 0, 0)
                .endsWith(7, 3, 'a', '/', 'b', 1, 0, 'k', 1, 1, 'h', 1, 0, 'v', 1, 2);
        assertThat(record.getInt(4)).isEqualTo(new Checksum().of(bytes, 8, 16));
        assertThat(new Checksum().of("123456789".getBytes(StandardCharsets.US_ASCII), 0, 9))
                .isEqualTo(0xE3069283);
    }

    @Test
    void everyFlippedBitAndEveryCutIsRefused() {
        Event event = new Event(
                "text/plain", new byte[] {1, 2, 3}, List.of(new Header("name", "value")), new byte[] {9, 8, 7});
        ByteBuffer record = EventCodec.encode(event);
        byte[] bytes = new byte[record.remaining()];
        record.get(bytes);
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] damaged = bytes.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> EventCodec.validate(ByteBuffer.wrap(damaged), 1))
                    .isInstanceOf(MalformedException.class);
        }
        for (int length = 0; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
            assertThatThrownBy(() -> EventCodec.validate(cut, 1)).isInstanceOf(MalformedException.class);
        }
        assertThatThrownBy(() -> EventCodec.validate(ByteBuffer.wrap(bytes), 2)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EventCodec.validate(ByteBuffer.wrap(bytes), 0)).isInstanceOf(MalformedException.class);
    }

    /** A client can make any bytes with a right checksum; nothing but a malformed record may come of it. */
    @Test
    void arbitraryContentWithARightChecksumIsReadOrRefused() {
        SplittableRandom random = new SplittableRandom(3);
        int refused = 0;
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            int length = 1 + random.nextInt(40);
            ByteBuffer record = ByteBuffer.allocate(8 + length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            random.nextBytes(record.array());
            record.put(8, (byte) random.nextInt(9));
            if (random.nextBoolean()) {
                for (int i = 9; i < 8 + length; i++) {
                    record.put(i, (byte) random.nextInt(4));
                }
            }
            record.putInt(0, length).putInt(4, new Checksum().of(record, 8, length));
            Throwable thrown = catchThrowable(() -> {
                EventCodec.validate(record, 1);
                EventCursor cursor = new EventCursor(record);
                assertThat(cursor.next()).isTrue();
                Event event = cursor.toEvent();
                assertSame(EventCodec.decode(EventCodec.encode(event)), event);
            });
            if (thrown == null) {
                read++;
            } else {
                assertThat(thrown).isInstanceOf(MalformedException.class);
                refused++;
            }
        }
        assertThat(read).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(1000);
    }

    @Test
    void limitsHoldAtBothEnds() {
        Event largest = Event.of(new byte[Limits.MAX_EVENT_BYTES]);
        assertThat(EventCodec.decode(EventCodec.encode(largest)).payload()).hasSize(Limits.MAX_EVENT_BYTES);
        assertThatThrownBy(() -> EventCodec.encode(Event.of(new byte[Limits.MAX_EVENT_BYTES + 1])))
                .hasMessageContaining("1048577")
                .hasMessageContaining("1048576");
        ByteBuffer tooLarge =
                ByteBuffer.allocate(9 + Limits.MAX_EVENT_BYTES + 1).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        tooLarge.putInt(0, Limits.MAX_EVENT_BYTES + 2)
                .putInt(4, new Checksum().of(tooLarge, 8, Limits.MAX_EVENT_BYTES + 2));
        assertThatThrownBy(() -> EventCodec.validate(tooLarge, 1)).hasMessageContaining("1048577");
        Event headers = new Event("a/b", new byte[0], Collections.nCopies(64, new Header("n", "")), new byte[0]);
        assertThat(EventCodec.decode(EventCodec.encode(headers)).headers()).hasSize(64);
        Event tooMany = new Event("a/b", new byte[0], Collections.nCopies(65, new Header("n", "")), new byte[0]);
        assertThatThrownBy(() -> EventCodec.encode(tooMany)).hasMessageContaining("65 headers");
        Event nameless = new Event("a/b", new byte[0], List.of(new Header("", "v")), new byte[0]);
        assertThatThrownBy(() -> EventCodec.encode(nameless)).hasMessageContaining("header name");
    }
}
