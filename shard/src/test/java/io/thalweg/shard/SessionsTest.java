package io.thalweg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SessionsTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final TenantId OTHER = new TenantId(new UUID(1, 2));
    private static final Duration WINDOW = Duration.ofHours(1);
    private static final int EVICTED_MAX = 20;
    private static final int CHECKSUM = 4711;

    private Sessions sessions = new Sessions(3, WINDOW, EVICTED_MAX);
    private long nowNs = 1_000_000;

    private static Request request(TenantId tenant, int session, long number, Operation operation) {
        return new Request(tenant, new UUID(9, session), number, operation, ByteBuffer.allocate(0));
    }

    private static byte[] reply(int value) {
        BinaryWriter out = new BinaryWriter();
        ReplyCodec.write(out, new Reply.Done(ByteBuffer.wrap(new byte[] {(byte) value})));
        return out.toByteArray();
    }

    private byte @Nullable [] ask(TenantId tenant, int session, long number) {
        return sessions.replay(request(tenant, session, number, Operation.APPEND), CHECKSUM, nowNs);
    }

    private void done(TenantId tenant, int session, long number) {
        nowNs++;
        assertThat(ask(tenant, session, number)).isNull();
        sessions.remember(request(tenant, session, number, Operation.APPEND), CHECKSUM, reply(session), nowNs);
    }

    private void done(int session, long number) {
        done(TENANT, session, number);
    }

    private static ErrorCode code(byte @Nullable [] reply) {
        assertThat(reply).isNotNull();
        return ((Reply.Refused) ReplyCodec.read(new BinaryReader(Objects.requireNonNull(reply)))).code();
    }

    @Test
    void aRetryGetsTheVerySameBytesAndAnOlderNumberIsRefused() {
        done(1, 1);
        assertThat(ask(TENANT, 1, 1)).isEqualTo(reply(1));
        done(1, 2);
        assertThat(code(ask(TENANT, 1, 1))).isEqualTo(ErrorCode.REQUEST_NUMBER_TOO_OLD);
        done(1, 7);
    }

    @Test
    void anotherRequestUnderTheSameNumberIsRefusedAndNotAnsweredForIt() {
        done(1, 1);
        Request same = request(TENANT, 1, 1, Operation.APPEND);
        assertThat(code(sessions.replay(same, CHECKSUM + 1, nowNs))).isEqualTo(ErrorCode.REQUEST_NUMBER_REUSED);
        assertThat(code(sessions.replay(request(TENANT, 1, 1, Operation.LEDGER_ACCOUNTS), CHECKSUM, nowNs)))
                .isEqualTo(ErrorCode.REQUEST_NUMBER_REUSED);
        assertThat(sessions.replay(same, CHECKSUM, nowNs)).isEqualTo(reply(1));
    }

    @Test
    void theSessionUnusedForLongestIsEvictedAndIsNotTakenForNew() {
        done(1, 1);
        done(2, 1);
        done(3, 1);
        done(1, 2);
        done(4, 1);
        assertThat(sessions.size()).isEqualTo(3);
        assertThat(code(ask(TENANT, 2, 2))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(code(ask(TENANT, 2, 1)))
                .as("its first request may have been executed")
                .isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(ask(TENANT, 1, 2)).isEqualTo(reply(1));
        nowNs += WINDOW.toNanos();
        assertThat(ask(TENANT, 2, 1)).as("as long as an idempotency key").isNull();
    }

    @Test
    void aTenantWithFreshSessionsTakesNothingFromOthers() {
        done(OTHER, 1, 1);
        done(OTHER, 2, 1);
        for (int session = 1; session <= EVICTED_MAX + 3; session++) {
            done(TENANT, session, 1);
        }
        assertThat(ask(OTHER, 1, 1)).isEqualTo(reply(1));
        assertThat(ask(OTHER, 2, 1)).isEqualTo(reply(2));
        assertThat(code(ask(TENANT, 100, 1)))
                .as("no more of its own could be told from new ones")
                .isEqualTo(ErrorCode.IDEMPOTENCY_WINDOW_FULL);
        done(OTHER, 3, 1);
        nowNs += WINDOW.toNanos();
        done(TENANT, 100, 1);
    }

    @Test
    void whereTheShardIsFullTheTenantThatHasMostGivesWay() {
        sessions = new Sessions(8, WINDOW, 1000);
        for (int session = 1; session <= 8; session++) {
            done(TENANT, session, 1);
        }
        for (int tenant = 2; tenant <= 31; tenant++) {
            done(new TenantId(new UUID(1, tenant)), 1, 1);
        }
        assertThat(sessions.size()).isLessThanOrEqualTo(32);
        for (int tenant = 2; tenant <= 31; tenant++) {
            assertThat(ask(new TenantId(new UUID(1, tenant)), 1, 1)).isEqualTo(reply(1));
        }
        assertThat(code(ask(TENANT, 1, 1))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(ask(TENANT, 8, 1)).isEqualTo(reply(8));
    }

    @Test
    void repliesOfOneTenantAreBoundedInBytes() {
        sessions = new Sessions(1000, WINDOW, 1000);
        done(OTHER, 1, 1);
        for (int session = 1; session <= 100; session++) {
            sessions.remember(request(TENANT, session, 1, Operation.APPEND), CHECKSUM, new byte[1 << 20], ++nowNs);
        }
        assertThat(sessions.size()).isBetween(10, 34);
        assertThat(ask(OTHER, 1, 1)).isEqualTo(reply(1));
    }

    @Test
    void anotherTenantsSessionOfTheSameIdIsAnotherSession() {
        done(1, 1);
        assertThat(ask(OTHER, 1, 1)).isNull();
        assertThat(code(ask(OTHER, 1, 2))).isEqualTo(ErrorCode.SESSION_EVICTED);
    }

    private void reload(Consumer<BinaryWriter> form) {
        BinaryWriter out = new BinaryWriter();
        form.accept(out);
        sessions = new Sessions(3, WINDOW, EVICTED_MAX);
        sessions.load(new BinaryReader(out.toByteBuffer()));
    }

    @Test
    void orderOfUseAndWhatWasEvictedSurviveASnapshot() {
        done(5, 1);
        done(1, 1);
        done(2, 1);
        done(3, 1);
        done(1, 2);
        Consumer<BinaryWriter> captured = sessions.capture();
        done(3, 2);
        reload(captured);
        done(4, 1);
        assertThat(code(ask(TENANT, 2, 2))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(code(ask(TENANT, 5, 1))).isEqualTo(ErrorCode.SESSION_EVICTED);
        assertThat(ask(TENANT, 1, 2)).isEqualTo(reply(1));
        assertThat(ask(TENANT, 3, 1)).isEqualTo(reply(3));
    }

    @Test
    void answersAreTheSameWhetherAReplicaWasRestartedOrNot() {
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        Sessions stayed = new Sessions(3, WINDOW, 6);
        Sessions restarted = new Sessions(3, WINDOW, 6);
        for (int i = 0; i < 20_000; i++) {
            TenantId tenant = new TenantId(new UUID(1, random.nextInt(8)));
            int session = random.nextInt(random.nextBoolean() ? 4 : 1000);
            Request request = request(tenant, session, random.nextBoolean() ? 1 : i + 1, Operation.APPEND);
            nowNs += random.nextInt(100) == 0 ? WINDOW.toNanos() : 1;
            byte[] answer = stayed.replay(request, CHECKSUM, nowNs);
            assertThat(restarted.replay(request, CHECKSUM, nowNs))
                    .as("request %d of seed %d", i, seed)
                    .isEqualTo(answer);
            if (answer == null) {
                stayed.remember(request, CHECKSUM, reply(i), nowNs);
                restarted.remember(request, CHECKSUM, reply(i), nowNs);
            }
            if (random.nextInt(10) == 0) {
                BinaryWriter out = new BinaryWriter();
                restarted.save(out);
                restarted = new Sessions(3, WINDOW, 6);
                restarted.load(new BinaryReader(out.toByteBuffer()));
            }
        }
    }

    @Test
    void sessionsOfTheFormBeforeAreReadAndAnswerAsBefore() {
        reload(out -> {
            out.i32(2);
            for (int session = 1; session <= 2; session++) {
                out.uuid(TENANT.value()).uuid(new UUID(9, session)).i64(6).bytes(reply(session));
            }
        });
        assertThat(ask(TENANT, 1, 6)).isEqualTo(reply(1));
        assertThat(code(ask(TENANT, 2, 5))).isEqualTo(ErrorCode.REQUEST_NUMBER_TOO_OLD);
        done(2, 7);
    }
}
