package io.thalweg.ledger.store.run;

import static io.thalweg.ledger.store.block.BlockFile.BLOCK_BYTES;

import io.thalweg.ledger.store.block.Section;
import io.thalweg.ledger.store.schema.Schema;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Writes one run file beside its place, and moves it there when all of it is durable. What was written is forced every few
 * MiB, so that the journal of the requests never waits behind much of it. Not thread-safe.
 */
public final class RunWriter implements AutoCloseable {
    static final String BESIDE = ".part";

    private final Disk disk;
    private final Path path;
    private final Path beside;
    private final DiskFile file;
    private final int forceBytes;
    private final Deque<ByteBuffer> buffers;
    private final Section[] sections;
    private int[] checksums = new int[256];
    private long unforced;
    private long end;

    RunWriter(Disk disk, Path path, Schema schema, int forceBytes, Deque<ByteBuffer> buffers) throws IOException {
        this.disk = disk;
        this.path = path;
        this.beside = path.resolveSibling(path.getFileName() + BESIDE);
        this.forceBytes = forceBytes;
        this.buffers = buffers;
        this.sections = new Section[RunFormat.sections(schema)];
        Arrays.fill(sections, new Section(0, 0, 1));
        disk.delete(beside);
        this.file = disk.open(beside);
    }

    /** Buffers to be used by one writer after the other. */
    static Deque<ByteBuffer> newBuffers() {
        return new ArrayDeque<>();
    }

    public static boolean isBeside(Path file) {
        return file.toString().endsWith(BESIDE) || AtomicFile.isUnfinished(file);
    }

    ByteBuffer takeBuffer() {
        ByteBuffer buffer = buffers.poll();
        return buffer == null ? SectionWriter.newBuffer() : buffer.clear();
    }

    void giveBuffer(ByteBuffer buffer) {
        buffers.push(buffer);
    }

    /** Begins a section behind all that were finished. */
    SectionWriter begin(int entryBytes) {
        return begin(end, entryBytes);
    }

    /** Begins a section at a block that leaves room for one that is written at the same time. */
    SectionWriter begin(long block, int entryBytes) {
        return new SectionWriter(this, block, entryBytes);
    }

    /** The block behind all sections that were finished. */
    long end() {
        return end;
    }

    /** Says which section it was that was written. */
    void put(int kind, Section section) {
        sections[kind] = section;
        end = Math.max(end, section.end());
    }

    void write(long position, ByteBuffer bytes) throws IOException {
        unforced += bytes.remaining();
        file.write(position, bytes);
        if (unforced >= forceBytes) {
            file.force();
            unforced = 0;
        }
    }

    void addChecksums(long firstBlock, int[] of, int count) {
        int needed = Math.toIntExact(firstBlock + count);
        if (needed > checksums.length) {
            checksums = Arrays.copyOf(checksums, Math.max(needed, 2 * checksums.length));
        }
        System.arraycopy(of, 0, checksums, (int) firstBlock, count);
    }

    /** Ends the file and makes it durable under its name. The id bounds are meaningless if there are no ids. */
    RunName finish(long serial, int level, long from, long to, long[] idBounds) throws IOException {
        BinaryWriter meta = new BinaryWriter(Math.toIntExact(256 + 24L * sections.length + 4 * end));
        meta.i32(RunFormat.MAGIC).i32(RunFormat.VERSION).i32(level).i64(from).i64(to);
        for (long bound : idBounds) {
            meta.i64(bound);
        }
        meta.i32(sections.length);
        for (Section section : sections) {
            meta.i64(section.block()).i64(section.count()).i32(section.entryBytes());
        }
        meta.i64(end).i32s(checksums, Math.toIntExact(end));
        ByteBuffer bytes = meta.toByteBuffer();
        int metaBytes = bytes.remaining();
        int metaChecksum = new Checksum().of(bytes, bytes.position(), metaBytes);
        file.write(end * BLOCK_BYTES, bytes);
        file.force();
        file.close();
        AtomicFile.place(disk, beside, path);
        return new RunName(serial, level, from, to, end, metaBytes, metaChecksum);
    }

    /** Lets go of the file if it was not finished. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
