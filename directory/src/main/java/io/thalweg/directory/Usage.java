package io.thalweg.directory;

/**
 * What a tenant used since the start of its billing cycle, a calendar month of UTC. Sums stay at their maximum instead of
 * wrapping.
 *
 * @param cycle months since year 0: {@code year * 12 + month - 1}
 * @param storageKibSeconds the integral of kept kibibytes over time
 * @param computeNs time in views' code
 * @param dataOutBytes bytes of query answers and event reads
 */
public record Usage(int cycle, long storageKibSeconds, long computeNs, long dataOutBytes) {
    static final Usage NONE = new Usage(0, 0, 0, 0);

    /** Gigabyte-hours (10^9 bytes). */
    public double storageGbHours() {
        return storageKibSeconds * 1024.0 / 1e9 / 3600;
    }

    public double computeMs() {
        return computeNs / 1e6;
    }

    /** Gigabytes (10^9 bytes). */
    public double dataOutGb() {
        return dataOutBytes / 1e9;
    }

    /** This usage as it reads in {@code currentCycle}: nothing if it is of an earlier one. */
    public Usage in(int currentCycle) {
        return cycle == currentCycle ? this : new Usage(currentCycle, 0, 0, 0);
    }

    /** The billing cycle of a time in nanoseconds since 1970. */
    public static int cycleOf(long timestampNs) {
        java.time.LocalDate day = java.time.LocalDate.ofEpochDay(Math.floorDiv(timestampNs, 86_400_000_000_000L));
        return day.getYear() * 12 + day.getMonthValue() - 1;
    }

    public Usage plus(long moreKibSeconds, long moreComputeNs, long moreDataOutBytes) {
        return new Usage(
                cycle,
                saturatedSum(storageKibSeconds, moreKibSeconds),
                saturatedSum(computeNs, moreComputeNs),
                saturatedSum(dataOutBytes, moreDataOutBytes));
    }

    private static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
