package io.thalweg.shard;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replica's newest snapshot and all files that it refers to, in chunks, for another replica that begins with them ({@link CopyIn}).
 * While it is open the replica takes no snapshot and gives no space back, so that nothing that the snapshot needs is changed or goes;
 * what is appended to files meanwhile may be in the copy in part, as after a crash.
 *
 * <pre>
 * copy   = chunk*
 * chunk  = CRC-32C of the rest u32, kind u8, rest                  little-endian, at most a mebibyte and some
 * rest   = "TWCP" u32, version u32, index i64, term i64, files i32   kind 0: the first, what the snapshot covers
 *        | path text, length i64                                     kind 1: a file begins; paths are relative to the shard's folder
 *        | bytes                                                     kind 2: of the file that began last, in order
 *        | nothing                                                   kind 3: the last
 * </pre>
 *
 * <p>One thread.
 */
public final class CopyOut implements AutoCloseable {
    static final int MAGIC = 0x50435754; // "TWCP"
    static final int VERSION = 1;
    static final int HEAD = 0;
    static final int FILE = 1;
    static final int BYTES = 2;
    static final int END = 3;
    static final int BYTES_MAX = 1 << 20;

    /** What a ledger's run is called while it is written. */
    private static final String UNFINISHED_RUN = ".part";

    /** Looks whether a file is what was written, before it is sent. */
    @FunctionalInterface
    interface Check {
        /** @throws io.thalweg.ports.disk.CorruptionException when it is not: nobody may go on from a damaged copy */
        void before(Path file) throws IOException;
    }

    /** A file of a shard's folder, and how much of it. */
    private record Piece(Path file, long length) {}

    private final Disk disk;
    private final Path directory;
    private final Position position;
    private final List<Piece> pieces;
    private final Check check;
    private final Runnable release;
    private int piece = -1;
    private long at;
    private @Nullable DiskFile open;
    private boolean headed;
    private boolean ended;
    private boolean closed;

    /** @param release called once, at the end */
    CopyOut(Disk disk, Path directory, Position position, Path state, Check check, Runnable release)
            throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.position = position;
        this.check = check;
        this.release = release;
        pieces = new ArrayList<>();
        add(state);
        for (Path file : disk.list(directory.resolve("journal"))) {
            add(file);
        }
        for (Path ledger : disk.list(directory.resolve("ledgers"))) {
            for (Path file : disk.list(ledger)) {
                add(file);
            }
        }
    }

    private void add(Path file) throws IOException {
        if (isLeftOut(file)) {
            return;
        }
        try (DiskFile found = open(file)) {
            pieces.add(new Piece(file, found.size()));
        }
    }

    /** What is being written beside comes and goes; and how far the original's journal was forced says nothing of the copy's. */
    private static boolean isLeftOut(Path file) {
        return AtomicFile.isUnfinished(file) || file.toString().endsWith(UNFINISHED_RUN) || file.endsWith("FORCED");
    }

    /** Never makes a file in a folder that others work in: opening does. */
    private DiskFile open(Path file) throws IOException {
        if (!disk.exists(file)) {
            throw new IOException(file + " went while it was copied");
        }
        return disk.open(file);
    }

    /** What the snapshot covers. */
    public Position position() {
        return position;
    }

    /** The next chunk, the caller's own; null behind the last. */
    public byte @Nullable [] next() throws IOException {
        if (ended) {
            return null;
        }
        if (!headed) {
            headed = true;
            return sealed(new BinaryWriter(64)
                    .i32(0)
                    .u8(HEAD)
                    .i32(MAGIC)
                    .i32(VERSION)
                    .i64(position.index())
                    .i64(position.term())
                    .i32(pieces.size()));
        }
        if (open == null || at == pieces.get(piece).length) {
            return nextFile();
        }
        int length = (int) Math.min(BYTES_MAX, pieces.get(piece).length - at);
        byte[] chunk = new byte[5 + length];
        chunk[4] = BYTES;
        if (open.read(at, ByteBuffer.wrap(chunk, 5, length)) < length
                && !pieces.get(piece).file.startsWith(directory.resolve("journal"))) {
            throw new IOException(pieces.get(piece).file + " became shorter while it was copied");
        }
        // The newest segment is cut when the next is begun, by the zeros that it was filled with: they stay in the
        // copy.
        at += length;
        return sealed(chunk);
    }

    private byte[] nextFile() throws IOException {
        if (open != null) {
            open.close();
            open = null;
        }
        piece++;
        at = 0;
        if (piece == pieces.size()) {
            ended = true;
            return sealed(new BinaryWriter(8).i32(0).u8(END));
        }
        Piece next = pieces.get(piece);
        check.before(next.file);
        open = open(next.file);
        return sealed(new BinaryWriter(256)
                .i32(0)
                .u8(FILE)
                .text(directory.relativize(next.file).toString())
                .i64(next.length));
    }

    private static byte[] sealed(BinaryWriter chunk) {
        return sealed(chunk.toByteArray());
    }

    private static byte[] sealed(byte[] chunk) {
        ByteBuffer bytes = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0, new Checksum().of(bytes, 4, chunk.length - 4));
        return chunk;
    }

    /** Lets the files go. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            release.run();
            if (open != null) {
                open.close();
            }
        }
    }
}
