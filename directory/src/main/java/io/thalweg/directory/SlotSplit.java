package io.thalweg.directory;

/**
 * Slots that went from one partition of a log to a new one.
 *
 * @param from the partition that had them
 * @param first the first slot that went; between it and {@code last} those went that {@code from} had
 * @param last the last slot that went
 */
public record SlotSplit(int from, int first, int last) {
    /** Whether it moved a slot of a partition. */
    boolean moved(int partition, int slot) {
        return partition == from && first <= slot && slot <= last;
    }
}
