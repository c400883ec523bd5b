package io.thalweg.memo;

import io.thalweg.model.Limits;
import io.thalweg.model.TenantId;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One immutable message. What it says and what it follows make its id; where it was made, when, and who keeps copies do not, so that
 * equal memos meet. Whoever wants two equal intents to count twice puts something that differs into the body.
 *
 * <p>A memo holds on to the body array it was given; nobody may change it. Thread-safe.
 */
public final class Memo {
    /** Memos that one may follow. */
    public static final int PRECURSORS_MAX = 1024;

    /** Memos that one may refer to. */
    public static final int REFERENCES_MAX = 4096;

    public static final int BODY_BYTES_MAX = Limits.MAX_EVENT_BYTES;

    private final TenantId tenant;
    private final Kind kind;
    private final @Nullable MemoId topic;
    private final @Nullable MemoId object;
    private final List<MemoId> precursors;
    private final List<MemoId> references;
    private final byte[] body;
    private volatile @Nullable MemoId id;

    /**
     * @param topic the topic of the object, or of the memo that begins one; null for what has none
     * @param object the object that the memo is about; null for what begins an object, which is named by its id
     * @param precursors the memos that it follows, in any order
     * @param references the memos that it refers to without following them, in any order
     */
    public Memo(
            TenantId tenant,
            Kind kind,
            @Nullable MemoId topic,
            @Nullable MemoId object,
            Collection<MemoId> precursors,
            Collection<MemoId> references,
            byte[] body) {
        this.tenant = tenant;
        this.kind = kind;
        this.topic = topic;
        this.object = object;
        this.precursors = List.copyOf(new TreeSet<>(precursors));
        this.references = List.copyOf(new TreeSet<>(references));
        this.body = body;
        bound("precursors", this.precursors.size(), PRECURSORS_MAX);
        bound("references", this.references.size(), REFERENCES_MAX);
        bound("bytes of body", body.length, BODY_BYTES_MAX);
        switch (kind) {
            case TOPIC -> shape(topic == null && object == null && this.precursors.isEmpty(), "begins everything");
            case CREATE ->
                shape(topic != null && object == null && this.precursors.isEmpty(), "begins an object of a topic");
            case EDIT, KEYFRAME ->
                shape(
                        topic != null && object != null && !this.precursors.isEmpty(),
                        "follows something and has an object and a topic");
            case INDEX -> shape(object == null && this.precursors.isEmpty(), "follows nothing");
            case BEAT -> shape(topic == null && object == null && this.precursors.isEmpty(), "is about a slab alone");
        }
    }

    private void shape(boolean holds, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("a memo of kind " + kind + " " + expected);
        }
    }

    private static void bound(String what, int found, int most) {
        if (found > most) {
            throw new IllegalArgumentException("a memo has at most " + most + " " + what + ", not " + found);
        }
    }

    public TenantId tenant() {
        return tenant;
    }

    public Kind kind() {
        return kind;
    }

    public @Nullable MemoId topic() {
        return topic;
    }

    public @Nullable MemoId object() {
        return object;
    }

    /** Ascending, without repetitions. */
    public List<MemoId> precursors() {
        return precursors;
    }

    /** Ascending, without repetitions. */
    public List<MemoId> references() {
        return references;
    }

    /** The memo's own array. */
    public byte[] body() {
        return body;
    }

    /** SHA-256 of the canonical form, computed once. */
    public MemoId id() {
        MemoId known = id;
        if (known == null) {
            known = MemoCodec.hash(MemoCodec.encode(this));
            id = known;
        }
        return known;
    }

    /** The name of the object that this memo is about or begins; null for what has none. */
    public @Nullable MemoId about() {
        return switch (kind) {
            case TOPIC, CREATE -> id();
            case EDIT, KEYFRAME -> object;
            case INDEX, BEAT -> null;
        };
    }

    /** The topic that it belongs to; that which it begins for a {@link Kind#TOPIC}. */
    public @Nullable MemoId within() {
        return kind == Kind.TOPIC ? id() : topic;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Memo that && id().equals(that.id());
    }

    @Override
    public int hashCode() {
        return id().hashCode();
    }

    @Override
    public String toString() {
        return kind + " " + id().brief() + " after "
                + precursors.stream().map(MemoId::brief).toList();
    }
}
