package io.thalweg.directory.placement;

import io.thalweg.directory.Log;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.util.Optional;

/**
 * Finds the partitions for events by their keys, while their log may be split. An append says as of how many partitions its own were chosen, and
 * the shard refuses what was chosen before a split ({@link ErrorCode#SLOT_MOVED}): nothing lands behind the sequence at which its slot went. Then
 * it is tried as of the directory that knows of the split. What is repeated (by an idempotency key or a producer's number) may stand where its slot was
 * before: the shard recognises that and refuses, too, and it is asked for as of the partitions that there were then, where it is a duplicate
 * or nothing.
 */
public final class OwnerSearch {
    private OwnerSearch() {}

    /** An append to the partitions that owned the events' slots when the log had {@code asOf} of them. */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Appends; {@code SLOT_MOVED} when the shard refuses for that reason. */
        T run(Log log, int asOf) throws InterruptedException;
    }

    /** Where a log is looked up. */
    @FunctionalInterface
    public interface Newer {
        /** A log with more partitions, waited for a while if {@code patient}; empty when there is none. */
        Optional<Log> than(Log log, boolean patient) throws InterruptedException;
    }

    /**
     * Appends.
     *
     * @param repeated whether the append may have been made before, and is recognised if it was
     * @throws ThalwegException what the attempt throws; {@code SLOT_MOVED} when no directory knows of the split in time
     */
    public static <T> T run(Log known, Newer newer, boolean repeated, Attempt<T> attempt) throws InterruptedException {
        Log log = known;
        while (true) {
            try {
                return attempt.run(log, log.partitions());
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.SLOT_MOVED) {
                    throw e;
                }
                Optional<Log> next = newer.than(log, false);
                if (next.isEmpty() && repeated) {
                    Optional<T> before = before(log, attempt);
                    if (before.isPresent()) {
                        return before.get();
                    }
                }
                log = next.isPresent() ? next.get() : newer.than(log, true).orElseThrow(() -> e);
            }
        }
    }

    /** The result of an append that was made before the log was split; empty when it was not. */
    private static <T> Optional<T> before(Log log, Attempt<T> attempt) throws InterruptedException {
        for (int asOf = log.partitions() - 1; asOf >= log.firstPartitions(); asOf--) {
            try {
                return Optional.of(attempt.run(log, asOf));
            } catch (ThalwegException e) {
                if (e.code() != ErrorCode.SLOT_MOVED) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }
}
