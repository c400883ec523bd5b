package io.thalweg.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody but a node of the cluster can say that a call was let in already. */
class HopTest {
    private static final String KEY = "thalweg_cl_1";
    private static final String SEALED = new Hop(1, 7).seal(KEY, 1_000, "GET", "/logs");

    @Test
    void aSealIsGoodForItsCallAndItsMinuteAndNothingElse() {
        assertThat(Hop.read(SEALED, KEY, 1_059, "GET", "/logs")).contains(new Hop(1, 7));
        assertThat(Hop.read(SEALED, "thalweg_cl_2", 1_000, "GET", "/logs")).isEmpty();
        assertThat(Hop.read(SEALED, KEY, 1_061, "GET", "/logs")).isEmpty();
        assertThat(Hop.read(SEALED, KEY, 939, "GET", "/logs")).isEmpty();
        assertThat(Hop.read(SEALED, KEY, 1_000, "POST", "/logs")).isEmpty();
        assertThat(Hop.read(SEALED, KEY, 1_000, "GET", "/logs?limit=1")).isEmpty();
        assertThat(Hop.read(SEALED.replaceFirst("1", "2"), KEY, 1_000, "GET", "/logs"))
                .as("another count under the same seal")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1 2",
                "x 7 1000 ab",
                "1 7 99999999999999999999 ab",
                "1 7 1000 ab cd",
                "10 7 1000 ab",
                "1 -7 1000 ab"
            })
    void whatIsNoSealIsNone(String header) {
        assertThat(Hop.read(header, KEY, 1_000, "GET", "/logs")).isEmpty();
    }
}
