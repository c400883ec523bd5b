package io.thalweg.ledger;

import io.thalweg.ledger.store.Capture;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints of state that changes in place, at a cost that follows the change. Each checkpoint writes one file with the cells that
 * changed; a cell's value is the one in its newest file. So that files do not pile up, a checkpoint takes along what is left in
 * the youngest files that hold no more than it does (so their number grows with the logarithm of the state), and a share of the
 * oldest one once half of it is out of date. A file without current cells is let go of.
 *
 * <pre>
 * name  = cells-%016x.dat                      numbered from 1
 * file  = magic u64, version u32, block count u32, block*            little-endian
 * block = n u32, n cells, CRC-32C of n and the cells u32             n is at most 512
 * cell  = table u32, number u32, 128 bytes
 * </pre>
 *
 * <p>The newest two checkpoints can be asked for, so a file goes when two of them do not name it. {@link #capture} belongs to the
 * apply thread; what it returns may persist on another.
 */
final class CellStore {
    private static final long MAGIC = 0x314c4c4543574c54L; // "TLWCELL1"
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 16;
    private static final int CELL_RECORD_BYTES = 8 + Cells.CELL_BYTES;
    private static final int BLOCK_CELLS = 512;

    /** Cells that are copied into one buffer: 2 MiB, whole blocks. */
    private static final int PIECE_CELLS = 32 * BLOCK_CELLS;

    private static final int TAKEN_ALONG_MIN = 8192;
    private static final String PREFIX = "cells-";
    private static final String SUFFIX = ".dat";

    /** One file, as this run knows it: the cells that it holds, and how many of them are current. */
    private static final class Written {
        final long[] cells;
        int current;

        Written(long[] cells) {
            this.cells = cells;
            this.current = cells.length;
        }
    }

    private final Disk disk;
    private final Path directory;
    private final List<Cells> tables;

    /** Which file has the newest value of a cell, by table and number; 0 for none. */
    private final List<long[]> newest = new ArrayList<>();

    private final TreeMap<Long, Written> files = new TreeMap<>();

    /** Files that are no longer named, by the first checkpoint that does not. The one before it still does. */
    private final TreeMap<Long, List<Path>> dropped = new TreeMap<>();

    private long lastFile;
    private long captures;

    CellStore(Disk disk, Path directory, List<Cells> tables) {
        this.disk = disk;
        this.directory = directory;
        this.tables = tables;
        tables.forEach(_ -> newest.add(new long[16]));
    }

    private static long key(int table, int number) {
        return ((long) table << 32) | number;
    }

    private long newest(long cell) {
        long[] files = newest.get((int) (cell >>> 32));
        int number = (int) cell;
        return number < files.length ? files[number] : 0;
    }

    private void newest(long cell, long file) {
        int table = (int) (cell >>> 32);
        int number = (int) cell;
        long[] known = newest.get(table);
        if (number >= known.length) {
            known = Arrays.copyOf(known, Math.max(number + 1, known.length + known.length / 2));
            newest.set(table, known);
        }
        if (known[number] != 0) {
            Written before = files.get(known[number]);
            if (before != null) {
                before.current--;
            }
        }
        known[number] = file;
    }

    // --- writing

    /** Takes what changed since the last call. The manifest names the files that hold all cells. */
    Capture capture() {
        long file = lastFile + 1;
        LongList taken = new LongList();
        for (int table = 0; table < tables.size(); table++) {
            Cells cells = tables.get(table);
            for (int cell = cells.nextChanged(0); cell >= 0; cell = cells.nextChanged(cell + 1)) {
                taken.add(key(table, cell));
                newest(key(table, cell), file);
            }
            cells.cleaned();
        }
        takeAlong(file, taken);
        long[] cells = taken.toArray();
        long capture = ++captures;
        files.entrySet().removeIf(entry -> {
            if (entry.getValue().current == 0) {
                dropped.computeIfAbsent(capture, _ -> new ArrayList<>()).add(path(entry.getKey()));
                return true;
            }
            return false;
        });
        if (cells.length > 0) {
            lastFile = file;
            files.put(file, new Written(cells));
        }
        Deque<ByteBuffer> pieces = copy(cells);
        List<Path> deletable = new ArrayList<>();
        Map<Long, List<Path>> old = dropped.headMap(capture, false);
        old.values().forEach(deletable::addAll);
        old.clear();
        BinaryWriter manifest = new BinaryWriter(16 + 8 * files.size()).i32(files.size());
        files.keySet().forEach(manifest::i64);
        return new Capture(manifest.toByteBuffer(), () -> persist(file, cells.length, pieces), () -> {
            for (Path path : deletable) {
                disk.delete(path);
            }
        });
    }

    /** Moves cells of older files into this one, so that those can go; bounded by what changed anyway. */
    private void takeAlong(long file, LongList taken) {
        int budget = Math.max(taken.size(), TAKEN_ALONG_MIN);
        for (Map.Entry<Long, Written> young : List.copyOf(files.descendingMap().entrySet())) {
            if (young.getValue().current > Math.min(budget, taken.size())) {
                break;
            }
            budget -= move(young, file, taken, budget);
        }
        Map.Entry<Long, Written> oldest = files.firstEntry();
        if (oldest != null && oldest.getValue().current < oldest.getValue().cells.length / 2) {
            move(oldest, file, taken, budget);
        }
    }

    private int move(Map.Entry<Long, Written> from, long file, LongList taken, int budget) {
        int moved = 0;
        for (long cell : from.getValue().cells) {
            if (moved == budget) {
                break;
            }
            if (newest(cell) == from.getKey()) {
                newest(cell, file);
                taken.add(cell);
                moved++;
            }
        }
        return moved;
    }

    /** Copies cells into pieces of whole blocks, so that no buffer is as large as all that changed, and none is too large to be. */
    private Deque<ByteBuffer> copy(long[] cells) {
        Deque<ByteBuffer> pieces = new ArrayDeque<>();
        for (int from = 0; from < cells.length; from += PIECE_CELLS) {
            pieces.add(piece(cells, from, Math.min(cells.length, from + PIECE_CELLS)));
        }
        return pieces;
    }

    /** Blocks of cells; their checksums are put in when they are written. */
    private ByteBuffer piece(long[] cells, int from, int to) {
        int bytes = 8 * blocks(to - from) + CELL_RECORD_BYTES * (to - from);
        ByteBuffer content = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        MemorySegment memory = MemorySegment.ofBuffer(content.duplicate().position(0));
        for (int i = from; i < to; i++) {
            if (i % BLOCK_CELLS == 0) {
                content.putInt(Math.min(BLOCK_CELLS, to - i));
            }
            content.putInt((int) (cells[i] >>> 32)).putInt((int) cells[i]);
            tables.get((int) (cells[i] >>> 32)).copyOut((int) cells[i], memory, content.position());
            content.position(content.position() + Cells.CELL_BYTES);
            if (i % BLOCK_CELLS == BLOCK_CELLS - 1 || i == to - 1) {
                content.putInt(0);
            }
        }
        return content.flip();
    }

    private static int blocks(int cells) {
        return (cells + BLOCK_CELLS - 1) / BLOCK_CELLS;
    }

    /** Writes the pieces and lets go of each: what is on the disk need not be in memory as well. */
    private void persist(long file, int cells, Deque<ByteBuffer> pieces) throws IOException {
        if (cells > 0) {
            Path path = path(file);
            disk.delete(path);
            try (DiskFile open = disk.open(path)) {
                ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
                open.write(
                        0,
                        header.putLong(MAGIC)
                                .putInt(VERSION)
                                .putInt(blocks(cells))
                                .flip());
                long at = HEADER_BYTES;
                for (ByteBuffer piece = pieces.poll(); piece != null; piece = pieces.poll()) {
                    seal(piece);
                    int bytes = piece.remaining();
                    open.write(at, piece);
                    at += bytes;
                }
                open.force();
            }
        }
        disk.forceDirectory(directory);
    }

    private static void seal(ByteBuffer piece) {
        Checksum checksum = new Checksum();
        for (int at = 0; at < piece.limit(); ) {
            int bytes = 4 + piece.getInt(at) * CELL_RECORD_BYTES;
            piece.putInt(at + bytes, checksum.of(piece, at, bytes));
            at += bytes + 4;
        }
    }

    private Path path(long file) {
        return directory.resolve(PREFIX + String.format(Locale.ROOT, "%016x", file) + SUFFIX);
    }

    // --- reading

    /** Restores all cells from the files that a manifest names; null starts empty. */
    void load(@Nullable BinaryReader manifest) throws IOException {
        TreeMap<Path, Long> named = new TreeMap<>();
        if (manifest != null) {
            for (int left = manifest.count(8); left > 0; left--) {
                long file = manifest.i64();
                if (file <= lastFile) {
                    throw new MalformedException("file " + file + " of cells is named after " + lastFile);
                }
                lastFile = file;
                named.put(path(file), file);
                read(path(file), file);
            }
        }
        tables.forEach(Cells::cleaned);
        // The other checkpoint of the newest two may name what this one does not; and numbers are not used again.
        for (Path path : disk.list(directory)) {
            String name = String.valueOf(path.getFileName());
            if (name.startsWith(PREFIX) && name.endsWith(SUFFIX) && !named.containsKey(path)) {
                dropped.computeIfAbsent(1L, _ -> new ArrayList<>()).add(path);
                lastFile = Math.max(lastFile, number(path, name));
            }
        }
    }

    private static long number(Path path, String name) {
        try {
            return Long.parseLong(name, PREFIX.length(), name.length() - SUFFIX.length(), 16);
        } catch (NumberFormatException e) {
            throw new CorruptionException(path, 0, "a file of cells is named by its number, 16 hexadecimal digits");
        }
    }

    private void read(Path path, long file) throws IOException {
        if (!disk.exists(path)) {
            throw new CorruptionException(path, 0, "is missing, but the snapshot names it");
        }
        Checksum checksum = new Checksum();
        LongList cells = new LongList();
        try (DiskFile open = disk.open(path)) {
            ByteBuffer buffer =
                    ByteBuffer.allocate(4 + BLOCK_CELLS * CELL_RECORD_BYTES + 4).order(ByteOrder.LITTLE_ENDIAN);
            buffer.limit(HEADER_BYTES);
            if (open.read(0, buffer) < HEADER_BYTES || buffer.getLong(0) != MAGIC || buffer.getInt(8) != VERSION) {
                throw new CorruptionException(path, 0, "is not a file of cells of version " + VERSION);
            }
            int blocks = buffer.getInt(12);
            long at = HEADER_BYTES;
            for (int block = 0; block < blocks; block++) {
                buffer.clear();
                int got = open.read(at, buffer);
                int n = got < 8 ? 0 : buffer.getInt(0);
                int bytes = 4 + n * CELL_RECORD_BYTES;
                if (n < 1
                        || n > BLOCK_CELLS
                        || bytes + 4 > got
                        || checksum.of(buffer, 0, bytes) != buffer.getInt(bytes)) {
                    throw new CorruptionException(path, at, "block " + block + " of " + blocks + " is damaged");
                }
                MemorySegment memory = MemorySegment.ofBuffer(buffer.position(0));
                for (int i = 0; i < n; i++) {
                    int from = 4 + i * CELL_RECORD_BYTES;
                    restore(path, at, buffer.getInt(from), buffer.getInt(from + 4), memory, from + 8);
                    cells.add(key(buffer.getInt(from), buffer.getInt(from + 4)));
                }
                at += bytes + 4;
            }
            if (open.size() != at) {
                throw new CorruptionException(path, at, "has bytes behind its last block");
            }
        }
        Written written = new Written(cells.toArray());
        files.put(file, written);
        for (long cell : written.cells) {
            newest(cell, file);
        }
    }

    private void restore(Path path, long at, int table, int number, MemorySegment memory, int from) {
        if (table < 0 || table >= tables.size() || number < 0) {
            throw new CorruptionException(path, at, "cell " + number + " of table " + table + " cannot be");
        }
        try {
            tables.get(table).copyIn(number, memory, from);
        } catch (MalformedException e) {
            throw new CorruptionException(path, at, String.valueOf(e.getMessage()));
        }
    }

    /** Numbers without boxes. */
    private static final class LongList {
        private long[] values = new long[1024];
        private int size;

        void add(long value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        int size() {
            return size;
        }

        long[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
