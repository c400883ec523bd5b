package io.thalweg.raft;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.Replica;
import io.thalweg.shard.Replica.Position;
import io.thalweg.shard.Replica.Stored;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.MetadataProto;
import org.apache.ratis.proto.RaftProtos.StateMachineEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the Raft log of a group of one again, from the journal. It is why such a group needs one force for an entry and not
 * two: its Raft log may lose its end, or any of it, without a loss.
 *
 * <p>Why that is right, when the only member is this node:
 * <ol>
 *   <li>An entry is acknowledged after the journal forced its frame, and the frame holds all that the Raft log does: index,
 *       term, stamp, count, length and checksum. So whatever was acknowledged is in the journal, or the journal is damaged.
 *   <li>Nothing is ever replaced: with one voter, an entry that has an index keeps it. An entry in the journal that was not
 *       acknowledged may therefore be kept, too; nobody was told that it failed.
 *   <li>The journal's own recovery proves that its frames follow each other without a hole. An index without a frame between
 *       two frames is therefore one of Ratis' own entries, which only say who is in the group; the group has not changed,
 *       so an entry that says nothing takes its place.
 *   <li>Term and vote lie in a file of their own, which Ratis forces before it uses them, and which must be there.
 * </ol>
 *
 * <p>What stops the start: a whole reference anywhere in the old log to an entry that the journal does not have, for then the
 * journal has lost its end; and a journal that has given back entries behind the snapshot.
 *
 * <p>In a group of several none of this is done: others may have agreed on something else, and have what is missing here.
 */
final class RaftLogRebuild {
    private static final Logger log = LoggerFactory.getLogger(RaftLogRebuild.class);
    private static final String UNFINISHED = "rebuild.tmp";

    /** Our entries are far smaller; it bounds the search for whole entries among damaged bytes. */
    private static final int REFERENCE_BYTES_MAX = 1 << 10;

    private final Path current;
    private final Replica replica;
    private final Position covered;

    /** @param covered what the snapshot covers, which the log need not reach back to */
    RaftLogRebuild(Path current, Replica replica, Position covered) {
        this.current = current;
        this.replica = replica;
        this.covered = covered;
    }

    /**
     * Puts a new log with everything behind the snapshot in place of what is there. A crash in between leaves a log that is
     * shorter than the journal, so that the next start does the same again.
     *
     * @param why for the operator
     * @return the newest index of the log, at least what the snapshot covers
     * @throws CorruptionException when the journal cannot vouch for all that was acknowledged
     */
    long run(String why) throws IOException {
        LogEntryProto known = newestReference();
        if (known != null && known.getIndex() > covered.index()) {
            RatisNode.checkBody(current, replica, replica.storedIndex(), known, covered.index());
        }
        Path unfinished = current.resolve(UNFINISHED);
        long first = covered.index() + 1;
        long next = first;
        long term = covered.term();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16)) {
            out.write(EntryBytes.HEADER);
            for (Stored stored = behind(next - 1); stored != null; stored = behind(next - 1)) {
                term = stored.term();
                for (; next < stored.index(); next++) {
                    out.write(EntryBytes.of(nothing(next, term)));
                }
                out.write(EntryBytes.of(entry(stored)));
                next++;
            }
        }
        if (!RaftLogInspector.checkMeta(current, next - 1, term)) {
            throw new CorruptionException(
                    current.resolve("raft-meta"), 0, "is missing, so that the raft log cannot be written again");
        }
        RaftDirectory.force(unfinished);
        RaftLogInspector.clear(current);
        if (next > first) {
            Files.move(unfinished, current.resolve("log_inprogress_" + first), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.delete(unfinished);
        }
        RaftDirectory.force(current);
        log.warn("{}: wrote entries {} to {} again from the journal, because {}", current, first, next - 1, why);
        return next - 1;
    }

    private @Nullable Stored behind(long index) throws IOException {
        return replica.storedBehind(index);
    }

    /** As Ratis would have written it, but for the client's name, which only its cache of replies uses. */
    private static LogEntryProto entry(Stored stored) {
        ByteString data = EntryForm.logData(stored.requests(), stored.timestampNs(), stored.reference());
        StateMachineEntryProto.Builder body =
                StateMachineEntryProto.newBuilder().setLogEntryProtoSerializedSize(Math.max(1, data.size()));
        return LogEntryProto.newBuilder()
                .setTerm(stored.term())
                .setIndex(stored.index())
                .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder()
                        .setClientId(ClientId.randomId().toByteString())
                        .setCallId(stored.index())
                        .setType(StateMachineLogEntryProto.Type.WRITE)
                        .setLogData(data)
                        .setStateMachineEntry(body))
                .build();
    }

    /** An entry of Ratis' own that changes nothing. */
    private static LogEntryProto nothing(long index, long term) {
        return LogEntryProto.newBuilder()
                .setTerm(term)
                .setIndex(index)
                .setMetadataEntry(MetadataProto.getDefaultInstance())
                .build();
    }

    /** The newest whole entry with a body anywhere in the files, damage around it or not. */
    private @Nullable LogEntryProto newestReference() throws IOException {
        LogEntryProto newest = null;
        for (Path file : RaftLogInspector.files(current)) {
            byte[] bytes;
            try {
                bytes = Files.readAllBytes(file);
            } catch (NoSuchFileException e) {
                continue;
            }
            for (int at = EntryBytes.HEADER.length; at < bytes.length; ) {
                LogEntryProto found = bytes[at] == 0 ? null : referenceAt(bytes, at);
                if (found != null && (newest == null || found.getIndex() > newest.getIndex())) {
                    newest = found;
                }
                at += found == null ? 1 : EntryBytes.wholeBytes(EntryBytes.lengthAt(bytes, at));
            }
        }
        return newest;
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
}
