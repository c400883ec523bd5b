package io.thalweg.ledger.model.random;

/**
 * What a run likes to provoke; drawn from its seed, so that different runs go to different corners. Probabilities are per event
 * unless said otherwise.
 */
record Profile(
        long clockStart,
        boolean clockJumps,
        int accountIds,
        int ledgers,
        int batch,
        TransferIds transferIds,
        double limits,
        double history,
        double closed,
        double huge,
        double linked,
        double pending,
        double timeout,
        double resolve,
        double balancing,
        double closing,
        double again,
        double mutated,
        double imported,
        double queries) {
    /** How ids of new transfers are chosen. */
    enum TransferIds {
        ASCENDING,
        DESCENDING,
        RANDOM,
        TINY
    }

    /** A tick at which a timeout of ten seconds just fits, a little after the start of an EDGE clock. */
    private static final long EDGE_OF_TIME = Long.MAX_VALUE - 10_000_000_000L;

    static Profile draw(Dice dice) {
        int clock = dice.below(8);
        long start = switch (clock) {
            case 0 -> EDGE_OF_TIME - 30_000;
            case 1 -> 5_000_000_000_000_000_000L;
            case 2 -> 100_000;
            default -> 1_700_000_000_000_000_000L;
        };
        return new Profile(
                start,
                clock != 0,
                dice.oneOf(6, 12, 36, 300),
                dice.between(1, 3),
                dice.oneOf(1, 6, 30, 30, 120),
                dice.oneOf(TransferIds.values()),
                dice.oneOf(0.0, 0.2, 0.6),
                dice.oneOf(0.2, 0.7),
                dice.oneOf(0.0, 0.02, 0.05),
                dice.oneOf(0.0, 0.0, 0.02, 0.2),
                dice.oneOf(0.0, 0.03, 0.1, 0.4),
                dice.oneOf(0.1, 0.3, 0.8),
                dice.oneOf(0.2, 0.8),
                dice.oneOf(0.05, 0.3),
                dice.oneOf(0.0, 0.1, 0.4),
                dice.oneOf(0.0, 0.005, 0.03),
                dice.oneOf(0.02, 0.1),
                dice.oneOf(0.01, 0.1),
                dice.oneOf(0.0, 0.05, 0.4),
                dice.oneOf(0.5, 1.5));
    }
}
