package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.ThalwegException;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What replicas say their states have come to: two hosts over the same events. */
class StateDigestsTest {
    private static final int CHUNK = 60;

    @TempDir
    private Path root;

    private static VersionSpec version(ScriptedProgram program) {
        return HostRig.with(HostRig.version(1, program), HostRig.SELDOM, PoisonPolicy.DEAD_LETTER);
    }

    /** Some events, in both; returns when both have processed them. */
    private static void append(HostRig one, HostRig other, Random random) {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < CHUNK; i++) {
            events.add((random.nextInt(40) == 0 ? "refuse k" : "inc k") + random.nextInt(20));
        }
        for (HostRig rig : List.of(one, other)) {
            rig.state(rig.events.append(events.toArray(String[]::new)));
        }
    }

    private static List<StateDigest> digests(HostRig rig) {
        return rig.status(1).digests();
    }

    /** What both say of places of which both know: values come later, and old ones go, so each is asked once. */
    private record Words(List<StateDigest> one, List<StateDigest> other) {
        static Words of(HostRig one, HostRig other) {
            List<StateDigest> ofOne = digests(one);
            List<StateDigest> ofOther = digests(other);
            Set<Long> places = new HashSet<>();
            ofOne.forEach(digest -> places.add(digest.sequence()));
            Set<Long> both = new HashSet<>();
            ofOther.forEach(digest -> both.add(digest.sequence()));
            both.retainAll(places);
            return new Words(at(both, ofOne), at(both, ofOther));
        }

        private static List<StateDigest> at(Set<Long> places, List<StateDigest> digests) {
            return digests.stream()
                    .filter(digest -> places.contains(digest.sequence()))
                    .toList();
        }

        Words behind(long sequence) {
            return new Words(behind(sequence, one), behind(sequence, other));
        }

        private static List<StateDigest> behind(long sequence, List<StateDigest> digests) {
            return digests.stream()
                    .filter(digest -> digest.sequence() > sequence)
                    .toList();
        }
    }

    /** What both say once they have said more than {@code known} words of the same places. */
    private static Words words(HostRig one, HostRig other, int known) {
        await().atMost(HostRig.PATIENCE).until(() -> Words.of(one, other).one().size() > known);
        return Words.of(one, other);
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void replicasThatProcessedTheSameSayTheSameHoweverTheyDid(boolean usesIndex) throws Exception {
        Random random = new Random(7);
        int compared = 0;
        try (HostRig one = new HostRig(root.resolve("one"));
                HostRig other = new HostRig(root.resolve("other"))) {
            one.run(1, version(new ScriptedProgram(usesIndex)));
            for (int life = 0; life < 4; life++) {
                other.run(1, version(new ScriptedProgram(usesIndex).trapping("k3", 2)));
                for (int i = 0; i < 8; i++) {
                    append(one, other, random);
                    other.events.append("trap k3");
                    one.events.append("trap k3");
                    if (i == 3) {
                        other.host.snapshot(HostRig.VIEW, 1).get();
                    }
                }
                append(one, other, random);
                Words words = words(one, other, 1);
                assertThat(words.other()).isEqualTo(words.one());
                compared += words.one().size();
                if (life % 2 == 0) {
                    other.crash();
                } else {
                    other.restart();
                }
            }
        }
        assertThat(compared).isGreaterThan(7);
    }

    @ParameterizedTest(name = "index {0}")
    @ValueSource(booleans = {false, true})
    void aStateInWhichABitHasTurnedIsOtherFromThereOnUntilItIsMadeAgain(boolean usesIndex) throws Exception {
        Random random = new Random(8);
        ScriptedProgram turning = new ScriptedProgram(usesIndex);
        try (HostRig one = new HostRig(root.resolve("one"));
                HostRig other = new HostRig(root.resolve("other"))) {
            one.run(1, version(new ScriptedProgram(usesIndex)));
            other.run(1, version(turning));
            for (int i = 0; i < 4; i++) {
                append(one, other, random);
            }
            Words right = words(one, other, 1);
            assertThat(right.one()).extracting(StateDigest::sequence).containsExactly(100L, 200L);
            assertThat(right.other()).isEqualTo(right.one());
            other.host.snapshot(HostRig.VIEW, 1).get();

            turning.turns.set(true);
            for (int i = 0; i < 4; i++) {
                append(one, other, random);
                other.host.snapshot(HostRig.VIEW, 1).get(); // which are as wrong
            }
            Words wrong = words(one, other, 2).behind(200);
            assertThat(wrong.other()).doesNotContainAnyElementsOf(wrong.one());

            assertThat(other.host.renew(HostRig.VIEW, 1, 201)).isTrue();
            String expected = one.state(0);
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(other.state(0)).isEqualTo(expected));
            assertThat(other.host.renewed()).isEqualTo(1);
            for (int i = 0; i < 6; i++) {
                append(one, other, random);
            }
            Words again = words(one, other, 1);
            assertThat(again.other()).isEqualTo(again.one());
            other.restart();
            other.run(1, version(turning));
            assertThat(other.host.renew(HostRig.VIEW, 1, 1))
                    .as("once for a version")
                    .isFalse();
            other.run(2, HostRig.version(2, turning));
            await().atMost(HostRig.PATIENCE).until(() -> !Files.exists(other.versionDirectory(1)));
        }
    }

    /** Or it would stay wrong on a disk that is full; and where it is wrong again, it would be made again for ever. */
    @Test
    void aStateIsMadeAgainThoughThatCannotBeNotedOnceInALife() throws Exception {
        ScriptedProgram turning = new ScriptedProgram(true);
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, version(turning));
            turning.turns.set(true);
            String wrong = rig.state(rig.events.append("inc a", "inc b"));
            Files.createDirectories(
                    Objects.requireNonNull(rig.versionDirectory(1).getParent()));
            Files.writeString(rig.versionDirectory(1), "no folder");
            assertThat(rig.host.renew(HostRig.VIEW, 1, 1)).isTrue();
            assertThat(rig.host.renew(HostRig.VIEW, 1, 1))
                    .as("while it is under way")
                    .isFalse();
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(rig.state(0)).isNotEqualTo(wrong));
            assertThat(rig.host.renew(HostRig.VIEW, 1, 1))
                    .as("when it was done")
                    .isFalse();
            assertThat(rig.host.renewed()).isEqualTo(1);
        }
    }

    /** Who dies before that has it still to do. */
    @Test
    void thatAStateIsMadeAgainIsNotedWhenNothingIsLeftOfIt() throws Exception {
        ScriptedProgram program = new ScriptedProgram(true);
        program.holdLoops = true;
        try (HostRig rig = new HostRig(root)) {
            rig.run(1, HostRig.with(version(program), Duration.ofMillis(100), 1));
            String state = rig.state(rig.events.append("inc a", "inc b"));
            Path note = rig.versionDirectory(1).resolve("renewed");
            Thread asker = Thread.ofVirtual()
                    .start(() -> assertThatThrownBy(() -> rig.ask("loop", 0)).isInstanceOf(ThalwegException.class));
            await().atMost(HostRig.PATIENCE).until(() -> program.looping);
            assertThat(rig.host.renew(HostRig.VIEW, 1, 1)).isTrue();
            assertThat(note).as("a query is under way").doesNotExist();
            program.holdLoops = false;
            await().atMost(HostRig.PATIENCE).until(() -> Files.exists(note));
            assertThat(rig.state(0)).isEqualTo(state);
            asker.join();
        }
    }
}
