package io.thalweg.shard;

import io.thalweg.model.Checksum;
import io.thalweg.shard.Replica.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A number that two replicas have alike at a place in the order, if they have come to the same with every entry before it: what they
 * answered, and what they changed. What makes it up is the same in every program that knows the order's version; of a refusal it is the code and
 * not the text.
 *
 * <p>It is kept for the places where the shard's time passes a multiple of ten seconds, the newest few of them: what is compared needs no entry of its
 * own, and an idle shard has nothing to compare. One thread, but for {@link #kept}.
 */
final class RunningDigest {
    private static final long PERIOD_NS = 10_000_000_000L;
    private static final int KEPT = 16;
    private static final long PRIME = 0xD6E8FEB86659FD93L;
    private static final int REPLY_HEAD_BYTES = 5;

    private final Checksum checksum = new Checksum();
    private volatile List<Digest> kept = List.of();
    private long value;

    /** Of all entries so far. */
    long value() {
        return value;
    }

    /** Goes on from here: at the order's first entry of {@link io.thalweg.model.request.Operation#VERSION_OF_DIGESTS}, or from a snapshot. */
    void startAt(long from) {
        value = from;
        kept = List.of();
    }

    /**
     * An entry is about to be applied.
     *
     * @param lastNs the newest tick before it
     */
    void before(long index, long stampNs, long lastNs) {
        if (Math.floorDiv(stampNs, PERIOD_NS) > Math.floorDiv(lastNs, PERIOD_NS)) {
            List<Digest> next = new ArrayList<>(kept);
            if (next.size() == KEPT) {
                next.removeFirst();
            }
            next.add(new Digest(index, value));
            kept = List.copyOf(next);
        }
        mix(index);
        mix(stampNs);
    }

    /** It was applied. */
    void after(ByteBuffer replies, long noted) {
        int from = replies.position();
        int at = from;
        while (at < replies.limit()) {
            int length = replies.getInt(at + 1);
            if (ReplyCodec.isRefused(replies, at)) {
                mix(checksum.of(replies, from, at - from));
                mix(replies.getShort(at + REPLY_HEAD_BYTES));
                from = at + REPLY_HEAD_BYTES + length;
            }
            at += REPLY_HEAD_BYTES + length;
        }
        mix(checksum.of(replies, from, at - from));
        mix(noted);
    }

    private void mix(long what) {
        value = (value ^ what) * PRIME;
        value ^= value >>> 32;
    }

    /** As it was before some entries, oldest first; any thread. */
    List<Digest> kept() {
        return kept;
    }
}
