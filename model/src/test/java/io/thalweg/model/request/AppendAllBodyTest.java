package io.thalweg.model.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AppendAllBodyTest {
    private record Sent(StreamId stream, List<byte[]> payloads, long expected) {}

    private final long seed = Long.getLong("thalweg.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private List<Sent> sent() {
        List<Sent> all = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(5); i++) {
            List<byte[]> payloads = new ArrayList<>();
            for (int j = 0; j <= random.nextInt(4); j++) {
                byte[] payload = new byte[random.nextInt(50)];
                random.nextBytes(payload);
                payloads.add(payload);
            }
            all.add(new Sent(
                    new StreamId(new LogId(new UUID(5, i)), random.nextInt(9)), payloads, random.nextInt(4) - 1L));
        }
        return all;
    }

    private static ByteBuffer body(List<Sent> sent, AppendAllBody.@Nullable Producer producer) {
        AppendAllBody.Builder builder = new AppendAllBody.Builder();
        if (producer != null) {
            builder.by(producer);
        }
        for (Sent part : sent) {
            part.payloads.forEach(payload -> builder.add(part.stream, Event.of(payload)));
            if (part.expected >= 0) {
                builder.expect(part.stream, part.expected);
            }
        }
        return builder.build();
    }

    @Test
    void whatWasBuiltIsReadBackWithItsRecordsWhereTheOffsetsSay() {
        for (int round = 0; round < 200; round++) {
            List<Sent> sent = sent();
            AppendAllBody.Producer producer =
                    random.nextBoolean() ? new AppendAllBody.Producer("p\u00fc", 2, random.nextInt(9)) : null;
            ByteBuffer body = body(sent, producer);
            AppendAllBody read = AppendAllBody.parse(body);
            assertThat(read.producer()).as("seed %d", seed).isEqualTo(producer);
            assertThat(read.parts()).hasSameSizeAs(sent);
            for (int i = 0; i < sent.size(); i++) {
                AppendAllBody.Part part = read.parts().get(i);
                assertThat(part.stream()).isEqualTo(sent.get(i).stream);
                assertThat(part.expectedSequence()).isEqualTo(sent.get(i).expected);
                assertThat(part.records())
                        .isEqualTo(body.slice(part.offset(), part.records().remaining()));
                EventCursor cursor = new EventCursor(body);
                cursor.reset(part.offset(), part.offset() + part.records().remaining());
                List<ByteBuffer> payloads = new ArrayList<>();
                while (cursor.next()) {
                    payloads.add(cursor.payload());
                }
                assertThat(payloads)
                        .as("seed %d", seed)
                        .isEqualTo(sent.get(i).payloads.stream()
                                .map(ByteBuffer::wrap)
                                .toList());
            }
        }
    }

    @Test
    void whateverElseIsThereIsRefusedAndNeverReadAsSomethingElse() {
        for (int round = 0; round < 500; round++) {
            ByteBuffer good = body(sent(), new AppendAllBody.Producer("p", 1, 1));
            byte[] bytes = new byte[good.remaining()];
            good.get(0, bytes);
            int cut = random.nextInt(bytes.length);
            assertThatThrownBy(() -> AppendAllBody.parse(ByteBuffer.wrap(bytes, 0, cut)))
                    .as("seed %d cut at %d", seed, cut)
                    .isInstanceOf(MalformedException.class);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                AppendAllBody.parse(ByteBuffer.wrap(bytes)); // a name, a number or a stream may be another one now
            } catch (MalformedException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void aStreamThatIsThereTwiceIsRefused() {
        AppendAllBody.Builder one =
                new AppendAllBody.Builder().add(new StreamId(new LogId(new UUID(5, 5)), 0), Event.of(new byte[3]));
        ByteBuffer body = one.build();
        int head = 1 + 2;
        ByteBuffer twice = ByteBuffer.allocate(head + 2 * (body.remaining() - head))
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0)
                .putShort((short) 2)
                .put(body.slice(head, body.remaining() - head))
                .put(body.slice(head, body.remaining() - head))
                .flip();
        assertThatThrownBy(() -> AppendAllBody.parse(twice)).hasMessageContaining("twice");
    }
}
