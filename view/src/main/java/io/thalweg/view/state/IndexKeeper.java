package io.thalweg.view.state;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewTrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the state of a view in {@link IndexDatabase}. What the code writes stays in a sorted map in memory, where the code itself and
 * queries see it; a commit moves the map, the position and the code's own snapshot to the database in one batch. Until then any
 * restart of the instance finds the index as it was at the last commit, and that commit's position with it.
 *
 * <p>What stands beside the code's keys, little-endian: {@code u8 format (2) · header of {@link SavedState} · i32 n · n bytes component
 * hash · i32 n · n bytes of the code's own}. Format 1 is read as well.
 *
 * <p>An event that is refused leaves nothing: the map's former entries are noted while an event is under way and put back.
 */
@SuppressWarnings("ReferenceEquality") // the mark of a deletion is an array of its own
public final class IndexKeeper implements StateKeeper, ViewIndex {
    private static final int FORMAT_OF_ONE_STREAM = 1;
    private static final int FORMAT = 2;
    private static final int MAX_KEY_BYTES = 65_535;
    private static final long COMMIT_BYTES = 8 << 20;

    /** What thousands of views that do nothing may each hold in memory. */
    private static final long IDLE_BYTES = 128 << 10;

    private static final int COMMIT_KEYS = 50_000;

    /** Bytes that an entry costs beside its key and value, roughly. */
    private static final int ENTRY_BYTES = 100;

    /** What one event may write. */
    private static final long EVENT_BYTES_MAX = 64L << 20;

    private final IndexDatabase database;
    private final Consumer<IndexDatabase> releases;
    private final StreamId stream;
    private final IndexDatabase.Space space;
    private final byte[] componentHash;
    private final int maxResultBytes;
    private final TreeMap<byte[], byte[]> written = new TreeMap<>(Arrays::compareUnsigned);
    private final List<byte[]> touchedKeys = new ArrayList<>();
    private final List<byte @Nullable []> touchedValues = new ArrayList<>();
    private long writtenBytes;
    private long eventBytes;
    private boolean writable;
    private @Nullable String problem;

    /** @param releases called once with the database when it is used no more */
    public IndexKeeper(
            IndexDatabase database, SnapshotFile.Owner owner, int maxResultBytes, Consumer<IndexDatabase> releases) {
        this.database = database;
        this.releases = releases;
        this.stream = owner.stream();
        this.space = new IndexDatabase.Space(owner.view(), owner.version());
        this.componentHash = owner.componentHash();
        this.maxResultBytes = maxResultBytes;
    }

    @Override
    public ViewIndex index() {
        return this;
    }

    @Override
    public Iterator<SavedState> load() {
        forgetUncommitted();
        byte[] meta = database.meta(space);
        if (meta != null) {
            try {
                BinaryReader reader = new BinaryReader(meta);
                int format = reader.u8();
                if (format != FORMAT && format != FORMAT_OF_ONE_STREAM) {
                    throw new MalformedException("has format " + format + ", this program knows 1 and " + FORMAT);
                }
                SavedState state = format == FORMAT
                        ? SavedState.readHeader(reader)
                        : SavedState.readHeaderOfOneStream(reader, stream);
                if (!Arrays.equals(reader.bytes(), componentHash)) {
                    throw new MalformedException("is of other code");
                }
                byte[] guest = reader.bytes();
                reader.end();
                return List.of(state.withGuest(guest)).iterator();
            } catch (MalformedException e) {
                problem = "index " + e.getMessage();
            }
        }
        // Without a position nothing in the index counts.
        database.clear(space);
        return Collections.emptyIterator();
    }

    private void forgetUncommitted() {
        written.clear();
        writtenBytes = 0;
        eventDone();
    }

    @Override
    public void writable(boolean writable) {
        this.writable = writable;
    }

    @Override
    public void eventDone() {
        if (!touchedKeys.isEmpty()) {
            touchedKeys.clear();
            touchedValues.clear();
            eventBytes = 0;
        }
    }

    @Override
    public void eventRefused() {
        for (int i = touchedKeys.size() - 1; i >= 0; i--) {
            byte[] before = touchedValues.get(i);
            if (before == null) {
                written.remove(touchedKeys.get(i));
            } else {
                written.put(touchedKeys.get(i), before);
            }
        }
        eventDone();
    }

    @Override
    public boolean wantsCommit(boolean idle) {
        return writtenBytes >= (idle ? IDLE_BYTES : COMMIT_BYTES) || written.size() >= COMMIT_KEYS;
    }

    @Override
    public void commit(SavedState state) {
        BinaryWriter meta = new BinaryWriter(128 + state.guest().length).u8(FORMAT);
        state.writeHeader(meta);
        meta.bytes(componentHash).bytes(state.guest());
        database.commit(space, written, meta.toByteArray());
        forgetUncommitted();
    }

    @Override
    public CompletableFuture<Long> digest(SavedState state) {
        commit(state);
        return database.digest(space, state.guest());
    }

    @Override
    public CompletableFuture<VersionStatus.Snapshot> save(SavedState state) {
        commit(state);
        return database.flush().thenApply(_ -> state.described());
    }

    @Override
    public CompletableFuture<Void> flush() {
        return database.flush();
    }

    @Override
    public void forget(SavedState state) {
        delete(); // there is no other
    }

    @Override
    public void delete() {
        forgetUncommitted();
        database.clear(space);
    }

    @Override
    public boolean isDamaged() {
        return database.isDamaged();
    }

    @Override
    public void release() {
        forgetUncommitted();
        releases.accept(database);
    }

    @Override
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = written.get(key);
        if (value != null) {
            return value == IndexDatabase.DELETED ? null : value;
        }
        return database.get(space, key);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        if (key.length > MAX_KEY_BYTES) {
            throw new ViewTrap("index key has " + key.length + " bytes, at most " + MAX_KEY_BYTES + " are allowed");
        }
        if (value.length > maxResultBytes) {
            throw new ViewTrap(
                    "index value has " + value.length + " bytes, at most " + maxResultBytes + " are allowed");
        }
        change(key, value);
    }

    @Override
    public void delete(byte[] key) {
        change(key, IndexDatabase.DELETED);
    }

    private void change(byte[] key, byte[] value) {
        if (!writable) {
            throw new ViewTrap("the index may be changed only while an event is processed");
        }
        long bytes = (long) key.length + value.length + ENTRY_BYTES;
        eventBytes += bytes;
        if (eventBytes > EVENT_BYTES_MAX) {
            throw new ViewTrap("one event writes more than " + EVENT_BYTES_MAX + " bytes to the index");
        }
        byte[] before = written.put(key, value);
        writtenBytes += before == null ? bytes : value.length - before.length;
        touchedKeys.add(key);
        touchedValues.add(before);
    }

    @Override
    public List<Item> range(byte[] from, byte[] to, int limit, boolean reverse) {
        List<Item> items = new ArrayList<>();
        if (limit <= 0 || (to.length != 0 && Arrays.compareUnsigned(from, to) >= 0)) {
            return items;
        }
        NavigableMap<byte[], byte[]> fresh =
                to.length == 0 ? written.tailMap(from, true) : written.subMap(from, true, to, false);
        if (reverse) {
            fresh = fresh.descendingMap();
        }
        long bytes = 0;
        var changes = fresh.entrySet().iterator();
        var change = changes.hasNext() ? changes.next() : null;
        try (IndexDatabase.Walk walk = database.walk(space, from, to, reverse)) {
            byte[] stored = walk.key();
            while (items.size() < limit && (stored != null || change != null)) {
                int order;
                if (stored == null) {
                    order = 1;
                } else if (change == null) {
                    order = -1;
                } else {
                    order = Arrays.compareUnsigned(stored, change.getKey());
                    order = reverse ? -order : order;
                }
                Item item = null;
                if (order < 0 && stored != null) {
                    item = new Item(stored, walk.value());
                } else if (change != null) {
                    if (change.getValue() != IndexDatabase.DELETED) {
                        item = new Item(change.getKey(), change.getValue());
                    }
                    change = changes.hasNext() ? changes.next() : null;
                }
                if (order <= 0) {
                    walk.step();
                    stored = walk.key();
                }
                if (item != null) {
                    bytes += (long) item.key().length + item.value().length;
                    if (bytes > maxResultBytes) {
                        throw new ViewTrap(
                                "range of the index has more than " + maxResultBytes + " bytes; ask for fewer items");
                    }
                    items.add(item);
                }
            }
        }
        return items;
    }
}
