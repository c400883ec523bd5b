package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.ForgottenTenants;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.pack.PackFile;
import io.thalweg.memo.pack.Packs;
import io.thalweg.memo.peering.Digest;
import io.thalweg.model.TenantId;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The memos that a slab holds, in {@link Packs} on its disk, and those that it knows without holding them. Finds them by id, by object ({@link ObjectIndex}) and by the
 * order in which they came. A memo is never changed; letting one go writes that it is known. Space comes back by copying what is left
 * of a pack that is mostly dead. Nothing is durable before {@link #sync}. One thread.
 */
final class MemoStore implements AutoCloseable {
    private static final long ARRIVALS_LOST_MAX = 1L << 32;

    private final Packs packs;
    private final ForgottenTenants forgotten;
    private final Map<MemoId, StoredMemo> memos = new HashMap<>();
    private final List<StoredMemo> byArrival = new ArrayList<>();
    private final ObjectIndex objects = new ObjectIndex();
    private final Map<TenantId, TenantId> tenants = new HashMap<>();
    private final Map<MemoId, MemoId> topics = new HashMap<>();
    /** Memos that were held, and found to be rotten by who only wanted to know whom they follow. */
    private final List<StoredMemo> foundRotten = new ArrayList<>();

    private final Map<TenantId, Digest> digests = new LinkedHashMap<>();
    private long arrivals;
    private long heldBytes;
    private int heldMemos;
    private long droppedBytes;
    private int droppedMemos;
    private long rottenBytes;
    private int scrubAt;

    private MemoStore(Packs packs, ForgottenTenants forgotten) {
        this.packs = packs;
        this.forgotten = forgotten;
    }

    static MemoStore open(Disk disk, Path directory, int packBytesMax) throws IOException {
        disk.createDirectories(directory);
        MemoStore store =
                new MemoStore(Packs.open(disk, directory, packBytesMax), ForgottenTenants.open(disk, directory));
        store.recover();
        store.arrivals = Math.max(store.arrivals, store.forgotten.arrivals());
        return store;
    }

    private void recover() throws IOException {
        record Newest(PackFile pack, PackFile.Found found) {}
        Map<MemoId, Newest> last = new HashMap<>();
        for (PackFile pack : packs.all()) {
            PackFile.Scan scan = pack.scan(packs.isNewest(pack));
            rottenBytes += scan.rottenBytes();
            scan.records().forEach(found -> last.put(found.id(), new Newest(pack, found)));
        }
        List<Newest> ordered = new ArrayList<>(last.values());
        ordered.sort(
                Comparator.comparingLong((Newest each) -> each.found.arrival()).thenComparing(each -> each.found.id()));
        for (Newest each : ordered) {
            PackFile.Found found = each.found;
            Packs.Place place = new Packs.Place(each.pack, found.offset(), found.length());
            StoredMemo memo = stored(found.id(), found.memo(), found.arrival(), place);
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
    private StoredMemo stored(MemoId id, Memo memo, long arrival, Packs.Place place) {
        MemoId about = about(memo, id);
        Lineages lineage = about == null ? null : objects.find(about);
        MemoId topic = memo.kind() == Kind.TOPIC ? id : memo.topic();
        return new StoredMemo(
                id,
                tenants.computeIfAbsent(memo.tenant(), each -> each),
                memo.kind(),
                lineage == null ? about : lineage.object,
                topic == null ? null : topics.computeIfAbsent(topic, each -> each),
                arrival,
                place.pack(),
                place.offset(),
                place.length());
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
        stored.pack.count(stored.length);
        heldBytes += stored.held ? stored.length : 0;
        heldMemos += stored.held ? 1 : 0;
        droppedBytes += stored.dropped ? stored.length : 0;
        droppedMemos += stored.dropped ? 1 : 0;
        if (stored.kind != Kind.KEYFRAME) {
            digests.merge(stored.tenant, Digest.EMPTY.with(stored.id), (sum, _) -> sum.with(stored.id));
        }
        objects.enter(stored, memo, memos::containsKey);
    }

    /** Keyframes of an object that were held and were let go of, since others have copies. */
    Set<MemoId> keyframesAway(MemoId object) {
        return objects.keyframesAway(object);
    }

    /** Keeps a memo; null when it is held already. One that was let go is held again under the number under which it first came. */
    @Nullable
    StoredMemo put(Memo memo, byte[] form, @Nullable Authorship authorship) throws IOException {
        StoredMemo known = memos.get(memo.id());
        if (known != null && known.held) {
            return null;
        }
        long arrival = known == null ? ++arrivals : known.arrival;
        Packs.Place place = packs.append(memo.id(), arrival, form, authorship);
        if (known == null) {
            StoredMemo stored = stored(memo.id(), memo, arrival, place);
            stored.held = true;
            enter(stored, memo);
            return stored;
        }
        Memo believed = known.dropped ? known(known) : null;
        moved(known, place);
        known.held = true;
        boolean wasDropped = known.dropped;
        if (wasDropped) {
            droppedBytes -= place.length();
            droppedMemos--;
            known.dropped = false;
        }
        known.lost = false;
        Lineages lineage = objects.of(known);
        if (lineage != null && known.kind == Kind.KEYFRAME) {
            objects.keyframed(lineage, known, memo);
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
        heldBytes += place.length();
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
        lineage.relink(followed, memos::containsKey);
    }

    /** Keeps what stays of a memo that others dropped for good. It may not be known, unless what was kept of it is lost. */
    StoredMemo putDropped(MemoId id, Memo memo, byte[] form) throws IOException {
        StoredMemo known = memos.get(id);
        if (known != null) {
            moved(known, packs.appendReference(id, known.arrival, form, true));
            droppedNow(known);
            known.lost = false;
            Lineages lineage = objects.of(known);
            if (lineage != null) {
                lineage.head = lineage.head.without(memo.precursors());
            }
            return known;
        }
        long arrival = ++arrivals;
        StoredMemo stored = stored(id, memo, arrival, packs.appendReference(id, arrival, form, true));
        stored.dropped = true;
        enter(stored, memo);
        return stored;
    }

    private void droppedNow(StoredMemo stored) {
        if (stored.dropped) {
            return;
        }
        Lineages lineage = objects.of(stored);
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
        Packs.Place place = packs.appendReference(stored.id, stored.arrival, MemoCodec.encode(reference), forGood);
        if (forGood) {
            droppedNow(stored);
        }
        heldBytes -= stored.length;
        heldMemos--;
        stored.held = false;
        moved(stored, place);
        forgetKeyframe(stored);
        if (stored.object != null && stored.kind == Kind.KEYFRAME && !forGood) {
            objects.keyframeAway(stored.object, stored);
        }
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
        Lineages lineage = objects.of(stored);
        if (lineage != null && stored.kind == Kind.KEYFRAME) {
            lineage.forgetKeyframe(stored);
        }
    }

    private void moved(StoredMemo stored, Packs.Place to) {
        droppedBytes += stored.dropped ? to.length() - stored.length : 0;
        stored.pack.count(-stored.length);
        stored.pack = to.pack();
        stored.offset = to.offset();
        stored.length = to.length();
        to.pack().count(to.length());
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
        packs.sync();
    }

    boolean isDirty() {
        return packs.isDirty();
    }

    /** Copies what is left of one pack that is mostly dead, and deletes it; true when there was one. */
    boolean compact() throws IOException {
        Optional<PackFile> dead = packs.mostlyDead();
        if (dead.isPresent()) {
            replace(dead.get());
        }
        return dead.isPresent();
    }

    /** Copies what is left of a pack, and deletes it. */
    private void replace(PackFile pack) throws IOException {
        copy(pack);
        packs.delete(pack);
    }

    private void copy(PackFile pack) throws IOException {
        for (StoredMemo stored : byArrival) {
            if (!stored.pack.equals(pack)) {
                continue;
            }
            Packs.Place place;
            if (stored.held) {
                try {
                    PackFile.Kept kept = pack.read(stored.id, stored.offset, stored.length);
                    place = packs.append(stored.id, stored.arrival, kept.form(), kept.authorship());
                } catch (CorruptionException e) {
                    rotten(stored);
                    continue;
                }
            } else {
                Memo known = known(stored);
                if (known == null) {
                    continue;
                }
                place = packs.appendReference(stored.id, stored.arrival, MemoCodec.encode(known), stored.dropped);
            }
            moved(stored, place);
        }
    }

    /** Packs that have anything of a tenant are copied without it, and deleted. What is in memory stays as it was: nothing but {@link #close} may follow. */
    void forget(TenantId tenant) throws IOException {
        forgotten.add(tenant, arrivals);
        byArrival.removeIf(stored -> stored.tenant.equals(tenant));
        List<PackFile> before = packs.all();
        packs.begin();
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
        return objects.find(object);
    }

    /** All objects, in no order that means anything. */
    Map<MemoId, Lineages> objects() {
        return objects.all();
    }

    /** The objects of a topic that begin here, in the order of their ids. */
    NavigableSet<MemoId> ofTopic(MemoId topic) {
        return objects.ofTopic(topic);
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
        return packs.bytes();
    }

    /** Bytes that no record explained when the store was opened. */
    long rottenBytes() {
        return rottenBytes;
    }

    @Override
    public void close() throws IOException {
        packs.close();
    }
}
