package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.ForgottenTenants;
import io.thalweg.memo.Head;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.TargetMark;
import io.thalweg.memo.peering.Digest;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The memos that a slab holds, in packs on its disk, and those that it knows without holding them. Finds them by id, by object and by the
 * order in which they came. A memo is never changed; letting one go writes that it is known. Space comes back by copying what is left
 * of a pack that is mostly dead. Nothing is durable before {@link #sync}. One thread.
 */
final class MemoStore implements AutoCloseable {
    private static final double DEAD_SHARE = 0.5;
    private static final long ARRIVALS_LOST_MAX = 1L << 32;

    private final Disk disk;
    private final Path directory;
    private final int packBytesMax;
    private final ForgottenTenants forgotten;
    private final TreeMap<Long, PackFile> packs = new TreeMap<>();
    private final Map<MemoId, StoredMemo> memos = new HashMap<>();
    private final List<StoredMemo> byArrival = new ArrayList<>();
    private final Map<MemoId, Lineages> objects = new HashMap<>();
    private final Map<TenantId, TenantId> tenants = new HashMap<>();
    private final Map<MemoId, MemoId> topics = new HashMap<>();
    private final Map<MemoId, NavigableSet<MemoId>> ofTopics = new HashMap<>();
    /** Memos that were held, and found to be rotten by who only wanted to know whom they follow. */
    private final List<StoredMemo> foundRotten = new ArrayList<>();

    private final Map<MemoId, Set<MemoId>> keyframesAway = new HashMap<>();
    private final Map<TenantId, Digest> digests = new LinkedHashMap<>();
    private PackFile current;
    private boolean dirty;
    private long arrivals;
    private long heldBytes;
    private int heldMemos;
    private long droppedBytes;
    private int droppedMemos;
    private long rottenBytes;
    private int scrubAt;

    private MemoStore(Disk disk, Path directory, int packBytesMax, PackFile current, ForgottenTenants forgotten) {
        this.forgotten = forgotten;
        this.disk = disk;
        this.directory = directory;
        this.packBytesMax = packBytesMax;
        this.current = current;
    }

    static MemoStore open(Disk disk, Path directory, int packBytesMax) throws IOException {
        disk.createDirectories(directory);
        TreeMap<Long, PackFile> found = new TreeMap<>();
        for (Path path : disk.list(directory)) {
            String name = String.valueOf(path.getFileName());
            if (name.endsWith(".pack")) {
                long number = Long.parseUnsignedLong(name.substring(0, name.length() - 5), 16);
                found.put(number, PackFile.open(disk, directory, number));
            }
        }
        if (found.isEmpty()) {
            found.put(1L, PackFile.create(disk, directory, 1));
        }
        MemoStore store = new MemoStore(
                disk,
                directory,
                packBytesMax,
                Objects.requireNonNull(found.lastEntry().getValue()),
                ForgottenTenants.open(disk, directory));
        store.packs.putAll(found);
        store.recover();
        store.arrivals = Math.max(store.arrivals, store.forgotten.arrivals());
        return store;
    }

    private void recover() throws IOException {
        record Newest(PackFile pack, PackFile.Found found) {}
        Map<MemoId, Newest> last = new HashMap<>();
        for (PackFile pack : packs.values()) {
            PackFile.Scan scan = pack.scan(pack.number == packs.lastKey());
            rottenBytes += scan.rottenBytes();
            scan.records().forEach(found -> last.put(found.id(), new Newest(pack, found)));
        }
        List<Newest> ordered = new ArrayList<>(last.values());
        ordered.sort(
                Comparator.comparingLong((Newest each) -> each.found.arrival()).thenComparing(each -> each.found.id()));
        for (Newest each : ordered) {
            PackFile.Found found = each.found;
            StoredMemo memo =
                    stored(found.id(), found.memo(), found.arrival(), each.pack, found.offset(), found.length());
            memo.held = found.type() == PackFile.MEMO;
            memo.dropped = found.type() == PackFile.DROPPED;
            enter(memo, found.memo());
            arrivals = Math.max(arrivals, memo.arrival);
        }
        if (rottenBytes > 0) {
            // What is gone may have had the highest numbers; others must never see one of them again.
            arrivals += ARRIVALS_LOST_MAX;
        }
    }

    /** What is remembered of a memo: names that many memos have are there once. */
    private StoredMemo stored(MemoId id, Memo memo, long arrival, PackFile pack, long offset, int length) {
        MemoId about = about(memo, id);
        Lineages lineage = about == null ? null : objects.get(about);
        MemoId topic = memo.kind() == Kind.TOPIC ? id : memo.topic();
        return new StoredMemo(
                id,
                tenants.computeIfAbsent(memo.tenant(), each -> each),
                memo.kind(),
                lineage == null ? about : lineage.object,
                topic == null ? null : topics.computeIfAbsent(topic, each -> each),
                arrival,
                pack,
                offset,
                length);
    }

    private static @Nullable MemoId about(Memo memo, MemoId id) {
        return switch (memo.kind()) {
            case TOPIC, CREATE -> id;
            case EDIT, KEYFRAME -> memo.object();
            case INDEX, BEAT -> null;
        };
    }

    private void enter(StoredMemo stored, Memo memo) {
        memos.put(stored.id, stored);
        byArrival.add(stored);
        stored.pack.liveBytes += stored.length;
        heldBytes += stored.held ? stored.length : 0;
        heldMemos += stored.held ? 1 : 0;
        droppedBytes += stored.dropped ? stored.length : 0;
        droppedMemos += stored.dropped ? 1 : 0;
        if (stored.kind != Kind.KEYFRAME) {
            digests.merge(stored.tenant, Digest.EMPTY.with(stored.id), (sum, _) -> sum.with(stored.id));
        }
        MemoId object = stored.object;
        if (object == null) {
            return;
        }
        Lineages lineage = objects.computeIfAbsent(object, _ -> new Lineages(object, stored.tenant));
        if (stored.kind.isLineage()) {
            if (lineage.memos.isEmpty() && stored.topic != null && !object.equals(stored.topic)) {
                ofTopics.computeIfAbsent(stored.topic, _ -> new TreeSet<>()).add(lineage.object);
            }
            lineage.memos.add(stored);
            lineage.mixed |= stored.dropped;
            lineage.dropped += stored.dropped ? 1 : 0;
            lineage.aimed |= TargetMark.isIn(memo.body());
            memo.precursors().stream().filter(each -> !memos.containsKey(each)).forEach(lineage::lacks);
            // What others follow is no head, and neither is what it follows, of which it had to tell.
            lineage.head = lineage.lacksNoMore(stored.id)
                    ? lineage.head.without(memo.precursors())
                    : lineage.head.after(stored.id, memo.precursors());
        } else if (stored.held) {
            keyframed(lineage, stored, memo);
        } else if (!stored.dropped) {
            away(object).add(stored.id);
        }
    }

    /** Keyframes of an object that were held and were let go of, since others have copies. */
    Set<MemoId> keyframesAway(MemoId object) {
        return keyframesAway.getOrDefault(object, Set.of());
    }

    private Set<MemoId> away(MemoId object) {
        return keyframesAway.computeIfAbsent(object, _ -> new HashSet<>());
    }

    private void keyframed(Lineages lineage, StoredMemo stored, Memo memo) {
        lineage.keyframes.add(stored);
        if (stored.object != null) {
            keyframesAway.computeIfPresent(stored.object, (_, away) -> {
                away.remove(stored.id);
                return away.isEmpty() ? null : away;
            });
        }
        // What memos said that were dropped it says as well.
        lineage.aimed |= TargetMark.isIn(memo.body());
        if (lineage.head.equals(new Head(memo.precursors()))) {
            // It came when this was the head, so that it stands for all that had come.
            lineage.keyframe = stored;
            lineage.keyframed = lineage.memos.size();
        }
    }

    /** Keeps a memo; null when it is held already. One that was let go is held again under the number under which it first came. */
    @Nullable
    StoredMemo put(Memo memo, byte[] form, @Nullable Authorship authorship) throws IOException {
        StoredMemo known = memos.get(memo.id());
        if (known != null && known.held) {
            return null;
        }
        long arrival = known == null ? ++arrivals : known.arrival;
        PackFile pack = room();
        long offset = pack.append(memo.id(), arrival, form, authorship);
        int length = (int) (pack.size() - offset);
        dirty = true;
        if (known == null) {
            StoredMemo stored = stored(memo.id(), memo, arrival, pack, offset, length);
            stored.held = true;
            enter(stored, memo);
            return stored;
        }
        Memo believed = known.dropped ? known(known) : null;
        moved(known, pack, offset, length);
        known.held = true;
        boolean wasDropped = known.dropped;
        if (wasDropped) {
            droppedBytes -= length;
            droppedMemos--;
            known.dropped = false;
        }
        known.lost = false;
        Lineages lineage = known.object == null ? null : objects.get(known.object);
        if (lineage != null && known.kind == Kind.KEYFRAME) {
            keyframed(lineage, known, memo);
        } else if (lineage != null && wasDropped) {
            // Whom it follows was somebody's word until now.
            known.regained = true;
            lineage.dropped--;
            lineage.mixed = true;
            if (believed == null || !believed.precursors().equals(memo.precursors())) {
                relink(lineage);
            }
        } else if (lineage != null && known.kind.isLineage()) {
            lineage.head = lineage.head.without(memo.precursors());
        }
        heldBytes += length;
        heldMemos++;
        return known;
    }

    /** The head of a lineage, and what is missing in it, from all of its memos. Whom a lost one follows it will say when it comes. */
    private void relink(Lineages lineage) throws IOException {
        Set<MemoId> followed = new HashSet<>();
        for (StoredMemo stored : lineage.memos) {
            Memo memo = known(stored);
            followed.addAll(memo == null ? List.of() : memo.precursors());
        }
        Set<MemoId> youngest = new HashSet<>();
        lineage.memos.stream().filter(memo -> !followed.contains(memo.id)).forEach(memo -> youngest.add(memo.id));
        lineage.head = Head.of(youngest);
        lineage.gaps = Set.of();
        followed.stream().filter(each -> !memos.containsKey(each)).forEach(lineage::lacks);
    }

    /** Keeps what stays of a memo that others dropped for good. It may not be known, unless what was kept of it is lost. */
    StoredMemo putDropped(MemoId id, Memo memo, byte[] form) throws IOException {
        StoredMemo known = memos.get(id);
        if (known != null) {
            PackFile pack = room();
            long offset = pack.appendReference(id, known.arrival, form, true);
            moved(known, pack, offset, (int) (pack.size() - offset));
            droppedNow(known);
            known.lost = false;
            Lineages lineage = known.object == null ? null : objects.get(known.object);
            if (lineage != null) {
                lineage.head = lineage.head.without(memo.precursors());
            }
            dirty = true;
            return known;
        }
        long arrival = ++arrivals;
        PackFile pack = room();
        long offset = pack.appendReference(id, arrival, form, true);
        StoredMemo stored = stored(id, memo, arrival, pack, offset, (int) (pack.size() - offset));
        stored.dropped = true;
        dirty = true;
        enter(stored, memo);
        return stored;
    }

    private void droppedNow(StoredMemo stored) {
        if (stored.dropped) {
            return;
        }
        Lineages lineage = stored.object == null ? null : objects.get(stored.object);
        if (lineage != null && stored.kind.isLineage()) {
            lineage.dropped++;
        }
        droppedBytes += stored.length;
        droppedMemos++;
        stored.dropped = true;
    }

    /** Lets a memo go, perhaps for good; it stays known. Of one that goes for good stays what it added to counters. */
    void release(StoredMemo stored, Memo memo, boolean forGood) throws IOException {
        if (!stored.held) {
            return;
        }
        Memo reference = new Memo(
                memo.tenant(),
                memo.kind(),
                memo.topic(),
                memo.object(),
                memo.precursors(),
                memo.references(),
                forGood && (memo.kind() == Kind.CREATE || memo.kind() == Kind.EDIT)
                        ? Edit.decode(memo.body()).remains()
                        : new byte[0]);
        PackFile pack = room();
        long offset = pack.appendReference(stored.id, stored.arrival, MemoCodec.encode(reference), forGood);
        if (forGood) {
            droppedNow(stored);
        }
        heldBytes -= stored.length;
        heldMemos--;
        stored.held = false;
        moved(stored, pack, offset, (int) (pack.size() - offset));
        forgetKeyframe(stored);
        if (stored.object != null && stored.kind == Kind.KEYFRAME && !forGood) {
            away(stored.object).add(stored.id);
        }
        dirty = true;
    }

    /** A memo whose bytes are rotten is not held any more, and nothing is kept of it but that it is known. */
    void rotten(StoredMemo stored) {
        if (stored.held) {
            stored.held = false;
            stored.lost = true;
            heldBytes -= stored.length;
            heldMemos--;
            forgetKeyframe(stored);
        }
    }

    private void forgetKeyframe(StoredMemo stored) {
        Lineages lineage = stored.object == null ? null : objects.get(stored.object);
        if (lineage != null && stored.kind == Kind.KEYFRAME) {
            lineage.keyframes.remove(stored);
        }
        if (lineage != null && stored.equals(lineage.keyframe)) {
            lineage.keyframe = null;
            lineage.keyframed = 0;
        }
    }

    private void moved(StoredMemo stored, PackFile pack, long offset, int length) {
        droppedBytes += stored.dropped ? length - stored.length : 0;
        stored.pack.liveBytes -= stored.length;
        stored.pack = pack;
        stored.offset = offset;
        stored.length = length;
        pack.liveBytes += length;
    }

    private PackFile room() throws IOException {
        if (current.size() >= packBytesMax) {
            current.force();
            current = PackFile.create(disk, directory, current.number + 1);
            packs.put(current.number, current);
        }
        return current;
    }

    /** Reads a held memo, hashed again; a {@link CorruptionException} when it is rotten. */
    PackFile.Kept read(StoredMemo stored) throws IOException {
        return stored.pack.read(stored.id, stored.offset, stored.length);
    }

    /**
     * What is known of a memo: itself when it is held, else its form without a body or, when it was dropped, with what stays of that. Null when it
     * is rotten, which is noted.
     */
    @Nullable
    Memo known(StoredMemo stored) throws IOException {
        if (stored.lost) {
            return null;
        }
        try {
            return stored.held
                    ? read(stored).memo()
                    : MemoCodec.decode(stored.pack.readReference(stored.id, stored.offset, stored.length));
        } catch (CorruptionException e) {
            if (stored.held) {
                rotten(stored);
                foundRotten.add(stored);
            }
            stored.lost = true;
            return null;
        }
    }

    /** Everything written so far survives a crash. */
    void sync() throws IOException {
        if (dirty) {
            current.force();
            dirty = false;
        }
    }

    boolean isDirty() {
        return dirty;
    }

    /** Copies what is left of one pack that is mostly dead, and deletes it; true when there was one. */
    boolean compact() throws IOException {
        for (PackFile pack : packs.values()) {
            if (pack.number != current.number && pack.liveBytes < pack.size() * DEAD_SHARE) {
                replace(pack);
                return true;
            }
        }
        return false;
    }

    /** Copies what is left of a pack, and deletes it. */
    private void replace(PackFile pack) throws IOException {
        copy(pack);
        current.force();
        dirty = false;
        packs.remove(pack.number);
        pack.close();
        disk.delete(pack.path());
        disk.forceDirectory(directory);
    }

    private void copy(PackFile pack) throws IOException {
        for (StoredMemo stored : byArrival) {
            if (stored.pack.number != pack.number) {
                continue;
            }
            PackFile target = room();
            long offset;
            if (stored.held) {
                try {
                    PackFile.Kept kept = pack.read(stored.id, stored.offset, stored.length);
                    offset = target.append(stored.id, stored.arrival, kept.form(), kept.authorship());
                } catch (CorruptionException e) {
                    rotten(stored);
                    continue;
                }
            } else {
                Memo known = known(stored);
                if (known == null) {
                    continue;
                }
                offset = target.appendReference(stored.id, stored.arrival, MemoCodec.encode(known), stored.dropped);
            }
            moved(stored, target, offset, (int) (target.size() - offset));
        }
    }

    /** Packs that have anything of a tenant are copied without it, and deleted. What is in memory stays as it was: nothing but {@link #close} may follow. */
    void forget(TenantId tenant) throws IOException {
        forgotten.add(tenant, arrivals);
        byArrival.removeIf(stored -> stored.tenant.equals(tenant));
        List<PackFile> before = List.copyOf(packs.values());
        current.force();
        current = PackFile.create(disk, directory, current.number + 1);
        packs.put(current.number, current);
        for (PackFile pack : before) {
            if (pack.hasAny(tenant)) {
                replace(pack);
            }
        }
    }

    boolean hasForgotten(TenantId tenant) {
        return forgotten.has(tenant);
    }

    /** Hashes held memos again, going round, until so many bytes are read; those that are rotten, and those that others found to be. */
    List<StoredMemo> scrub(long bytes) throws IOException {
        List<StoredMemo> rotten = new ArrayList<>(foundRotten);
        rotten.removeIf(stored -> stored.held);
        foundRotten.clear();
        long read = 0;
        for (int looked = 0; looked < byArrival.size() && read < bytes; looked++) {
            scrubAt = scrubAt + 1 >= byArrival.size() ? 0 : scrubAt + 1;
            StoredMemo stored = byArrival.get(scrubAt);
            if (stored.held) {
                read += stored.length;
                try {
                    read(stored);
                } catch (CorruptionException e) {
                    rotten.add(stored);
                }
            }
        }
        return rotten;
    }

    @Nullable
    StoredMemo find(MemoId id) {
        return memos.get(id);
    }

    boolean holds(MemoId id) {
        StoredMemo stored = memos.get(id);
        return stored != null && stored.held;
    }

    @Nullable
    Lineages object(MemoId object) {
        return objects.get(object);
    }

    /** All objects, in no order that means anything. */
    Map<MemoId, Lineages> objects() {
        return objects;
    }

    /** The objects of a topic that begin here, in the order of their ids. */
    NavigableSet<MemoId> ofTopic(MemoId topic) {
        return Collections.unmodifiableNavigableSet(ofTopics.getOrDefault(topic, Collections.emptyNavigableSet()));
    }

    /** Memos from an arrival on, at most so many. */
    List<StoredMemo> from(long arrival, int most) {
        int low = 0;
        int high = byArrival.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (byArrival.get(middle).arrival < arrival) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return byArrival.subList(low, Math.min(byArrival.size(), low + most));
    }

    List<StoredMemo> all() {
        return byArrival;
    }

    Map<TenantId, Digest> digests() {
        return digests;
    }

    long arrivals() {
        return arrivals;
    }

    /** Bytes of memos that are held. */
    long heldBytes() {
        return heldBytes;
    }

    /** How many memos are held. */
    int heldMemos() {
        return heldMemos;
    }

    /** Bytes of what stays of memos that were dropped for good. */
    long droppedBytes() {
        return droppedBytes;
    }

    /** How many memos were dropped for good. */
    int droppedMemos() {
        return droppedMemos;
    }

    /** Bytes of all packs. */
    long diskBytes() {
        return packs.values().stream().mapToLong(PackFile::size).sum();
    }

    /** Bytes that no record explained when the store was opened. */
    long rottenBytes() {
        return rottenBytes;
    }

    @Override
    public void close() throws IOException {
        for (PackFile pack : packs.values()) {
            pack.close();
        }
    }
}
