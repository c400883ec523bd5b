package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** How many of a group may have lost what they knew for one of them to come back. */
final class WayBackTest {
    @Test
    void inEachMajorityIsOneWhoKnows() {
        assertThatCode(() -> WayBack.requireFew(Set.of("n1"), 2)).doesNotThrowAnyException();
        assertThatCode(() -> WayBack.requireFew(Set.of("n4", "n5"), 5)).doesNotThrowAnyException();
        assertThatCode(() -> WayBack.requireFew(Set.of("n3", "n4"), 4)).doesNotThrowAnyException();
        assertThatThrownBy(() -> WayBack.requireFew(Set.of("n2", "n3"), 3)).hasMessageContaining("too many of 3");
        assertThatThrownBy(() -> WayBack.requireFew(Set.of("n3", "n4", "n5"), 5))
                .hasMessageContaining("too many of 5");
    }
}
