package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process under load, killed in the middle. */
class KillTest {
    private static final int ROUNDS = 5;

    @TempDir
    Path directory;

    @Test
    void nothingAcknowledgedIsLostByKillingTheProcessUnderLoad() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Long> acknowledged = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (ChildMember child = ChildMember.start(directory, 0, Copy.freePort())) {
                assertThat(child.answer()).isEqualTo("ready");
                child.send("load " + round * 1_000_000L);
                int wanted = 1 + random.nextInt(3000);
                for (int i = 0; i < wanted; i++) {
                    note(child.answer(), acknowledged);
                }
                child.kill().forEach(line -> note(line, acknowledged));
            }
        }
        try (ChildMember child = ChildMember.start(directory, 0, Copy.freePort())) {
            assertThat(child.answer()).isEqualTo("ready");
            assertThat(child.ask("put 9999999")).isEqualTo("put 9999999 ok");
            List<Long> values = Arrays.stream(
                            child.ask("values").substring("values ".length()).split(" ", -1))
                    .map(Long::valueOf)
                    .toList();
            assertThat(values).isSorted().doesNotHaveDuplicates().containsAll(acknowledged);
        }
    }

    private static void note(String line, List<Long> acknowledged) {
        if (line.startsWith("ack ") && line.endsWith(" .")) { // the kill may tear the last line
            acknowledged.add(Long.valueOf(line.substring(4, line.length() - 2)));
        }
    }
}
