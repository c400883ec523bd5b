package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.shard.Replica.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogTailTest {
    private static final int HEAD = LogTail.ENTRY_BYTES;

    @Test
    void asMuchStaysAsIsToBeKeptAndLittleMore() {
        SplittableRandom random = new SplittableRandom(7);
        for (long kept : List.of(1L, 30_000L, 1_000_000L)) {
            LogTail tail = new LogTail(() -> kept);
            List<Integer> sizes = new ArrayList<>();
            long released = -1;
            for (int index = 0; index < 2_000; index++) {
                int bytes = random.nextInt(20) == 0 ? random.nextInt(5_000) : random.nextInt(50);
                sizes.add(HEAD + bytes);
                tail.applied(index, 1, bytes);
                Position floor = tail.floor();
                assertThat(floor.index()).as("never goes back").isGreaterThanOrEqualTo(released);
                released = floor.index();
                long behind = sizes.subList((int) released + 1, index + 1).stream()
                        .mapToLong(Integer::longValue)
                        .sum();
                if (released < 0) {
                    assertThat(behind).isLessThanOrEqualTo(kept + kept / 16 + 2 * (HEAD + 5_000));
                } else {
                    assertThat(behind).isBetween(kept, kept + kept / 16 + 2 * (HEAD + 5_000));
                }
            }
        }
    }

    @Test
    void whoGetsLessKeepsLess() {
        long[] kept = {100 * HEAD};
        LogTail tail = new LogTail(() -> kept[0]);
        for (int index = 0; index < 200; index++) {
            tail.applied(index, 1, 0);
        }
        assertThat(tail.floor().index()).isBetween(80L, 100L);
        kept[0] = 10 * HEAD;
        tail.applied(200, 1, 0);
        assertThat(tail.floor().index()).isBetween(180L, 190L);
    }

    @Test
    void withoutATailAllThatIsAppliedMayGo() {
        LogTail tail = new LogTail(() -> 0);
        assertThat(tail.floor()).isEqualTo(Position.NONE);
        for (int index = 3; index < 100; index += 3) {
            tail.applied(index, index, 10);
            assertThat(tail.floor()).isEqualTo(new Position(index, index));
        }
        tail.clear();
        assertThat(tail.floor()).isEqualTo(Position.NONE);
    }

    @Test
    void behindTheCopiesOfOthersItStaysForAWhile() {
        LogTail tail = new LogTail(() -> 0);
        Position most = new Position(100, 3);
        assertThat(tail.atMost(most, 0)).isEqualTo(most);
        long minute = TimeUnit.MINUTES.toNanos(1);
        tail.gave(new Position(40, 2), 0);
        tail.gave(new Position(20, 2), minute / 2);
        tail.gave(new Position(200, 3), minute / 2);
        assertThat(tail.atMost(most, minute / 2)).isEqualTo(new Position(20, 2));
        assertThat(tail.atMost(new Position(10, 1), minute / 2)).isEqualTo(new Position(10, 1));
        tail.gave(new Position(60, 2), minute);
        assertThat(tail.atMost(most, minute)).isEqualTo(new Position(20, 2));
        assertThat(tail.atMost(most, 2 * minute - 1)).isEqualTo(new Position(60, 2));
        assertThat(tail.atMost(most, 2 * minute)).isEqualTo(most);
    }
}
