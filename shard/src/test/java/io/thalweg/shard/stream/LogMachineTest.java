package io.thalweg.shard.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.request.AppendAllBody;
import io.thalweg.model.request.AppendAllResult;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.Machine;
import java.time.Duration;
import java.util.SplittableRandom;
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
        applying.begin(1, stampNs, 0, request, 0);
        Reply reply;
        try {
            reply = machine.apply(applying, request);
        } catch (ThalwegException e) {
            reply = new Reply.Refused(e.code(), String.valueOf(e.getMessage())); // as the shard does
        }
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

    private Reply appendAll(TenantId tenant, UnaryOperator<AppendAllBody.Builder> how) {
        return apply(2, how.apply(new AppendAllBody.Builder()).request(tenant));
    }

    private static UnaryOperator<AppendAllBody.Builder> by(String name, long epoch, long number, StreamId... streams) {
        return body -> {
            body.by(new AppendAllBody.Producer(name, epoch, number));
            for (StreamId stream : streams) {
                body.add(stream, Event.of(new byte[10]));
            }
            return body;
        };
    }

    private static AppendAllResult doneAll(Reply reply) {
        return AppendAllResult.decode(reply.orThrow());
    }

    @Test
    void anAppendToSeveralStreamsIsDoneInAllOrInNone() {
        create();
        AppendAllResult first = doneAll(appendAll(
                TENANT,
                body -> body.add(STREAM, Event.of(new byte[10]))
                        .add(SECOND, Event.of(new byte[10]))
                        .add(STREAM, Event.of(new byte[10]))
                        .expect(SECOND, 0)));
        assertThat(first.parts()).containsExactly(new AppendResult(1, 2, 3, false), new AppendResult(1, 1, 5, false));
        assertThat(refused(appendAll(
                        TENANT,
                        body -> body.add(STREAM, Event.of(new byte[10]))
                                .add(SECOND, Event.of(new byte[10]))
                                .expect(SECOND, 0))))
                .isEqualTo(ErrorCode.SEQUENCE_MISMATCH);
        assertThat(refused(appendAll(OTHER, body -> body.add(STREAM, Event.of(new byte[10])))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(machine.head(STREAM)).isEqualTo(2);
        assertThat(machine.head(SECOND)).isEqualTo(1);
    }

    @Test
    void aProducersRepeatIsAnsweredAsTheFirstTimeForEverAndOlderNumbersAndEpochsAreRefused() {
        create();
        AppendAllResult first = doneAll(appendAll(TENANT, by("p", 3, 7, STREAM, SECOND)));
        done(append(3 * HOUR_NS, TENANT, STREAM, LogMachineTest::one));
        AppendAllResult again = doneAll(appendAll(TENANT, by("p", 3, 7, STREAM, SECOND)));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.parts()).extracting(AppendResult::firstSequence).containsExactly(1L, 1L);
        assertThat(again.parts().getFirst().timestampNs())
                .isEqualTo(first.parts().getFirst().timestampNs());
        assertThat(refused(appendAll(TENANT, by("p", 3, 6, STREAM)))).isEqualTo(ErrorCode.PRODUCER_NUMBER);
        assertThat(refused(appendAll(TENANT, by("p", 3, 7, STREAM)))).isEqualTo(ErrorCode.PRODUCER_NUMBER);
        assertThat(refused(appendAll(TENANT, by("p", 2, 8, STREAM)))).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(doneAll(appendAll(TENANT, by("p", 3, 9, STREAM))).duplicate())
                .as("gaps are allowed")
                .isFalse();
        assertThat(doneAll(appendAll(TENANT, by("p", 4, 1, STREAM))).duplicate())
                .as("an epoch begins anew")
                .isFalse();
        assertThat(doneAll(appendAll(TENANT, by("q", 1, 1, STREAM))).duplicate())
                .as("another producer")
                .isFalse();
    }

    @Test
    void aTenantHasABoundOfProducersAndThoseThatAreThereGoOn() {
        create();
        for (int i = 0; i < Producers.MAX; i++) {
            appendAll(TENANT, by("p" + i, 1, 1, STREAM)).orThrow();
        }
        assertThat(refused(appendAll(TENANT, by("more", 1, 1, STREAM)))).isEqualTo(ErrorCode.QUOTA_EXCEEDED);
        assertThat(doneAll(appendAll(TENANT, by("p5", 1, 2, STREAM))).duplicate())
                .isFalse();
    }

    private int savedBytes() {
        BinaryWriter out = new BinaryWriter();
        machine.save(out);
        return out.toByteArray().length;
    }

    @Test
    void deletedStreamsAndTheirTenantsLeaveNothingBehindForLongerThanADay() {
        int empty = savedBytes();
        long nowNs = 1000;
        for (int i = 0; i < 100; i++) {
            StreamId stream = StreamId.of(new LogId(new UUID(7, i)));
            TenantId tenant = new TenantId(new UUID(8, i));
            apply(nowNs, new StreamCommand.Create(stream).toRequest(tenant)).orThrow();
            done(append(nowNs, tenant, stream, b -> one(b).idempotencyKey("k")));
            apply(nowNs + 1, new StreamCommand.Delete(stream).toRequest(tenant)).orThrow();
            assertThat(refused(apply(nowNs + 2, new StreamCommand.Create(stream).toRequest(tenant))))
                    .as("an id is not used again while anything may be under way")
                    .isEqualTo(ErrorCode.ALREADY_EXISTS);
            nowNs += Duration.ofHours(6).toNanos();
        }
        assertThat(savedBytes() - empty)
                .as("five deleted streams of 28 bytes and three tenants at most")
                .isLessThan(5 * 28 + 3 * 100);
    }

    @Test
    void aSnapshotThatWasBegunIsOfThatMomentWhateverIsAppliedUntilItIsWritten() {
        for (long seed = 1; seed <= 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            machine = new LogMachine(Duration.ofHours(1), 5000, NOWHERE);
            applying = new Applying(machine);
            create();
            long nowNs = 1000;
            for (int i = 0; i < 3000; i++) {
                nowNs = step(random, nowNs, i);
            }
            BinaryWriter expected = new BinaryWriter();
            machine.save(expected);
            Machine.Captured captured = machine.capture();
            for (int i = 3000; i < 6000; i++) {
                nowNs = step(random, nowNs, i);
            }
            apply(nowNs, new StreamCommand.Delete(SECOND).toRequest(TENANT)).orThrow();
            assertThat(captured.form().get()).as("seed %d", seed).isEqualTo(expected.toByteBuffer());
        }
    }

    private long step(SplittableRandom random, long nowNs, int number) {
        StreamId stream = random.nextBoolean() ? STREAM : SECOND;
        if (random.nextInt(50) == 0) {
            long kept = Math.max(1, machine.stats(stream).orElseThrow().head() / 2);
            apply(nowNs, new StreamCommand.Trim(stream, kept).toRequest(TENANT)).orThrow();
        } else {
            append(nowNs, TENANT, stream, b -> one(b).idempotencyKey("k" + number));
        }
        return nowNs + random.nextLong(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void aSnapshotHoldsAllThatDecisionsDependOn() {
        create();
        appendAll(TENANT, by("p", 1, 1, STREAM)).orThrow();
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
                .isEqualTo(new AppendResult(2, 1, 1000, true));
        assertThat(doneAll(appendAll(TENANT, by("p", 1, 1, STREAM))).duplicate())
                .isTrue();
        assertThat(refused(apply(2, new StreamCommand.Create(SECOND).toRequest(TENANT))))
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
    }
}
