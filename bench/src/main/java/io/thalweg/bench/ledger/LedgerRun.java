package io.thalweg.bench.ledger;

/**
 * One measurement.
 *
 * @param warmUp transfers before those that count, of the same kind
 * @param transfers that count, both phases
 * @param batch transfers in a request
 * @param clients that each have one request under way
 * @param randomIds ids of 128 random bits instead of ascending ones
 * @param twoPhase each request of pending transfers is followed by one that posts them
 * @param readers clients that read random accounts' newest transfers beside the load
 */
public record LedgerRun(
        int accounts,
        long warmUp,
        long transfers,
        int batch,
        int clients,
        boolean randomIds,
        boolean twoPhase,
        int readers) {

    /** The run as words, for the load generator. */
    public String encode() {
        return accounts + " " + warmUp + " " + transfers + " " + batch + " " + clients + " " + randomIds + " "
                + twoPhase + " " + readers;
    }

    static LedgerRun decode(String[] words) {
        return new LedgerRun(
                Integer.parseInt(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Boolean.parseBoolean(words[5]),
                Boolean.parseBoolean(words[6]),
                Integer.parseInt(words[7]));
    }
}
