package io.thalweg.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.ledger.LedgerRequest.Format;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LedgerId;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class LedgerBodiesTest {
    private static final LedgerId LEDGER = new LedgerId(new UUID(1, 2));

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return HexFormat.of().formatHex(copy);
    }

    @Test
    void aRequestIsReadBackAsItWasWritten() {
        var caller = new LedgerRequest.Caller(3, 4, 5, 6, 0x101E, 7, 8);
        ByteBuffer body = bytes(LedgerRequest.HEAD_BYTES + 256);
        LedgerRequest.putHead(body, 0, LEDGER, Format.PLAIN, caller);
        body.putLong(LedgerRequest.HEAD_BYTES, 99);
        LedgerRequest read = LedgerRequest.parse(body);
        assertThat(read.ledger()).isEqualTo(LEDGER);
        assertThat(read.caller()).isEqualTo(caller);
        assertThat(read.format()).isEqualTo(Format.PLAIN);
        assertThat(read.events().getLong(0)).isEqualTo(99);
        assertThat(read.counts(128)).containsExactly(2);
        assertThat(LedgerRequest.parse(LedgerRequest.encode(LEDGER, bytes(128))).caller())
                .isNull();
    }

    @Test
    void theTrailerOfOneBatchIsAsTheProtocolHasIt() {
        ByteBuffer body = bytes(256);
        body.position(128);
        MultiBatch.putTrailer(body, new int[] {1}, 128);
        assertThat(hex(body.slice(128, 128))).isEqualTo("ff".repeat(124) + "01000100");
        assertThat(MultiBatch.counts(body.flip(), 128)).containsExactly(1);
    }

    @Test
    void countsOfManyBatchesComeBackAndAnyChangedByteOfATrailerIsMalformedOrOtherCounts() {
        var random = new SplittableRandom(11);
        for (int round = 0; round < 200; round++) {
            int element = 8 << random.nextInt(5);
            int[] counts = random.ints(1 + random.nextInt(40), 0, 4).toArray();
            int elements = java.util.Arrays.stream(counts).sum();
            int trailer = MultiBatch.trailerBytes(counts.length, element);
            ByteBuffer body = bytes(elements * element + trailer);
            body.position(elements * element);
            MultiBatch.putTrailer(body, counts, element);
            assertThat(body.hasRemaining()).isFalse();
            body.flip();
            assertThat(MultiBatch.counts(body, element)).containsExactly(counts);
            int at = elements * element + random.nextInt(trailer);
            body.put(at, (byte) (body.get(at) ^ (1 << random.nextInt(8))));
            try {
                assertThat(MultiBatch.counts(body, element)).isNotEqualTo(counts);
            } catch (MalformedException _) {
                // as it should
            }
        }
        assertThatThrownBy(() -> MultiBatch.counts(bytes(0), 8)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> MultiBatch.counts(bytes(8), 8)).isInstanceOf(MalformedException.class);
    }

    @Test
    void resultsSurviveTheCompactFormAndAllCreatedTakesFewBytes() {
        var random = new SplittableRandom(12);
        for (int round = 0; round < 200; round++) {
            int events = random.nextInt(50);
            ByteBuffer dense = bytes(events * LedgerReply.DENSE_BYTES);
            int failed = 0;
            for (int i = 0; i < events; i++) {
                boolean fails = random.nextInt(3) == 0;
                failed += fails ? 1 : 0;
                dense.putLong(random.nextInt(4) == 0 ? random.nextLong() : 1000 + i)
                        .putInt(fails ? 1 + random.nextInt(2) : CreateStatus.CREATED_CODE)
                        .putInt(0);
            }
            dense.flip();
            var batch = roundTrip(dense);
            assertThat(batch.events()).isEqualTo(events);
            assertThat(batch.failed()).isEqualTo(failed);
            ByteBuffer back = bytes(dense.remaining());
            batch.putDense(back);
            assertThat(back.flip()).isEqualTo(dense);
            ByteBuffer sparse = bytes(events * LedgerReply.SPARSE_BYTES);
            assertThat(batch.putSparse(sparse)).isEqualTo(failed);
            sparse.flip();
            for (int last = -1; sparse.hasRemaining(); ) {
                int index = sparse.getInt();
                assertThat(index).isGreaterThan(last);
                assertThat(sparse.getInt()).isEqualTo(dense.getInt(index * LedgerReply.DENSE_BYTES + 8));
                last = index;
            }
        }
        ByteBuffer all = bytes(8190 * LedgerReply.DENSE_BYTES);
        for (int i = 0; i < 8190; i++) {
            all.putLong(5 + i).putInt(CreateStatus.CREATED_CODE).putInt(0);
        }
        BinaryWriter out = new BinaryWriter();
        LedgerReply.writeBatch(out, all.flip());
        assertThat(out.length()).isEqualTo(4 + LedgerReply.RUN_BYTES);
    }

    private static LedgerReply.Batch roundTrip(ByteBuffer dense) {
        BinaryWriter out = new BinaryWriter();
        LedgerReply.writeExecuted(out, 7, 8, 1);
        LedgerReply.writeBatch(out, dense);
        var executed = (LedgerReply.Executed) LedgerReply.parse(out.toByteBuffer());
        assertThat(executed.op()).isEqualTo(7);
        assertThat(executed.timestamp()).isEqualTo(8);
        return executed.batches().getFirst();
    }
}
