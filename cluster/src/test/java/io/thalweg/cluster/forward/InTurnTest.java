package io.thalweg.cluster.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.Consensus.Role;
import io.thalweg.shard.Consensus.Standing;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Entries that take their turn, with a group and a wire that answer when the test says so. */
class InTurnTest {
    private static final ByteBuffer REPLIES = ByteBuffer.allocate(0);
    private static final String HERE = "own group";
    private static final long NEVER = Long.MAX_VALUE;

    private final List<Runnable> later = new ArrayList<>();
    private final List<Try> tries = new ArrayList<>();
    private Standing standing = follows("n2");
    private long nowNs;

    /** @param where that it was tried: with the own group, or the node that it travels to */
    private record Try(String where, Entry entry, CompletableFuture<ByteBuffer> end) {}

    private final InTurn turns = new InTurn(
            new InTurn.Ways() {
                @Override
                public Standing standing() {
                    return standing;
                }

                @Override
                public Optional<String> other(Standing standing) {
                    return standing.leader().filter(leader -> !leader.equals("n1"));
                }

                @Override
                public ThalwegException stopped() {
                    return new ThalwegException(ErrorCode.UNAVAILABLE, "stopped");
                }

                @Override
                public CompletableFuture<ByteBuffer> here(Entry entry) {
                    return tried(HERE, entry);
                }

                @Override
                public CompletableFuture<Supplier<CompletableFuture<ByteBuffer>>> there(String leader, Entry entry) {
                    return tried(leader, entry).thenApply(replies -> () -> CompletableFuture.completedFuture(replies));
                }
            },
            later::add,
            new Clock() {
                @Override
                public long wallNs() {
                    return nowNs;
                }

                @Override
                public long monotonicNs() {
                    return nowNs;
                }
            });

    private CompletableFuture<ByteBuffer> tried(String where, Entry entry) {
        Try next = new Try(where, entry, new CompletableFuture<>());
        tries.add(next);
        return next.end;
    }

    private static Standing follows(String leader) {
        return new Standing(Role.FOLLOWER, Optional.of(leader), 1, 0);
    }

    private static ThalwegException deposed() {
        return new ThalwegException(ErrorCode.NOT_LEADER, "deposed");
    }

    private static Entry entry() {
        return Entry.of(0, 1, List.of(ByteBuffer.allocate(8)), 8);
    }

    private void passes(Duration time) {
        nowNs += time.toNanos();
        List<Runnable> due = List.copyOf(later);
        later.clear();
        due.forEach(Runnable::run);
    }

    private void requireTries(String... where) {
        assertThat(tries.stream().map(Try::where)).containsExactly(where);
    }

    private static void requireFails(CompletableFuture<ByteBuffer> answer, ErrorCode code) {
        assertThatThrownBy(answer::join)
                .cause()
                .isInstanceOfSatisfying(
                        ThalwegException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }

    @Test
    void oneTravelsAtATimeAndWhatHasComeFirstIsFirst() {
        CompletableFuture<ByteBuffer> first = turns.propose(entry(), NEVER);
        CompletableFuture<ByteBuffer> second = turns.propose(entry(), NEVER);
        requireTries("n2");
        tries.getFirst().end.completeExceptionally(deposed());
        requireTries("n2");
        standing = follows("n3");
        passes(Duration.ofMillis(20));
        requireTries("n2", "n3");
        assertThat(tries.get(1).entry).isSameAs(tries.get(0).entry);
        tries.get(1).end.complete(REPLIES);
        assertThat(first).isCompletedWithValue(REPLIES);
        requireTries("n2", "n3", "n3");
        tries.get(2).end.complete(REPLIES);
        assertThat(second).isCompletedWithValue(REPLIES);
    }

    @Test
    void onTheLeaderAllThatIsRefusedIsTriedAgainInItsOrder() {
        standing = new Standing(Role.LEADER, Optional.of("n1"), 1, 0);
        List<CompletableFuture<ByteBuffer>> both =
                List.of(turns.propose(entry(), NEVER), turns.propose(entry(), NEVER));
        requireTries(HERE, HERE);
        tries.get(0).end.completeExceptionally(deposed());
        passes(Duration.ofMillis(20));
        requireTries(HERE, HERE); // the other may be in the order, or come into it
        tries.get(1).end.completeExceptionally(deposed());
        passes(Duration.ofMillis(20));
        requireTries(HERE, HERE, HERE, HERE);
        assertThat(tries.subList(2, 4).stream().map(Try::entry))
                .containsExactly(tries.get(0).entry, tries.get(1).entry);
        assertThat(both).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void whatWasOvertakenIsNotTriedAgain() {
        standing = new Standing(Role.LEADER, Optional.of("n1"), 1, 0);
        CompletableFuture<ByteBuffer> first = turns.propose(entry(), NEVER);
        CompletableFuture<ByteBuffer> second = turns.propose(entry(), NEVER);
        CompletableFuture<ByteBuffer> third = turns.propose(entry(), NEVER);
        tries.get(1).end.completeExceptionally(deposed());
        tries.get(2).end.complete(REPLIES);
        assertThat(third).isCompletedWithValue(REPLIES);
        requireFails(second, ErrorCode.NOT_LEADER);
        tries.get(0).end.completeExceptionally(deposed());
        requireFails(first, ErrorCode.NOT_LEADER);
        passes(Duration.ofMillis(20));
        requireTries(HERE, HERE, HERE);
    }

    @Test
    void whoTravelsToASilentNodeIsNotWaitedForWhenAnotherLeads() {
        CompletableFuture<ByteBuffer> lost = turns.propose(entry(), NEVER);
        CompletableFuture<ByteBuffer> next = turns.propose(entry(), NEVER);
        passes(Duration.ofSeconds(10));
        assertThat(lost).as("as long as it leads").isNotDone();
        standing = new Standing(Role.CANDIDATE, Optional.empty(), 2, 0);
        passes(Duration.ofMillis(20));
        standing = follows("n2");
        passes(Duration.ofSeconds(10));
        assertThat(lost).as("it leads still").isNotDone();
        standing = follows("n3");
        passes(Duration.ofMillis(20));
        passes(Duration.ofMillis(400));
        assertThat(lost).as("its answer may be on its way").isNotDone();
        passes(Duration.ofMillis(100));
        requireFails(lost, ErrorCode.UNAVAILABLE);
        requireTries("n2", "n3");
        tries.getFirst().end.complete(REPLIES);
        requireTries("n2", "n3");
        tries.get(1).end.complete(REPLIES);
        assertThat(next).isCompletedWithValue(REPLIES);
    }

    @Test
    void nobodyWaitsLongerThanItIsPatientForALeader() {
        standing = new Standing(Role.CANDIDATE, Optional.empty(), 1, 0);
        CompletableFuture<ByteBuffer> first =
                turns.propose(entry(), Duration.ofSeconds(1).toNanos());
        CompletableFuture<ByteBuffer> second =
                turns.propose(entry(), Duration.ofSeconds(2).toNanos());
        passes(Duration.ofMillis(900));
        assertThat(first).isNotDone();
        passes(Duration.ofMillis(200));
        requireFails(first, ErrorCode.NOT_LEADER);
        assertThat(second).isNotDone();
        standing = new Standing(Role.STOPPED, Optional.empty(), 1, 0);
        turns.wakeUp();
        passes(Duration.ofMillis(20));
        requireFails(second, ErrorCode.UNAVAILABLE);
        assertThat(tries).isEmpty();
    }
}
