package io.thalweg.shard.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LedgerSessionsTest {
    private static final int SESSIONS = 10_000;

    private static Caller caller(long client, int number) {
        return new Caller(client, 7, client, number, 0x101E, 31 * client + number, 3);
    }

    private static byte[] reply(int bytes) {
        return new byte[bytes];
    }

    @Test
    void tenThousandSessionsFitAndTheOneWhoseCommitIsOldestGoesFirst() {
        LedgerSessions sessions = new LedgerSessions(SESSIONS);
        for (long client = 1; client <= SESSIONS; client++) {
            assertThat(sessions.beforeRegister(caller(client, 0))).isNull();
            sessions.remember(caller(client, 0), client, reply(41));
        }
        assertThat(sessions.beforeRequest(caller(1, 1))).isNull();
        sessions.remember(caller(1, 1), 1, reply(41));
        sessions.remember(caller(SESSIONS + 1, 0), SESSIONS + 1, reply(41));
        assertThat(sessions.size()).isEqualTo(SESSIONS);
        assertThat(sessions.beforeRequest(caller(1, 2))).as("used since").isNull();
        byte[] evicted = Objects.requireNonNull(sessions.beforeRequest(caller(2, 1)));
        assertThat(LedgerReply.parse(ByteBuffer.wrap(evicted)))
                .isEqualTo(new LedgerReply.Evicted(LedgerReply.Reason.NO_SESSION));
    }

    @Test
    void aSessionThatIsTouchedStaysAndAsksForItOnlyWhenItFades() {
        LedgerSessions sessions = new LedgerSessions(SESSIONS);
        int touched = 0;
        sessions.remember(caller(1, 0), 1, reply(41));
        for (long client = 2; client <= 4 * SESSIONS; client++) {
            sessions.remember(caller(client, 0), client, reply(41));
            if (sessions.fades(caller(1, 5))) {
                sessions.touch(caller(1, 5));
                touched++;
            }
        }
        assertThat(sessions.beforeRequest(caller(1, 6))).as("lives").isNull();
        assertThat(sessions.beforeRequest(caller(1, 0)))
                .as("its last reply is kept")
                .hasSize(41);
        assertThat(touched).isBetween(4, 8);
        assertThat(sessions.has(1, 7, 1)).isTrue();
        assertThat(sessions.has(2, 7, 2)).isFalse();
        sessions.touch(caller(2, 1));
        assertThat(sessions.has(2, 7, 2)).as("what is gone stays so").isFalse();
    }

    @Test
    void repliesAreBoundedInBytesAndComeBackFromASnapshotInTheSameOrder() {
        LedgerSessions sessions = new LedgerSessions(SESSIONS);
        for (long client = 1; client <= 70; client++) {
            sessions.remember(caller(client, 1), client, reply(1 << 20));
        }
        assertThat(sessions.size()).isEqualTo((int) (LedgerSessions.REPLY_BYTES_MAX >> 20));
        BinaryWriter saved = new BinaryWriter();
        sessions.save(saved);
        LedgerSessions loaded = new LedgerSessions(SESSIONS);
        loaded.load(new BinaryReader(saved.toByteBuffer()));
        BinaryWriter again = new BinaryWriter();
        loaded.save(again);
        assertThat(again.toByteBuffer()).isEqualTo(saved.toByteBuffer());
        loaded.remember(caller(71, 1), 71, reply(1 << 20));
        assertThat(loaded.beforeRequest(caller(7, 1))).as("the oldest").hasSize(2);
        assertThat(loaded.beforeRequest(caller(8, 1))).as("a retry").hasSize(1 << 20);
    }
}
