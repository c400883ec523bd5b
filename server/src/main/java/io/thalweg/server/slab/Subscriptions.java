package io.thalweg.server.slab;

import io.thalweg.memo.MemoId;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.memory.Places;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who wants to hear which objects of a topic changed. A subscriber is told of an object once, however often it changed since he looked
 * last, and reads what it is now: one who is slow costs a set of ids and no more. Thread-safe.
 */
public final class Subscriptions {
    private static final int OPEN_MAX = 20_000;

    /** Changed objects that a subscriber may have to read; with more he is told to read everything anew. */
    private static final int PENDING_MAX = 100_000;

    private final Map<MemoId, Set<Subscription>> byTopic = new ConcurrentHashMap<>();
    private final Places places = new Places(OPEN_MAX);

    /** One subscriber's. */
    public final class Subscription implements AutoCloseable {
        private final TenantId tenant;
        private final MemoId topic;
        private final AtomicBoolean closed = new AtomicBoolean();
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final LinkedHashSet<MemoId> pending = new LinkedHashSet<>();
        private boolean overflown;

        private Subscription(TenantId tenant, MemoId topic) {
            this.tenant = tenant;
            this.topic = topic;
        }

        private void add(MemoId object) {
            lock.lock();
            try {
                if (pending.size() < PENDING_MAX) {
                    pending.add(object);
                } else {
                    overflown = true;
                }
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        /** What changed since the last call, in the order of first changes; empty when nothing did in that time. */
        public List<MemoId> take(Duration atMost) throws InterruptedException {
            lock.lock();
            try {
                long left = atMost.toNanos();
                while (pending.isEmpty() && left > 0) {
                    left = changed.awaitNanos(left);
                }
                List<MemoId> taken = new ArrayList<>(pending);
                pending.clear();
                return taken;
            } finally {
                lock.unlock();
            }
        }

        /** Whether more changed than is remembered, which is forgotten with this call. */
        public boolean overflowed() {
            lock.lock();
            try {
                boolean before = overflown;
                overflown = false;
                return before;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            if (closed.getAndSet(true)) {
                return;
            }
            places.give(tenant, 1);
            byTopic.computeIfPresent(topic, (_, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /** Begins to listen; close it. */
    Subscription open(TenantId tenant, MemoId topic) {
        if (!places.take(tenant, 1)) {
            throw new ThalwegException(ErrorCode.OVERLOADED, places.none("subscriptions"));
        }
        Subscription made = new Subscription(tenant, topic);
        byTopic.compute(topic, (_, all) -> {
            Set<Subscription> now = all == null ? ConcurrentHashMap.newKeySet() : all;
            now.add(made);
            return now;
        });
        return made;
    }

    /** An object of a topic changed. */
    void changed(MemoId topic, MemoId object) {
        byTopic.getOrDefault(topic, Set.of()).forEach(each -> each.add(object));
    }

    /** How many there are. */
    int size() {
        return byTopic.values().stream().mapToInt(Set::size).sum();
    }
}
