package io.thalweg.memo.object;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One object as one slab knows it: its lineage, its head and its projection, kept up as memos come. A memo is taken after those
 * that it follows.
 *
 * <p>It may begin at a <em>keyframe</em>, which holds the projection of a head, instead of at the object's first memo. That is the same as long as
 * everything taken later follows all of that head: then every change in the keyframe is older than every change that comes. A memo that does
 * not is news from a branch that the keyframe did not know, and makes it worthless there: {@link #take} says so, and the caller
 * begins again without it. A keyframe is a pure function of the head, so that whoever makes one of the same head makes
 * the same memo.
 *
 * <p>Where the memos below keyframes were dropped for good, who followed whom among them is still known, and then nothing that comes can make a keyframe
 * worthless ({@link #over}): what a memo replaces depends on whom it follows, and not on what those said. Keyframes of different branches are joined
 * likewise, see {@link Projection#join}.
 *
 * <p>Not thread-safe.
 */
public final class ObjectHistory {
    /** What became of a memo that was given. */
    public enum Taken {
        /** It is part of the history now. */
        NEW,
        /** It was before. */
        KNOWN,
        /** It does not follow the keyframe that this history began with; begin again without. */
        BELOW_KEYFRAME
    }

    private final TenantId tenant;
    private final MemoId topic;
    private final MemoId object;
    private final Head base;
    private final Ancestry ancestry;
    private final List<MemoId> order = new ArrayList<>(1);
    private final Projection projection;
    /** Whether all memos below the base are known by whom they follow. */
    private final boolean knowsBelow;

    private Head head;

    /**
     * What stays of a memo for which a keyframe stands.
     *
     * @param precursors whom it followed
     * @param additions what it added to counters, which no other change tells
     */
    public record Below(List<MemoId> precursors, List<Change.Add> additions) {
        public Below {
            precursors = List.copyOf(precursors);
            additions = List.copyOf(additions);
        }
    }

    private ObjectHistory(Memo first, Head base, Projection projection, Ancestry ancestry, boolean knowsBelow) {
        this.tenant = first.tenant();
        this.topic = Objects.requireNonNull(first.within());
        this.object = Objects.requireNonNull(first.about());
        this.base = base;
        this.head = base;
        this.projection = projection;
        this.ancestry = ancestry;
        this.knowsBelow = knowsBelow;
    }

    /** The history that begins with the memo that begins an object or a topic. */
    public static ObjectHistory begin(Memo genesis) {
        if (genesis.kind() != Kind.CREATE && genesis.kind() != Kind.TOPIC) {
            throw new IllegalArgumentException(genesis + " begins no object");
        }
        ObjectHistory history = new ObjectHistory(genesis, Head.EMPTY, new Projection(), new Ancestry(), true);
        history.put(genesis);
        return history;
    }

    /** The history from a keyframe on; what lies below is not looked at. */
    public static ObjectHistory from(Memo keyframe) {
        Head base = head(keyframe);
        Ancestry ancestry = new Ancestry();
        base.memos().forEach(memo -> ancestry.add(memo, List.of()));
        return new ObjectHistory(keyframe, base, Projection.decode(keyframe.body()), ancestry, false);
    }

    /**
     * The history from keyframes on, one or several of branches that did not know of each other, which takes also what does not follow them.
     *
     * @param keyframes at least one
     * @param below what stays of each memo that some keyframe stands for, in an order that respects causality
     */
    public static ObjectHistory over(List<Memo> keyframes, SequencedMap<MemoId, Below> below) {
        Ancestry ancestry = new Ancestry();
        below.forEach((memo, stays) -> ancestry.add(memo, stays.precursors));
        Memo first = keyframes.getFirst();
        Head all = known(first, ancestry);
        Projection projection = Projection.decode(first.body());
        for (Memo keyframe : keyframes.subList(1, keyframes.size())) {
            Head before = all;
            Head more = known(keyframe, ancestry);
            projection.join(
                    Projection.decode(keyframe.body()),
                    memo -> isWithin(memo, before, ancestry),
                    memo -> isWithin(memo, more, ancestry));
            below.forEach((memo, stays) -> {
                if (!stays.additions.isEmpty() && isWithin(memo, more, ancestry) && !isWithin(memo, before, ancestry)) {
                    stays.additions.forEach(projection::add);
                }
            });
            Set<MemoId> both = new LinkedHashSet<>(before.memos());
            both.addAll(more.memos());
            all = youngest(both, ancestry);
        }
        return new ObjectHistory(first, all, projection, ancestry, true);
    }

    private static Head known(Memo keyframe, Ancestry ancestry) {
        for (MemoId memo : keyframe.precursors()) {
            if (!ancestry.contains(memo)) {
                throw new IllegalArgumentException(memo.brief() + " stands in the keyframe and not below it");
            }
        }
        return head(keyframe);
    }

    private static Head head(Memo keyframe) {
        if (keyframe.kind() != Kind.KEYFRAME) {
            throw new IllegalArgumentException(keyframe + " is no keyframe");
        }
        return new Head(keyframe.precursors());
    }

    private static boolean isWithin(MemoId memo, Head head, Ancestry ancestry) {
        return head.contains(memo)
                || (ancestry.contains(memo) && head.memos().stream().anyMatch(high -> ancestry.isBelow(memo, high)));
    }

    private static Head youngest(Set<MemoId> memos, Ancestry ancestry) {
        Set<MemoId> youngest = new HashSet<>(memos);
        youngest.removeIf(low -> memos.stream().anyMatch(high -> ancestry.isBelow(low, high)));
        return Head.of(youngest);
    }

    /** Checks what can be said of a lineage memo without any other: throws {@link MalformedException}. */
    public static void check(Memo memo) {
        switch (memo.kind()) {
            case CREATE, EDIT -> Edit.decode(memo.body());
            case TOPIC -> TopicModel.name(memo);
            case KEYFRAME, INDEX, BEAT -> throw new MalformedException(memo.kind() + " is not part of a lineage");
        }
    }

    /** Takes a memo of this object whose precursors were taken; a {@link MalformedException} says why it can be none. */
    public Taken take(Memo memo) {
        if (ancestry.contains(memo.id())) {
            return Taken.KNOWN;
        }
        if (!knowsBelow && object.equals(memo.id())) {
            // The one with which the object begins, which was lost for a while.
            return Taken.BELOW_KEYFRAME;
        }
        if (memo.kind() != Kind.EDIT
                || !object.equals(memo.object())
                || !topic.equals(memo.topic())
                || !tenant.equals(memo.tenant())) {
            throw new MalformedException(memo + " is no edit of object " + object.brief());
        }
        for (MemoId precursor : memo.precursors()) {
            if (!ancestry.contains(precursor)) {
                if (!knowsBelow) {
                    return Taken.BELOW_KEYFRAME;
                }
                throw new MalformedException(memo + " follows " + precursor.brief() + ", which is not of its object");
            }
        }
        if (!knowsBelow && !coversBase(memo)) {
            return Taken.BELOW_KEYFRAME;
        }
        put(memo);
        return Taken.NEW;
    }

    private boolean coversBase(Memo memo) {
        return base.memos().stream()
                .allMatch(low -> memo.precursors().stream()
                        .anyMatch(precursor -> precursor.equals(low) || ancestry.isBelow(low, precursor)));
    }

    private void put(Memo memo) {
        Edit edit = memo.kind() == Kind.TOPIC ? null : Edit.decode(memo.body());
        ancestry.add(memo.id(), memo.precursors());
        order.add(memo.id());
        head = head.after(memo.id(), memo.precursors());
        if (edit != null) {
            projection.take(memo.id(), edit, follows(memo.id(), ancestry));
        }
    }

    /** What is not known lies below the keyframe, and everything taken follows that. */
    private static Predicate<MemoId> follows(MemoId memo, Ancestry ancestry) {
        return other -> !ancestry.contains(other) || ancestry.isBelow(other, memo);
    }

    /**
     * The projection of an older head, all of whose memos were taken. Null when that cannot be said from the keyframe on, or takes a memo that is not there any
     * more.
     *
     * @param memos reads a memo of this history; null when it is not there any more
     */
    public @Nullable Projection at(Head older, Function<MemoId, @Nullable Memo> memos) {
        for (MemoId memo : older.memos()) {
            if (!ancestry.contains(memo)) {
                return null;
            }
        }
        if (!base.isEmpty()) {
            return older.equals(head) ? projection.copy() : null;
        }
        Projection past = new Projection();
        for (MemoId memo : order) {
            if (older.contains(memo) || older.memos().stream().anyMatch(high -> ancestry.isBelow(memo, high))) {
                Memo found = memos.apply(memo);
                if (found == null) {
                    return null;
                }
                if (found.kind() != Kind.TOPIC) {
                    past.take(memo, Edit.decode(found.body()), follows(memo, ancestry));
                }
            }
        }
        return past;
    }

    /** Leaves of some memos of this history those that no other of them follows: what a client says of a head. */
    public Head youngest(Set<MemoId> memos) {
        return youngest(memos, ancestry);
    }

    /** Whether a head, all of whose memos were taken, knows a memo: it stands in it, or below. */
    public boolean knows(Head head, MemoId memo) {
        return isWithin(memo, head, ancestry);
    }

    /** Whether what the object is has room in a memo, and so has its head. */
    public boolean fitsKeyframe() {
        return head.memos().size() <= Memo.PRECURSORS_MAX && projection.encode().length <= Memo.BODY_BYTES_MAX;
    }

    /** The keyframe of the head as it is, if it {@linkplain #fitsKeyframe fits}. */
    public Memo keyframe() {
        return new Memo(tenant, Kind.KEYFRAME, topic, object, head.memos(), List.of(), projection.encode());
    }

    /** A memo that follows all that is known here, or of too many branches as many as a memo can follow. */
    public Memo edit(Edit edit) {
        List<MemoId> followed = head.memos().subList(0, Math.min(head.memos().size(), Memo.PRECURSORS_MAX));
        return new Memo(tenant, Kind.EDIT, topic, object, followed, List.of(), edit.encode());
    }

    public boolean contains(MemoId memo) {
        return ancestry.contains(memo);
    }

    public TenantId tenant() {
        return tenant;
    }

    public MemoId topic() {
        return topic;
    }

    public MemoId object() {
        return object;
    }

    public Head head() {
        return head;
    }

    /** The head of the keyframe that this history began with; empty when it began at the beginning. */
    public Head base() {
        return base;
    }

    /** The history's own; it changes with what is taken. */
    public Projection projection() {
        return projection;
    }

    /** Memos taken here, not counting what a keyframe stands for. */
    public int length() {
        return order.size();
    }
}
