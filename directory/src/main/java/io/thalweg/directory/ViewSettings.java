package io.thalweg.directory;

import io.thalweg.model.MalformedException;
import java.util.Locale;

/**
 * How one version of a view runs.
 *
 * @param maxMemoryBytes linear memory of one instance
 * @param maxEventMs time of one call on an ordinary machine; a component's code counts what it does in its place, so that all replicas end a call alike
 * @param maxResultBytes size of one query answer or snapshot
 * @param snapshotEvents a snapshot is due after so many events; 0 for never by count
 * @param snapshotSeconds a snapshot is due after so long; 0 for never by time
 * @param snapshotBytes a snapshot is due after so many bytes of events; 0 for never by size
 * @param onError what happens at an event that fails again and again
 */
public record ViewSettings(
        long maxMemoryBytes,
        int maxEventMs,
        int maxResultBytes,
        long snapshotEvents,
        long snapshotSeconds,
        long snapshotBytes,
        ErrorPolicy onError) {

    public static final ViewSettings DEFAULT =
            new ViewSettings(256L << 20, 5_000, 64 << 20, 1_000_000, 60, 1L << 30, ErrorPolicy.PARK);

    /** What to do with an event that the code does not survive or refuses. */
    public enum ErrorPolicy {
        /** Stop there and wait for the operator. */
        PARK(1),
        /** Put a copy into {@code $dead-letters} and go on. */
        SKIP(2);

        private final int number;

        ErrorPolicy(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static ErrorPolicy ofNumber(int number) {
            for (ErrorPolicy policy : values()) {
                if (policy.number == number) {
                    return policy;
                }
            }
            throw new MalformedException("error policy " + number + " is unknown");
        }

        /** The policy as clients write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
