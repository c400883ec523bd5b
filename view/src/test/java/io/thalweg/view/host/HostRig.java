package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.model.LogId;
import io.thalweg.model.Position;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.FileDisk;
import io.thalweg.view.DeadLetters;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.QueryOutcome;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewQuery;
import io.thalweg.view.ViewSpec;
import io.thalweg.view.ViewState;
import io.thalweg.view.schedule.HostThreads;
import io.thalweg.view.schedule.ViewHostOptions;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A host over one stream in memory and a directory that survives its crashes. */
public final class HostRig implements AutoCloseable {
    static final TenantId TENANT = new TenantId(new UUID(1, 1));
    public static final StreamId STREAM = StreamId.of(new LogId(new UUID(2, 2)));
    static final ViewId VIEW = new ViewId(new UUID(3, 3));
    static final SnapshotPolicy SELDOM = new SnapshotPolicy(1_000_000, Duration.ofDays(1), 1 << 30);
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A hundred events. */
    static final Duration COMPARE = Duration.ofMillis(100);

    final ListEvents events = new ListEvents(STREAM);
    final AtomicLong clockMs = new AtomicLong(1_000_000);
    final List<DeadLetters.DeadLetter> letters = new CopyOnWriteArrayList<>();
    final List<Integer> takeovers = new CopyOnWriteArrayList<>();
    volatile CompletableFuture<?> letterOutcome = CompletableFuture.completedFuture(null);
    private final Path root;
    private int lives;
    private Path directory;
    ViewHost host;

    HostRig(Path root) {
        this.root = root;
        this.directory = root.resolve("life-0");
        this.host = open();
    }

    private ViewHost open() {
        ViewHostOptions options = new ViewHostOptions(
                directory,
                2,
                34,
                1 << 20,
                Duration.ofMillis(2),
                3,
                100,
                8 << 20,
                8 << 20,
                COMPARE,
                Duration.ofMillis(10));
        Clock clock = new Clock() {
            @Override
            public long wallNs() {
                return 1_000_000 * clockMs.get();
            }

            @Override
            public long monotonicNs() {
                return System.nanoTime();
            }
        };
        return ViewHost.open(
                options,
                new ViewPorts(
                        new FileDisk(),
                        clock,
                        HostThreads.start(options),
                        _ -> MemoryGrant.unbounded(),
                        _ -> events,
                        letter -> {
                            letters.add(letter);
                            return letterOutcome;
                        },
                        (_, version) -> takeovers.add(version)));
    }

    /** The process dies, and comes back with what was on the disk at that moment. */
    void crash() throws IOException {
        Path next = root.resolve("life-" + ++lives);
        host.crash(() -> copy(directory, next));
        directory = next;
        host = open();
    }

    void restart() {
        host.close();
        host = open();
    }

    private static void copy(Path from, Path to) {
        if (!Files.exists(from)) {
            return;
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    Path versionDirectory(int version) {
        return directory.resolve(VIEW.toString()).resolve(Integer.toString(version));
    }

    Path directory() {
        return directory;
    }

    /** Snapshot files from the oldest to the newest. */
    List<Path> snapshots(int version) throws IOException {
        if (!Files.isDirectory(versionDirectory(version))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(versionDirectory(version))) {
            return new ArrayList<>(files.filter(f -> f.toString().endsWith(".snapshot"))
                    .sorted()
                    .toList());
        }
    }

    static VersionSpec version(int number, ViewProgram program) {
        return new VersionSpec(
                number,
                new byte[] {(byte) number},
                1,
                new ViewLimits(1 << 20, Duration.ofSeconds(30), 1 << 20),
                SELDOM,
                PoisonPolicy.PARK,
                false,
                false,
                Set.of(),
                () -> program);
    }

    static VersionSpec with(VersionSpec v, SnapshotPolicy snapshots, PoisonPolicy poison) {
        return new VersionSpec(
                v.version(),
                v.componentHash(),
                v.startSequence(),
                v.limits(),
                snapshots,
                poison,
                v.paused(),
                v.takesOver(),
                v.skipped(),
                v.program());
    }

    static VersionSpec with(VersionSpec v, boolean paused, boolean takesOver, Set<Long> skipped) {
        return new VersionSpec(
                v.version(),
                v.componentHash(),
                v.startSequence(),
                v.limits(),
                v.snapshots(),
                v.poison(),
                paused,
                takesOver,
                skipped.stream().map(sequence -> new EventId(STREAM, sequence)).collect(Collectors.toSet()),
                v.program());
    }

    static VersionSpec with(VersionSpec v, Duration maxEventTime, long startSequence) {
        ViewLimits limits = new ViewLimits(
                v.limits().maxMemoryBytes(), maxEventTime, v.limits().maxResultBytes());
        return new VersionSpec(
                v.version(),
                v.componentHash(),
                startSequence,
                limits,
                v.snapshots(),
                v.poison(),
                v.paused(),
                v.takesOver(),
                v.skipped(),
                v.program());
    }

    static ViewSpec view(int active, VersionSpec... versions) {
        return new ViewSpec(TENANT, VIEW, STREAM, active, List.of(versions));
    }

    void run(int active, VersionSpec... versions) {
        host.apply(view(active, versions));
    }

    VersionStatus status(int version) {
        return host.status(VIEW).stream()
                .filter(s -> s.version() == version)
                .findFirst()
                .orElseThrow();
    }

    VersionStatus until(int version, Predicate<VersionStatus> reached) {
        await().pollInterval(Duration.ofMillis(2))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status(version)).matches(reached));
        return status(version);
    }

    VersionStatus until(int version, ViewState state) {
        return until(version, s -> s.state() == state);
    }

    public static Position at(long sequence) {
        return Position.of(STREAM, sequence);
    }

    /** Of the rig's one stream. */
    static long sequence(Position position) {
        return position.of(STREAM);
    }

    static ViewQuery query(String text) {
        return new ViewQuery(List.of(), text.getBytes(StandardCharsets.UTF_8));
    }

    /** The state after at least this sequence. */
    String state(long after) {
        return answer(ask("state", after));
    }

    QueryOutcome ask(String text, long after) {
        try {
            return host.query(VIEW, query(text), at(after), PATIENCE);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static String answer(QueryOutcome outcome) {
        assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
        ViewAnswer answer = ((QueryOutcome.Answered) outcome).answer();
        assertThat(answer).isInstanceOf(ViewAnswer.Result.class);
        return new String(((ViewAnswer.Result) answer).body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        host.close();
    }
}
