package io.thalweg.server.javaviews.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.store.Changes;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.RocksStore;
import io.thalweg.index.store.StoreDamage;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When checkpoints are made, what they have, and which are let go of. */
class StoreCheckpointsTest {
    private static final UUID VIEW = new UUID(1, 2);
    private static final UUID OTHER = new UUID(3, 4);
    private static final Map<UUID, Integer> BOTH = Map.of(VIEW, 2, OTHER, 1);

    @TempDir
    private Path folder = Path.of("");

    private RocksStore store;
    private StepStore steps;
    private Instant now = Instant.ofEpochSecond(1_800_000_000L);

    @BeforeEach
    void open() {
        store = RocksStore.open(folder.resolve("0"), 1 << 20, 1 << 20);
        steps = new StepStore(store);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private StoreCheckpoints checkpoints(int number, long bytes) {
        return checkpoints(number, bytes, RocksStore::erase);
    }

    private StoreCheckpoints checkpoints(int number, long bytes, BiConsumer<RocksStore, List<Changes.Range>> eraser) {
        return new StoreCheckpoints(
                folder.resolve("at"),
                folder.resolve("0"),
                store,
                steps,
                new HistorySettings(10, number, Duration.ofMinutes(1), bytes),
                eraser);
    }

    /** The checkpoint of now, by the folder that it is in. */
    private Path madeNow() {
        return folder.resolve("at").resolve(Long.toString(now.toEpochMilli()));
    }

    /** A partition makes a step. */
    private void step(UUID view, int partition, int number) {
        Overlay cells = new Overlay(store.latest());
        Surroundings.space(view).position(cells, partition, new byte[] {2, (byte) number, 0, 0, 0, 0});
        store.commit(cells.changes());
    }

    private void sweep(StoreCheckpoints checkpoints, Map<UUID, Integer> there, long stepBytes) {
        checkpoints.sweep(there, true, stepBytes, now);
    }

    @Test
    void theyAreMadeWhenTimeHasGoneByAndSomethingHappened() {
        StoreCheckpoints checkpoints = checkpoints(3, 1L << 30);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(VIEW, 2)).as("nothing was done").isEmpty();
        assertThat(checkpoints.neededFrom(VIEW, 0, 2)).isEqualTo(Long.MAX_VALUE);
        for (int i = 1; i <= 5; i++) {
            step(VIEW, 1, i);
            sweep(checkpoints, BOTH, 0);
            step(VIEW, 1, 100 + i);
            sweep(checkpoints, BOTH, 0); // too soon
            now = now.plusSeconds(60);
        }
        List<List<Long>> kept = List.of(List.of(0L, 3L), List.of(0L, 4L), List.of(0L, 5L));
        assertThat(checkpoints.steps(VIEW, 2)).as("the newest three").isEqualTo(kept);
        assertThat(checkpoints.neededFrom(VIEW, 1, 2)).isEqualTo(3);
        assertThat(checkpoints(3, 1L << 30).steps(VIEW, 2))
                .as("for the next process, too")
                .isEqualTo(kept);
        sweep(checkpoints, BOTH, 0); // of what was done since
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(VIEW, 2).getLast()).isEqualTo(List.of(0L, 105L));
        now = now.plusSeconds(600);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(VIEW, 2)).as("nothing was done since").hasSize(3);
    }

    @Test
    void aClockThatWasAheadHoldsNoneUp() {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        Instant right = now;
        now = right.plus(Duration.ofDays(3_650));
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        now = right;
        for (StoreCheckpoints each = checkpoints; each != null; ) {
            int before = each.steps(VIEW, 2).size();
            step(VIEW, 0, before + 1);
            sweep(each, BOTH, 0);
            assertThat(each.steps(VIEW, 2)).as("too soon").hasSize(before);
            now = now.plusSeconds(60);
            sweep(each, BOTH, 0);
            assertThat(each.steps(VIEW, 2).getLast()).isEqualTo(List.of(before + 1L, 0L));
            step(VIEW, 0, before + 2);
            sweep(each, BOTH, 0);
            assertThat(each.steps(VIEW, 2)).as("too soon again").hasSize(before + 1);
            now = now.plusSeconds(60);
            sweep(each, BOTH, 0);
            each = each == checkpoints ? checkpoints(5, 1L << 30) : null; // the next process, too
        }
        assertThat(checkpoints.steps(VIEW, 2).stream().map(List::getFirst)).isSorted();
    }

    @Test
    void theyGoWhenTheirBytesAreTooManyAndWhenNothingIsInThemAnyMore() {
        StoreCheckpoints checkpoints = checkpoints(5, 1 << 20);
        step(OTHER, 0, 1);
        sweep(checkpoints, BOTH, 0);
        now = now.plusSeconds(60);
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(OTHER, 1)).hasSize(2);
        sweep(checkpoints, BOTH, 2 << 20);
        assertThat(checkpoints.steps(OTHER, 1)).isEmpty();
        now = now.plusSeconds(60);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(OTHER, 1)).hasSize(1);
        checkpoints.sweep(Map.of(VIEW, 2), false, 0, now);
        assertThat(checkpoints.steps(VIEW, 2)).as("it is only not known yet").hasSize(1);
        sweep(checkpoints, Map.of(), 0);
        assertThat(checkpoints.steps(VIEW, 2)).isEmpty();
    }

    /** Cells of a view that no compression hides. */
    private byte[] write(UUID view, int number) {
        byte[] cell = new byte[256];
        new Random(31L * view.hashCode() + number).nextBytes(cell);
        Overlay cells = new Overlay(store.latest());
        Surroundings.space(view).position(cells, 1_000 + number, cell);
        store.commit(cells.changes());
        return cell;
    }

    private List<Path> filesWith(byte[] cell) throws IOException {
        String wanted = new String(cell, StandardCharsets.ISO_8859_1);
        try (var files = Files.walk(folder.resolve("at"))) {
            List<Path> with = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(wanted)) {
                    with.add(file);
                }
            }
            return with;
        }
    }

    @Test
    void oneViewThatIsDeletedLeavesNoByteAndTheEarlierTimesOfOthers() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        byte[] secret = {};
        byte[] kept = {};
        for (int i = 1; i <= 3; i++) {
            for (int cell = 0; cell < 200; cell++) {
                secret = write(OTHER, 200 * i + cell);
                kept = write(VIEW, 200 * i + cell);
            }
            step(VIEW, 0, i);
            step(OTHER, 0, i);
            sweep(checkpoints, BOTH, 0);
            now = now.plusSeconds(60);
        }
        assertThat(filesWith(secret)).as("the test finds what there is").isNotEmpty();
        List<List<Long>> steps = checkpoints.steps(VIEW, 2);
        assertThat(steps).hasSize(3);

        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(steps);
        assertThat(checkpoints(5, 1L << 30).steps(VIEW, 2)).as("on disk").isEqualTo(steps);
        assertThat(checkpoints.steps(OTHER, 1)).containsOnly(List.of(0L));
        assertThat(filesWith(secret)).isEmpty();
        String idOfOther = "\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\4";
        assertThat(filesWith(idOfOther.getBytes(StandardCharsets.ISO_8859_1)))
                .as("no key, either")
                .isEmpty();
        for (int i = 1; i <= 3; i++) {
            Path target = folder.resolve("past" + i);
            try (RocksStore branch = Objects.requireNonNull(checkpoints.branch(VIEW, List.of((long) i, 0L), target))) {
                for (int cell = 200; cell < 200 * (i + 1); cell++) {
                    assertThat(Surroundings.space(VIEW).position(branch.latest(), 1_000 + cell))
                            .isEqualTo(Surroundings.space(VIEW).position(store.latest(), 1_000 + cell))
                            .isNotNull();
                }
            }
        }
        assertThat(filesWith(kept)).isNotEmpty();

        this.steps.clear(Surroundings.space(OTHER));
        step(VIEW, 0, 4);
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(checkpoints.steps(VIEW, 2)).hasSize(4);
        assertThat(filesWith(secret)).as("of what was made since").isEmpty();
    }

    @Test
    void whatWasWrittenAnewCountsInFullWhateverItsFilesAreCalled() throws IOException {
        for (int cell = 0; cell < 6_000; cell++) {
            write(VIEW, cell);
            write(OTHER, cell);
        }
        step(VIEW, 0, 1);
        step(OTHER, 0, 1);
        StoreCheckpoints large = checkpoints(5, 1L << 30);
        sweep(large, BOTH, 0);
        sweep(large, Map.of(VIEW, 2), 0);
        assertThat(large.steps(VIEW, 2)).hasSize(1);
        try (var files = Files.list(madeNow())) {
            for (Path file : files.toList()) {
                // A file of the store comes to have its name.
                Path other = folder.resolve("0").resolve(file.getFileName());
                if (file.toString().endsWith(".sst") && !Files.exists(other)) {
                    Files.write(other, new byte[] {1});
                }
            }
        }
        StoreCheckpoints small = checkpoints(5, 1 << 20);
        sweep(small, Map.of(VIEW, 2), 0);
        assertThat(small.steps(VIEW, 2)).isEmpty();
    }

    /** One checkpoint, of both views. */
    private void begin(StoreCheckpoints checkpoints) {
        step(VIEW, 0, 1);
        step(OTHER, 0, 1);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(1L, 0L)));
    }

    @Test
    void oneThatCannotBeWrittenAnewHoldsNothingUpAndGoesAtLast() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        begin(checkpoints);
        Path first = madeNow();
        Files.createSymbolicLink(first.resolve("nowhere"), folder.resolve("nowhere")); // it cannot be copied
        now = now.plusSeconds(60);
        step(VIEW, 0, 2);
        for (int i = 1; i < StoreCheckpoints.TRIES; i++) {
            sweep(checkpoints, Map.of(VIEW, 2), 0);
            assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(1L, 0L), List.of(2L, 0L)));
        }
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(2L, 0L)));
        assertThat(first).doesNotExist();
    }

    @Test
    void oneThatCannotBeWrittenAnewForWantOfSpaceMakesSome() {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30, (_, _) -> {
            throw new UncheckedIOException("not written", new IOException("No space left on device"));
        });
        begin(checkpoints);
        Path first = madeNow();
        now = now.plusSeconds(60);
        step(VIEW, 0, 2);
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(first).doesNotExist();
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(2L, 0L)));
    }

    private static void damage(Path checkpoint) throws IOException {
        try (var files = Files.list(checkpoint)) {
            for (Path manifest :
                    files.filter(file -> file.toString().contains("MANIFEST")).toList()) {
                Files.write(manifest, new byte[] {1, 2, 3});
            }
        }
    }

    @Test
    void oneThatIsDamagedSinceItWasReadGoesWhenItIsToBeWrittenAnew() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        begin(checkpoints);
        sweep(checkpoints, BOTH, 0); // now it is known what it has
        damage(madeNow());
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(madeNow()).doesNotExist();
    }

    @Test
    void nobodyWaitsWhileOneIsWrittenAnew() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30, (branch, ranges) -> {
            begun.countDown();
            try {
                assertThat(asked.await(60, TimeUnit.SECONDS))
                        .as("who asks is answered")
                        .isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            branch.erase(ranges);
        });
        begin(checkpoints);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> sweep = threads.submit(() -> sweep(checkpoints, Map.of(VIEW, 2), 0));
            begun.await();
            assertThat(checkpoints.neededFrom(VIEW, 0, 2)).isEqualTo(1);
            assertThat(checkpoints.steps(OTHER, 1)).isEqualTo(List.of(List.of(1L)));
            Objects.requireNonNull(checkpoints.branch(VIEW, List.of(1L, 0L), folder.resolve("past")))
                    .close();
            asked.countDown();
            sweep.get();
        }
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(1L, 0L)));
        assertThat(checkpoints.steps(OTHER, 1)).isEqualTo(List.of(List.of(0L)));
    }

    @Test
    void whoIsInterruptedBeginsNoOther() {
        List<RocksStore> erased = new ArrayList<>();
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30, (branch, ranges) -> {
            erased.add(branch);
            branch.erase(ranges);
            Thread.currentThread().interrupt();
        });
        begin(checkpoints);
        now = now.plusSeconds(60);
        step(VIEW, 0, 2);
        sweep(checkpoints, BOTH, 0);
        now = now.plusSeconds(60);
        step(VIEW, 0, 3);
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(erased).hasSize(1);
        assertThat(checkpoints.steps(OTHER, 1)).isEqualTo(List.of(List.of(0L), List.of(1L)));
        sweep(checkpoints, Map.of(VIEW, 2), 0);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(checkpoints.steps(OTHER, 1)).isEqualTo(List.of(List.of(0L), List.of(0L)));
    }

    @Test
    void oneThatIsWrittenAnewIsWholeWhereverItWasEnded() throws IOException {
        step(VIEW, 0, 1);
        sweep(checkpoints(5, 1L << 30), BOTH, 0);
        Path at = folder.resolve("at");
        Path checkpoint = at.resolve(Long.toString(now.toEpochMilli()));
        // Before what takes its place was whole, behind that, and when the other is gone already.
        Files.createDirectories(at.resolve(checkpoint.getFileName() + ".work"));
        Files.createDirectories(at.resolve(checkpoint.getFileName() + ".without.tmp"));
        sweep(checkpoints(5, 1L << 30), BOTH, 0);
        assertThat(checkpoints(5, 1L << 30).steps(VIEW, 2)).containsExactly(List.of(1L, 0L));
        Path without = at.resolve(checkpoint.getFileName() + ".without");
        RocksStore.branch(checkpoint, without, 1 << 20, 1 << 20).close();
        sweep(checkpoints(5, 1L << 30), BOTH, 0);
        assertThat(checkpoints(5, 1L << 30).steps(VIEW, 2)).containsExactly(List.of(1L, 0L));
        StoreCheckpoints running = checkpoints(5, 1L << 30);
        Files.move(checkpoint, without);
        assertThat(running.neededFrom(VIEW, 0, 2)).as("it is half there").isZero();
        assertThat(checkpoints(5, 1L << 30).neededFrom(VIEW, 0, 2))
                .as("the next process has it from the start")
                .isEqualTo(1);
        sweep(checkpoints(5, 1L << 30), BOTH, 0);
        assertThat(checkpoints(5, 1L << 30).steps(VIEW, 2)).containsExactly(List.of(1L, 0L));
        try (var there = Files.list(at)) {
            assertThat(there).containsExactly(checkpoint);
        }
    }

    @Test
    void oneThatCannotBeReadIsRemovedAndHoldsNothingBack() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        now = now.plusSeconds(60);
        step(VIEW, 0, 2);
        sweep(checkpoints, BOTH, 0);
        Path oldest;
        try (var there = Files.list(folder.resolve("at"))) {
            oldest = there.sorted().findFirst().orElseThrow();
        }
        damage(oldest);
        StoreCheckpoints next = checkpoints(5, 1L << 30);
        assertThat(next.neededFrom(VIEW, 0, 2)).isEqualTo(2);
        assertThat(next.steps(VIEW, 2)).isEqualTo(List.of(List.of(2L, 0L)));
        assertThat(oldest).doesNotExist();
    }

    @Test
    void oneThatCannotBeReadJustNowStaysAndNothingIsLetGoOfMeanwhile() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        now = now.plusSeconds(60);
        step(VIEW, 0, 2);
        sweep(checkpoints, BOTH, 0);
        Path oldest;
        try (var there = Files.list(folder.resolve("at"))) {
            oldest = there.sorted().findFirst().orElseThrow();
        }
        Path current = oldest.resolve("CURRENT");
        Path away = Files.move(current, folder.resolve("CURRENT"));
        Files.createDirectory(current);
        StoreCheckpoints next = checkpoints(5, 1L << 30);
        assertThat(next.neededFrom(VIEW, 0, 2)).isZero();
        sweep(next, BOTH, 0);
        assertThat(next.steps(VIEW, 2)).isEqualTo(List.of(List.of(2L, 0L)));
        Files.delete(current);
        Files.move(away, current);
        assertThat(next.neededFrom(VIEW, 0, 2)).isEqualTo(1);
        assertThat(next.steps(VIEW, 2)).isEqualTo(List.of(List.of(1L, 0L), List.of(2L, 0L)));
    }

    @Test
    void whatACrashLeftOfOneGoesAndABranchIsWhatItWas() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        Files.createDirectories(folder.resolve("at").resolve("17.tmp").resolve("half"));
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        try (var there = Files.list(folder.resolve("at"))) {
            assertThat(there).hasSize(1);
        }
        step(VIEW, 0, 2);
        try (RocksStore branch =
                Objects.requireNonNull(checkpoints.branch(VIEW, List.of(1L, 0L), folder.resolve("past")))) {
            assertThat(Surroundings.space(VIEW).position(branch.latest(), 0)).startsWith(2, 1);
        }
        assertThat(checkpoints.branch(VIEW, List.of(2L, 0L), folder.resolve("none")))
                .isNull();
    }

    @Test
    void aBranchThatFailsHalfWayLeavesNothing() throws IOException {
        StoreCheckpoints checkpoints = checkpoints(5, 1L << 30);
        step(VIEW, 0, 1);
        sweep(checkpoints, BOTH, 0);
        assertThat(checkpoints.steps(VIEW, 2)).isEqualTo(List.of(List.of(1L, 0L)));
        try (var all = Files.walk(folder.resolve("at"))) {
            for (Path manifest :
                    all.filter(file -> file.toString().contains("MANIFEST")).toList()) {
                Files.delete(manifest);
            }
        }
        Path past = folder.resolve("past");
        assertThatThrownBy(() -> checkpoints.branch(VIEW, List.of(1L, 0L), past))
                .isInstanceOf(StoreDamage.class);
        assertThat(past).doesNotExist();
        assertThat(checkpoints.steps(VIEW, 2))
                .as("the next question goes past it")
                .isEmpty();
    }
}
