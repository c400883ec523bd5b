package io.thalweg.cli;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages of the user documents that show commands, but for the longest. */
class TourIT extends Tour {
    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/ledger.md", "docs/cluster.md", "docs/objects.md"})
    void theCommandsOfThePageDoWhatItShows(String page) throws Exception {
        runs(page);
    }
}
