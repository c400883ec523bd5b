package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.raft.peer.Member;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;

/**
 * Reads every byte of a group's Raft log before Ratis does, and repairs the one kind of damage that a crash explains.
 *
 * <p>Ratis can be told to stop at the first damaged entry or to drop everything behind it, also from the middle of closed
 * segments. Neither is right. A crash can tear only what was being written, which is the end of the open segment; all other damage is
 * loss of acknowledged data and must stop the node, naming file and offset.
 *
 * <p>Where a {@link ForcedNote} says how far the log was forced, a damaged entry in the open segment that stands behind that was never
 * acknowledged: it is torn, and cut with what follows it, for of what was not forced later entries may survive earlier ones. Whatever is missing
 * before that is lost, and {@link Tail#lost} says so.
 *
 * <p>Without a note, and before what it says, a damaged entry is taken for torn, and cut, if it stands in the open segment and
 * <ul>
 *   <li>nothing but zeros follows the length that it claims (Ratis fills its files with zeros ahead), or, where its length
 *       cannot be read, nothing but zeros follows within one disk block; and
 *   <li>no whole entry stands anywhere behind its first byte: one that does was written after it, so it was whole once.
 * </ul>
 *
 * <p>Damage to the very last entry of an idle log looks the same as a torn write. Nothing in the log can tell them apart, and only the note
 * can. The others have the entry.
 *
 * <p>Closed segments that end at or before the snapshot and do not connect to the rest are remains of a purge that a crash
 * interrupted (Ratis deletes the youngest first, and would refuse to start over the gap); they are deleted.
 */
public final class RaftLogInspector {
    private static final byte[] HEADER = EntryBytes.HEADER;
    private static final Pattern CLOSED = Pattern.compile("log_(\\d{1,18})-(\\d{1,18})");
    private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d{1,18})(?:\\..*)?");
    /** A segment takes an entry of any size before it is full. */
    private static final long SEGMENT_BYTES_MAX = 256 << 20;

    private static final int TORN_BYTES_MAX = 4096;

    /** As many entries as may be on their way to a follower, or wait for one force, and more: so many behind a damaged one were not. */
    private static final int UNFORCED_ENTRIES_MAX = 1024;

    private final Path directory;
    private final OptionalLong forced;

    private RaftLogInspector(Path directory, OptionalLong forced) {
        this.directory = directory;
        this.forced = forced;
    }

    /**
     * What a log holds.
     *
     * @param firstIndex of the oldest entry; -1 when there is none
     * @param lastIndex of the newest whole entry; -1 when there is none
     * @param lastTerm of that entry
     * @param entries whole entries in all
     * @param tornBytes bytes of a torn entry at the end, not counting zeros; cut if this is the result of a repair
     */
    public record Summary(long firstIndex, long lastIndex, long lastTerm, long entries, long tornBytes) {}

    /**
     * What a start needs to know.
     *
     * @param term the newest that the member has taken part in; -1 when there is no log at all
     * @param forced up to which entry the log was, as the note says; empty without a note
     * @param voters the members that vote, and where they were, by the newest membership in the log or beside it; empty when neither says so
     */
    record Tail(Summary summary, long term, OptionalLong forced, Map<String, Member> voters) {
        /**
         * Whether something is missing that the member may have acknowledged.
         *
         * @param coveredIndex up to here a snapshot makes entries unnecessary
         */
        boolean lost(long coveredIndex) {
            return forced.isPresent()
                    ? forced.getAsLong() > Math.max(summary.lastIndex, coveredIndex)
                    : summary.tornBytes > 0;
        }
    }

    private record Segment(Path file, long first, long last, boolean open) {}

    /**
     * Checks without changing anything, for a node that is stopped.
     *
     * @param shardDirectory the directory of a {@link ShardGroup}; what it holds of other programs is not looked at
     * @return one summary for each group in it
     * @throws CorruptionException naming the file, if anything but the end of the open segment is damaged
     */
    public static List<Summary> verify(Path shardDirectory) throws IOException {
        List<Summary> summaries = new ArrayList<>();
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(shardDirectory)) {
            for (Path group : groups) {
                Path current = group.resolve("current");
                if (Files.isDirectory(current)) {
                    summaries.add(new RaftLogInspector(current, ForcedNote.read(shardDirectory))
                            .inspect(-1, false)
                            .summary());
                }
            }
        }
        return summaries;
    }

    /** What {@link #repair} would find, and nothing changed. */
    static Tail look(Path current, OptionalLong forced) throws IOException {
        return new RaftLogInspector(current, forced).inspect(-1, false);
    }

    /**
     * Checks, cuts a torn end, removes what an interrupted purge left, and makes what remains durable, for after a crash of
     * this process alone the newest entries may be in the page cache only.
     *
     * @param current the directory with the segments; may be missing
     * @param forced what the note says
     * @param coveredIndex up to here a snapshot makes entries unnecessary
     */
    static Tail repair(Path current, OptionalLong forced, long coveredIndex) throws IOException {
        return new RaftLogInspector(current, forced).inspect(coveredIndex, true);
    }

    /** Removes all segments, because a snapshot covers more than they hold; Ratis goes on behind the snapshot. */
    static void clear(Path current) throws IOException {
        for (Path file : files(current)) {
            Files.delete(file);
        }
        RaftDirectory.force(current);
    }

    private Tail inspect(long coveredIndex, boolean repair) throws IOException {
        if (!Files.isDirectory(directory)) {
            return new Tail(new Summary(-1, -1, 0, 0, 0), -1, forced, Map.of());
        }
        List<Segment> segments = segments();
        if (repair) {
            removePurgeRemains(segments, coveredIndex);
        }
        long first = -1;
        long last = -1;
        long term = Long.MIN_VALUE;
        long entries = 0;
        long torn = 0;
        Map<String, Member> voters = storedVoters();
        for (Segment segment : segments) {
            if (last >= 0 && segment.first() != last + 1) {
                throw new CorruptionException(
                        segment.file(),
                        0,
                        "starts at entry " + segment.first() + ", but the segment before it ends at " + last);
            }
            Scan scan = new Scan(segment, read(segment.file()), term, forced);
            voters = scan.voters.isEmpty() ? voters : scan.voters;
            if (scan.entries > 0) {
                first = first < 0 ? segment.first() : first;
                last = segment.first() + scan.entries - 1;
                term = scan.term;
                entries += scan.entries;
            }
            torn += scan.tornBytes;
            if (repair && segment.open()) {
                if (scan.tornBytes > 0) {
                    cut(segment.file(), scan.end);
                }
                RaftDirectory.force(segment.file());
            }
        }
        long newestTerm = checkMeta(directory, last, term);
        if (repair) {
            RaftDirectory.force(directory);
        }
        return new Tail(new Summary(first, last, last < 0 ? 0 : term, entries, torn), newestTerm, forced, voters);
    }

    /** As of the newest membership that was applied; the log may have a newer one. */
    private Map<String, Member> storedVoters() throws IOException {
        Path file = directory.resolve("raft-meta.conf");
        if (!Files.exists(file)) {
            return Map.of();
        }
        try {
            return Member.allOf(
                    LogEntryProto.parseFrom(Files.readAllBytes(file)).getConfigurationEntry());
        } catch (InvalidProtocolBufferException | MalformedException e) {
            throw new CorruptionException(file, 0, "holds no membership: " + e.getMessage());
        }
    }

    /** All files that hold entries, in no order and not looked at. */
    private static List<Path> files(Path current) throws IOException {
        return new RaftLogInspector(current, OptionalLong.empty())
                .unchecked().stream().map(Segment::file).toList();
    }

    /** All files that hold entries, the oldest first; what is in them is not looked at. */
    static List<Path> inOrder(Path current) throws IOException {
        return Files.isDirectory(current)
                ? new RaftLogInspector(current, OptionalLong.empty())
                        .segments().stream().map(Segment::file).toList()
                : List.of();
    }

    /** The files that Ratis has closed: while it is at work they stay as they are until a purge deletes them, or a follower takes entries back. */
    static List<Path> closed(Path current) throws IOException {
        return new RaftLogInspector(current, OptionalLong.empty())
                .unchecked().stream()
                        .filter(segment -> !segment.open())
                        .map(Segment::file)
                        .toList();
    }

    /**
     * Reads a closed file from beginning to end while Ratis is at work.
     *
     * @param through what it is read with
     * @throws CorruptionException when it does not hold the entries that its name says
     */
    static void requireWhole(Path file, Disk through) throws IOException {
        Segment segment = segment(file);
        if (segment == null || segment.open()) {
            throw new NoSuchFileException(file + " is no closed segment");
        }
        try (Disk.DiskFile opened = through.open(file)) {
            byte[] bytes = new byte[requireBounded(file, opened.size())];
            int got = opened.read(0, ByteBuffer.wrap(bytes));
            var _ = new Scan(
                    segment,
                    got == bytes.length ? bytes : Arrays.copyOf(bytes, got),
                    Long.MIN_VALUE,
                    OptionalLong.empty());
        }
    }

    private static byte[] read(Path file) throws IOException {
        int _ = requireBounded(file, Files.size(file));
        return Files.readAllBytes(file);
    }

    private static int requireBounded(Path file, long size) {
        if (size > SEGMENT_BYTES_MAX) {
            throw new CorruptionException(file, 0, "has " + size + " bytes, more than any segment");
        }
        return (int) size;
    }

    /** What a file's name says; null when it is none of the log's. */
    private static @Nullable Segment segment(Path file) {
        String name = String.valueOf(file.getFileName());
        Matcher closed = CLOSED.matcher(name);
        if (closed.matches()) {
            return new Segment(file, Long.parseLong(closed.group(1)), Long.parseLong(closed.group(2)), false);
        }
        Matcher open = OPEN.matcher(name);
        return open.matches() ? new Segment(file, Long.parseLong(open.group(1)), -1, true) : null;
    }

    private List<Segment> unchecked() throws IOException {
        List<Segment> segments = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Segment segment = segment(file);
                if (segment != null) {
                    segments.add(segment);
                }
            }
        }
        return segments;
    }

    private List<Segment> segments() throws IOException {
        List<Segment> segments = unchecked();
        segments.sort(Comparator.comparingLong(Segment::first).thenComparing(Segment::open));
        for (int i = 0; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            if (segment.open() && i < segments.size() - 1) {
                throw new CorruptionException(
                        segment.file(),
                        0,
                        "is an open segment, but " + segments.get(i + 1).file().getFileName() + " comes after it");
            }
            if (!segment.open() && segment.last() < segment.first()) {
                throw new CorruptionException(segment.file(), 0, "has a name that ends before it starts");
            }
        }
        return segments;
    }

    private void removePurgeRemains(List<Segment> segments, long coveredIndex) throws IOException {
        for (int i = segments.size() - 1; i > 0; i--) {
            Segment before = segments.get(i - 1);
            if (before.last() + 1 < segments.get(i).first() && before.last() <= coveredIndex) {
                for (Segment remains : segments.subList(0, i)) {
                    Files.delete(remains.file());
                }
                segments.subList(0, i).clear();
                return;
            }
        }
    }

    /** One pass over a segment; throws for damage that is not a torn end. */
    private static final class Scan {
        final Path file;
        final byte[] bytes;
        final long first;
        private final OptionalLong forced;
        Map<String, Member> voters = Map.of();
        long entries;
        long term;
        int end;
        int tornBytes;

        Scan(Segment segment, byte[] content, long termBefore, OptionalLong forced) throws IOException {
            this.forced = forced;
            file = segment.file();
            first = segment.first();
            bytes = content;
            term = termBefore;
            if (!readHeader(segment)) {
                return;
            }
            end = HEADER.length;
            while (end < bytes.length && bytes[end] != 0) {
                @Nullable LogEntryProto entry = decode(end);
                if (entry == null) {
                    break;
                }
                take(entry, segment);
                end = end(end);
            }
            if (segment.open()) {
                tornBytes = torn();
            } else {
                checkClosed(segment);
            }
        }

        private boolean readHeader(Segment segment) {
            int same = 0;
            while (same < HEADER.length && same < bytes.length && bytes[same] == HEADER[same]) {
                same++;
            }
            if (same == HEADER.length) {
                return true;
            }
            // Ratis writes the header when it creates the file; a crash may leave a part of it and zeros, but no entry.
            if (segment.open() && afterLastNonZero(same) == same) {
                return false;
            }
            throw damage(0, "does not start with " + new String(HEADER, StandardCharsets.US_ASCII));
        }

        private void take(LogEntryProto entry, Segment segment) {
            long expected = segment.first() + entries;
            if (entry.getIndex() != expected) {
                throw damage(end, "holds entry " + entry.getIndex() + ", expected " + expected);
            }
            if (entry.getTerm() < term) {
                throw damage(
                        end, "entry " + expected + " has term " + entry.getTerm() + ", but " + term + " came before");
            }
            if (!segment.open() && expected > segment.last()) {
                throw damage(end, "holds entry " + expected + ", but its name says that it ends at " + segment.last());
            }
            term = entry.getTerm();
            entries++;
            if (entry.hasConfigurationEntry()) {
                try {
                    voters = Member.allOf(entry.getConfigurationEntry());
                } catch (MalformedException e) {
                    throw damage(end, "holds a membership that is none: " + e.getMessage());
                }
            }
        }

        private void checkClosed(Segment segment) {
            if (entries != segment.last() - segment.first() + 1) {
                throw damage(
                        end,
                        "has no whole entry " + (segment.first() + entries)
                                + " here, but its name says that it ends at " + segment.last());
            }
            if (afterLastNonZero(end) > end) {
                throw damage(end, "has bytes behind its last entry");
            }
        }

        /** How many bytes of a torn entry stand at the end of an open segment, 0 when it ends cleanly. */
        private int torn() {
            int last = afterLastNonZero(end);
            if (last == end) {
                return 0;
            }
            if (forced.isPresent() && first + entries > forced.getAsLong()) {
                checkUnforced(last);
                return last - end;
            }
            int length = EntryBytes.lengthAt(bytes, end);
            long claimed = (long) end + (length > 0 ? EntryBytes.wholeBytes(length) : TORN_BYTES_MAX);
            if (last > claimed) {
                throw damage(
                        end,
                        "a damaged entry is followed by other bytes, up to " + last
                                + ", so that it is not a torn last write");
            }
            for (int at = end + 1; at < last; at++) {
                if (EntryBytes.mayBeBehind(bytes, at, first + entries) && decode(at) != null) {
                    throw damage(
                            end,
                            "a damaged entry is followed by a whole one at " + at
                                    + ", so that it is not a torn last write");
                }
            }
            return last - end;
        }

        /** Nobody has acknowledged anything from here on; but more than can have been on its way stands there for another reason. */
        private void checkUnforced(int last) {
            int whole = 0;
            for (int at = end + 1; at < last; ) {
                if (EntryBytes.mayBeBehind(bytes, at, first + entries) && decode(at) != null) {
                    at = end(at);
                    if (++whole > UNFORCED_ENTRIES_MAX) {
                        throw damage(
                                end,
                                "a damaged entry is followed by more than " + UNFORCED_ENTRIES_MAX
                                        + " whole ones, so that it is not a torn last write");
                    }
                } else {
                    at++;
                }
            }
        }

        /** The entry that starts at {@code at}, or null if none does in whole. */
        private @Nullable LogEntryProto decode(int at) {
            if (!EntryBytes.isWhole(bytes, at)) {
                return null;
            }
            try {
                return EntryBytes.parse(bytes, at);
            } catch (InvalidProtocolBufferException e) {
                throw damage(at, "holds an entry with a right checksum and a wrong form: " + e.getMessage());
            }
        }

        private int end(int at) {
            return at + EntryBytes.wholeBytes(EntryBytes.lengthAt(bytes, at));
        }

        private int afterLastNonZero(int from) {
            int at = bytes.length;
            while (at > from && bytes[at - 1] == 0) {
                at--;
            }
            return at;
        }

        private CorruptionException damage(int offset, String what) {
            return new CorruptionException(file, offset, what);
        }
    }

    private static void cut(Path file, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
            channel.force(true);
        }
    }

    /** Term and vote carry no checksum; at least they must be there and fit the log. Returns the term, -1 if they are not there. */
    private static long checkMeta(Path directory, long lastIndex, long lastTerm) throws IOException {
        Path file = directory.resolve("raft-meta");
        if (!Files.exists(file)) {
            if (lastIndex >= 0) {
                throw new CorruptionException(file, 0, "is missing, but the log has entries up to " + lastIndex);
            }
            return -1;
        }
        Properties meta = new Properties();
        long term;
        try {
            meta.load(new StringReader(Files.readString(file)));
            term = Long.parseLong(meta.getProperty("term", ""));
        } catch (IOException | IllegalArgumentException e) {
            throw new CorruptionException(file, 0, "holds no term: " + e.getMessage());
        }
        if (meta.getProperty("votedFor") == null || term < 0 || (lastIndex >= 0 && term < lastTerm)) {
            throw new CorruptionException(
                    file,
                    0,
                    "says term " + term + " and vote " + meta.getProperty("votedFor") + ", but entry " + lastIndex
                            + " of the log has term " + lastTerm);
        }
        return term;
    }
}
