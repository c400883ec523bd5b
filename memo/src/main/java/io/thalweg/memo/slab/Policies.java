package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.model.TenantId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many nines memos are to have: those that their object asks for, else their topic, else their tenant, else the usual ones. And which topics let
 * go of their history. One thread.
 */
final class Policies {
    private final Map<MemoId, Double> objects = new HashMap<>();
    private final Map<MemoId, Double> topics = new HashMap<>();
    private final Map<TenantId, Double> tenants = new HashMap<>();
    private final Set<MemoId> dropping = new HashSet<>();
    private final Set<MemoId> dropped = new HashSet<>();

    /** The target of a memo; none for what anybody can make again, or for which a keyframe stands. */
    double nines(StoredMemo memo) {
        if (memo.dropped || (memo.kind == Kind.KEYFRAME && !standsAlone(memo.topic, memo.object))) {
            return 0;
        }
        Double own = memo.object == null ? null : objects.get(memo.object);
        Double topics = memo.topic == null ? null : this.topics.get(memo.topic);
        return own != null
                ? own
                : topics != null ? topics : tenants.getOrDefault(memo.tenant, TopicModel.TARGET_NINES_DEFAULT);
    }

    /** Whether that is news. */
    boolean object(MemoId object, OptionalDouble nines) {
        return put(objects, object, nines);
    }

    /** Whether that is news. */
    boolean topic(MemoId topic, OptionalDouble nines) {
        return put(topics, topic, nines);
    }

    /** Whether that is news. */
    boolean tenant(TenantId tenant, OptionalDouble nines) {
        return put(tenants, tenant, nines);
    }

    private static <K> boolean put(Map<K, Double> targets, K key, OptionalDouble nines) {
        Double before = nines.isPresent() ? targets.put(key, nines.getAsDouble()) : targets.remove(key);
        return !Objects.equals(before, nines.isPresent() ? (Double) nines.getAsDouble() : null);
    }

    /** Whether that is news. */
    boolean drop(MemoId topic, boolean drops) {
        return drops ? dropping.add(topic) : dropping.remove(topic);
    }

    /** Whether memos about an object that a keyframe stands for may be let go of for good. Never those about a topic, which say so. */
    boolean drops(@Nullable MemoId topic, @Nullable MemoId object) {
        return topic != null && dropping.contains(topic) && !topic.equals(object);
    }

    /** A topic said once that its history may be dropped, whatever it says now. Whether that is news. */
    boolean hasDropped(MemoId topic) {
        return dropped.add(topic);
    }

    /** Whether a keyframe of an object may be all that is left of memos: what was dropped stays so when the topic thinks better of it. */
    boolean standsAlone(@Nullable MemoId topic, @Nullable MemoId object) {
        return topic != null && dropped.contains(topic) && !topic.equals(object);
    }
}
