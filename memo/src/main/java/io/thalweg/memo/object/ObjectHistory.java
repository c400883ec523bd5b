package io.thalweg.memo.object;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
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
 * <p>Where the memos below a keyframe were dropped for good, who followed whom among them is still known, and then nothing that comes can make the keyframe
 * worthless ({@link #over}): what a memo replaces depends on whom it follows, and not on what those said.
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
    private final Ancestry ancestry = new Ancestry();
    private final List<MemoId> order = new ArrayList<>();
    private final Projection projection;
    /** Whether all memos below the base are known by whom they follow. */
    private final boolean knowsBelow;

    private Head head;

    private ObjectHistory(
            TenantId tenant, MemoId topic, MemoId object, Head base, Projection projection, boolean knowsBelow) {
        this.tenant = tenant;
        this.topic = topic;
        this.object = object;
        this.base = base;
        this.head = base;
        this.projection = projection;
        this.knowsBelow = knowsBelow;
        if (!knowsBelow) {
            base.memos().forEach(memo -> ancestry.add(memo, List.of()));
        }
    }

    /** The history that begins with the memo that begins an object or a topic. */
    public static ObjectHistory begin(Memo genesis) {
        if (genesis.kind() != Kind.CREATE && genesis.kind() != Kind.TOPIC) {
            throw new IllegalArgumentException(genesis + " begins no object");
        }
        MemoId topic = Objects.requireNonNull(genesis.within());
        ObjectHistory history =
                new ObjectHistory(genesis.tenant(), topic, genesis.id(), Head.EMPTY, new Projection(), true);
        history.put(genesis);
        return history;
    }

    /** The history from a keyframe on; what lies below is not looked at. */
    public static ObjectHistory from(Memo keyframe) {
        return from(keyframe, false);
    }

    /**
     * The history from a keyframe on, which takes also what does not follow the keyframe.
     *
     * @param below whom each memo follows that the keyframe stands for, in an order that respects causality
     */
    public static ObjectHistory over(Memo keyframe, SequencedMap<MemoId, List<MemoId>> below) {
        ObjectHistory history = from(keyframe, true);
        below.forEach(history.ancestry::add);
        for (MemoId memo : keyframe.precursors()) {
            if (!history.ancestry.contains(memo)) {
                throw new IllegalArgumentException(memo.brief() + " stands in the keyframe and not below it");
            }
        }
        return history;
    }

    private static ObjectHistory from(Memo keyframe, boolean knowsBelow) {
        if (keyframe.kind() != Kind.KEYFRAME) {
            throw new IllegalArgumentException(keyframe + " is no keyframe");
        }
        return new ObjectHistory(
                keyframe.tenant(),
                Objects.requireNonNull(keyframe.topic()),
                Objects.requireNonNull(keyframe.object()),
                new Head(keyframe.precursors()),
                Projection.decode(keyframe.body()),
                knowsBelow);
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
     * The projection of an older head, all of whose memos were taken. Null when that cannot be said from the keyframe on.
     *
     * @param memos reads a memo of this history
     */
    public @Nullable Projection at(Head older, Function<MemoId, Memo> memos) {
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
                if (found.kind() != Kind.TOPIC) {
                    past.take(memo, Edit.decode(found.body()), follows(memo, ancestry));
                }
            }
        }
        return past;
    }

    /** Leaves of some memos of this history those that no other of them follows: what a client says of a head. */
    public Head youngest(Set<MemoId> memos) {
        Set<MemoId> youngest = new HashSet<>(memos);
        youngest.removeIf(low -> memos.stream().anyMatch(high -> ancestry.isBelow(low, high)));
        return Head.of(youngest);
    }

    /** The keyframe of the head as it is. */
    public Memo keyframe() {
        return new Memo(tenant, Kind.KEYFRAME, topic, object, head.memos(), List.of(), projection.encode());
    }

    /** A memo that follows all that is known here. */
    public Memo edit(Edit edit) {
        return new Memo(tenant, Kind.EDIT, topic, object, head.memos(), List.of(), edit.encode());
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
