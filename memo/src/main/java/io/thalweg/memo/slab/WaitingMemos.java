package io.thalweg.memo.slab;

import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.peering.Message.Sent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Memos that follow something that is not here yet. There is room for so many in all and from one source; a source that sends more loses its
 * own oldest, and nobody else's. What was thrown out is not known, and comes again when it is asked for.
 */
final class WaitingMemos {
    static final int ALL_MAX = 20_000;
    static final int SOURCE_MAX = 5_000;
    static final long BYTES_MAX = 64L << 20;

    /** Times that what is missing is asked for, each after twice as long, before a memo is thrown out. */
    static final int ASKED_MAX = 8;

    /** One that waits. */
    static final class Waiting {
        final Memo memo;
        final Sent sent;
        final UUID source;
        final Set<MemoId> missing;
        long askNs;
        long pauseNs;
        int asked;

        Waiting(Memo memo, Sent sent, UUID source, Set<MemoId> missing, long askNs, long pauseNs) {
            this.memo = memo;
            this.sent = sent;
            this.source = source;
            this.missing = missing;
            this.askNs = askNs;
            this.pauseNs = pauseNs;
        }
    }

    private final Map<MemoId, Waiting> waiting = new LinkedHashMap<>();
    private final Map<MemoId, Set<MemoId>> waitingFor = new HashMap<>();
    private final Map<UUID, Integer> bySource = new HashMap<>();
    private long bytes;

    boolean contains(MemoId memo) {
        return waiting.containsKey(memo);
    }

    void add(Waiting next) {
        if (waiting.containsKey(next.memo.id())) {
            return;
        }
        if (bySource.getOrDefault(next.source, 0) >= SOURCE_MAX) {
            removeOldest(next.source);
        }
        while (!waiting.isEmpty() && (waiting.size() >= ALL_MAX || bytes + next.sent.form().length > BYTES_MAX)) {
            removeOldest(fullest());
        }
        waiting.put(next.memo.id(), next);
        bytes += next.sent.form().length;
        bySource.merge(next.source, 1, Integer::sum);
        next.missing.forEach(missing ->
                waitingFor.computeIfAbsent(missing, _ -> new HashSet<>()).add(next.memo.id()));
    }

    private UUID fullest() {
        return bySource.entrySet().stream()
                .max(Map.Entry.<UUID, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .orElseThrow()
                .getKey();
    }

    private void removeOldest(UUID source) {
        for (Waiting each : waiting.values()) {
            if (each.source.equals(source)) {
                remove(each);
                return;
            }
        }
    }

    void remove(Waiting each) {
        waiting.remove(each.memo.id());
        bytes -= each.sent.form().length;
        bySource.computeIfPresent(each.source, (_, count) -> count == 1 ? null : count - 1);
        for (MemoId missing : each.missing) {
            Set<MemoId> others = waitingFor.get(missing);
            if (others != null && others.remove(each.memo.id()) && others.isEmpty()) {
                waitingFor.remove(missing);
            }
        }
    }

    /** Those that miss nothing any more now that a memo is here, taken out. */
    List<Waiting> arrived(MemoId memo) {
        List<Waiting> ready = new ArrayList<>();
        Set<MemoId> others = waitingFor.remove(memo);
        for (MemoId other : others == null ? Set.<MemoId>of() : others) {
            Waiting each = waiting.get(other);
            if (each != null) {
                each.missing.remove(memo);
                if (each.missing.isEmpty()) {
                    ready.add(each);
                }
            }
        }
        ready.sort((left, right) -> left.memo.id().compareTo(right.memo.id()));
        ready.forEach(this::remove);
        return ready;
    }

    /** Those whose missing memos are to be asked for now; the ones that were asked for too often are thrown out. */
    List<Waiting> due(long nowNs) {
        List<Waiting> due = new ArrayList<>();
        for (Waiting each : List.copyOf(waiting.values())) {
            if (each.askNs <= nowNs) {
                if (each.asked++ >= ASKED_MAX) {
                    remove(each);
                } else {
                    each.askNs = nowNs + each.pauseNs;
                    each.pauseNs *= 2;
                    due.add(each);
                }
            }
        }
        return due;
    }

    @Nullable
    Waiting find(MemoId memo) {
        return waiting.get(memo);
    }

    int size() {
        return waiting.size();
    }

    /** Whether there are so many that no more are to be fetched for now. */
    boolean isHalfFull() {
        return waiting.size() >= SOURCE_MAX / 2 || bytes >= BYTES_MAX / 2;
    }
}
