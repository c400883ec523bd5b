package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ports.clock.Clock;
import io.thalweg.raft.peer.Member;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbationTest {
    @TempDir
    Path directory;

    /** The node's clock, which whoever opens a group asks when the member runs and has not been told yet not to stand. */
    private static final class Stalling implements Clock {
        private final Thread opener = Thread.currentThread();
        final AtomicReference<Thread.State> seen = new AtomicReference<>();

        @Override
        public long wallNs() {
            stall();
            return Clock.system().wallNs();
        }

        @Override
        public long monotonicNs() {
            stall();
            return Clock.system().monotonicNs();
        }

        /** As a machine does that is busy with something else: until the member stands, or is seen to be kept from it. */
        private void stall() {
            Optional<Thread> waiting =
                    Thread.currentThread().equals(opener) ? thread("FollowerState") : Optional.empty();
            if (waiting.isPresent() && seen.get() == null) {
                Thread.State state = waiting.get().getState();
                while (state != Thread.State.WAITING && thread("LeaderElection").isEmpty()) {
                    Thread.onSpinWait();
                    state = waiting.get().getState();
                }
                seen.set(state);
            }
        }
    }

    private static Optional<Thread> thread(String of) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread ->
                        thread.getName().startsWith("n1@") && thread.getName().contains(of))
                .findFirst();
    }

    @Test
    void aMemberOnProbationDoesNotStandBeforeItIsToldNotTo() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        ShardGroup group = onProbation(here);
        Stalling clock = new Stalling();
        try (RatisNode node = RatisNode.open(RatisOptions.listening(here)
                        .withElection(Duration.ofMillis(50), Duration.ofMillis(100))
                        .withClock(clock));
                Copy copy = new Copy(node, group, directory)) {
            assertThat(clock.seen).as("what its thread did meanwhile").hasValue(Thread.State.WAITING);
            assertThat(copy.shard.standing().term()).isEqualTo(7);
        }
    }

    private ShardGroup onProbation(Member here) throws IOException {
        List<Member> members = List.of(
                here, new Member("n2", "127.0.0.1", Copy.freePort()), new Member("n3", "127.0.0.1", Copy.freePort()));
        ShardGroup group = new ShardGroup(0, members, directory.resolve("raft"));
        group.beginOnProbation(7);
        return group;
    }

    /** Else one that is opened again asks its leader for new terms twice as often, each of which is a moment without a leader. */
    @Test
    void whoSeeksANewTermForAMemberEndsWithIt() throws Exception {
        Member here = new Member("n1", "127.0.0.1", Copy.freePort());
        ShardGroup group = onProbation(here);
        try (RatisNode node =
                RatisNode.open(RatisOptions.listening(here).withElection(Duration.ofHours(1), Duration.ofHours(2)))) {
            Copy copy = new Copy(node, group, directory);
            Thread seeker = node.seeker(group).orElseThrow();
            copy.shard.close();
            assertThat(seeker.join(Duration.ofMinutes(1))).isTrue();
        }
    }
}
