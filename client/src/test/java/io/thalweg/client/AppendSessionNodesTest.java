package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.client.ScriptedSessions.Close;
import io.thalweg.client.ScriptedSessions.Refuse;
import io.thalweg.client.ScriptedSessions.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session does with nodes that cannot say what became of an append, do not have its shard, or do not know its log. */
@Timeout(60)
class AppendSessionNodesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final NewEvent EVENT = NewEvent.of("x".getBytes(StandardCharsets.UTF_8));

    private static CompletableFuture<Appended> append(@Nullable String producer, ScriptedSessions... nodes)
            throws InterruptedException {
        LogClient client =
                LogClient.open(Arrays.stream(nodes).map(ScriptedSessions::url).toList(), "token", PATIENCE);
        try (AppendSession session = producer == null ? client.session("log") : client.session("log", producer)) {
            return session.append(EVENT);
        }
    }

    @Test
    void aNodeThatIsUnclearTwiceIsLeft() throws Exception {
        try (ScriptedSessions cutOff = new ScriptedSessions(101, _ -> new Close(1011));
                ScriptedSessions well = new ScriptedSessions(101, _ -> new Store())) {
            assertThat(append("p", cutOff, well).join().sequence()).isEqualTo(1);
            assertThat(cutOff.asked()).isEqualTo(2);
        }
    }

    @Test
    void aRefusalBehindAnUnclearAttemptDoesNotSayThatNothingIsStored() throws Exception {
        try (ScriptedSessions node =
                new ScriptedSessions(101, count -> count == 1 ? new Close(1011) : new Refuse("quota_exceeded"))) {
            assertThatThrownBy(append("p", node)::join)
                    .hasRootCauseInstanceOf(OutcomeUnknownException.class)
                    .hasMessageContaining("quota_exceeded");
        }
    }

    @Test
    void aRefusalBehindPassingOnesSaysThatNothingIsStored() throws Exception {
        try (ScriptedSessions node =
                new ScriptedSessions(101, count -> new Refuse(count == 1 ? "overloaded" : "quota_exceeded"))) {
            assertThatThrownBy(append("p", node)::join)
                    .hasRootCauseInstanceOf(LogException.class)
                    .hasMessageContaining("quota_exceeded");
        }
    }

    @Test
    void whatANodeIsUnavailableForAnotherOneIsAsked() throws Exception {
        try (ScriptedSessions without = new ScriptedSessions(101, _ -> new Refuse("unavailable"));
                ScriptedSessions well = new ScriptedSessions(101, _ -> new Store())) {
            assertThat(append(null, without, well).join().sequence()).isEqualTo(1);
            assertThat(without.asked()).isEqualTo(1);
        }
    }

    @Test
    void aLogIsUnknownOnceEveryNodeSaysSo() throws Exception {
        try (ScriptedSessions behind = new ScriptedSessions(404, _ -> new Store());
                ScriptedSessions well = new ScriptedSessions(101, _ -> new Store())) {
            assertThat(append(null, behind, well).join().sequence()).isEqualTo(1);
            assertThatThrownBy(append(null, behind, behind)::join)
                    .hasRootCauseInstanceOf(LogException.class)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void aNodeThatHasNoRoomForASessionHasTakenNothing() throws Exception {
        try (ScriptedSessions full = new ScriptedSessions(101, _ -> new Close(1013, "not taken: too many sessions"));
                ScriptedSessions gateway = new ScriptedSessions(101, _ -> new Close(1013, "service restart"));
                ScriptedSessions well = new ScriptedSessions(101, _ -> new Store())) {
            assertThat(append(null, full, well).join().sequence()).isEqualTo(1);
            assertThat(append("p", gateway, well).join().sequence()).isEqualTo(1);
            assertThatThrownBy(append(null, gateway, well)::join)
                    .as("somebody between may have passed it on")
                    .hasRootCauseInstanceOf(OutcomeUnknownException.class);
        }
    }

    @Test
    void whatIsOnlyEverRefusedIsNotStoredWhenItsTimeIsOver() throws Exception {
        try (ScriptedSessions busy = new ScriptedSessions(101, _ -> new Refuse("overloaded"));
                AppendSession session = LogClient.open(busy.url(), "token", Duration.ofMillis(300))
                        .session("log")) {
            assertThatThrownBy(session.append(EVENT)::join)
                    .hasRootCauseInstanceOf(LogException.class)
                    .hasMessageContaining("nothing is stored");
        }
    }

    @Test
    void aBatchThatMayBeStoredIsNotCutAndSentUnderOtherNumbers() throws Exception {
        CountDownLatch both = new CountDownLatch(1);
        try (ScriptedSessions node = new ScriptedSessions(101, count -> switch (count) {
                    case 1 -> {
                        await(both);
                        yield new Store();
                    }
                    case 2 -> new Close(1011); // the batch may be stored
                    default -> new Refuse("not_one_shard"); // and its log was split meanwhile
                });
                AppendSession session =
                        LogClient.open(node.url(), "token", PATIENCE).session("log", "p")) {
            CompletableFuture<Appended> before = session.append(EVENT);
            while (node.asked() < 1) {
                Thread.onSpinWait();
            }
            CompletableFuture<Appended> one = session.append(EVENT);
            CompletableFuture<Appended> two = session.append(EVENT);
            both.countDown();
            assertThat(before.join().sequence()).isEqualTo(1);
            assertThatThrownBy(one::join).hasRootCauseInstanceOf(OutcomeUnknownException.class);
            assertThatThrownBy(two::join)
                    .hasRootCauseInstanceOf(OutcomeUnknownException.class)
                    .hasMessageContaining("not_one_shard");
            assertThat(node.asked()).isEqualTo(3);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
