package io.thalweg.ledger.store.id;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenIdsTest {
    private static final int IDS = 1_500_000;

    @Test
    void fewFiltersAreAskedHoweverManyIdsThereAre() {
        int filters = 1;
        int last = 1 << 20;
        long all = last;
        while (all < 1_000_000_000L) {
            last = SeenIds.keysOfNext(last, all);
            all += last;
            filters++;
        }
        assertThat(filters).isLessThanOrEqualTo(20);
        assertThat(all).as("and not much more room than there must be").isLessThan(1_300_000_000L);
        assertThat(SeenIds.keysOfNext(1 << 20, 1 << 20)).isEqualTo(1 << 22);
        assertThat(SeenIds.keysOfNext(1 << 24, 3L << 24)).isEqualTo(1 << 24);
    }

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
