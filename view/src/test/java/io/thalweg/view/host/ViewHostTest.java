package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.view.Gap;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewSpec;
import io.thalweg.view.ViewState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViewHostTest {
    @TempDir
    private Path root;

    private static String model(HostRig rig, Long... without) {
        return ScriptedProgram.model(rig.events.all(), Set.of(without));
    }

    private static ErrorCode refusal(Runnable call) {
        try {
            call.run();
        } catch (ThalwegException e) {
            return e.code();
        }
        throw new AssertionError("was not refused");
    }

    @Test
    void aQueryAfterASequenceReflectsIt() {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            for (int i = 0; i < 200; i++) {
                long sequence = rig.events.append("inc " + i % 7);
                QueryOutcome outcome = rig.ask("state", sequence);
                assertThat(HostRig.answer(outcome)).isEqualTo(model(rig));
                assertThat(outcome.position()).isEqualTo(HostRig.at(sequence));
            }
        }
    }

    @Test
    void aQueryThatWaitsIsWokenByTheEventItWaitsFor() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            rig.until(1, ViewState.LIVE);
            CompletableFuture<QueryOutcome> waiting = CompletableFuture.supplyAsync(() -> rig.ask("state", 2));
            rig.events.append("inc a");
            rig.until(1, s -> s.position().equals(HostRig.at(1)));
            assertThat(waiting).isNotDone();
            rig.events.append("inc b");
            assertThat(HostRig.answer(waiting.get())).isEqualTo(model(rig));
        }
    }

    @Test
    void aDeadlineTellsHowFarTheViewIs() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            rig.events.append("inc a", "inc b");
            rig.state(2);
            assertThat(rig.host.query(HostRig.VIEW, HostRig.query("state"), HostRig.at(3), Duration.ofMillis(30)))
                    .isEqualTo(new QueryOutcome.Behind(HostRig.at(2), HostRig.at(3), 1));
        }
    }

    @Test
    void anUnknownViewOrVersionIsNotFound() {
        try (HostRig rig = new HostRig(root)) {
            assertThat(refusal(() -> rig.ask("state", 0))).isEqualTo(ErrorCode.NOT_FOUND);
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            assertThatThrownBy(() ->
                            rig.host.query(HostRig.VIEW, 2, HostRig.query("state"), HostRig.at(0), HostRig.PATIENCE))
                    .hasMessageContaining("no version 2");
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void anEventThatTrapsTwiceIsProcessedOnceAtTheThirdTry(boolean usesIndex) {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(usesIndex).trapping("k", 2);
            rig.events.append("inc k", "inc b", "trap k", "inc c");
            rig.run(1, HostRig.version(1, program));
            assertThat(rig.state(4)).isEqualTo(model(rig));
            assertThat(program.starts).hasValue(3);
            assertThat(rig.status(1).reason()).isNull();
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void anEventThatAlwaysTrapsParksTheViewBeforeItAndLeavesNothingOfItself(boolean usesIndex) {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(usesIndex).trapping("k", 1_000);
            rig.events.append("inc k", "inc b", "trap k", "inc c");
            rig.run(1, HostRig.version(1, program));
            VersionStatus parked = rig.until(1, ViewState.PARKED);
            assertThat(parked.blockedAt()).isEqualTo(new EventId(HostRig.STREAM, 3));
            assertThat(parked.position()).isEqualTo(HostRig.at(2));
            assertThat(parked.lag()).isEqualTo(2);
            assertThat(parked.reason()).contains("sequence 3").contains("unreachable executed");
            assertThat(rig.state(2)).isEqualTo(ScriptedProgram.model(List.of("inc k", "inc b"), Set.of()));
            assertThat(refusal(() -> rig.ask("state", 3))).isEqualTo(ErrorCode.VIEW_PARKED);

            program.traps.clear();
            rig.host.retry(HostRig.VIEW, 1);
            assertThat(rig.state(4)).isEqualTo(model(rig));
            assertThat(refusal(() -> rig.host.retry(HostRig.VIEW, 1))).isEqualTo(ErrorCode.INVALID_REQUEST);
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void anOperatorSkipsAPoisonEventToTheDeadLetters(boolean usesIndex) throws IOException {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex).trapping("k", 1_000));
            rig.events.append("inc a", "trap k", "inc c");
            rig.run(1, version);
            rig.until(1, ViewState.PARKED);
            VersionSpec skipping = HostRig.with(version, false, false, Set.of(2L));
            rig.run(1, skipping);
            assertThat(rig.state(3)).isEqualTo(model(rig, 2L));
            assertThat(rig.letters).singleElement().satisfies(letter -> {
                assertThat(letter.source().sequence()).isEqualTo(2);
                assertThat(letter.event().payload()).isEqualTo("trap k".getBytes(StandardCharsets.UTF_8));
                assertThat(letter.reason()).contains("skipped by an operator").contains("unreachable executed");
            });
            rig.crash(); // a rebuild skips the same event
            rig.run(1, skipping);
            assertThat(rig.state(3)).isEqualTo(model(rig, 2L));
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void aReplicaThatWentPastWhatIsSkippedElsewhereGoesBack(boolean usesIndex) throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex));
            rig.events.append("inc a", "inc k");
            rig.run(1, version);
            assertThat(rig.state(2)).isEqualTo(model(rig));
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.events.append("inc c", "inc d");
            assertThat(rig.state(4)).isEqualTo(model(rig));

            VersionSpec skipping = HostRig.with(version, false, false, Set.of(2L));
            rig.run(1, skipping);
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(rig.state(4)).isEqualTo(model(rig, 2L)));
            assertThat(rig.letters)
                    .extracting(letter -> letter.source().sequence())
                    .containsExactly(2L);
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.crash();
            rig.run(1, skipping);
            assertThat(rig.state(4)).isEqualTo(model(rig, 2L));
            assertThat(rig.letters).hasSize(1); // what is stored is known to be without it
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void aHoleThatIsSkippedElsewhereCostsNobodyElseHisState(boolean usesIndex) throws Exception {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(usesIndex);
            VersionSpec version = HostRig.version(1, program);
            rig.events.append("inc a", "inc b", "inc c", "inc d");
            rig.run(1, version);
            assertThat(rig.state(4)).isEqualTo(model(rig));
            rig.events.trim(4);
            VersionSpec skipping = HostRig.with(version, false, false, Set.of(2L));
            rig.run(1, skipping);
            rig.events.append("inc e");
            assertThat(rig.state(5)).isEqualTo(model(rig));
            assertThat(program.starts).hasValue(1);
            rig.restart();
            rig.run(1, skipping);
            assertThat(rig.state(5)).isEqualTo(model(rig));
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void whoCannotGoBackStaysAndSaysSo(boolean usesIndex) throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex));
            rig.events.append("inc a", "inc b", "inc c");
            rig.run(1, version);
            assertThat(rig.state(3)).isEqualTo(model(rig));
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.events.trim(2);
            rig.run(1, HostRig.with(version, false, false, Set.of(3L)));
            assertThat(rig.until(1, s -> s.snapshotProblem() != null).snapshotProblem())
                    .contains("not as it should be");
            assertThat(rig.state(3)).isEqualTo(model(rig));
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void soDoesOneThatWasDownWhenItWasSkipped(boolean usesIndex) throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex));
            rig.events.append("inc a");
            rig.run(1, version);
            assertThat(rig.state(1)).isEqualTo(model(rig));
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.events.append("inc k", "inc c");
            assertThat(rig.state(3)).isEqualTo(model(rig));
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.crash();
            rig.run(1, HostRig.with(version, false, false, Set.of(2L)));
            assertThat(rig.state(3)).isEqualTo(model(rig, 2L));
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void aRefusedEventParksTheViewUntilTheCodeAcceptsIt(boolean usesIndex) {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(usesIndex);
            rig.events.append("inc a", "refuse a", "inc c");
            rig.run(1, HostRig.version(1, program));
            VersionStatus parked = rig.until(1, ViewState.PARKED);
            assertThat(parked.reason()).contains("refused sequence 2: no a");
            assertThat(rig.state(1)).isEqualTo(ScriptedProgram.model(List.of("inc a"), Set.of()));
            assertThat(program.starts).hasValue(1); // a refusal costs no instance

            program.accepted.add("a");
            rig.host.retry(HostRig.VIEW, 1);
            rig.until(1, ViewState.LIVE);
            assertThat(rig.letters).isEmpty();
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void refusedEventsGoToTheDeadLettersWhenThePolicySaysSo(boolean usesIndex) {
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("inc a", "refuse a", "inc c", "refuse d");
            rig.run(
                    1,
                    HostRig.with(
                            HostRig.version(1, new ScriptedProgram(usesIndex)),
                            HostRig.SELDOM,
                            PoisonPolicy.DEAD_LETTER));
            assertThat(rig.state(4)).isEqualTo(model(rig));
            assertThat(rig.letters)
                    .extracting(letter -> letter.source().sequence())
                    .containsExactly(2L, 4L);
        }
    }

    @Test
    void aViewGoesOnOnlyWhenItsDeadLetterIsStored() {
        try (HostRig rig = new HostRig(root)) {
            CompletableFuture<Void> storing = new CompletableFuture<>();
            rig.letterOutcome = storing;
            rig.events.append("inc a", "refuse a", "inc c");
            rig.run(
                    1,
                    HostRig.with(
                            HostRig.version(1, new ScriptedProgram(false)), HostRig.SELDOM, PoisonPolicy.DEAD_LETTER));
            await().atMost(HostRig.PATIENCE).until(() -> rig.letters.size() == 1);
            assertThat(rig.ask("state", 0).position()).isEqualTo(HostRig.at(1));
            storing.completeExceptionally(new IOException("no space"));
            assertThat(rig.until(1, ViewState.PARKED).reason())
                    .contains("could not be stored")
                    .contains("no space");
            rig.letterOutcome = CompletableFuture.completedFuture(null);
            rig.host.retry(HostRig.VIEW, 1);
            assertThat(rig.state(3)).isEqualTo(model(rig));
        }
    }

    @Test
    void aNewVersionReplaysBesideTheOldAndTakesOverInOneStep() {
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("inc a", "inc b");
            ScriptedProgram fixed = new ScriptedProgram(false);
            VersionSpec old = HostRig.version(1, new ScriptedProgram(false).trapping("k", 1_000));
            VersionSpec next = HostRig.version(2, fixed);
            rig.run(1, old);
            rig.events.append("trap k", "inc d");
            rig.until(1, ViewState.PARKED);

            rig.run(1, old, HostRig.with(next, false, true, Set.of()));
            await().atMost(HostRig.PATIENCE).until(() -> rig.takeovers.equals(List.of(2)));
            assertThat(rig.ask("state", 0)).matches(o -> o instanceof QueryOutcome.Answered a && a.version() == 1);
            rig.run(2, old, next);
            assertThat(rig.ask("state", 4)).matches(o -> o instanceof QueryOutcome.Answered a && a.version() == 2);
            assertThat(rig.status(2).active()).isTrue();

            rig.run(1, old, next); // roll back
            assertThat(rig.ask("state", 0)).matches(o -> o instanceof QueryOutcome.Answered a && a.version() == 1);
            rig.run(2, next); // the old one goes for good
            await().atMost(HostRig.PATIENCE)
                    .until(() -> !Files.exists(rig.versionDirectory(1))
                            && rig.host.status(HostRig.VIEW).size() == 1);
            rig.events.append("inc e");
            assertThat(rig.state(5)).isEqualTo(model(rig));
            assertThat(rig.takeovers).containsExactly(2);
        }
    }

    @Test
    void aPausedViewAnswersWhatItKnowsAndFollowsAgainWhenResumed() {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(false));
            rig.events.append("inc a");
            rig.run(1, version);
            rig.state(1);
            rig.run(1, HostRig.with(version, true, false, Set.of()));
            rig.until(1, ViewState.PAUSED);
            rig.events.append("inc b");
            assertThat(rig.ask("state", 0).position()).isEqualTo(HostRig.at(1));
            assertThat(refusal(() -> rig.ask("state", 2))).isEqualTo(ErrorCode.VIEW_PAUSED);
            assertThat(refusal(() -> rig.ask("trap", 0))).isEqualTo(ErrorCode.VIEW_FAILED);
            assertThat(rig.ask("state", 0).position()).isEqualTo(HostRig.at(1)); // back where it was, no further
            rig.restart();
            rig.run(1, HostRig.with(version, true, false, Set.of()));
            assertThat(rig.ask("state", 1).position()).isEqualTo(HostRig.at(1));
            rig.run(1, version);
            assertThat(rig.state(2)).isEqualTo(model(rig));
        }
    }

    @Test
    void aCallThatTakesTooLongIsInterruptedAndParksTheView() {
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("inc a", "loop x", "inc c");
            ScriptedProgram program = new ScriptedProgram(false);
            rig.run(1, HostRig.with(HostRig.version(1, program), Duration.ofMillis(2), 1));
            assertThat(rig.until(1, ViewState.PARKED).reason())
                    .contains("sequence 2")
                    .contains("interrupted");
            assertThat(refusal(() -> rig.ask("loop", 0))).isEqualTo(ErrorCode.VIEW_FAILED);
            assertThat(rig.ask("state", 1).position()).isEqualTo(HostRig.at(1));
        }
    }

    @Test
    void aQueryThatTrapsCostsTheInstanceButNothingElse() {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(false);
            rig.run(1, HostRig.version(1, program));
            for (int i = 0; i < 20; i++) {
                long head = rig.events.append("inc " + i);
                rig.state(head);
                assertThat(refusal(() -> rig.ask("trap", 0))).isEqualTo(ErrorCode.VIEW_FAILED);
                // Even a stale answer never falls behind what was shown before.
                assertThat(rig.ask("state", 0).position()).isEqualTo(HostRig.at(head));
            }
            assertThat(rig.state(20)).isEqualTo(model(rig));
            assertThat(program.starts.get()).isGreaterThan(20);
        }
    }

    @Test
    void aReplayingViewAnswersStaleQueries() {
        try (HostRig rig = new HostRig(root)) {
            String[] many = new String[300_000];
            for (int i = 0; i < many.length; i++) {
                many[i] = "inc " + i % 100;
            }
            rig.events.append(many);
            rig.run(1, HostRig.version(1, new ScriptedProgram(true)));
            long position = HostRig.sequence(rig.ask("state", 0).position());
            assertThat(position).isLessThan(many.length);
            long later = HostRig.sequence(rig.ask("state", position + 1).position());
            assertThat(later).isGreaterThan(position);
            assertThat(rig.state(many.length)).isEqualTo(model(rig));
        }
    }

    @Test
    void aDamagedNewestSnapshotIsReportedAndTheOlderOneUsed() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(false));
            rig.run(1, version);
            for (int i = 1; i <= 3; i++) {
                rig.events.append("inc " + i);
                rig.state(i);
                assertThat(rig.host.snapshot(HostRig.VIEW, 1).get()).isEqualTo(HostRig.at(i));
            }
            assertThat(rig.snapshots(1)).hasSize(2);
            rig.crash();
            Path newest = rig.snapshots(1).getLast();
            byte[] bytes = Files.readAllBytes(newest);
            bytes[bytes.length - 5] ^= 1;
            Files.write(newest, bytes);
            rig.events.fail(new IllegalStateException("not now"));
            rig.events.append("inc 4");
            rig.run(1, version);
            VersionStatus status = rig.until(1, ViewState.FAILED);
            assertThat(status.lastSnapshot())
                    .isNotNull()
                    .matches(s -> s.position().equals(HostRig.at(2)));
            assertThat(status.position()).isEqualTo(HostRig.at(2));
            assertThat(status.snapshotProblem())
                    .contains(newest.getFileName().toString())
                    .contains("checksum");
            assertThat(status.reason()).contains("not now");
            rig.events.fail(null);
            rig.host.retry(HostRig.VIEW, 1);
            assertThat(rig.state(4)).isEqualTo(model(rig));
        }
    }

    @Test
    void aLogThatCannotBeReadIsTriedAgainByItself() {
        try (HostRig rig = new HostRig(root)) {
            rig.events.fail(new IllegalStateException("not now"));
            rig.events.append("inc 1");
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            rig.until(1, ViewState.FAILED);
            assertThat(refusal(() -> rig.ask("state", 0))).isEqualTo(ErrorCode.VIEW_FAILED);
            rig.events.fail(null);
            rig.clockMs.addAndGet(60_000);
            rig.until(1, ViewState.LIVE);
            assertThat(rig.state(1)).isEqualTo(model(rig));
        }
    }

    @Test
    void aFaultOfTheMachineTakesBackNothingThatWasShown() {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            for (int i = 0; i < 10; i++) {
                long head = rig.events.append("inc a", "inc b");
                rig.state(head);
                rig.events.fail(new IllegalStateException("not now"));
                rig.events.append("inc c");
                rig.until(1, ViewState.FAILED);
                rig.events.fail(null);
                rig.host.retry(HostRig.VIEW, 1);
                rig.until(1, s -> s.state() != ViewState.FAILED);
                assertThat(rig.ask("state", 0).position()).matches(shown -> shown.covers(HostRig.at(head)));
            }
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void snapshotsAreTakenByCountByTimeAndBySize(boolean usesIndex) {
        try (HostRig rig = new HostRig(root)) {
            SnapshotPolicy policy = new SnapshotPolicy(10, Duration.ofSeconds(60), 100);
            rig.run(1, HostRig.with(HostRig.version(1, new ScriptedProgram(usesIndex)), policy, PoisonPolicy.PARK));
            for (int i = 0; i < 10; i++) {
                rig.events.append("inc " + i);
            }
            rig.until(
                    1,
                    s -> s.lastSnapshot() != null && s.lastSnapshot().position().equals(HostRig.at(10)));
            rig.events.append("inc a");
            rig.state(11);
            rig.clockMs.addAndGet(60_000);
            rig.until(
                    1,
                    s -> s.lastSnapshot() != null && s.lastSnapshot().position().equals(HostRig.at(11)));
            assertThat(rig.status(1).lastSnapshot())
                    .matches(s -> s != null && s.takenAt().toEpochMilli() == rig.clockMs.get());
            rig.events.append("inc " + "b".repeat(100));
            rig.until(
                    1,
                    s -> s.lastSnapshot() != null && s.lastSnapshot().position().equals(HostRig.at(12)));
        }
    }

    @Test
    void aRestartInOrderReplaysNothing() throws IOException {
        for (boolean usesIndex : new boolean[] {false, true}) {
            try (HostRig rig = new HostRig(root.resolve("index-" + usesIndex))) {
                VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex));
                rig.run(1, version);
                rig.events.append("inc a", "inc b");
                rig.state(2);
                rig.restart();
                rig.events.fail(new IllegalStateException("nothing may be read"));
                rig.run(1, version);
                assertThat(rig.state(2)).isEqualTo(model(rig));
            }
        }
    }

    @Test
    void codeWhoseSnapshotTrapsForeverFailsVisibly() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            ScriptedProgram program = new ScriptedProgram(false);
            rig.run(1, HostRig.version(1, program));
            rig.events.append("inc a");
            rig.state(1);
            program.snapshotTraps.set(1);
            assertThat(rig.host.snapshot(HostRig.VIEW, 1).get()).isEqualTo(HostRig.at(1)); // once is survived
            program.snapshotTraps.set(1_000);
            rig.events.append("inc b");
            rig.state(2);
            assertThatThrownBy(() -> rig.host.snapshot(HostRig.VIEW, 1).get())
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("snapshot unreachable");
            assertThat(rig.until(1, ViewState.FAILED).reason()).contains("snapshot unreachable");
        }
    }

    @Test
    void codeThatCannotBeLoadedFailsVisiblyAndCanBeRetried() {
        try (HostRig rig = new HostRig(root)) {
            boolean[] broken = {true};
            ScriptedProgram program = new ScriptedProgram(false);
            VersionSpec v = HostRig.version(1, program);
            rig.run(
                    1,
                    new VersionSpec(
                            1,
                            v.componentHash(),
                            1,
                            v.limits(),
                            v.snapshots(),
                            v.poison(),
                            false,
                            false,
                            Set.of(),
                            () -> {
                                if (broken[0]) {
                                    throw new ThalwegException(ErrorCode.INVALID_COMPONENT, "no export \"query\"");
                                }
                                return program;
                            }));
            assertThat(rig.until(1, ViewState.FAILED).reason()).contains("no export");
            broken[0] = false;
            rig.host.retry(HostRig.VIEW, 1);
            assertThat(rig.until(1, ViewState.LIVE).world()).isEqualTo("test:scripted");
        }
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void aVersionThatNeverOpenedItsStateLeavesNothingOfItEither(boolean usesIndex) throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec v = HostRig.version(1, new ScriptedProgram(usesIndex));
            rig.events.append("inc a", "inc b");
            rig.run(1, v);
            rig.state(2);
            rig.restart();
            VersionSpec broken = new VersionSpec(
                    1, v.componentHash(), 1, v.limits(), v.snapshots(), v.poison(), false, false, Set.of(), () -> {
                        throw new ThalwegException(ErrorCode.INVALID_COMPONENT, "no export \"query\"");
                    });
            VersionSpec next = HostRig.version(2, new ScriptedProgram(usesIndex));
            rig.run(2, broken, next);
            rig.until(1, ViewState.FAILED);
            rig.run(2, next);
            rig.events.trim(2);
            rig.run(2, next, v);
            assertThat(rig.until(1, ViewState.PARKED).reason()).contains("events 1 to 1");
        }
    }

    @Test
    void aViewStartsAtAChosenSequence() {
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("inc a", "inc b", "inc c");
            rig.run(1, HostRig.with(HostRig.version(1, new ScriptedProgram(false)), Duration.ofSeconds(5), 3));
            assertThat(rig.state(3)).isEqualTo(model(rig, 1L, 2L));
        }
    }

    @Test
    void aHoleLeftByRetentionParksAViewAndIsToldBeforeOneThatBeginsBehindIt() {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(false));
            rig.events.append("inc a");
            rig.run(1, version);
            rig.state(1);
            rig.run(1, HostRig.with(version, true, false, Set.of()));
            rig.until(1, ViewState.PAUSED);
            rig.events.append("inc b", "inc c", "inc d");
            rig.events.trim(4);
            VersionSpec later = HostRig.with(HostRig.version(2, new ScriptedProgram(false)), HostRig.PATIENCE, 4);
            rig.run(1, version, later);
            assertThat(rig.until(1, ViewState.PARKED).reason()).contains("events 2 to 3");
            VersionStatus behind = rig.until(2, s -> s.state() == ViewState.LIVE && s.lag() == 0);
            assertThat(behind.gaps()).containsExactly(new Gap(HostRig.STREAM, 1, 3));
            VersionSpec skipping = HostRig.with(version, false, false, Set.of(2L));
            rig.run(1, skipping);
            assertThat(rig.state(4)).isEqualTo(model(rig, 2L, 3L));
            for (int life = 0; life < 2; life++) {
                assertThat(rig.ask("state", 4))
                        .isInstanceOfSatisfying(
                                QueryOutcome.Answered.class,
                                answer -> assertThat(answer.gaps()).containsExactly(new Gap(HostRig.STREAM, 2, 3)));
                rig.restart();
                rig.run(1, skipping);
            }
        }
    }

    @Test
    void aViewWhoseStateIsLostDoesNotGoOnWithoutWhatRetentionRemoved() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            VersionSpec version = HostRig.version(1, new ScriptedProgram(false));
            rig.events.append("inc a", "inc b", "inc c");
            rig.run(1, version);
            rig.state(3);
            assertThat(rig.host.neededFrom(HostRig.STREAM)).isEqualTo(1); // nothing is durable yet
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.until(1, s -> rig.host.neededFrom(HostRig.STREAM) == 4);
            rig.host.crash(() -> {});
            rig.snapshots(1).forEach(file -> assertThat(file.toFile().delete()).isTrue());
            rig.restart();
            rig.events.trim(3);
            rig.run(1, version);
            VersionStatus parked = rig.until(1, ViewState.PARKED);
            assertThat(parked.reason()).contains("events 1 to 2 were removed");
            assertThat(parked.blockedAt()).isEqualTo(new EventId(HostRig.STREAM, 1));
            assertThat(refusal(() -> rig.ask("state", 3))).isEqualTo(ErrorCode.VIEW_PARKED);
        }
    }

    @Test
    void viewsWithAnIndexDoNotSeeEachOther() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            ViewId other = new ViewId(new UUID(3, 4)); // its keys come right behind the first one's
            VersionSpec one = HostRig.version(1, new ScriptedProgram(true));
            VersionSpec two = HostRig.with(HostRig.version(1, new ScriptedProgram(true)), Duration.ofSeconds(5), 3);
            rig.events.append("inc a", "inc b", "inc c", "inc a");
            rig.run(1, one, HostRig.version(2, new ScriptedProgram(true)));
            rig.host.apply(new ViewSpec(HostRig.TENANT, other, HostRig.STREAM, 1, List.of(two)));
            assertThat(rig.state(4)).isEqualTo(model(rig));
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.host.snapshot(other, 1).get();
            rig.host.remove(HostRig.VIEW).get();
            String left =
                    HostRig.answer(rig.host.query(other, HostRig.query("state"), HostRig.at(4), HostRig.PATIENCE));
            assertThat(left).isEqualTo(model(rig, 1L, 2L));
            rig.run(1, one);
            assertThat(rig.state(4)).isEqualTo(model(rig)); // from nothing, not on top of what was there
        }
    }

    @Test
    void aQueryCannotChangeTheIndex() {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(true)));
            assertThatThrownBy(() -> rig.ask("write", 0)).hasMessageContaining("only while an event is processed");
        }
    }

    @Test
    void reconcileRemovesTheStateOfViewsThatAreGone() throws Exception {
        for (boolean usesIndex : new boolean[] {false, true}) {
            try (HostRig rig = new HostRig(root.resolve("index-" + usesIndex))) {
                VersionSpec version = HostRig.version(1, new ScriptedProgram(usesIndex));
                rig.events.append("inc a", "inc b");
                rig.run(1, version);
                rig.state(2);
                rig.restart();
                rig.host.reconcile(List.of());
                assertThat(rig.versionDirectory(1)).doesNotExist();
                rig.events.fail(new IllegalStateException("not now"));
                rig.host.reconcile(List.of(HostRig.view(1, version)));
                assertThat(rig.until(1, ViewState.FAILED).position()).isEqualTo(HostRig.at(0));
                rig.host.reconcile(List.of());
                assertThat(rig.host.status()).isEmpty();
            }
        }
    }

    @Test
    void aStuckViewDoesNotHoldUpAnotherTenants() throws Exception {
        ScriptedProgram stuck = new ScriptedProgram(false);
        stuck.holdLoops = true;
        VersionSpec looping = HostRig.with(HostRig.version(1, stuck), Duration.ofMillis(1), 1);
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("loop x");
            for (int i = 0; i < 40; i++) {
                ViewId view = new ViewId(new UUID(9, i));
                rig.host.apply(new ViewSpec(HostRig.TENANT, view, HostRig.STREAM, 1, List.of(looping)));
            }
            TenantId other = new TenantId(new UUID(1, 2));
            VersionSpec free = HostRig.with(HostRig.version(1, new ScriptedProgram(false)), Duration.ofSeconds(5), 2);
            rig.events.append("inc a");
            rig.host.apply(new ViewSpec(other, HostRig.VIEW, HostRig.STREAM, 1, List.of(free)));
            assertThat(rig.state(2)).isEqualTo(model(rig, 1L));
            stuck.holdLoops = false;
            assertThat(rig.host.computeNs(other).values()).isNotEmpty().allMatch(ns -> ns > 0);
            for (int i = 0; i < 40; i++) {
                var _ = rig.host.remove(new ViewId(new UUID(9, i)));
            }
        } finally {
            stuck.holdLoops = false;
        }
    }

    @Test
    void viewsOfManyStreamsFollowSideBySide() {
        try (HostRig rig = new HostRig(root)) {
            StreamId empty = StreamId.of(new LogId(new UUID(7, 7)));
            for (int i = 0; i < 200; i++) {
                ViewId view = new ViewId(new UUID(8, i));
                rig.host.apply(new ViewSpec(
                        new TenantId(new UUID(1, i % 3)),
                        view,
                        i % 2 == 0 ? HostRig.STREAM : empty,
                        1,
                        List.of(HostRig.version(1, new ScriptedProgram(false)))));
            }
            rig.events.append("inc a", "inc b");
            await().atMost(HostRig.PATIENCE)
                    .until(() -> rig.host.status().stream().allMatch(s -> s.state() == ViewState.LIVE && s.lag() == 0));
            assertThat(rig.host.status().stream()
                            .mapToLong(status -> status.position().of(HostRig.STREAM))
                            .sum())
                    .isEqualTo(200);
        }
    }

    @Test
    void tooManyWaitingQueriesAreRefused() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            rig.until(1, ViewState.LIVE);
            List<CompletableFuture<QueryOutcome>> asked = new ArrayList<>();
            for (int i = 0; i <= 100; i++) {
                CompletableFuture<QueryOutcome> answer = new CompletableFuture<>();
                asked.add(answer);
                Thread.ofVirtual().start(() -> {
                    try {
                        answer.complete(rig.ask("state", 1));
                    } catch (ThalwegException e) {
                        answer.completeExceptionally(e);
                    }
                });
            }
            await().atMost(HostRig.PATIENCE)
                    .until(() -> asked.stream().anyMatch(CompletableFuture::isCompletedExceptionally));
            CompletableFuture<QueryOutcome> refused = asked.stream()
                    .filter(CompletableFuture::isCompletedExceptionally)
                    .findFirst()
                    .orElseThrow();
            assertThat(refused.exceptionNow())
                    .isInstanceOfSatisfying(
                            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
            asked.removeIf(CompletableFuture::isCompletedExceptionally);
            assertThat(asked).hasSize(100);
            rig.events.append("inc a");
            for (CompletableFuture<QueryOutcome> answer : asked) {
                assertThat(HostRig.answer(answer.get())).isEqualTo(model(rig));
            }
            assertThat(rig.state(1)).isEqualTo(model(rig)); // there is room again
        }
    }
}
