package io.thalweg.directory;

import io.thalweg.directory.map.PersistentMap;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A decision that not all shards have confirmed. A log or ledger that is being made is in no tenant before that; one that is being
 * deleted is in none any more.
 *
 * @param version the directory's version that decided it, by which it is known
 * @param log what there is once all shards have confirmed; null for a ledger or a deletion
 * @param ledger the same
 * @param split the split of a log that is; null for everything else
 * @param wants by shard, what the shards are to do that have not confirmed
 */
public record Pending(
        long version,
        TenantId tenant,
        @Nullable Log log,
        @Nullable NamedLedger ledger,
        @Nullable Split split,
        PersistentMap<Integer, List<Want>> wants) {

    /** Slots of a log that are to go to a partition more. */
    public record Split(LogId log, SlotSplit slots) {}

    /** A log that is to have a partition more. */
    public static Pending split(long version, TenantId tenant, Log log, SlotSplit slots) {
        Wants wants = new Wants();
        wants.add(log.shard(slots.from()), new Want.SplitStream(log.stream(slots.from()), log.partitions()));
        return new Pending(version, tenant, null, null, new Split(log.id(), slots), wants.byShard());
    }

    /** A log that is to be. */
    public static Pending create(long version, TenantId tenant, Log log) {
        Wants wants = new Wants();
        wants.each(log, Want.HaveStream::new);
        return new Pending(version, tenant, log, null, null, wants.byShard());
    }

    /** A ledger that is to be. */
    public static Pending create(long version, TenantId tenant, NamedLedger ledger) {
        Wants wants = new Wants();
        wants.add(ledger.shard(), new Want.HaveLedger(ledger.id()));
        return new Pending(version, tenant, null, ledger, null, wants.byShard());
    }

    /** A log that is to be in the place of others, which are not to be any more. */
    public static Pending replace(long version, TenantId tenant, Log log, List<Log> gone) {
        Wants wants = new Wants();
        gone.forEach(each -> wants.each(each, Want.DropStream::new));
        wants.each(log, Want.HaveStream::new);
        return new Pending(version, tenant, log, null, null, wants.byShard());
    }

    /** Logs and ledgers that are not to be any more. */
    public static Pending drop(long version, TenantId tenant, List<Log> logs, List<NamedLedger> ledgers) {
        Wants wants = new Wants();
        logs.forEach(log -> wants.each(log, Want.DropStream::new));
        ledgers.forEach(ledger -> wants.add(ledger.shard(), new Want.DropLedger(ledger.id())));
        return new Pending(version, tenant, null, null, null, wants.byShard());
    }

    /** Wants that are being collected. */
    private static final class Wants {
        private final TreeMap<Integer, List<Want>> wants = new TreeMap<>();

        void add(int shard, Want want) {
            wants.computeIfAbsent(shard, _ -> new ArrayList<>()).add(want);
        }

        void each(Log log, Function<StreamId, Want> want) {
            for (int partition = 0; partition < log.partitions(); partition++) {
                add(log.shard(partition), want.apply(log.stream(partition)));
            }
        }

        PersistentMap<Integer, List<Want>> byShard() {
            PersistentMap<Integer, List<Want>> all = PersistentMap.empty();
            for (var entry : wants.entrySet()) {
                all = all.with(entry.getKey(), List.copyOf(entry.getValue()));
            }
            return all;
        }
    }

    /** What one shard is to do; empty when it has confirmed. */
    public List<Want> wants(int shard) {
        List<Want> known = wants.get(shard);
        return known == null ? List.of() : known;
    }

    /** The same without what this shard has done. */
    public Pending confirmed(int shard) {
        return new Pending(version, tenant, log, ledger, split, wants.without(shard));
    }

    /** Whether all shards have confirmed. */
    public boolean done() {
        return wants.isEmpty();
    }
}
