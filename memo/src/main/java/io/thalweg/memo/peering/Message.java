package io.thalweg.memo.peering;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.MemoId;
import io.thalweg.model.TenantId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one slab says to another. Lists are bounded by {@link #IDS_MAX}, memos in one message by their bytes. */
public sealed interface Message {
    /** Ids in one message. */
    int IDS_MAX = 1024;

    /** Bytes of memos in one message, unless a single one is longer. */
    int MEMOS_BYTES = 256 << 10;

    /** @param form a memo of kind beat in canonical form, see {@link Beat} */
    record Beating(byte[] form) implements Message {}

    /** I hold these, checked against their ids. */
    record Have(TenantId tenant, List<MemoId> ids) implements Message {}

    record Want(List<MemoId> ids) implements Message {}

    /** Hold these for me. */
    record Offer(TenantId tenant, List<MemoId> ids) implements Message {}

    /** A memo as it travels. */
    record Sent(byte[] form, @Nullable Authorship authorship) {}

    record Memos(List<Sent> memos) implements Message {}

    /** I do not hold these. */
    record Absent(List<MemoId> ids) implements Message {}

    /** What came to you from this number on? */
    record ListFrom(long from) implements Message {}

    /** One that came under a number; {@code held} when it is still there. */
    record Listed(long number, TenantId tenant, boolean held, MemoId id) {}

    /**
     * Ascending by number.
     *
     * @param from what was asked for
     * @param next where to go on
     * @param end whether that is all
     */
    record Listing(long from, long next, boolean end, List<Listed> items) implements Message {}

    /** Numbers from and up to, both included. */
    record Range(long first, long last) {}

    record Fetch(List<Range> ranges) implements Message {}

    /** @param round grows with each attempt of the sender, so that answers to an earlier one are told apart */
    record Leaving(long round, List<MemoId> ids) implements Message {}

    /**
     * What stays of a memo that was dropped for good, by its topic's policy: a keyframe stands for it.
     *
     * @param id what it was called
     * @param form its canonical form, but of its body only what it added to counters, so that the id is not its hash
     */
    record Skeleton(MemoId id, byte[] form) {}

    /** You wanted these, and nobody has them any more. Known to builds that speak version {@link #VERSION_DROPPED} of the link. */
    record Dropped(List<Skeleton> memos) implements Message {}

    /** Send me what stands for the dropped memos of these objects. From version {@link #VERSION_DROPPED} on, too. */
    record WantKeyframes(List<MemoId> objects) implements Message {}

    /**
     * The first version of the link whose speakers know {@link Dropped} and {@link WantKeyframes}, and take keyframes. Version 2 had skeletons without
     * what was added to counters.
     */
    int VERSION_DROPPED = 3;

    /** The newest version of the link that this build speaks. */
    int VERSION = 3;

    /** I hold these and stay, and from now on do not count on you for them. */
    record Stay(long round, List<MemoId> ids) implements Message {}
}
