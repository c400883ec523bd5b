package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.StateDigest;
import io.thalweg.view.VersionSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
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

    /** Those at places of which both know. */
    private static List<StateDigest> common(HostRig one, HostRig other) {
        Set<Long> places = new HashSet<>();
        digests(other).forEach(digest -> places.add(digest.sequence()));
        return digests(one).stream()
                .filter(digest -> places.contains(digest.sequence()))
                .toList();
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
                await().atMost(HostRig.PATIENCE)
                        .untilAsserted(() -> assertThat(common(one, other)).hasSizeGreaterThan(1));
                List<StateDigest> common = common(one, other);
                assertThat(digests(other)).containsAll(common);
                compared += common.size();
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
            await().atMost(HostRig.PATIENCE)
                    .until(() -> common(one, other).stream().anyMatch(digest -> digest.sequence() == 200));
            StateDigest right = common(one, other).getLast();
            assertThat(digests(other)).contains(right);
            other.host.snapshot(HostRig.VIEW, 1).get();

            turning.turns.set(true);
            for (int i = 0; i < 4; i++) {
                append(one, other, random);
                other.host.snapshot(HostRig.VIEW, 1).get(); // which are as wrong
            }
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(common(one, other)).hasSizeGreaterThan(2));
            common(one, other).stream()
                    .filter(digest -> digest.sequence() > right.sequence())
                    .forEach(digest -> assertThat(digests(other)).doesNotContain(digest));

            assertThat(other.host.renew(HostRig.VIEW, 1, right.sequence() + 1)).isTrue();
            String expected = one.state(0);
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(other.state(0)).isEqualTo(expected));
            assertThat(other.host.renewed()).isEqualTo(1);
            for (int i = 0; i < 6; i++) {
                append(one, other, random);
            }
            await().atMost(HostRig.PATIENCE)
                    .untilAsserted(() -> assertThat(common(one, other)).hasSizeGreaterThan(1));
            assertThat(digests(other)).containsAll(common(one, other));
            other.restart();
            other.run(1, version(turning));
            assertThat(other.host.renew(HostRig.VIEW, 1, 1))
                    .as("once for a version")
                    .isFalse();
            other.run(2, HostRig.version(2, turning));
            await().atMost(HostRig.PATIENCE).until(() -> !Files.exists(other.versionDirectory(1)));
        }
    }
}
