package io.thalweg.ledger.store.id;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenIdsTest {
    private static final int IDS = 1_500_000;

    @ParameterizedTest(name = "filters made ahead: {0}")
    @ValueSource(booleans = {true, false})
    void forgetsNothingAndKnowsMostOfTheRestWhenItGrows(boolean ahead) {
        SeenIds seen = new SeenIds();
        SplittableRandom random = new SplittableRandom(7);
        int filterAtHalf = 0;
        int wanted = 0;
        for (int i = 0; i < IDS; i++) {
            seen.add(random.nextLong());
            if (seen.needsSpare()) {
                wanted++;
                if (ahead) {
                    seen.addSpare();
                    assertThat(seen.needsSpare()).isFalse();
                }
            }
            if (i == IDS / 2) {
                filterAtHalf = seen.newest();
            }
        }
        assertThat(filterAtHalf).isZero();
        assertThat(seen.newest()).isEqualTo(1);
        assertThat(wanted).isEqualTo(ahead ? 1 : (1 << 20) / 4);

        SplittableRandom again = new SplittableRandom(7);
        int known = 0;
        int behind = 0;
        for (int i = 0; i < IDS; i++) {
            long hash = again.nextLong();
            known += seen.mayHold(hash) ? 1 : 0;
            behind += seen.mayHold(hash, 1) ? 1 : 0;
        }
        assertThat(known).isEqualTo(IDS);
        assertThat(behind).isBetween(IDS - (1 << 20), IDS - (1 << 20) + 5_000);
        int mistaken = 0;
        for (int i = 0; i < 100_000; i++) {
            mistaken += seen.mayHold(random.nextLong()) ? 1 : 0;
        }
        assertThat(mistaken).isLessThan(300);
    }
}
