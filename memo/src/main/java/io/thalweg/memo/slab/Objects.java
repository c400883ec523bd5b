package io.thalweg.memo.slab;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Topics and objects on one slab. An object is read from its newest keyframe that can be used, and kept in memory while it is read or written;
 * a keyframe is made when so many memos came since the one before. What is needed and not here is named, and asked of others.
 *
 * <p>One thread, that of the slab.
 */
public final class Objects {
    /** Memos of a lineage after which a keyframe is made. */
    public static final int KEYFRAME_MEMOS = 512;

    /** Memos of an object among which a repeated edit is recognised. */
    public static final int REPEATED_MEMOS = 64;

    private final Slab slab;
    private final Map<MemoId, ObjectHistory> histories;

    /** What asking for an object gave. */
    public sealed interface Found {
        /** Here it is; it is the slab's, and changes with what comes. */
        record Here(ObjectHistory history) implements Found {}

        /** It cannot be said without these memos, which were asked for. */
        record Missing(Set<MemoId> memos) implements Found {}

        /** Nothing of it is known here. */
        record Unknown() implements Found {}
    }

    public Objects(Slab slab) {
        this.slab = slab;
        int most = slab.options().quotas().histories();
        this.histories = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<MemoId, ObjectHistory> eldest) {
                return size() > most;
            }
        };
        slab.onArrival(this::arrived);
        for (Map.Entry<MemoId, MemoStore.Lineages> each : slab.store().objects().entrySet()) {
            StoredMemo first = each.getValue().memos.isEmpty()
                    ? null
                    : each.getValue().memos.getFirst();
            if (first != null && first.kind == Kind.TOPIC) {
                aim(each.getKey());
            }
        }
    }

    /** The slab that they live on. */
    public Slab slab() {
        return slab;
    }

    private void arrived(Memo memo) {
        MemoId object = memo.about();
        if (object == null || memo.kind() == Kind.KEYFRAME) {
            return;
        }
        ObjectHistory history = histories.get(object);
        if (history != null) {
            take(history, memo);
        }
        if (object.equals(memo.within())) {
            aim(object);
        }
    }

    /** A memo that the history cannot take from where it began makes it begin again when it is next read. */
    private void take(ObjectHistory history, Memo memo) {
        boolean follows = memo.precursors().stream().allMatch(history::contains);
        if (!follows || history.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME) {
            histories.remove(history.object());
        }
    }

    private void aim(MemoId topic) {
        if (find(topic) instanceof Found.Here here) {
            slab.target(topic, TopicModel.of(here.history().projection()).targetNines());
        }
    }

    /** An object, or a topic, as it is known here now. */
    public Found find(MemoId object) {
        ObjectHistory known = histories.get(object);
        if (known != null) {
            return new Found.Here(known);
        }
        MemoStore.Lineages lineage = slab.store().object(object);
        if (lineage == null || lineage.memos.isEmpty()) {
            return new Found.Unknown();
        }
        if (!lineage.gaps.isEmpty()) {
            slab.seek(lineage.gaps);
            return new Found.Missing(Set.copyOf(lineage.gaps));
        }
        try {
            ObjectHistory history = fromKeyframe(lineage);
            if (history == null) {
                Set<MemoId> missing = new TreeSet<>();
                lineage.memos.stream().filter(memo -> !memo.held).forEach(memo -> missing.add(memo.id));
                history = missing.isEmpty() ? fromBeginning(lineage, missing) : null;
                if (history == null) {
                    slab.seek(missing);
                    return new Found.Missing(missing);
                }
            }
            histories.put(object, history);
            return new Found.Here(history);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable ObjectHistory fromKeyframe(MemoStore.Lineages lineage) throws IOException {
        Memo keyframe = lineage.keyframe == null ? null : slab.read(lineage.keyframe.id);
        if (keyframe == null) {
            return null;
        }
        ObjectHistory history = ObjectHistory.from(keyframe);
        for (StoredMemo stored : lineage.memos.subList(lineage.keyframed, lineage.memos.size())) {
            Memo memo = slab.read(stored.id);
            if (memo == null || history.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME) {
                return null;
            }
        }
        return history;
    }

    /** Reads the whole lineage; memos that came again after rot may stand behind those that follow them. */
    private @Nullable ObjectHistory fromBeginning(MemoStore.Lineages lineage, Set<MemoId> missing) throws IOException {
        ObjectHistory history = null;
        Deque<StoredMemo> left = new ArrayDeque<>(lineage.memos);
        int turned = 0;
        while (!left.isEmpty()) {
            StoredMemo stored = left.remove();
            Memo memo = slab.read(stored.id);
            if (memo == null) {
                missing.add(stored.id);
                return null;
            }
            if (history == null && memo.kind() != Kind.EDIT) {
                history = ObjectHistory.begin(memo);
                turned = 0;
            } else if (history != null && memo.precursors().stream().allMatch(history::contains)) {
                history.take(memo);
                turned = 0;
            } else if (++turned > left.size() + 1) {
                throw new IllegalStateException(memo + " cannot be placed in its lineage");
            } else {
                left.add(stored);
            }
        }
        return history;
    }

    /** Makes a keyframe of an object when it has grown enough since the last. */
    private void keyframe(ObjectHistory history) throws IOException {
        MemoStore.Lineages lineage = slab.store().object(history.object());
        if (lineage != null && lineage.memos.size() - lineage.keyframed >= KEYFRAME_MEMOS) {
            slab.write(history.keyframe(), null);
        }
    }

    // Topics.

    /** The id that a topic of this name has, whether anybody has made it or not. */
    public static MemoId topicId(TenantId tenant, String name) {
        return TopicModel.genesis(tenant, name).id();
    }

    /**
     * Makes a topic, or adds to the model of one that is there.
     *
     * @param nonce makes one attempt out of several with the same one
     * @return the model as it is now
     */
    public TopicModel topic(TenantId tenant, String name, TopicModel wanted, UUID nonce) throws IOException {
        Memo genesis = TopicModel.genesis(tenant, name);
        slab.write(genesis, null);
        if (!(find(genesis.id()) instanceof Found.Here here)) {
            throw new IllegalStateException("topic " + name + " was written and is not here");
        }
        ObjectHistory history = here.history();
        List<Change> changes = TopicModel.of(history.projection()).evolve(wanted);
        if (!changes.isEmpty()) {
            slab.write(history.edit(Edit.of(nonce, changes)), null);
        }
        return TopicModel.of(history.projection());
    }

    /** The model of a topic as it is known here; null when nothing is. */
    public @Nullable TopicModel model(MemoId topic) {
        return find(topic) instanceof Found.Here here
                        && here.history().object().equals(here.history().topic())
                ? TopicModel.of(here.history().projection())
                : null;
    }

    // Objects.

    /** Begins an object; returns the memo, whose id is the object's. */
    public Memo create(TenantId tenant, MemoId topic, Edit edit) throws IOException {
        Memo genesis = new Memo(tenant, Kind.CREATE, topic, null, List.of(), List.of(), edit.encode());
        slab.write(genesis, null);
        return genesis;
    }

    /** Changes an object that is here, after all that is known of it; returns the memo. */
    public Memo edit(ObjectHistory history, Edit edit) throws IOException {
        Memo memo = history.edit(edit);
        slab.write(memo, null);
        if (find(history.object()) instanceof Found.Here here) {
            keyframe(here.history());
        }
        return memo;
    }

    /**
     * The edit with this nonce among an object's last {@link #REPEATED_MEMOS} memos: what a caller wrote who tries again because he was not
     * answered. Null when there is none.
     */
    public @Nullable Memo repeated(MemoId object, UUID nonce) throws IOException {
        MemoStore.Lineages lineage = slab.store().object(object);
        List<StoredMemo> memos = lineage == null ? List.of() : lineage.memos;
        for (StoredMemo stored : memos.subList(Math.max(0, memos.size() - REPEATED_MEMOS), memos.size())) {
            Memo memo = stored.kind == Kind.EDIT ? slab.read(stored.id) : null;
            if (memo != null && Edit.decode(memo.body()).nonce().equals(nonce)) {
                return memo;
            }
        }
        return null;
    }

    /** The objects of a topic that begin here, in the order of their ids. */
    public List<MemoId> objects(MemoId topic) {
        List<MemoId> found = new ArrayList<>();
        slab.store().objects().forEach((object, lineage) -> {
            StoredMemo first = lineage.memos.isEmpty() ? null : lineage.memos.getFirst();
            if (first != null && topic.equals(first.topic) && !object.equals(topic)) {
                found.add(object);
            }
        });
        found.sort(null);
        return found;
    }

    /** What a tenant's topics are called, by their ids. */
    public List<MemoId> topics(TenantId tenant) {
        List<MemoId> found = new ArrayList<>();
        slab.store().objects().forEach((object, lineage) -> {
            if (lineage.tenant.equals(tenant)
                    && !lineage.memos.isEmpty()
                    && lineage.memos.getFirst().kind == Kind.TOPIC) {
                found.add(object);
            }
        });
        found.sort(null);
        return found;
    }

    /** The ids of an object's memos, the newest first; empty when it is not known. */
    public List<MemoId> history(MemoId object) {
        MemoStore.Lineages lineage = slab.store().object(object);
        return lineage == null
                ? List.of()
                : lineage.memos.stream().map(memo -> memo.id).toList().reversed();
    }

    /** The object as of an older head; what is missing for that, or null when the head is not of this object. */
    public @Nullable Projection at(MemoId object, Collection<MemoId> older) throws IOException {
        if (!(find(object) instanceof Found.Here here)) {
            return null;
        }
        Head head = Head.of(older);
        Projection projection = here.history().at(head, this::must);
        if (projection == null && !here.history().base().isEmpty()) {
            MemoStore.Lineages lineage = slab.store().object(object);
            ObjectHistory whole = lineage == null ? null : fromBeginning(lineage, new HashSet<>());
            return whole == null ? null : whole.at(head, this::must);
        }
        return projection;
    }

    private Memo must(MemoId memo) {
        try {
            Memo found = slab.read(memo);
            if (found == null) {
                throw new IllegalStateException("memo " + memo.brief() + " was here and is not any more");
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Contexts.

    /** What has to come before an object can be read as of a context; asked for. Empty when it can be now. */
    public Set<MemoId> missing(MemoId object, Context context) {
        Context.Known known = context.of(object, this::index);
        Set<MemoId> missing = new TreeSet<>(known.missing());
        for (Head head : known.heads()) {
            head.memos().stream()
                    .filter(memo -> slab.store().find(memo) == null)
                    .forEach(missing::add);
        }
        if (missing.isEmpty() && !known.heads().isEmpty() && find(object) instanceof Found.Missing gone) {
            missing.addAll(gone.memos());
        }
        slab.seek(missing);
        return missing;
    }

    private @Nullable Memo index(MemoId id) {
        try {
            Memo memo = slab.read(id);
            return memo != null && memo.kind() == Kind.INDEX ? memo : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a reader knows who knew a context and was shown an object; small, for which an index memo may be written. */
    public Context learned(TenantId tenant, Context before, MemoId object, Head head) throws IOException {
        Context context = before.with(object, head);
        if (!context.isLarge()) {
            return context;
        }
        Memo index = context.index(tenant, this::index);
        slab.write(index, null);
        return Context.compacted(index);
    }
}
