package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The producers of one tenant: of each its epoch, the number of its last append, and what became of that. They are remembered for ever, which
 * is what a producer is for; hence there is a bound, and one over it is refused. Part of the replicated state: the apply thread only.
 *
 * <pre>
 * producers := count:i32 { name:text epoch:i64 number:i64 parts:i32 { log:16 partition:i32 first:i64 count:i32 timestamp:i64 } }
 * </pre>
 */
final class Producers {
    /** Producers of one tenant in one shard. */
    static final int MAX = 10_000;

    private static final int PART_BYTES = 16 + 4 + 8 + 4 + 8;

    /** Where the events of one stream went. */
    record Placed(StreamId stream, long firstSequence, int count, long timestampNs) {}

    private record Last(long epoch, long number, List<Placed> parts) {}

    private final TreeMap<String, Last> byName = new TreeMap<>();

    int size() {
        return byName.size();
    }

    /**
     * The answer to an append that was done before; null for one that is to be done.
     *
     * @throws ThalwegException {@code PRODUCER_FENCED}, {@code PRODUCER_NUMBER}, or {@code QUOTA_EXCEEDED} for one more than may be
     */
    @Nullable
    List<AppendResult> before(AppendAllBody.Producer producer, List<AppendAllBody.Part> parts) {
        Last last = byName.get(producer.name());
        if (last == null) {
            if (byName.size() >= MAX) {
                throw new ThalwegException(
                        ErrorCode.QUOTA_EXCEEDED,
                        "the tenant has its " + MAX + " producers: go on with the name of one that is done");
            }
            return null;
        }
        if (producer.epoch() < last.epoch) {
            throw new ThalwegException(
                    ErrorCode.PRODUCER_FENCED,
                    "producer " + producer.name() + " is at epoch " + last.epoch + ", epoch " + producer.epoch()
                            + " is over");
        }
        if (producer.epoch() > last.epoch || producer.number() > last.number) {
            return null;
        }
        if (producer.number() == last.number && !sameStreams(last.parts, parts) && sameLogs(last.parts, parts)) {
            throw new ThalwegException(
                    ErrorCode.SLOT_MOVED,
                    "number " + last.number + " of producer " + producer.name()
                            + " was appended before its log was split");
        }
        if (producer.number() < last.number || !sameStreams(last.parts, parts)) {
            throw new ThalwegException(
                    ErrorCode.PRODUCER_NUMBER,
                    producer.number() < last.number
                            ? "producer " + producer.name() + " is at number " + last.number + ", number "
                                    + producer.number() + " is older"
                            : "number " + last.number + " of producer " + producer.name() + " was another append, to "
                                    + last.parts);
        }
        return last.parts.stream()
                .map(placed -> new AppendResult(placed.firstSequence, placed.count, placed.timestampNs, true))
                .toList();
    }

    private static boolean sameStreams(List<Placed> last, List<AppendAllBody.Part> now) {
        if (last.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < last.size(); i++) {
            if (!last.get(i).stream.equals(now.get(i).stream())
                    || last.get(i).count != now.get(i).count()) {
                return false;
            }
        }
        return true;
    }

    /** Whether these are as many events of the same logs, sent to partitions that their keys chose. */
    private static boolean sameLogs(List<Placed> last, List<AppendAllBody.Part> now) {
        if (now.stream().noneMatch(part -> part.asOf() != AppendBody.ANY_PARTITIONS)) {
            return false;
        }
        TreeMap<LogId, Integer> counts = new TreeMap<>();
        last.forEach(placed -> counts.merge(placed.stream.log(), placed.count, Integer::sum));
        now.forEach(part -> counts.merge(part.stream().log(), -part.count(), Integer::sum));
        return counts.values().stream().allMatch(count -> count == 0);
    }

    /** Remembers what became of an append. */
    void done(AppendAllBody.Producer producer, List<Placed> parts) {
        byName.put(producer.name(), new Last(producer.epoch(), producer.number(), List.copyOf(parts)));
    }

    void save(BinaryWriter out) {
        out.i32(byName.size());
        for (Map.Entry<String, Last> producer : byName.entrySet()) {
            Last last = producer.getValue();
            out.text(producer.getKey()).i64(last.epoch).i64(last.number).i32(last.parts.size());
            for (Placed part : last.parts) {
                out.uuid(part.stream.log().value())
                        .i32(part.stream.partition())
                        .i64(part.firstSequence)
                        .i32(part.count)
                        .i64(part.timestampNs);
            }
        }
    }

    /** Reads into an empty one. */
    void load(BinaryReader in) {
        int size = in.count(4 + 8 + 8 + 4);
        if (size > MAX) {
            throw new MalformedException(size + " producers of a tenant, expected at most " + MAX);
        }
        for (int left = size; left > 0; left--) {
            AppendAllBody.Producer producer = new AppendAllBody.Producer(in.text(), in.i64(), in.i64());
            List<Placed> parts = new ArrayList<>();
            for (int part = in.count(PART_BYTES); part > 0; part--) {
                parts.add(new Placed(new StreamId(new LogId(in.uuid()), in.i32()), in.i64(), in.i32(), in.i64()));
            }
            if (byName.containsKey(producer.name())) {
                throw new MalformedException("producer " + producer.name() + " is there twice");
            }
            done(producer, parts);
        }
    }
}
