package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.LoneConsensus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;

/**
 * Takes over what lone shards of before kept beside their journal: the Raft log of a group with one member. The journal has all that
 * it says, index, term, stamp and checksum of each entry, and nobody else ever voted. So it is good for one thing only: whatever whole
 * reference stands in it, damage around it or not, was written after the entry's body had been forced. A journal without
 * that entry has lost its end, and the shard must not start on it.
 *
 * <p>When the shard has started, the log is removed.
 */
public final class FormerRaftLog {
    /** The entries of such a log are far smaller; it bounds the search for whole ones among damaged bytes. */
    private static final int REFERENCE_BYTES_MAX = 1 << 10;

    private static final int SEGMENT_BYTES_MAX = 256 << 20;

    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 1 + 4 + 8;

    private final Path directory;

    /** @param directory what a shard's folder {@code raft} was; may be missing */
    public FormerRaftLog(Path directory) {
        this.directory = directory;
    }

    /** The newest entry that the log refers to; empty when there is no log, or none that says anything. */
    public Optional<LoneConsensus.Known> newest() throws IOException {
        Path mark = directory.resolve(ShardGroup.MARK);
        if (Files.exists(mark)) {
            throw new CorruptionException(
                    mark, 0, "the shard belongs to a group of several nodes, and cannot be opened as a lone one");
        }
        LoneConsensus.Known newest = null;
        for (Path file : files()) {
            String name = String.valueOf(file.getFileName());
            if (name.startsWith("log_") && Files.size(file) <= SEGMENT_BYTES_MAX) {
                LoneConsensus.Known found = newestIn(file);
                newest = newest == null || (found != null && found.index() > newest.index()) ? found : newest;
            }
        }
        return Optional.ofNullable(newest);
    }

    private static LoneConsensus.@Nullable Known newestIn(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        LogEntryProto newest = null;
        for (int at = EntryBytes.HEADER.length; at < bytes.length; ) {
            LogEntryProto found = bytes[at] == 0 ? null : referenceAt(bytes, at);
            if (found != null && (newest == null || found.getIndex() > newest.getIndex())) {
                newest = found;
            }
            at += found == null ? 1 : EntryBytes.wholeBytes(EntryBytes.lengthAt(bytes, at));
        }
        if (newest == null) {
            return null;
        }
        ByteBuffer reference = reference(newest).order(ByteOrder.LITTLE_ENDIAN);
        if (reference.remaining() < 2 * Integer.BYTES) {
            throw new CorruptionException(
                    file, 0, "refers to entry " + newest.getIndex() + " in " + reference.remaining() + " bytes");
        }
        return new LoneConsensus.Known(
                file, newest.getIndex(), newest.getTerm(), reference.getInt(0), reference.getInt(Integer.BYTES));
    }

    /** Behind version, count of requests and stamp: the body's length and checksum, and the stamp again. */
    private static ByteBuffer reference(LogEntryProto entry) {
        ByteBuffer data = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
        if (data.remaining() < HEADER_BYTES || data.get(data.position()) != VERSION) {
            throw new MalformedException("entry " + entry.getIndex() + " of the raft log has " + data.remaining()
                    + " bytes of log data that are not of version " + VERSION);
        }
        return data.position(data.position() + HEADER_BYTES).slice();
    }

    private static @Nullable LogEntryProto referenceAt(byte[] bytes, int at) {
        if (EntryBytes.lengthAt(bytes, at) > REFERENCE_BYTES_MAX || !EntryBytes.isWhole(bytes, at)) {
            return null;
        }
        try {
            LogEntryProto entry = EntryBytes.parse(bytes, at);
            return entry.hasStateMachineLogEntry() ? entry : null;
        } catch (InvalidProtocolBufferException e) {
            return null;
        }
    }

    /** Removes the log, once a shard has started that does without it. */
    public void remove() throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
