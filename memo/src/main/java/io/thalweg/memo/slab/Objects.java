package io.thalweg.memo.slab;

import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.Context;
import io.thalweg.memo.object.Change;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.FieldIndex;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.object.TargetMark;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.object.Value;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Topics and objects on one slab. An object is read from its newest keyframe that can be used, and kept in memory while it is read or written;
 * a keyframe is made when so many memos came since the one before. What is needed and not here is named, and asked of others.
 *
 * <p>One thread, that of the slab.
 */
public final class Objects {
    private final Slab slab;
    private final LineageReader reader;
    private final Histories histories;
    private final Map<MemoId, FieldIndex> indexes = new HashMap<>();
    private final Set<MemoId> topics = new TreeSet<>();
    private BiConsumer<MemoId, MemoId> changes = (_, _) -> {};

    /** What asking for an object gave. */
    public sealed interface Found {
        /** Here it is; it is the slab's, and changes with what comes. */
        record Here(ObjectHistory history) implements Found {}

        /** It cannot be said without these memos, which were asked for. */
        record Missing(Set<MemoId> memos) implements Found {}

        /** Nothing of it is known here. */
        record Unknown() implements Found {}

        /** Its memos are here, and make no object: somebody flooded it, or lied. */
        record Unreadable(String why) implements Found {}
    }

    public Objects(Slab slab) {
        this.slab = slab;
        this.reader = slab.lineages();
        this.histories = new Histories(slab.options().quotas().histories());
        slab.onArrival(this::arrived);
        slab.onDropped(this::learned);
        slab.onKeyframe(this::isTrue);
        for (Map.Entry<MemoId, Lineages> each : slab.store().objects().entrySet()) {
            StoredMemo first = each.getValue().memos.isEmpty()
                    ? null
                    : each.getValue().memos.getFirst();
            if (first != null && first.kind == Kind.TOPIC) {
                topics.add(each.getKey());
                lookBack(each.getValue());
                aim(each.getKey());
            } else if (each.getValue().aimed) {
                aimObject(each.getKey());
            }
            if (first != null && first.topic != null && each.getValue().dropped > 0) {
                // The topic said so once, also where nobody can read that any more.
                slab.hasDropped(first.topic);
            }
        }
    }

    /** Whether a topic ever said that its history may be dropped: then keyframes may be all that is left of memos, whatever it says now. */
    private void lookBack(Lineages topic) {
        try {
            for (StoredMemo stored : topic.memos) {
                Memo memo = stored.kind == Kind.EDIT ? slab.read(stored.id) : null;
                if (memo != null && TopicModel.letsDrop(memo)) {
                    slab.hasDropped(java.util.Objects.requireNonNull(stored.topic));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void aimObject(MemoId object) {
        if (find(object) instanceof Found.Here here) {
            slab.targetOf(object, TopicModel.target(here.history().projection()));
        }
    }

    /** The slab that they live on. */
    public Slab slab() {
        return slab;
    }

    private void arrived(Memo memo) {
        MemoId object = memo.about();
        if (object == null) {
            return;
        }
        if (memo.kind() == Kind.KEYFRAME) {
            if (!reader.leftOut(object).isEmpty()) {
                histories.remove(object);
            }
            changed(memo.topic(), object);
            if (TargetMark.isIn(memo.body())) {
                aimObject(object);
            }
            return;
        }
        ObjectHistory history = histories.get(object);
        if (history != null) {
            take(history, memo);
        }
        MemoId topic = memo.within();
        if (object.equals(topic)) {
            topics.add(object);
            if (TopicModel.letsDrop(memo)) {
                slab.hasDropped(object);
            }
            aim(object);
        } else if (topic != null) {
            if (TargetMark.isIn(memo.body())) {
                aimObject(object);
            }
            changed(topic, object);
            changes.accept(topic, object);
        }
    }

    /** What was said of an object's memos that were dropped came, or turned out to be otherwise. */
    private void learned(MemoId object) {
        histories.remove(object);
        Lineages lineage = slab.store().object(object);
        if (lineage != null && !lineage.memos.isEmpty()) {
            changed(lineage.memos.getFirst().topic, object);
        }
    }

    private void changed(@Nullable MemoId topic, MemoId object) {
        FieldIndex index = topic == null ? null : indexes.get(topic);
        if (index != null) {
            index.changed(object);
        }
    }

    /** Told the topic and the id of each object that changed, before the change is durable. */
    public void onChange(BiConsumer<MemoId, MemoId> observer) {
        changes = observer;
    }

    /** A memo that the history cannot take from where it began makes it begin again when it is next read. */
    private void take(ObjectHistory history, Memo memo) {
        boolean follows = memo.precursors().stream().allMatch(history::contains);
        try {
            if (!follows || history.take(memo) == ObjectHistory.Taken.BELOW_KEYFRAME) {
                histories.remove(history.object());
            }
        } catch (IllegalStateException _) {
            // More branches than are followed: it is kept, and handed on.
            histories.remove(history.object());
        }
    }

    private void aim(MemoId topic) {
        if (find(topic) instanceof Found.Here here) {
            TopicModel.Policy policy =
                    TopicModel.of(here.history().projection()).policy();
            slab.target(topic, policy.target());
            slab.dropHistory(topic, policy.dropsHistory());
            if (topic.equals(topicId(here.history().tenant(), TopicModel.DEFAULTS))) {
                slab.target(here.history().tenant(), policy.target());
            }
        }
    }

    /** An object, or a topic, as it is known here now. */
    public Found find(MemoId object) {
        ObjectHistory known = histories.get(object);
        if (known != null) {
            return new Found.Here(known);
        }
        Lineages lineage = slab.store().object(object);
        if (lineage == null || lineage.memos.isEmpty()) {
            return new Found.Unknown();
        }
        if (!lineage.gaps.isEmpty()) {
            slab.seek(lineage.gaps);
            return new Found.Missing(Set.copyOf(lineage.gaps));
        }
        try {
            Set<MemoId> missing = new TreeSet<>();
            ObjectHistory history = reader.read(lineage, missing);
            if (history == null) {
                seek(object, lineage, missing);
                return new Found.Missing(missing);
            }
            histories.put(lineage, history);
            keyframe(history);
            return new Found.Here(history);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException | IllegalStateException | MalformedException e) {
            return new Found.Unreadable(String.valueOf(e.getMessage()));
        }
    }

    /** Of memos that were dropped it is the keyframes that others may have. */
    private void seek(MemoId object, Lineages lineage, Set<MemoId> missing) {
        slab.seek(missing);
        if (lineage.dropped > 0) {
            slab.seek(List.copyOf(slab.store().keyframesAway(object)));
            slab.dropping().want(object);
        }
    }

    /**
     * Whether a peer's keyframe is what this slab would make of that head. Where it cannot tell, because memos that it would take were dropped, the
     * peer is believed, as it was about those.
     */
    private boolean isTrue(Memo keyframe) {
        MemoId object = java.util.Objects.requireNonNull(keyframe.object());
        Lineages lineage = slab.store().object(object);
        if (lineage == null || !lineage.gaps.isEmpty()) {
            return false;
        }
        try {
            ObjectHistory now = histories.get(object);
            Set<MemoId> missing = new TreeSet<>();
            now = now == null ? reader.read(lineage, new TreeSet<>()) : now;
            Projection own = reader.at(lineage, now, new Head(keyframe.precursors()), missing);
            return own != null
                    ? Arrays.equals(own.encode(), keyframe.body())
                    : lineage.memos.stream().anyMatch(memo -> memo.dropped && missing.contains(memo.id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return false; // what was believed does not fit together, or has more branches than are followed
        }
    }

    /** Makes a keyframe of an object when it has grown enough since the last. */
    private void keyframe(ObjectHistory history) throws IOException {
        Lineages lineage = slab.store().object(history.object());
        // One of less than all that is known here would not count, and be made again and again.
        if (lineage != null
                && isDue(lineage)
                && history.fitsKeyframe()
                && history.head().equals(lineage.head)) {
            slab.write(history.keyframe(), null);
        }
    }

    /** Reading gets no dearer than a few memos and a keyframe, and keyframes of large objects no larger together than their memos. */
    private boolean isDue(Lineages lineage) {
        List<StoredMemo> since = lineage.memos.subList(lineage.keyframed, lineage.memos.size());
        if (since.size() < slab.pace().memosMin()) {
            return false;
        }
        long before = lineage.keyframe == null ? 0 : lineage.keyframe.length;
        return since.size() >= slab.pace().memos()
                || since.stream().mapToLong(memo -> memo.length).sum() >= before;
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
     * The edit whose nonce begins with these bits among an object's newest 64 memos: what a caller wrote who tries again because he was not
     * answered. Null when there is none.
     */
    public @Nullable Memo repeated(MemoId object, long nonce) throws IOException {
        Lineages lineage = slab.store().object(object);
        List<StoredMemo> memos = lineage == null ? List.of() : lineage.memos;
        for (StoredMemo stored :
                memos.subList(Math.max(0, memos.size() - slab.pace().repeated()), memos.size())) {
            Memo memo = stored.kind == Kind.EDIT ? slab.read(stored.id) : null;
            if (memo != null && Edit.decode(memo.body()).nonce().getMostSignificantBits() == nonce) {
                return memo;
            }
        }
        return null;
    }

    /** The objects of a topic that begin here, in the order of their ids; the slab's, which changes with what comes. */
    public NavigableSet<MemoId> objects(MemoId topic) {
        return slab.store().ofTopic(topic);
    }

    /** The objects of a topic that have a value in an indexed field, in the order of their ids. */
    public NavigableSet<MemoId> objects(MemoId topic, TopicModel model, String field, Value value) {
        return fieldIndex(topic).find(field, value, model, objects(topic), this::projection);
    }

    /** The objects of a topic whose relationship leads to an object, in the order of their ids. */
    public NavigableSet<MemoId> related(MemoId topic, TopicModel model, String relationship, MemoId object) {
        return fieldIndex(topic).findRelated(relationship, object, model, objects(topic), this::projection);
    }

    private FieldIndex fieldIndex(MemoId topic) {
        return indexes.computeIfAbsent(topic, _ -> new FieldIndex());
    }

    private @Nullable Projection projection(MemoId object) {
        return find(object) instanceof Found.Here here ? here.history().projection() : null;
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

    /**
     * One memo as it came.
     *
     * @param number grows with each that comes; not without gaps
     * @param topic null for what has none
     * @param object likewise
     */
    public record Arrival(
            long number,
            MemoId id,
            Kind kind,
            @Nullable MemoId topic,
            @Nullable MemoId object) {}

    /** What came from a number on, in order, at most so many; also what is not held any more. */
    public List<Arrival> arrivals(long from, int most) {
        return slab.store().from(from, most).stream()
                .map(memo -> new Arrival(memo.arrival, memo.id, memo.kind, memo.topic, memo.object))
                .toList();
    }

    /** The number under which a memo came; 0 when it did not. */
    public long arrival(MemoId id) {
        StoredMemo stored = slab.store().find(id);
        return stored == null ? 0 : stored.arrival;
    }

    /** A topic of a tenant, with its model. */
    public record Topic(TenantId tenant, MemoId id, TopicModel model) {}

    /** All topics of all tenants that can be read here. */
    public List<Topic> topics() {
        List<Topic> found = new ArrayList<>();
        for (MemoId topic : topics) {
            if (find(topic) instanceof Found.Here here) {
                found.add(new Topic(
                        here.history().tenant(),
                        topic,
                        TopicModel.of(here.history().projection())));
            }
        }
        return found;
    }

    /** The ids of an object's memos, the newest first; empty when it is not known. */
    public List<MemoId> history(MemoId object) {
        Lineages lineage = slab.store().object(object);
        return lineage == null
                ? List.of()
                : lineage.memos.stream().map(memo -> memo.id).toList().reversed();
    }

    /** Whether a topic said once that its history may be dropped, so that not all of its memos may be there. */
    public boolean mayHaveDropped(MemoId topic) {
        return slab.policies().standsAlone(topic, null);
    }

    /** Whether some of an object's memos were dropped for good. */
    public boolean hasDropped(MemoId object) {
        Lineages lineage = slab.store().object(object);
        return lineage != null && lineage.dropped > 0;
    }

    /** What stays of a memo that was dropped for good. */
    public record Skeleton(
            TenantId tenant, Kind kind, @Nullable MemoId topic, MemoId object, List<MemoId> precursors) {}

    /** What stays of a memo; null when it was not dropped for good. */
    public @Nullable Skeleton dropped(MemoId memo) throws IOException {
        StoredMemo stored = slab.store().find(memo);
        Memo known = stored == null || !stored.dropped ? null : slab.store().known(stored);
        return stored == null || stored.object == null || known == null
                ? null
                : new Skeleton(stored.tenant, stored.kind, stored.topic, stored.object, known.precursors());
    }

    /** The object as of an older head; null when something is missing for that, or the head is not of this object. */
    public @Nullable Projection at(MemoId object, Collection<MemoId> older) throws IOException {
        Lineages lineage = slab.store().object(object);
        return lineage != null && find(object) instanceof Found.Here here
                ? reader.at(lineage, here.history(), Head.of(older), new TreeSet<>())
                : null;
    }

    // Contexts.

    /** What has to come before anything can be read as of a context; asked for. Empty when all can be now. */
    public Set<MemoId> missing(Context context) {
        Context.All all = context.all(this::index);
        Set<MemoId> missing = new TreeSet<>(all.missing());
        all.heads().forEach((object, heads) -> missing.addAll(missing(object, heads)));
        slab.seek(missing);
        return missing;
    }

    private Set<MemoId> missing(MemoId object, Collection<Head> heads) {
        Set<MemoId> missing = new TreeSet<>();
        for (Head head : heads) {
            head.memos().stream()
                    .filter(memo -> slab.store().find(memo) == null)
                    .forEach(missing::add);
        }
        if (missing.isEmpty() && !heads.isEmpty()) {
            Found found = find(object);
            if (found instanceof Found.Missing gone) {
                missing.addAll(gone.memos());
            } else {
                Set<MemoId> unseen = reader.leftOut(object);
                heads.forEach(
                        head -> head.memos().stream().filter(unseen::contains).forEach(missing::add));
            }
        }
        return missing;
    }

    /** What has to come before an object can be read as of a context; asked for. Empty when it can be now. */
    public Set<MemoId> missing(MemoId object, Context context) {
        Context.Known known = context.of(object, this::index);
        Set<MemoId> missing = new TreeSet<>(known.missing());
        missing.addAll(missing(object, known.heads()));
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

    /** What a reader knows who knew a context and was shown objects; small, for which an index memo may be written. */
    public Context learned(TenantId tenant, Context before, Map<MemoId, Head> heads) throws IOException {
        Context context = before;
        for (Map.Entry<MemoId, Head> each : heads.entrySet()) {
            context = context.with(each.getKey(), each.getValue());
        }
        if (!context.isLarge()) {
            return context;
        }
        Memo index = context.index(tenant, this::index);
        slab.write(index, null);
        return Context.compacted(index);
    }
}
