package io.thalweg.shard.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.AppendBody;
import io.thalweg.model.AppendResult;
import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.Operation;
import io.thalweg.model.Reply;
import io.thalweg.model.Request;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import java.time.Duration;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class LogMachineTest {
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final TenantId OTHER = new TenantId(new UUID(1, 2));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 1)));
    private static final StreamId SECOND = StreamId.of(new LogId(new UUID(2, 2)));
    private static final long HOUR_NS = Duration.ofHours(1).toNanos();

    /** Ignores where events stand: these tests are about what is decided. */
    private static final StreamIndex NOWHERE = new StreamIndex() {
        @Override
        public void restore(StreamId stream, long first, long head) {}

        @Override
        public void append(StreamId stream, long firstSequence, int count, long timestampNs, int offset, int length) {}

        @Override
        public void trim(StreamId stream, long firstSequence) {}

        @Override
        public void delete(StreamId stream) {}

        @Override
        public void publish(StreamId stream, long head) {}
    };

    private LogMachine machine = new LogMachine(Duration.ofHours(1), 3, NOWHERE);
    private Applying applying = new Applying(machine);

    private Reply apply(long stampNs, Request request) {
        applying.begin(1, stampNs, request, 0);
        Reply reply = machine.apply(applying, request);
        applying.end();
        machine.publish();
        return reply;
    }

    private Reply append(long stampNs, TenantId tenant, StreamId stream, UnaryOperator<AppendBody.Builder> how) {
        return apply(
                stampNs,
                Request.of(
                        tenant,
                        Operation.APPEND,
                        how.apply(AppendBody.builder(stream)).build()));
    }

    private static AppendBody.Builder one(AppendBody.Builder builder) {
        return builder.add(new byte[10]);
    }

    private static AppendResult done(Reply reply) {
        return AppendResult.decode(reply.orThrow());
    }

    private static ErrorCode refused(Reply reply) {
        assertThat(reply).isInstanceOf(Reply.Refused.class);
        return ((Reply.Refused) reply).code();
    }

    private void create() {
        apply(1, new StreamCommand.Create(STREAM).toRequest(TENANT)).orThrow();
        apply(1, new StreamCommand.Create(SECOND).toRequest(TENANT)).orThrow();
    }

    @Test
    void sequencesStartAtOneAndTimesNeverRepeatOrGoBackWhateverTheStampSays() {
        create();
        AppendResult first = done(append(1000, TENANT, STREAM, b -> one(one(one(b)))));
        AppendResult second = done(append(500, TENANT, SECOND, LogMachineTest::one));
        AppendResult third = done(append(1000, TENANT, STREAM, LogMachineTest::one));
        assertThat(first).isEqualTo(new AppendResult(1, 3, 1000, false));
        assertThat(second).isEqualTo(new AppendResult(1, 1, 1003, false));
        assertThat(third).isEqualTo(new AppendResult(4, 1, 1004, false));
    }

    @Test
    void anotherTenantsStreamIsNotFoundByAnyOperation() {
        create();
        assertThat(refused(append(2, OTHER, STREAM, LogMachineTest::one))).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refused(apply(2, new StreamCommand.Delete(STREAM).toRequest(OTHER))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refused(apply(2, new StreamCommand.Trim(STREAM, 1).toRequest(OTHER))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(machine.streams(OTHER)).isEmpty();
        assertThat(machine.storedBytes(OTHER)).isZero();
    }

    @Test
    void anExpectedSequenceIsTheHeadOrTheAppendIsRefusedInWhole() {
        create();
        assertThat(refused(append(2, TENANT, STREAM, b -> one(b).expect(1)))).isEqualTo(ErrorCode.SEQUENCE_MISMATCH);
        done(append(2, TENANT, STREAM, b -> one(one(b)).expect(0)));
        assertThat(refused(append(2, TENANT, STREAM, b -> one(one(b)).expect(0))))
                .isEqualTo(ErrorCode.SEQUENCE_MISMATCH);
        assertThat(done(append(2, TENANT, STREAM, b -> one(b).expect(2))).firstSequence())
                .isEqualTo(3);
    }

    @Test
    void aKeyGivesTheFirstAnswerAgainForAnHourOfEventTimeAndOnlyForItsPayloadAndStream() {
        create();
        AppendResult first = done(append(
                1000, TENANT, STREAM, b -> one(one(b)).idempotencyKey("a").expect(0)));
        done(append(2000, TENANT, STREAM, LogMachineTest::one));
        assertThat(refused(append(3000, TENANT, STREAM, b -> one(b).idempotencyKey("a"))))
                .isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(done(append(
                        1000 + HOUR_NS - 1,
                        TENANT,
                        STREAM,
                        b -> one(one(b)).idempotencyKey("a").expect(0))))
                .isEqualTo(new AppendResult(1, 2, first.timestampNs(), true));
        assertThat(done(append(3000, TENANT, SECOND, b -> one(b).idempotencyKey("a")))
                        .duplicate())
                .isFalse();
        assertThat(done(append(1000 + HOUR_NS + 10, TENANT, STREAM, b -> one(b).idempotencyKey("a"))))
                .satisfies(result -> assertThat(result.firstSequence()).isEqualTo(4))
                .satisfies(result -> assertThat(result.duplicate()).isFalse());
    }

    @Test
    void aFullWindowRefusesNewKeysButKnowsTheOldAndIsFreeAgainAfterAnHour() {
        create();
        for (String key : new String[] {"a", "b", "c"}) {
            done(append(1000, TENANT, STREAM, b -> one(b).idempotencyKey(key)));
        }
        assertThat(refused(append(2000, TENANT, STREAM, b -> one(b).idempotencyKey("d"))))
                .isEqualTo(ErrorCode.IDEMPOTENCY_WINDOW_FULL);
        assertThat(done(append(2000, TENANT, STREAM, b -> one(b).idempotencyKey("a")))
                        .duplicate())
                .isTrue();
        done(append(2000, TENANT, STREAM, LogMachineTest::one));
        done(append(1010 + HOUR_NS, TENANT, STREAM, b -> one(b).idempotencyKey("d")));
    }

    @Test
    void allTenantsTogetherHaveABoundAndIdleOnesGiveTheirKeysBack() {
        for (int tenant = 0; tenant < 5; tenant++) {
            TenantId id = new TenantId(new UUID(7, tenant));
            StreamId stream = StreamId.of(new LogId(new UUID(7, tenant)));
            apply(1, new StreamCommand.Create(stream).toRequest(id)).orThrow();
            for (String key : new String[] {"a", "b", "c"}) {
                Reply reply = append(1000, id, stream, b -> one(b).idempotencyKey(key));
                if (tenant < 4) {
                    done(reply);
                } else {
                    assertThat(refused(reply)).isEqualTo(ErrorCode.IDEMPOTENCY_WINDOW_FULL);
                }
            }
        }
        done(append(
                2000 + HOUR_NS,
                new TenantId(new UUID(7, 4)),
                StreamId.of(new LogId(new UUID(7, 4))),
                b -> one(b).idempotencyKey("a")));
    }

    @Test
    void bytesAreCountedPerTenantThroughTrimAndDelete() {
        create();
        done(append(2, TENANT, STREAM, LogMachineTest::one));
        long each = machine.storedBytes(TENANT);
        done(append(2, TENANT, STREAM, LogMachineTest::one));
        done(append(2, TENANT, SECOND, LogMachineTest::one));
        assertThat(each).isPositive();
        assertThat(machine.storedBytes(TENANT)).isEqualTo(3 * each);
        apply(2, new StreamCommand.Trim(STREAM, 2).toRequest(TENANT)).orThrow();
        assertThat(machine.storedBytes(TENANT)).isEqualTo(2 * each);
        apply(2, new StreamCommand.Delete(STREAM).toRequest(TENANT)).orThrow();
        assertThat(machine.storedBytes(TENANT)).isEqualTo(each);
        assertThat(refused(apply(2, new StreamCommand.Create(STREAM).toRequest(TENANT))))
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(machine.stats(STREAM)).isEmpty();
    }

    @Test
    void aSnapshotHoldsAllThatDecisionsDependOn() {
        create();
        done(append(1000, TENANT, STREAM, b -> one(b).idempotencyKey("a")));
        apply(2, new StreamCommand.Delete(SECOND).toRequest(TENANT)).orThrow();
        BinaryWriter out = new BinaryWriter();
        machine.save(out);
        LogMachine loaded = new LogMachine(Duration.ofHours(1), 3, NOWHERE);
        loaded.load(new BinaryReader(out.toByteBuffer()));
        loaded.publish();
        BinaryWriter again = new BinaryWriter();
        loaded.save(again);
        assertThat(again.toByteArray()).isEqualTo(out.toByteArray());
        assertThat(loaded.stats(STREAM)).isEqualTo(machine.stats(STREAM));
        assertThat(loaded.storedBytes(TENANT)).isEqualTo(machine.storedBytes(TENANT));
        machine = loaded;
        applying = new Applying(loaded);
        assertThat(done(append(2000, TENANT, STREAM, b -> one(b).idempotencyKey("a"))))
                .isEqualTo(new AppendResult(1, 1, 1000, true));
        assertThat(refused(apply(2, new StreamCommand.Create(SECOND).toRequest(TENANT))))
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
    }
}
