package io.thalweg.cli;

import org.junit.jupiter.api.Test;

/** The page for whoever runs nodes. It has a class of its own, since it waits for minutes, for clusters that change, beside which others can run. */
class TourOfOperationsIT extends Tour {
    @Test
    void theCommandsOfThePageDoWhatItShows() throws Exception {
        runs("docs/operations.md");
    }
}
