package io.thalweg.server.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who waits at a slab's door, and what is too large to be said at once. */
class StrangersTest {
    @Test
    void theOneWhoGreetsForTheLongestAtAFullAddressGoes() {
        Strangers<String> strangers = new Strangers<>(5, 3);
        assertThat(strangers.came("a", "a1")).isNull();
        assertThat(strangers.came("a", "a2")).isNull();
        assertThat(strangers.came("a", "a3")).isNull();
        assertThat(strangers.came("b", "b1")).isNull();
        assertThat(strangers.came("a", "a4")).as("his own address is full").isEqualTo("a1");
        assertThat(strangers.came("c", "c1")).isNull();
        assertThat(strangers.came("d", "d1"))
                .as("all are full: one of those who have most")
                .isEqualTo("a2");
        strangers.left("b1");
        strangers.left("nobody");
        assertThat(strangers.all()).containsExactlyInAnyOrder("a3", "a4", "c1", "d1");
        assertThat(strangers.size()).isEqualTo(4);
        assertThat(strangers.came("b", "b2")).isNull();
    }

    @Test
    void whoMayCallComesInPartsAndBeginsAnewWhereOneIsMissing() {
        byte[] form = new byte[5 * CredentialParts.PART_BYTES + 7];
        new Random(3).nextBytes(form);
        SlabLinks.Versioned known = new SlabLinks.Versioned(9, form);
        CredentialParts receiver = new CredentialParts();
        assertThat(CredentialParts.count(form.length)).isEqualTo(6);
        assertThat(receiver.take(CredentialParts.part(known, 0))).isNull();
        assertThat(receiver.take(CredentialParts.part(known, 2)))
                .as("one is missing")
                .isNull();
        byte @Nullable [] whole = null;
        for (int i = 0; i < 6; i++) {
            assertThat(whole).isNull();
            whole = receiver.take(CredentialParts.part(known, i));
        }
        assertThat(whole).isEqualTo(form);
        assertThat(receiver.take(CredentialParts.part(known, 5)))
                .as("a repeated end")
                .isNull();
        assertThatThrownBy(() -> receiver.take(
                        new BinaryWriter(16).i64(9).i32(0).i32(1 << 20).toByteArray()))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("1048576");
    }
}
