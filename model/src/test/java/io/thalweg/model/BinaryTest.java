package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class BinaryTest {
    @Test
    void manyNumbersAreReadAsTheyWereWrittenAndLeaveWhatFollows() {
        BinaryWriter out = new BinaryWriter(8).i64(7);
        out.i32s(new int[] {1, -2, 0x01020304, 9}, 3).i32(5);
        BinaryReader in = new BinaryReader(out.toByteBuffer());
        assertThat(in.i64()).isEqualTo(7);
        assertThat(in.i32s(2)).containsExactly(1, -2);
        assertThat(in.i32()).isEqualTo(0x01020304);
        assertThat(in.i32s(0)).isEmpty();
        assertThat(in.i32()).isEqualTo(5);
        in.end();
    }

    @Test
    void moreNumbersThanThereAreBytesForAreRefusedBeforeMemoryIsTaken() {
        for (long count : new long[] {-1, 3, Integer.MAX_VALUE, Long.MAX_VALUE}) {
            BinaryReader in = new BinaryReader(new BinaryWriter(8).i32(1).i32(2).toByteBuffer());
            assertThatThrownBy(() -> in.i32s(count))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining(count + " numbers");
        }
    }
}
