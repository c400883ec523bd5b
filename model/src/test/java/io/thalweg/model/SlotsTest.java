package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotsTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void slotsAreThoseOfTheContract() {
        assertThat(Slots.hash(utf8(""))).isZero();
        assertThat(Slots.hash(utf8("hello"))).isEqualTo(0x248bfa47);
        assertThat(Slots.hash(utf8("hello, world"))).isEqualTo(0x149bbb7f);
        assertThat(Slots.hash(utf8("The quick brown fox jumps over the lazy dog")))
                .isEqualTo(0x2e4ff723);
        for (int partitions : List.of(1, 3, 7, 8)) {
            for (int slot = 0; slot < 4096; slot++) {
                int p = Slots.partition(slot, partitions);
                assertThat(slot)
                        .isGreaterThanOrEqualTo((int) Math.ceil(4096.0 * p / partitions))
                        .isLessThan((int) Math.ceil(4096.0 * (p + 1) / partitions));
            }
        }
    }
}
