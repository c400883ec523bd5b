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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session does with nodes that cannot say what became of an append, do not have its shard, or do not know its log. */
@Timeout(60)
class AppendSessionNodesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static CompletableFuture<Appended> append(@Nullable String producer, ScriptedSessions... nodes)
            throws InterruptedException {
        LogClient client =
                LogClient.open(Arrays.stream(nodes).map(ScriptedSessions::url).toList(), "token", PATIENCE);
        try (AppendSession session = producer == null ? client.session("log") : client.session("log", producer)) {
            return session.append(NewEvent.of("x".getBytes(StandardCharsets.UTF_8)));
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
}
