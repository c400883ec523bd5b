package io.thalweg.shard;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.Checksum;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.AtomicFile;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.Replica.Position;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes a {@link CopyOut} of another replica into the folder {@code incoming} beside this one's own files, and then puts it in their
 * place, in one step as far as any crash can tell:
 *
 * <pre>
 * incoming/…            until all is there and forced; a crash before leaves what a start removes
 * INSTALLING = "clear"  the replica's files are stopped; from here on the copy counts: the own files go
 * INSTALLING = "move"   the copy's files are renamed into their places
 * no INSTALLING         done
 * </pre>
 *
 * <p>A start that finds {@code INSTALLING} goes on from there. A copy that broke off is begun {@link #again}, and {@link #parts} says what need not come a
 * second time. At its end {@code incoming} has the files of that one copy and no other, whatever came before. One thread, but for {@link #covers},
 * {@link #taken}, {@link #total} and {@link #abandon}.
 */
public final class CopyIn implements AutoCloseable {
    private static final String INCOMING = "incoming";
    private static final String INSTALLING = "INSTALLING";
    private static final int FILES_MAX = 1 << 20;
    private static final int PARTS_MAX = 10_000;
    private static final byte CLEAR = 1;
    private static final byte MOVE = 2;

    /** What a copy may bring: nothing that reaches out of the folder. */
    private static final Pattern PATH = Pattern.compile(
            "(state|journal)/[A-Za-z0-9._-]{1,100}|ledgers/[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}");

    private final Disk disk;
    private final Path directory;
    private final Path incoming;
    private final Set<Path> folders = new LinkedHashSet<>();
    private volatile @Nullable Position position;
    private @Nullable DiskFile open;
    private long left;
    private long at;
    private int files;
    private boolean complete;
    private boolean abandoned;

    /** What has come of each file that is here, of this attempt and those before. */
    private final Map<String, Arrived> arrived = new TreeMap<>();

    /** Files of this attempt. */
    private final Set<String> named = new HashSet<>();

    private Arrived inHand = new Arrived();

    /** Of this attempt, without what was there before. */
    private long came;

    /** Of this attempt, what was there before among them. */
    private volatile long taken;

    private volatile long total;

    /** The first bytes of a file. */
    private static final class Arrived {
        private final PartChecksum checksum = new PartChecksum();
        private long length;
    }

    /** @param directory of the shard; what an earlier attempt left in {@code incoming} goes */
    CopyIn(Disk disk, Path directory) throws IOException {
        this.disk = disk;
        this.directory = directory;
        incoming = directory.resolve(INCOMING);
        clear(disk, incoming);
    }

    /** The copy broke off, or was not what was asked for: another is taken, of which what has come may be a part. */
    public synchronized void again() throws IOException {
        // What stays is whole: the next attempt is not to find out that this file cannot be forced.
        finishFile();
        reset();
    }

    private void reset() {
        position = null;
        left = 0;
        files = 0;
        complete = false;
        named.clear();
        came = 0;
        taken = 0;
        total = 0;
    }

    /** What has come of each file in earlier attempts, as much of it as can be said at once; what cannot goes. */
    public synchronized Map<String, CopyOut.Part> parts() throws IOException {
        Map<String, CopyOut.Part> parts = new TreeMap<>();
        for (String path : List.copyOf(arrived.keySet())) {
            if (parts.size() == PARTS_MAX) {
                remove(path);
            } else {
                Arrived its = Objects.requireNonNull(arrived.get(path));
                parts.put(path, new CopyOut.Part(its.length, its.checksum.value()));
            }
        }
        return parts;
    }

    /** Nothing of what has come in earlier attempts is used, and it takes no room any more. */
    public synchronized void forget() throws IOException {
        close();
        reset();
        arrived.clear();
        if (!abandoned) {
            clear(disk, incoming);
        }
    }

    /** Nothing is written from when this returns: the folder is another's. */
    public synchronized void abandon() {
        abandoned = true;
    }

    private void requireOwned() throws IOException {
        if (abandoned) {
            throw new IOException("the copy in " + incoming + " was given up");
        }
    }

    /** Bytes of files that have come in this attempt. */
    public long came() {
        return came;
    }

    /** What the copy covers, as soon as it has begun; {@link Position#NONE} before. Any thread. */
    public Position covers() {
        Position begun = position;
        return begun == null ? Position.NONE : begun;
    }

    /** Bytes of files that are there. Any thread. */
    public long taken() {
        return taken;
    }

    /** Bytes of all files; 0 as long as that is not known. Any thread. */
    public long total() {
        return total;
    }

    /**
     * Takes the next chunk.
     *
     * @throws MalformedException when it is not one, or does not follow the one before
     */
    public synchronized void take(ByteBuffer chunk) throws IOException {
        requireOwned();
        if (chunk.remaining() < 5 || chunk.remaining() > 5 + CopyOut.BYTES_MAX + 1024) {
            throw new MalformedException("a chunk of a copy has " + chunk.remaining() + " bytes");
        }
        ByteBuffer bytes = chunk.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (new Checksum().of(bytes, 4, bytes.limit() - 4) != bytes.getInt(0)) {
            throw new MalformedException("a chunk of a copy has a wrong checksum");
        }
        int kind = bytes.get(4);
        if (complete || (position == null) != (kind == CopyOut.HEAD) || (left > 0) != (kind == CopyOut.BYTES)) {
            throw new MalformedException("a chunk of kind " + kind + " does not come here in a copy");
        }
        bytes.position(5);
        switch (kind) {
            case CopyOut.HEAD -> head(new BinaryReader(bytes));
            case CopyOut.FILE -> begin(new BinaryReader(bytes), false);
            case CopyOut.GOES_ON -> begin(new BinaryReader(bytes), true);
            case CopyOut.BYTES -> write(bytes);
            case CopyOut.END -> end();
            case CopyOut.GOES -> goes(new BinaryReader(bytes));
            case CopyOut.COMPARING -> new BinaryReader(bytes).end();
            default -> throw new MalformedException("a chunk of a copy is of kind " + kind + ", which is none");
        }
    }

    private void head(BinaryReader in) {
        int magic = in.i32();
        int version = in.i32();
        if (magic != CopyOut.MAGIC || version < CopyOut.VERSION_WITHOUT_PARTS || version > CopyOut.VERSION) {
            throw new MalformedException("this is no copy of a version up to " + CopyOut.VERSION);
        }
        position = new Position(in.i64(), in.i64());
        files = in.i32();
        if (files < 0 || files > FILES_MAX) {
            throw new MalformedException("a copy has " + files + " files");
        }
        total = version == CopyOut.VERSION ? in.i64() : 0;
        in.end();
    }

    private void begin(BinaryReader in, boolean goesOn) throws IOException {
        String path = in.text();
        long length = in.i64();
        long from = goesOn ? in.i64() : 0;
        in.end();
        if (!PATH.matcher(path).matches()
                || path.contains("..")
                || length < 0
                || from > length
                || --files < 0
                || !named.add(path)) {
            throw new MalformedException("a copy brings " + path + " of " + length + " bytes, which it may not");
        }
        finishFile();
        Path file = incoming.resolve(path);
        if (!goesOn) {
            remove(path);
            arrived.put(path, new Arrived());
        }
        Arrived its = arrived.get(path);
        if (its == null || its.length != from) {
            throw new MalformedException("a copy goes on with " + path + " at " + from + ", which is not here");
        }
        inHand = its;
        Path folder = Objects.requireNonNull(file.getParent());
        disk.createDirectories(folder);
        for (Path each = folder; !each.equals(incoming); each = Objects.requireNonNull(each.getParent())) {
            folders.add(each);
        }
        open = disk.open(file);
        left = length - from;
        at = from;
        count(from);
    }

    /** The copy has no file of this name. */
    private void goes(BinaryReader in) throws IOException {
        String path = in.text();
        in.end();
        if (!named.contains(path)) {
            remove(path);
        }
    }

    private void remove(String path) throws IOException {
        if (arrived.remove(path) != null && disk.exists(incoming.resolve(path))) {
            disk.delete(incoming.resolve(path));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // whoever takes chunks is the only writer
    private void count(long bytes) {
        taken += bytes;
    }

    private void write(ByteBuffer bytes) throws IOException {
        DiskFile file = open;
        if (file == null || bytes.remaining() > left) {
            throw new MalformedException("a copy brings more of a file than it said");
        }
        int length = bytes.remaining();
        int from = bytes.position();
        file.write(at, bytes);
        inHand.checksum.add(bytes, from, length);
        inHand.length += length;
        came += length;
        count(length);
        at += length;
        left -= length;
    }

    private void finishFile() throws IOException {
        DiskFile file = open;
        if (file != null) {
            open = null;
            file.force();
            file.close();
        }
    }

    private void end() throws IOException {
        if (files != 0) {
            throw new MalformedException("a copy ends with " + files + " files missing");
        }
        finishFile();
        arrived.keySet().retainAll(named);
        for (Path folder : folders(disk, incoming)) {
            for (Path file : disk.list(folder)) {
                if (!named.contains(incoming.relativize(file).toString())) {
                    disk.delete(file);
                }
            }
            if (disk.exists(folder)) {
                folders.add(folder); // What went, be it now or before, does not come back with a loss of power.
            }
        }
        for (Path folder : folders) {
            disk.forceDirectory(folder);
        }
        // And what names those folders: the copy counts before any of its files is moved.
        disk.forceDirectory(incoming);
        disk.forceDirectory(directory);
        complete = true;
    }

    /**
     * What the copy covers, once all of it is there and its snapshot was read and is whole.
     *
     * @throws CorruptionException when the snapshot is not what it should be
     */
    public synchronized Position arrived() throws IOException {
        requireOwned();
        Position covered = position;
        if (!complete || covered == null) {
            throw new IOException("the copy ended early");
        }
        Snapshots.Loaded loaded =
                new Snapshots(disk, incoming.resolve("state")).load().newest();
        if (loaded == null || !loaded.position().equals(covered)) {
            throw new IOException("the copy's snapshot is not the one that it speaks of");
        }
        return covered;
    }

    /** Puts the copy in the place of the shard's files, which nobody has open. */
    synchronized void install() throws IOException {
        requireOwned();
        mark(disk, directory, CLEAR);
        finish(disk, directory);
    }

    /** Goes on where an installation was interrupted, and removes a copy that did not get that far. */
    static void finish(Disk disk, Path directory) throws IOException {
        Path marker = directory.resolve(INSTALLING);
        Path incoming = directory.resolve(INCOMING);
        if (!disk.exists(marker)) {
            clear(disk, incoming);
            return;
        }
        if (phase(disk, marker) == CLEAR) {
            clear(disk, directory);
            mark(disk, directory, MOVE);
        }
        move(disk, incoming.resolve("state"), directory.resolve("state"));
        move(disk, incoming.resolve("journal"), directory.resolve("journal"));
        for (Path ledger : disk.list(incoming.resolve("ledgers"))) {
            move(disk, ledger, directory.resolve("ledgers").resolve(String.valueOf(ledger.getFileName())));
        }
        disk.delete(marker);
        disk.forceDirectory(directory);
    }

    private static void mark(Disk disk, Path directory, byte phase) throws IOException {
        AtomicFile.write(
                disk, directory.resolve(INSTALLING), ByteBuffer.allocate(1).put(0, phase));
    }

    private static byte phase(Disk disk, Path marker) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1);
        try (DiskFile file = disk.open(marker)) {
            file.read(0, bytes);
        }
        byte phase = bytes.get(0);
        if (bytes.hasRemaining() || (phase != CLEAR && phase != MOVE)) {
            throw new CorruptionException(marker, 0, "says " + phase + ", expected " + CLEAR + " or " + MOVE);
        }
        return phase;
    }

    private static void move(Disk disk, Path from, Path to) throws IOException {
        disk.createDirectories(to);
        for (Path file : disk.list(from)) {
            disk.rename(file, to.resolve(String.valueOf(file.getFileName())));
        }
        disk.forceDirectory(to);
        disk.forceDirectory(from);
    }

    /** Deletes a shard's files below a folder. */
    private static void clear(Disk disk, Path folder) throws IOException {
        for (Path each : folders(disk, folder)) {
            List<Path> files = disk.list(each);
            for (Path file : files) {
                disk.delete(file);
            }
            if (!files.isEmpty()) {
                disk.forceDirectory(each);
            }
        }
    }

    /** Where below a folder a shard's files are. */
    private static List<Path> folders(Disk disk, Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        all.add(folder.resolve("state"));
        all.add(folder.resolve("journal"));
        all.addAll(disk.list(folder.resolve("ledgers")));
        return all;
    }

    @Override
    public synchronized void close() throws IOException {
        DiskFile file = open;
        open = null;
        if (file != null) {
            file.close();
        }
    }
}
