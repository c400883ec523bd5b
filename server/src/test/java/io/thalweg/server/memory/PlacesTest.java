package io.thalweg.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.TenantId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static final TenantId ONE = new TenantId(new UUID(0, 1));
    private static final TenantId OTHER = new TenantId(new UUID(0, 2));
    private static final TenantId THIRD = new TenantId(new UUID(0, 3));

    @Test
    void aTenantHasHalfOfThemAndAllTogetherHaveNoMoreThanThereAre() {
        Places places = new Places(10);
        assertThat(places.take(ONE, 6)).isFalse();
        assertThat(places.take(ONE, 5)).isTrue();
        assertThat(places.take(ONE, 1)).as("a sixth").isFalse();
        assertThat(places.take(OTHER, 4)).isTrue();
        assertThat(places.take(THIRD, 2)).as("an eleventh").isFalse();
        assertThat(places.take(THIRD, 1)).isTrue();
        places.give(ONE, 5);
        assertThat(places.take(THIRD, 4)).isTrue();
        assertThat(places.take(ONE, 1)).isTrue();
    }

    @Test
    void whatWasNotTakenIsNotGivenBack() {
        Places places = new Places(10);
        assertThat(places.take(ONE, 2)).isTrue();
        assertThatThrownBy(() -> places.give(ONE, 3)).hasMessageContaining("had 2");
        assertThatThrownBy(() -> places.give(OTHER, 1)).isInstanceOf(IllegalStateException.class);
    }
}
