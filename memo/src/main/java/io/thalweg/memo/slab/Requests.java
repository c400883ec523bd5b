package io.thalweg.memo.slab;

import io.thalweg.memo.MemoId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Memos that were asked for and have not come, so that no memo is asked of two peers at once. Bounded. */
final class Requests {
    private static final int OPEN_MAX = 100_000;
    private static final int OTHERS_MAX = 8;

    /** One memo that was asked for: of whom, until when, and who else is said to hold it. */
    private static final class Open {
        final long deadlineNs;
        final Deque<UUID> others = new ArrayDeque<>();

        Open(long deadlineNs) {
            this.deadlineNs = deadlineNs;
        }
    }

    /** A memo to ask somebody else for. */
    record Again(MemoId memo, UUID peer) {}

    private final Map<MemoId, Open> open = new LinkedHashMap<>();
    private final long patienceNs;

    Requests(long patienceNs) {
        this.patienceNs = patienceNs;
    }

    /** Whether to ask {@code peer} now; when somebody was asked already it is remembered as another holder. */
    boolean ask(MemoId memo, UUID peer, long nowNs) {
        Open known = open.get(memo);
        if (known != null) {
            if (known.others.size() < OTHERS_MAX && !known.others.contains(peer)) {
                known.others.add(peer);
            }
            return false;
        }
        if (open.size() >= OPEN_MAX) {
            return false;
        }
        open.put(memo, new Open(nowNs + patienceNs));
        return true;
    }

    void came(MemoId memo) {
        open.remove(memo);
    }

    /** Somebody does not have it: who else to ask. */
    @Nullable
    Again absent(MemoId memo, long nowNs) {
        Open known = open.remove(memo);
        if (known == null) {
            return null;
        }
        UUID next = known.others.poll();
        if (next == null) {
            return null;
        }
        Open again = new Open(nowNs + patienceNs);
        again.others.addAll(known.others);
        open.put(memo, again);
        return new Again(memo, next);
    }

    /** Those whose answer is overdue, with whom to ask instead; one that nobody else has is forgotten. */
    List<Again> overdue(long nowNs) {
        List<MemoId> late = new ArrayList<>();
        for (Iterator<Map.Entry<MemoId, Open>> each = open.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<MemoId, Open> entry = each.next();
            if (entry.getValue().deadlineNs > nowNs) {
                break;
            }
            late.add(entry.getKey());
        }
        List<Again> again = new ArrayList<>();
        for (MemoId memo : late) {
            Again next = absent(memo, nowNs);
            if (next != null) {
                again.add(next);
            }
        }
        return again;
    }

    boolean isOpen(MemoId memo) {
        return open.containsKey(memo);
    }

    int size() {
        return open.size();
    }
}
