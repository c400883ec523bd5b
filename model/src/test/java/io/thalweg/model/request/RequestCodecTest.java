package io.thalweg.model.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Hash128;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.event.Event;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class RequestCodecTest {
    private static final StreamId STREAM = new StreamId(new LogId(new UUID(3, 4)), 5);

    private static ByteBuffer joined(List<ByteBuffer> parts) {
        BinaryWriter out = new BinaryWriter();
        parts.forEach(out::raw);
        return out.toByteBuffer();
    }

    @Test
    void requestsComeBackAsTheyWere() {
        SplittableRandom random = new SplittableRandom(1);
        List<Request> requests = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            byte[] body = new byte[random.nextInt(50)];
            random.nextBytes(body);
            requests.add(new Request(
                    new TenantId(new UUID(random.nextLong(), random.nextLong())),
                    new UUID(random.nextLong(), random.nextLong()),
                    random.nextLong(),
                    operation,
                    ByteBuffer.wrap(body)));
        }
        ByteBuffer body = joined(RequestCodec.encode(requests));
        RequestCodec.Cursor cursor = RequestCodec.cursor(body);
        for (Request request : requests) {
            assertThat(cursor.hasNext()).isTrue();
            assertThat(cursor.next()).isEqualTo(request);
            assertThat(body.slice(cursor.bodyOffset(), request.body().remaining()))
                    .isEqualTo(request.body());
        }
        assertThat(cursor.hasNext()).isFalse();
        int bytes = requests.stream().mapToInt(RequestCodec::encodedBytes).sum();
        assertThat(body.remaining()).isEqualTo(bytes);
    }

    @Test
    void arbitraryBytesAreRefusedOrRead() {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < 5000; round++) {
            byte[] bytes = new byte[random.nextInt(120)];
            random.nextBytes(bytes);
            if (bytes.length > 60) {
                ByteBuffer.wrap(bytes)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .putInt(0, random.nextInt(100) - 10)
                        .putInt(44, random.nextInt(3));
            }
            Throwable thrown = catchThrowable(() -> {
                RequestCodec.Cursor cursor = RequestCodec.cursor(ByteBuffer.wrap(bytes));
                while (cursor.hasNext()) {
                    Request request = cursor.next();
                    assertThat(cursor.bodyOffset() + request.body().remaining()).isLessThanOrEqualTo(bytes.length);
                }
            });
            assertThat(thrown == null || thrown instanceof MalformedException).isTrue();
        }
    }

    @Test
    void anAppendComesBackWithItsExpectationAndItsIdempotency() {
        ByteBuffer built = AppendBody.builder(STREAM)
                .expect(0)
                .idempotencyKey("key-1")
                .add("one".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .add(Event.of(new byte[3]))
                .build();
        ByteBuffer shifted = ByteBuffer.allocate(built.remaining() + 3).position(3);
        shifted.put(built.duplicate()).flip().position(3);
        AppendBody body = AppendBody.parse(shifted);
        assertThat(body.stream()).isEqualTo(STREAM);
        assertThat(body.expectedSequence()).isZero();
        assertThat(body.eventCount()).isEqualTo(2);
        assertThat(body.eventsOffset()).isEqualTo(65);
        body.validate();
        AppendBody.Idempotency idempotency = Objects.requireNonNull(body.idempotency());
        assertThat(idempotency.key()).isEqualTo(Hash128.of("key-1")).isNotEqualTo(Hash128.of("key-2"));
        assertThat(idempotency.payload()).isEqualTo(Hash128.of(body.events()));

        AppendBody plain =
                AppendBody.parse(AppendBody.builder(STREAM).add(new byte[1]).build());
        assertThat(plain.expectedSequence()).isEqualTo(AppendBody.ANY_SEQUENCE);
        assertThat(plain.idempotency()).isNull();
        assertThat(plain.eventsOffset()).isEqualTo(33);
        plain.validate();
        assertThatThrownBy(() -> AppendBody.builder(STREAM).build()).isInstanceOf(MalformedException.class);
    }

    @Test
    void aDamagedAppendNeverBecomesAnother() {
        ByteBuffer built = AppendBody.builder(STREAM)
                .idempotencyKey("k")
                .add(new byte[] {1})
                .add(new byte[] {2})
                .build();
        byte[] bytes = new byte[built.remaining()];
        built.get(bytes);
        for (int bit = (16 + 4 + 8) * 8; bit < bytes.length * 8; bit++) {
            if (bit / 8 >= 29 && bit / 8 < 61) {
                continue; // the hashes may be anything
            }
            byte[] damaged = bytes.clone();
            damaged[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> AppendBody.parse(ByteBuffer.wrap(damaged)).validate())
                    .isInstanceOf(MalformedException.class);
        }
        for (int length = 0; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
            assertThatThrownBy(() -> AppendBody.parse(cut).validate()).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void aResultComesBack() {
        AppendResult result = new AppendResult(7, 3, 99, true);
        assertThat(AppendResult.decode(result.encode())).isEqualTo(result);
        assertThat(result.lastSequence()).isEqualTo(9);
    }
}
