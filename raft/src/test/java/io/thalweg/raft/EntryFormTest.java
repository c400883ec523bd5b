package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.MalformedException;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

class EntryFormTest {
    private static final Entry ENTRY = Entry.of(
            123_456_789L, 7, List.of(ByteBuffer.wrap("a body of some bytes".getBytes(StandardCharsets.UTF_8))), 20);

    private static LogEntryProto entry(byte[] data) {
        return LogEntryProto.newBuilder()
                .setIndex(5)
                .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFrom(data)))
                .build();
    }

    @Test
    void anEntryIsReadAsItWasProposed() {
        Entry read = EntryForm.entry(entry(EntryForm.logData(ENTRY).toByteArray()));
        assertThat(read.timestampNs()).isEqualTo(ENTRY.timestampNs());
        assertThat(read.requests()).isEqualTo(7);
        assertThat(read.checksum()).isEqualTo(ENTRY.checksum());
        assertThat(read.body().getFirst()).isEqualTo(ENTRY.body().getFirst());
    }

    /** Stamp and count had no checksum: a follower would have applied them as they came. */
    @Test
    void everyWrongBitIsRefusedWhereverItStands() {
        byte[] whole = EntryForm.logData(ENTRY).toByteArray();
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] wrong = whole.clone();
            wrong[bit / 8] ^= (byte) (1 << bit % 8);
            LogEntryProto entry = entry(wrong);
            assertThatThrownBy(() -> EntryForm.check(entry)).as("bit %d", bit).isInstanceOf(MalformedException.class);
            assertThatThrownBy(() -> EntryForm.entry(entry)).as("bit %d", bit).isInstanceOf(MalformedException.class);
        }
        for (int length = 0; length < whole.length; length++) {
            LogEntryProto entry = entry(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> EntryForm.check(entry)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void entriesOfTheVersionBeforeAreRead() {
        ByteBuffer before = ByteBuffer.allocate(17 + ENTRY.length())
                .put((byte) 2)
                .putInt(7)
                .putLong(ENTRY.timestampNs())
                .putInt(ENTRY.checksum())
                .put(ENTRY.body().getFirst().duplicate());
        LogEntryProto entry = entry(before.array());
        assertThatCode(() -> EntryForm.check(entry)).doesNotThrowAnyException();
        assertThat(EntryForm.entry(entry).requests()).isEqualTo(7);
        assertThat(EntryForm.entry(entry).timestampNs()).isEqualTo(ENTRY.timestampNs());
    }
}
