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
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A replica's newest snapshot and all files that it refers to, in chunks, for another replica that begins with them ({@link CopyIn}).
 * While it is open the replica takes no snapshot and gives no space back, so that nothing that the snapshot needs is changed or goes;
 * what is appended to files meanwhile may be in the copy in part, as after a crash.
 *
 * <p>Of a copy that broke off the other has files in whole or in part. What it says that it has, and begins here as it does there, is left out of the next one,
 * whichever snapshot that is of: most files of a replica never change. What it has and this copy has not is named first, for it to delete that. The snapshot itself comes
 * last: it is another after each snapshot, so that all of it that came would have come in vain.
 *
 * <pre>
 * copy   = chunk*
 * chunk  = CRC-32C of the rest u32, kind u8, rest                  little-endian, at most a mebibyte and some
 * rest   = "TWCP" u32, version u32, index i64, term i64, files i32,  kind 0: the first, what the snapshot covers
 *          from version 2 on: bytes of all files i64
 *        | path text, length i64                                     kind 1: a file begins; paths are relative to the shard's folder
 *        | bytes                                                     kind 2: of the file that began last, in order
 *        | nothing                                                   kind 3: the last
 *                                                                    from version 2 on:
 *        | path text, length i64, from i64                           kind 4: a file begins, and the other has the bytes before {@code from}
 *        | path text                                                 kind 5: the other has a file of this name, and the copy has none
 *        | nothing                                                   kind 6: what the other has is being compared, which takes a while
 * </pre>
 *
 * <p>One thread.
 */
public final class CopyOut implements AutoCloseable {
    static final int MAGIC = 0x50435754; // "TWCP"
    static final int VERSION = 2;
    static final int VERSION_WITHOUT_PARTS = 1;
    static final int HEAD = 0;
    static final int FILE = 1;
    static final int BYTES = 2;
    static final int END = 3;
    static final int GOES_ON = 4;
    static final int GOES = 5;
    static final int COMPARING = 6;
    static final int BYTES_MAX = 1 << 20;

    /** So much of a file is compared before the other hears of it. */
    private static final long COMPARED_BYTES_MAX = 4L << 20;

    /**
     * What somebody has of a file.
     *
     * @param length bytes from the file's beginning
     * @param checksum as {@link PartChecksum}
     */
    public record Part(long length, long checksum) {}

    /** What a ledger's run is called while it is written. */
    private static final String UNFINISHED_RUN = ".part";

    /** Looks whether a file is what was written, before it is sent. */
    @FunctionalInterface
    interface Check {
        /** @throws io.thalweg.ports.disk.CorruptionException when it is not: nobody may go on from a damaged copy */
        void before(Path file) throws IOException;
    }

    /** There is no snapshot to copy at the moment, and will be one soon. */
    public static final class LaterException extends IOException {
        private static final long serialVersionUID = 1;

        LaterException(String message) {
            super(message);
        }
    }

    /** What a copy holds as long as it is open. */
    interface Hold {
        /** Called once, at the end. */
        void release();

        /** Whether a snapshot is due that cannot be taken before. */
        boolean isDue();

        /** Whether all of the replica is to be replaced, which cannot be done before. */
        boolean isInTheWay();
    }

    /** A file of a shard's folder, and how much of it. */
    private record Piece(Path file, long length) {}

    private final Disk disk;
    private final Path directory;
    private final Position position;
    private final List<Piece> pieces;
    private final Check check;
    private final Hold hold;
    private int version = VERSION_WITHOUT_PARTS;
    private Map<String, Part> known = Map.of();
    private int piece = -1;
    private long at;
    private int chunkBytes = BYTES_MAX;
    private @Nullable DiskFile open;

    /** What the other has of the open file, as long as it is being compared. */
    private @Nullable Part compared;

    private final PartChecksum comparison = new PartChecksum();
    private Iterator<String> going = Collections.emptyIterator();
    private boolean lasting;
    private boolean headed;
    private boolean ended;
    private boolean closed;

    CopyOut(Disk disk, Path directory, Position position, Path state, Check check, Hold hold) throws IOException {
        this.disk = disk;
        this.directory = directory;
        this.position = position;
        this.check = check;
        this.hold = hold;
        pieces = new ArrayList<>();
        for (Path file : disk.list(directory.resolve("journal"))) {
            add(file);
        }
        for (Path ledger : disk.list(directory.resolve("ledgers"))) {
            for (Path file : disk.list(ledger)) {
                add(file);
            }
        }
        add(state);
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

    /** What it is about in all, the files' bytes. */
    public long bytes() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    /** Leaves out what the other, who knows version 2, has already; before the first chunk. */
    public void leaveOut(Map<String, Part> parts) {
        version = VERSION;
        known = Map.copyOf(parts);
        Set<String> here = new HashSet<>();
        pieces.forEach(each -> here.add(name(each)));
        going = parts.keySet().stream().filter(path -> !here.contains(path)).iterator();
    }

    /** Bytes of files come in chunks of at most so many from now on, up to a mebibyte. */
    public void inChunksOf(int bytes) {
        chunkBytes = Math.clamp(bytes, 1, BYTES_MAX);
    }

    /** Whether the last chunk has bytes that the next copy need not bring again if this one breaks off. */
    public boolean isLasting() {
        return lasting;
    }

    /** Whether the replica's next snapshot is due, and waits for the end of this. */
    public boolean isWaitedFor() {
        return hold.isDue();
    }

    /** Whether the replica's own copy waits for the end of this, and nothing is applied meanwhile. */
    public boolean isInTheWay() {
        return hold.isInTheWay();
    }

    /** The next chunk, the caller's own; null behind the last. */
    public byte @Nullable [] next() throws IOException {
        lasting = false;
        if (ended) {
            return null;
        }
        if (!headed) {
            headed = true;
            BinaryWriter head = new BinaryWriter(64)
                    .i32(0)
                    .u8(HEAD)
                    .i32(MAGIC)
                    .i32(version)
                    .i64(position.index())
                    .i64(position.term())
                    .i32(pieces.size());
            return sealed(version == VERSION ? head.i64(bytes()) : head);
        }
        if (going.hasNext()) {
            return sealed(new BinaryWriter(256).i32(0).u8(GOES).text(going.next()));
        }
        DiskFile file = open;
        if (file == null || (compared == null && at == pieces.get(piece).length)) {
            file = nextFile();
            if (file == null) {
                ended = true;
                return sealed(new BinaryWriter(8).i32(0).u8(END));
            }
            Part part = known.get(name(pieces.get(piece)));
            if (part == null || part.length <= 0 || part.length > pieces.get(piece).length) {
                return begins(FILE);
            }
            compared = part;
            comparison.start();
        }
        Part part = compared;
        return part == null ? bytes(file, pieces.get(piece)) : compare(file, part);
    }

    /** Opens it; null behind the last. */
    private @Nullable DiskFile nextFile() throws IOException {
        if (open != null) {
            open.close();
            open = null;
        }
        piece++;
        at = 0;
        if (piece == pieces.size()) {
            return null;
        }
        Path next = pieces.get(piece).file;
        check.before(next);
        DiskFile file = open(next);
        open = file;
        return file;
    }

    private byte[] compare(DiskFile file, Part part) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(BYTES_MAX, part.length));
        for (long end = Math.min(part.length, at + COMPARED_BYTES_MAX); at < end; at += bytes.limit()) {
            bytes.clear().limit((int) Math.min(bytes.capacity(), end - at));
            if (file.read(at, bytes) < bytes.limit()) {
                return anew();
            }
            comparison.add(bytes, 0, bytes.limit());
        }
        if (at < part.length) {
            return sealed(new BinaryWriter(8).i32(0).u8(COMPARING));
        }
        if (comparison.value() != part.checksum) {
            return anew();
        }
        compared = null;
        return begins(GOES_ON);
    }

    private byte[] anew() {
        compared = null;
        at = 0;
        return begins(FILE);
    }

    private byte[] begins(int kind) {
        Piece its = pieces.get(piece);
        BinaryWriter chunk =
                new BinaryWriter(256).i32(0).u8(kind).text(name(its)).i64(its.length);
        return sealed(kind == GOES_ON ? chunk.i64(at) : chunk);
    }

    private byte[] bytes(DiskFile file, Piece its) throws IOException {
        int length = (int) Math.min(chunkBytes, its.length - at);
        byte[] chunk = new byte[5 + length];
        chunk[4] = BYTES;
        if (file.read(at, ByteBuffer.wrap(chunk, 5, length)) < length
                && !its.file.startsWith(directory.resolve("journal"))) {
            throw new IOException(its.file + " became shorter while it was copied");
        }
        // The newest segment is cut when the next is begun, by the zeros that it was filled with: they stay in the
        // copy.
        at += length;
        lasting = piece < pieces.size() - 1;
        return sealed(chunk);
    }

    private String name(Piece its) {
        return directory.relativize(its.file).toString();
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
            hold.release();
            if (open != null) {
                open.close();
            }
        }
    }
}
