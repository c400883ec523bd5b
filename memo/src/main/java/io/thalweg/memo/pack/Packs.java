package io.thalweg.memo.pack;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.MemoId;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The packs of a store, by number. The newest is written to, until it is full; the others wait to be deleted, once others have what still counts in them. Nothing is
 * durable before {@link #sync}, but a pack that is full. One thread.
 */
public final class Packs implements AutoCloseable {
    private static final double DEAD_SHARE = 0.5;

    private final Disk disk;
    private final Path directory;
    private final int packBytesMax;
    private final NavigableMap<Long, PackFile> packs;
    private PackFile current;
    private boolean dirty;

    /** Where a record is. */
    public record Place(PackFile pack, long offset, int length) {}

    private Packs(Disk disk, Path directory, int packBytesMax, NavigableMap<Long, PackFile> packs) {
        this.disk = disk;
        this.directory = directory;
        this.packBytesMax = packBytesMax;
        this.packs = packs;
        this.current = Objects.requireNonNull(packs.lastEntry().getValue());
    }

    /** Opens those of a folder, or begins the first. */
    public static Packs open(Disk disk, Path directory, int packBytesMax) throws IOException {
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
        return new Packs(disk, directory, packBytesMax, found);
    }

    /** Those that are there now, the oldest first. */
    public List<PackFile> all() {
        return List.copyOf(packs.values());
    }

    public boolean isNewest(PackFile pack) {
        return pack.number == current.number;
    }

    /** As {@link PackFile#append(MemoId, long, byte[], Authorship)}. */
    public Place append(MemoId id, long arrival, byte[] form, @Nullable Authorship authorship) throws IOException {
        PackFile pack = room();
        return written(pack, pack.append(id, arrival, form, authorship));
    }

    /** As {@link PackFile#appendReference}. */
    public Place appendReference(MemoId id, long arrival, byte[] form, boolean dropped) throws IOException {
        PackFile pack = room();
        return written(pack, pack.appendReference(id, arrival, form, dropped));
    }

    private Place written(PackFile pack, long offset) {
        dirty = true;
        return new Place(pack, offset, (int) (pack.size() - offset));
    }

    private PackFile room() throws IOException {
        if (current.size() >= packBytesMax) {
            begin();
        }
        return current;
    }

    /** Writes to another pack from now on. */
    public void begin() throws IOException {
        current.force();
        current = PackFile.create(disk, directory, current.number + 1);
        packs.put(current.number, current);
    }

    /** Everything written so far survives a crash. */
    public void sync() throws IOException {
        if (dirty) {
            force();
        }
    }

    private void force() throws IOException {
        current.force();
        dirty = false;
    }

    public boolean isDirty() {
        return dirty;
    }

    /** A pack of which so much does not count any more that it is worth copying the rest. */
    public Optional<PackFile> mostlyDead() {
        return packs.values().stream()
                .filter(pack -> !isNewest(pack) && pack.liveBytes() < pack.size() * DEAD_SHARE)
                .findFirst();
    }

    /** Deletes a pack, once what was copied out of it is durable. */
    public void delete(PackFile pack) throws IOException {
        force();
        packs.remove(pack.number);
        pack.close();
        disk.delete(pack.path());
        disk.forceDirectory(directory);
    }

    public long bytes() {
        return packs.values().stream().mapToLong(PackFile::size).sum();
    }

    @Override
    public void close() throws IOException {
        for (PackFile pack : packs.values()) {
            pack.close();
        }
    }
}
