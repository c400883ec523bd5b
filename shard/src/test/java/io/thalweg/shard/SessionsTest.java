package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.TenantId;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SessionsTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private final Sessions sessions = new Sessions(3);

    private static Request request(TenantId tenant, int session, long number) {
        return new Request(tenant, new UUID(9, session), number, Operation.APPEND, ByteBuffer.allocate(0));
    }

    private static byte[] reply(int value) {
        BinaryWriter out = new BinaryWriter();
        ReplyCodec.write(out, new Reply.Done(ByteBuffer.wrap(new byte[] {(byte) value})));
        return out.toByteArray();
    }

    private void done(int session, long number) {
        Request request = request(TENANT, session, number);
        assertThat(sessions.replay(request)).isNull();
        sessions.remember(request, reply(session));
    }

    private static ErrorCode code(byte @Nullable [] reply) {
        assertThat(reply).isNotNull();
        return ((Reply.Refused) ReplyCodec.read(new BinaryReader(java.util.Objects.requireNonNull(reply)))).code();
    }

    @Test
    void aRetryGetsTheVerySameBytesAndAnOlderNumberIsRefused() {
        done(1, 1);
        assertThat(sessions.replay(request(TENANT, 1, 1))).isEqualTo(reply(1));
        done(1, 2);
        assertThat(code(sessions.replay(request(TENANT, 1, 1)))).isEqualTo(ErrorCode.REQUEST_NUMBER_TOO_OLD);
        done(1, 7);
    }

    @Test
    void theSessionUnusedForLongestIsEvictedAndLearnsOfIt() {
        done(1, 1);
        done(2, 1);
        done(3, 1);
        done(1, 2);
        done(4, 1);
        assertThat(sessions.size()).isEqualTo(3);
        assertThat(code(sessions.replay(request(TENANT, 2, 2)))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(sessions.replay(request(TENANT, 1, 2))).isEqualTo(reply(1));
        assertThat(sessions.replay(request(TENANT, 2, 1)))
                .as("number 1 starts anew")
                .isNull();
    }

    @Test
    void anotherTenantsSessionOfTheSameIdIsAnotherSession() {
        done(1, 1);
        TenantId other = new TenantId(new UUID(1, 2));
        assertThat(sessions.replay(request(other, 1, 1))).isNull();
        assertThat(code(sessions.replay(request(other, 1, 2)))).isEqualTo(ErrorCode.SESSION_EVICTED);
    }

    @Test
    void orderOfUseSurvivesASnapshot() {
        done(1, 1);
        done(2, 1);
        done(3, 1);
        done(1, 2);
        BinaryWriter out = new BinaryWriter();
        sessions.save(out);
        Sessions loaded = new Sessions(3);
        loaded.load(new BinaryReader(out.toByteBuffer()));
        Request fourth = request(TENANT, 4, 1);
        loaded.remember(fourth, reply(4));
        assertThat(code(loaded.replay(request(TENANT, 2, 2)))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(loaded.replay(request(TENANT, 1, 2))).isEqualTo(reply(1));
    }
}
