package io.thalweg.bench.ledger;

/**
 * One measurement.
 *
 * @param warmUp transfers before those that count, of the same kind
 * @param transfers that count, both phases
 * @param batch transfers in a request
 * @param clients that each have one request under way
 * @param randomIds ids of 128 random bits instead of ascending ones
 * @param userData user data of 128, 64 and 32 bits and codes at random, as the official benchmark fills them, instead of none
 * @param twoPhase each request of pending transfers is followed by one that posts them
 * @param readers clients that read random accounts' newest transfers beside the load
 * @param reads reads of random accounts' transfers, one after the other when the load is over, after a tenth as many to warm up
 */
public record LedgerRun(
        int accounts,
        long warmUp,
        long transfers,
        int batch,
        int clients,
        boolean randomIds,
        boolean userData,
        boolean twoPhase,
        int readers,
        int reads) {

    /** How many words {@link #encode} makes. */
    static final int WORDS = 10;

    /** The run as words, for the load generator. */
    public String encode() {
        return accounts + " " + warmUp + " " + transfers + " " + batch + " " + clients + " " + randomIds + " "
                + userData + " " + twoPhase + " " + readers + " " + reads;
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
                Boolean.parseBoolean(words[7]),
                Integer.parseInt(words[8]),
                Integer.parseInt(words[9]));
    }
}
