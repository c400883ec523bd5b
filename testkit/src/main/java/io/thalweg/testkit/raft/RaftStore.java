package io.thalweg.testkit.raft;

import io.thalweg.model.Checksum;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.testkit.raft.RaftEntry.Beginning;
import io.thalweg.testkit.raft.RaftEntry.Command;
import io.thalweg.testkit.raft.RaftEntry.Content;
import io.thalweg.testkit.raft.RaftEntry.Members;
import io.thalweg.testkit.raft.RaftEntry.Membership;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a member must not forget: its term and vote, and its log with the point that it begins at. Entries are appended unforced and
 * count when {@link #force} has returned. A record that is torn at the end of the file was never forced, and is cut at the next start.
 *
 * <pre>
 * vote      = term i64, voted for i32 (-1 nobody), CRC-32C u32                 written beside and renamed
 * log       = base record*                                                    anew beside and renamed when its beginning moves
 * base      = length u32, CRC-32C u32, index i64, term i64, members           what a snapshot covers
 * record    = length u32, CRC-32C u32, index i64, term i64, kind u8, content  length counts what follows the checksum
 * content   = bytes (0) | nothing (1) | members (2)
 * arriving  = base                                                            a snapshot that the application is about to install
 * members   = voters u16, i32 each, learners u16, i32 each
 * </pre>
 *
 * What was forced is taken to be honest: this stands in for a Raft that has checksums and repairs of its own.
 */
final class RaftStore {
    private static final int HEAD = 8;
    private static final int COMMAND = 0;
    private static final int BEGINNING = 1;
    private static final int MEMBERSHIP = 2;
    private static final int NOBODY = -1;

    private final Disk disk;
    private final Path directory;
    private final List<RaftEntry> entries = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();

    /** Those of the entries that say who belongs to the group. */
    private final List<RaftEntry> memberships = new ArrayList<>();

    private long term;
    private int votedFor = NOBODY;
    private long baseIndex;
    private long baseTerm;
    private Members baseMembers;
    private DiskFile file;
    private long fileBytes;
    private long forced;

    /** Opens the store, or makes one for a group that begins with {@code first}. */
    RaftStore(Disk disk, Path directory, Members first) throws IOException {
        this.disk = disk;
        this.directory = directory;
        baseMembers = first;
        disk.createDirectories(directory);
        disk.delete(beside(vote()));
        disk.delete(beside(log()));
        disk.delete(beside(arriving()));
        if (disk.exists(vote())) {
            loadVote();
        }
        if (disk.exists(log())) {
            file = disk.open(log());
            load();
        } else {
            file = rewrite();
        }
        forced = lastIndex();
    }

    private Path vote() {
        return directory.resolve("vote");
    }

    private Path log() {
        return directory.resolve("log");
    }

    private Path arriving() {
        return directory.resolve("arriving");
    }

    private static Path beside(Path path) {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    long term() {
        return term;
    }

    /** For whom this member voted in its term; -1 for nobody. */
    int votedFor() {
        return votedFor;
    }

    /** What is behind this index has been dropped or was never here. */
    long baseIndex() {
        return baseIndex;
    }

    long lastIndex() {
        return baseIndex + entries.size();
    }

    /** Newest index that survives a crash. */
    long forcedIndex() {
        return forced;
    }

    /** Term of an entry, or of the base; -1 when the log does not have it. */
    long termAt(long index) {
        if (index == baseIndex) {
            return baseTerm;
        }
        return index < baseIndex || index > lastIndex() ? -1 : entry(index).term();
    }

    RaftEntry entry(long index) {
        return entries.get((int) (index - baseIndex - 1));
    }

    /** At most {@code most} entries from {@code index} on. */
    List<RaftEntry> from(long index, int most) {
        int begin = (int) (index - baseIndex - 1);
        return List.copyOf(entries.subList(begin, Math.min(entries.size(), begin + most)));
    }

    /** Who belongs to the group by the newest entry that says so. */
    Members members() {
        return membersAt(lastIndex());
    }

    /** Who belonged to the group as of an entry. */
    Members membersAt(long index) {
        for (int i = memberships.size() - 1; i >= 0; i--) {
            if (memberships.get(i).index() <= index) {
                return ((Membership) memberships.get(i).content()).members();
            }
        }
        return baseMembers;
    }

    /** Makes a term and a vote durable. */
    void vote(long newTerm, int candidate) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(newTerm).putInt(candidate);
        bytes.putInt(crc(bytes, 0, 12)).flip();
        try (DiskFile fresh = disk.open(beside(vote()))) {
            fresh.write(0, bytes);
            fresh.force();
        }
        disk.rename(beside(vote()), vote());
        disk.forceDirectory(directory);
        term = newTerm;
        votedFor = candidate;
    }

    private void loadVote() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        try (DiskFile old = disk.open(vote())) {
            if (old.read(0, bytes) != 16 || bytes.getInt(12) != crc(bytes, 0, 12)) {
                throw new IOException("a vote was forced and is not there");
            }
        }
        term = bytes.getLong(0);
        votedFor = bytes.getInt(8);
    }

    /** Writes an entry at the end, not yet for ever. */
    void append(RaftEntry entry) throws IOException {
        if (entry.index() != lastIndex() + 1) {
            throw new IllegalStateException("entry " + entry.index() + " does not follow " + lastIndex());
        }
        ByteBuffer record = record(entry);
        offsets.add(fileBytes);
        add(entry);
        file.write(fileBytes, record);
        fileBytes += record.limit();
    }

    private void add(RaftEntry entry) {
        entries.add(entry);
        if (entry.content() instanceof Membership) {
            memberships.add(entry);
        }
    }

    /** What was appended survives a crash from now on. */
    void force() throws IOException {
        file.force();
        forced = lastIndex();
    }

    /** Drops all entries behind {@code index}, durably. */
    void truncate(long index) throws IOException {
        int keep = (int) (index - baseIndex);
        if (keep >= entries.size()) {
            return;
        }
        fileBytes = offsets.get(keep);
        file.truncate(fileBytes);
        file.force();
        entries.subList(keep, entries.size()).clear();
        offsets.subList(keep, offsets.size()).clear();
        memberships.removeIf(each -> each.index() > index);
        forced = index;
    }

    /** Lets the log begin behind {@code index}, which a snapshot of the application covers. */
    void compact(long index) throws IOException {
        if (index <= baseIndex) {
            return;
        }
        Members members = membersAt(index);
        long indexTerm = termAt(index);
        entries.subList(0, (int) (index - baseIndex)).clear();
        begin(index, indexTerm, members);
    }

    /** Notes that the application is about to install a snapshot of another member: after a crash it has it, or has not. */
    void arrives(long index, long indexTerm, Members members) throws IOException {
        try (DiskFile fresh = disk.open(beside(arriving()))) {
            fresh.write(0, base(index, indexTerm, members));
            fresh.force();
        }
        disk.rename(beside(arriving()), arriving());
        disk.forceDirectory(directory);
    }

    /** The application has installed what was to arrive: the log begins there, with what follows it when it does. */
    void arrived(long index, long indexTerm, Members members) throws IOException {
        if (termAt(index) == indexTerm) {
            compact(index);
        } else {
            entries.clear();
            begin(index, indexTerm, members);
        }
        disk.delete(arriving());
    }

    /** After a start: finishes an installation that the application got through before the crash. */
    void finishArrival(long applied) throws IOException {
        if (!disk.exists(arriving())) {
            return;
        }
        try (DiskFile old = disk.open(arriving())) {
            ByteBuffer bytes = ByteBuffer.allocate((int) old.size()).order(ByteOrder.LITTLE_ENDIAN);
            old.read(0, bytes);
            bytes.flip();
            ByteBuffer base = next(bytes);
            if (base == null) {
                throw new IOException("an arrival was forced and is not there");
            }
            long index = base.getLong();
            long indexTerm = base.getLong();
            if (applied == index && applied > baseIndex) {
                arrived(index, indexTerm, members(base));
            }
        }
        disk.delete(arriving());
    }

    private void begin(long index, long indexTerm, Members members) throws IOException {
        baseIndex = index;
        baseTerm = indexTerm;
        baseMembers = members;
        memberships.removeIf(each -> each.index() <= index || entries.isEmpty());
        file.close();
        file = rewrite();
        forced = lastIndex();
    }

    void close() throws IOException {
        file.close();
    }

    private DiskFile rewrite() throws IOException {
        DiskFile fresh = disk.open(beside(log()));
        offsets.clear();
        ByteBuffer base = base(baseIndex, baseTerm, baseMembers);
        fresh.write(0, base);
        long at = base.limit();
        for (RaftEntry entry : entries) {
            ByteBuffer record = record(entry);
            offsets.add(at);
            fresh.write(at, record);
            at += record.limit();
        }
        fresh.force();
        disk.rename(beside(log()), log());
        disk.forceDirectory(directory);
        fileBytes = at;
        return fresh;
    }

    private void load() throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) file.size()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, all);
        all.flip();
        ByteBuffer base = next(all);
        if (base == null) {
            throw new IOException("a log was begun and its beginning is not there");
        }
        baseIndex = base.getLong();
        baseTerm = base.getLong();
        baseMembers = members(base);
        fileBytes = all.position();
        for (ByteBuffer record = next(all); record != null; record = next(all)) {
            long index = record.getLong();
            if (index != lastIndex() + 1) {
                throw new IOException("entry " + index + " stands behind entry " + lastIndex());
            }
            long entryTerm = record.getLong();
            offsets.add(fileBytes);
            add(new RaftEntry(index, entryTerm, content(record)));
            fileBytes = all.position();
        }
        file.truncate(fileBytes);
        file.force();
    }

    /** The next record's content; null where there is no whole one. */
    private static @Nullable ByteBuffer next(ByteBuffer all) {
        if (all.remaining() < HEAD) {
            return null;
        }
        int length = all.getInt(all.position());
        if (length <= 0 || length > all.remaining() - HEAD) {
            return null;
        }
        int crc = all.getInt(all.position() + 4);
        if (crc != crc(all, all.position() + HEAD, length)) {
            return null;
        }
        ByteBuffer record = all.slice(all.position() + HEAD, length).order(ByteOrder.LITTLE_ENDIAN);
        all.position(all.position() + HEAD + length);
        return record;
    }

    private static ByteBuffer base(long index, long term, Members members) {
        ByteBuffer bytes = head(16 + bytesOf(members));
        bytes.putLong(index).putLong(term);
        put(bytes, members);
        return sealed(bytes);
    }

    private static ByteBuffer record(RaftEntry entry) {
        int content = switch (entry.content()) {
            case Command command -> command.body().length;
            case Beginning _ -> 0;
            case Membership membership -> bytesOf(membership.members());
        };
        ByteBuffer bytes = head(17 + content).putLong(entry.index()).putLong(entry.term());
        switch (entry.content()) {
            case Command command -> bytes.put((byte) COMMAND).put(command.body());
            case Beginning _ -> bytes.put((byte) BEGINNING);
            case Membership membership -> put(bytes.put((byte) MEMBERSHIP), membership.members());
        }
        return sealed(bytes);
    }

    private static Content content(ByteBuffer record) throws IOException {
        int kind = record.get();
        return switch (kind) {
            case COMMAND -> {
                byte[] body = new byte[record.remaining()];
                record.get(body);
                yield new Command(body);
            }
            case BEGINNING -> new Beginning();
            case MEMBERSHIP -> new Membership(members(record));
            default -> throw new IOException("an entry is of kind " + kind + ", which is none");
        };
    }

    private static int crc(ByteBuffer bytes, int offset, int length) {
        return new Checksum().of(bytes, offset, length);
    }

    private static ByteBuffer head(int length) {
        return ByteBuffer.allocate(HEAD + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .putInt(0);
    }

    private static ByteBuffer sealed(ByteBuffer bytes) {
        bytes.flip();
        return bytes.putInt(4, crc(bytes, HEAD, bytes.limit() - HEAD));
    }

    private static int bytesOf(Members members) {
        return 4 + 4 * members.voters().size() + 4 * members.learners().size();
    }

    private static void put(ByteBuffer bytes, Members members) {
        for (TreeSet<Integer> part : List.of(members.voters(), members.learners())) {
            bytes.putShort((short) part.size());
            part.forEach(bytes::putInt);
        }
    }

    private static Members members(ByteBuffer bytes) {
        TreeSet<Integer> voters = new TreeSet<>();
        TreeSet<Integer> learners = new TreeSet<>();
        for (TreeSet<Integer> part : List.of(voters, learners)) {
            int count = bytes.getShort();
            for (int i = 0; i < count; i++) {
                part.add(bytes.getInt());
            }
        }
        return new Members(voters, learners);
    }
}
