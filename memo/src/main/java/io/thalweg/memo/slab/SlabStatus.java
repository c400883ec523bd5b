package io.thalweg.memo.slab;

import java.util.List;
import java.util.UUID;

/**
 * What a slab is doing, for people and for metrics.
 *
 * @param knownMemos memos that it knows, held or not
 * @param heldMemos those that it holds
 * @param heldBytes their bytes
 * @param skeletons memos that were dropped for good, of which only the skeleton is kept
 * @param skeletonBytes the bytes of those
 * @param belowTarget those that are not as durable as they should be
 * @param belowTargetWithoutSelf those that would not be, if this slab left, as of its last beat
 * @param annualLoss how many of those held are expected to be lost within a year, with no repair faster than the horizon
 */
public record SlabStatus(
        UUID slab,
        long starts,
        int knownMemos,
        int heldMemos,
        long heldBytes,
        int skeletons,
        long skeletonBytes,
        long quotaBytes,
        int waiting,
        long belowTarget,
        long belowTargetWithoutSelf,
        double annualLoss,
        Traffic traffic,
        List<PeerStatus> peers) {

    /**
     * What was sent and received since the start.
     *
     * @param redundantMemos received though they were held
     * @param refusedMemos received and not taken: malformed, of strangers, or over a bound
     * @param repairBytes of memos sent because copies were missing
     * @param evictedMemos let go of because others hold them
     * @param droppedMemos let go of for good, because a keyframe stands for them
     */
    public record Traffic(
            long messagesSent,
            long bytesSent,
            long memosSent,
            long memoBytesSent,
            long memosReceived,
            long redundantMemos,
            long refusedMemos,
            long repairBytes,
            long evictedMemos,
            long droppedMemos) {}

    /** Another slab as this one hears it. */
    public record PeerStatus(
            UUID slab,
            String domain,
            String address,
            double silentSeconds,
            long lifetimeSeconds,
            long freeBytes,
            boolean leaving) {}
}
