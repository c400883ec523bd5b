package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever happens to a host, its views equal a recount of the stream. */
class RecountAfterCrashTest {
    private static final int ROUNDS = 8;
    private static final int SEEDS = 8;

    @TempDir
    private Path root;

    @ParameterizedTest(name = "index {0}, seeds from {1}")
    @CsvSource({"false, 1000", "true, 2000"})
    void aViewEqualsARecountOfItsStreamAfterAnyCrash(boolean usesIndex, long firstSeed) throws IOException {
        for (long seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
            System.out.println("seed " + seed + (usesIndex ? " with index" : " in memory"));
            live(usesIndex, new Random(seed), root.resolve("seed-" + seed));
        }
    }

    private static void live(boolean usesIndex, Random random, Path directory) throws IOException {
        SnapshotPolicy often =
                new SnapshotPolicy(1 + random.nextInt(60), Duration.ofDays(1), 1 + random.nextInt(2_000));
        ScriptedProgram program = new ScriptedProgram(usesIndex);
        VersionSpec version = HostRig.with(HostRig.version(1, program), often, PoisonPolicy.DEAD_LETTER);
        Set<Long> refused = new HashSet<>();
        try (HostRig rig = new HostRig(directory)) {
            rig.run(1, version);
            for (int round = 0; round < ROUNDS; round++) {
                appendSome(rig, program, random, refused);
                long head = rig.events.head(HostRig.STREAM);
                long reached = random.nextLong(head + 1);
                rig.until(1, s -> HostRig.sequence(s.position()) >= reached);
                if (random.nextInt(3) == 0) {
                    assertThat(rig.ask("state", reached).position().covers(HostRig.at(reached)))
                            .isTrue();
                }
                switch (random.nextInt(5)) {
                    case 0 -> {
                        rig.state(head);
                        rig.restart();
                        assertThat(program.closes.getAndSet(0)).isEqualTo(1);
                        rig.run(1, version);
                        VersionStatus.Snapshot last =
                                rig.until(1, ViewState.LIVE).lastSnapshot();
                        assertThat(last).isNotNull().matches(s -> s.position().equals(HostRig.at(head)));
                    }
                    case 1 -> {}
                    default -> {
                        rig.crash();
                        program.closes.set(0);
                        if (!usesIndex && random.nextInt(2) == 0) {
                            damageNewest(rig, random);
                        }
                        rig.run(1, version);
                    }
                }
            }
            List<String> all = rig.events.all();
            assertThat(rig.state(all.size())).isEqualTo(ScriptedProgram.model(all, Set.of()));
            Set<Long> letters = new HashSet<>();
            rig.letters.forEach(letter -> letters.add(letter.source().sequence()));
            assertThat(letters).isEqualTo(refused);
        }
    }

    private static void appendSome(HostRig rig, ScriptedProgram program, Random random, Set<Long> refused) {
        for (int i = random.nextInt(150); i >= 0; i--) {
            String key = Integer.toString(random.nextInt(20));
            int kind = random.nextInt(40);
            if (kind == 0) {
                String once = "t" + rig.events.head(HostRig.STREAM);
                program.trapping(once, 1 + random.nextInt(2));
                rig.events.append("trap " + once);
            } else if (kind == 1) {
                refused.add(rig.events.append("refuse " + key));
            } else {
                rig.events.append("inc " + key);
            }
        }
    }

    /** The newest snapshot is torn or has a wrong byte. */
    private static void damageNewest(HostRig rig, Random random) throws IOException {
        List<Path> files = rig.snapshots(1);
        if (files.isEmpty()) {
            return;
        }
        Path newest = files.getLast();
        byte[] bytes = Files.readAllBytes(newest);
        if (random.nextBoolean()) {
            byte[] torn = new byte[random.nextInt(bytes.length)];
            System.arraycopy(bytes, 0, torn, 0, torn.length);
            bytes = torn;
        } else {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Files.write(newest, bytes);
    }
}
