package io.thalweg.server.ledgerwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class Aegis128LTest {
    private final Aegis128L checksum = new Aegis128L();

    private String hex(ByteBuffer data) {
        return hex(checksum, data);
    }

    private static String hex(Aegis128L checksum, ByteBuffer data) {
        var _ = checksum.of(data);
        byte[] tag = new byte[16];
        ByteBuffer.wrap(tag)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(checksum.low())
                .putLong(checksum.high());
        return HexFormat.of().formatHex(tag);
    }

    @Test
    void theProtocolsVectors() {
        assertThat(hex(ByteBuffer.allocate(0))).isEqualTo("83cc600dc4e3e7e62d4055826174f149");
        assertThat(hex(ByteBuffer.allocate(16))).isEqualTo("f72ad48dd05dd1656133101cd4be3a26");
    }

    /** The draft's own vector has another key; this one is of its associated data under ours, by the slow form below. */
    @Test
    void everyLengthAgreesWithTheDefinitionOnTheHeapAndOffItWithEveryKindOfRounds() {
        List<Aegis128L> kinds = List.of(checksum, new Aegis128L(new TableRounds()), new Aegis128L(new VectorRounds()));
        for (int length = 0; length < 200; length++) {
            byte[] data = new byte[length];
            for (int i = 0; i < length; i++) {
                data[i] = (byte) (i * 31 + length);
            }
            String expected = HexFormat.of().formatHex(AegisByDefinition.tag(data));
            for (Aegis128L kind : kinds) {
                assertThat(hex(kind, ByteBuffer.wrap(data)))
                        .as("%d bytes", length)
                        .isEqualTo(expected);
                assertThat(hex(kind, ByteBuffer.allocateDirect(length).put(data).flip()))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void anyFlippedBitGivesAnotherChecksum() {
        byte[] data = new byte[96];
        Set<String> seen = new HashSet<>();
        assertThat(seen.add(hex(ByteBuffer.wrap(data)))).isTrue();
        for (int bit = 0; bit < 8 * data.length; bit++) {
            data[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(seen.add(hex(ByteBuffer.wrap(data)))).isTrue();
            data[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void aPartOfASegmentIsCheckedAsIfItWereAlone() {
        byte[] data = new byte[300];
        data[100] = 7;
        var _ = checksum.of(MemorySegment.ofArray(data), 100, 77);
        long low = checksum.low();
        assertThat(checksum.of(ByteBuffer.wrap(data).slice(100, 77)).low()).isEqualTo(low);
    }
}
