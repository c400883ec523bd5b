package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.model.LedgerWorkload;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.AppendResult;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ShardRepair;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.LedgerMachine;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One wrong byte in one ledger stops that ledger, and nobody else. */
final class FrozenLedgerTest {
    private static final Path SHARD = Path.of("/shard");
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final TenantId NEIGHBOUR = new TenantId(new UUID(1, 2));
    private static final LedgerId DAMAGED = new LedgerId(new UUID(2, 1));
    private static final LedgerId WHOLE = new LedgerId(new UUID(2, 2));
    private static final StreamId STREAM = StreamId.of(new LogId(new UUID(3, 3)));

    private final long seed = Long.getLong("thalweg.seed", new Random().nextLong());

    /** A shard with two ledgers and a stream, through damage and restarts. */
    private static final class Life {
        final Random random;
        final BlockCache cache = new BlockCache(128 << 10);
        final LedgerWorkload damaged;
        final LedgerWorkload whole;
        final SimulatedShard shard;
        private final Damage.Policy policy;
        LedgerMachine machine;
        int appended;

        /** What was asked of the damaged ledger last. */
        @Nullable
        Request last;

        long number;

        Life(long seed, boolean lone) {
            this(seed, lone, ShardOptions.in(SHARD), Damage.Policy.FREEZE);
        }

        Life(long seed, boolean lone, ShardOptions options, Damage.Policy policy) {
            this.policy = policy;
            machine = machine(new SimulatedDisk());
            random = new Random(seed);
            damaged = new LedgerWorkload(seed);
            whole = new LedgerWorkload(seed + 1);
            shard = new SimulatedShard(
                    disk -> {
                        machine = machine(disk);
                        return List.of(machine);
                    },
                    seed,
                    options,
                    true,
                    lone);
            for (LedgerId ledger : List.of(DAMAGED, WHOLE)) {
                var _ = shard.call(new Request(
                                tenant(ledger),
                                Request.NO_SESSION,
                                0,
                                Operation.LEDGER_CREATE,
                                LedgerRequest.encode(ledger, ByteBuffer.allocate(0))))
                        .orThrow();
            }
            var _ = shard.call(new StreamCommand.Create(STREAM).toRequest(TENANT))
                    .orThrow();
        }

        LedgerMachine machine(SimulatedDisk disk) {
            return machine(disk, SHARD);
        }

        LedgerMachine machine(SimulatedDisk disk, Path folder) {
            StoreOptions small = new StoreOptions(256, 16, 2, 4096);
            return new LedgerMachine(
                    disk, folder.resolve("ledgers"), new LedgerOptions(small, small), cache, Runnable::run, 4, policy);
        }

        static TenantId tenant(LedgerId ledger) {
            return ledger.equals(DAMAGED) ? TENANT : NEIGHBOUR;
        }

        /** Requests of all kinds; only the damaged ledger may refuse, and only because it is frozen. */
        void go(int steps) {
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(10)) {
                    case 0 -> shard.snapshot();
                    case 1 -> shard.crash();
                    case 2, 3 -> append();
                    case 4, 5, 6 -> write(WHOLE, whole);
                    default -> write(DAMAGED, damaged);
                }
                assertThat(shard.shard().failure()).isEmpty();
            }
        }

        private void append() {
            AppendResult result = AppendResult.decode(
                    shard.call(AppendBody.builder(STREAM).add(new byte[] {1, 2}).request(TENANT))
                            .orThrow());
            assertThat(result.firstSequence()).isEqualTo(++appended);
        }

        private void write(LedgerId ledger, LedgerWorkload workload) {
            LedgerWorkload.Write write = workload.next();
            Request request = new Request(
                    tenant(ledger),
                    new UUID(9, ledger.value().getLeastSignificantBits()),
                    ledger.equals(DAMAGED) ? ++number : ++wholeNumber,
                    write.isOfAccounts() ? Operation.LEDGER_ACCOUNTS : Operation.LEDGER_TRANSFERS,
                    LedgerRequest.encode(ledger, write.events()));
            boolean frozenBefore = machine.frozen().containsKey(ledger);
            Reply reply = shard.call(request);
            if (ledger.equals(DAMAGED)) {
                last = request;
            }
            switch (reply) {
                case Reply.Done(ByteBuffer result) -> {
                    assertThat(frozenBefore).isFalse();
                    check(write, (LedgerReply.Executed) LedgerReply.parse(result), workload);
                }
                case Reply.Refused(ErrorCode code, String message) -> {
                    assertThat(ledger).isEqualTo(DAMAGED);
                    assertThat(code).isEqualTo(ErrorCode.LEDGER_FROZEN);
                    assertThat(message).contains(DAMAGED.toString()).doesNotContain("/");
                }
            }
        }

        private long wholeNumber;

        private static void check(LedgerWorkload.Write write, LedgerReply.Executed executed, LedgerWorkload workload) {
            ByteBuffer results =
                    ByteBuffer.allocate(write.size() * LedgerReply.DENSE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            executed.batches().getFirst().putDense(results);
            assertThat(results.flip()).as("%s", write).isEqualTo(workload.answer(write, executed.timestamp()));
        }

        /** Turns a bit somewhere in the files of a ledger; says where. */
        Path flip() {
            List<Path> files = new ArrayList<>();
            for (Map.Entry<Path, Integer> file : shard.disk().files().entrySet()) {
                if (file.getKey().startsWith(SHARD.resolve("ledgers").resolve(DAMAGED.toString()))
                        && file.getValue() > 0) {
                    files.add(file.getKey());
                }
            }
            // The records are most of what a ledger has on a disk.
            Path records = SHARD.resolve("ledgers").resolve(DAMAGED.toString()).resolve("transfers.records");
            Path file =
                    random.nextBoolean() && files.contains(records) ? records : files.get(random.nextInt(files.size()));
            int size = shard.disk().files().getOrDefault(file, 0);
            shard.disk().flip(file, random.nextInt(size), random.nextInt(8));
            return file;
        }

        ShardRepair repair(SimulatedDisk disk, Set<LedgerId> condemned) {
            return new ShardRepair(
                    ShardOptions.in(SHARD),
                    disk,
                    folder -> {
                        LedgerMachine machine = machine(disk, folder);
                        machine.condemn(folder.equals(SHARD) ? condemned : Set.of());
                        return List.of(machine);
                    },
                    _ -> {});
        }

        /** A read at its place in the order, which a frozen ledger refuses as it refuses a write. */
        byte[] digest(LedgerId ledger) {
            return machine.ledger(tenant(ledger), ledger).orElseThrow().digest();
        }
    }

    @Test
    void oneTenantsDamageFreezesThatLedgerOnlyAtEveryRestart() {
        System.out.println("seed " + seed);
        int frozen = 0;
        int harmless = 0;
        for (int round = 0; round < 10 || (harmless == 0 && round < 60); round++) {
            Life life = new Life(seed + 1_000L * round, round % 2 == 0);
            life.go(50);
            life.shard.snapshot();
            Path file = life.flip();
            life.go(50);
            if (life.machine.frozen().isEmpty()) {
                harmless++;
                continue;
            }
            frozen++;
            assertThat(life.machine.frozen().keySet()).containsExactly(DAMAGED);
            Damage damage = Objects.requireNonNull(life.machine.frozen().get(DAMAGED));
            assertThat(SHARD.resolve("ledgers").resolve(damage.file())).isEqualTo(file);
            assertThat(damage.reason()).contains(file.toString());
            assertThat(life.machine.needsJournal()).isTrue();
            life.shard.snapshot();
            for (int again = 0; again < 3; again++) {
                life.shard.crash();
                assertThat(life.machine.frozen()).containsEntry(DAMAGED, damage);
                assertThat(life.digest(WHOLE)).isEqualTo(life.whole.digest());
                life.go(5);
            }
            assertThat(catchThrowableOfType(ThalwegException.class, () -> life.digest(DAMAGED))
                            .code())
                    .isEqualTo(ErrorCode.LEDGER_FROZEN);
        }
        assertThat(frozen).as("damage that was met").isPositive();
        assertThat(harmless).as("damage that nobody met").isPositive();
    }

    /** Others of its group have the bytes, so that it leaves to them what it cannot vouch for. */
    @Test
    void aReplicaOfAGroupStepsAsideInsteadAndSaysWhichFileIsWrong() {
        System.out.println("seed " + seed);
        int aside = 0;
        for (int round = 0; aside < 5 && round < 60; round++) {
            Life life = new Life(seed + 1_000L * round, false, ShardOptions.in(SHARD), Damage.Policy.STEP_ASIDE);
            life.go(50);
            life.shard.snapshot();
            Path file = life.flip();
            Throwable met = catchThrowable(() -> life.go(50));
            if (met == null) {
                continue;
            }
            aside++;
            assertThat(life.machine.frozen()).isEmpty();
            CorruptionException damage = damage(met);
            if (damage == null) { // it halted while it ran; a start that met it would have left no shard
                damage = damage(life.shard.shard().failure().orElseThrow());
            }
            assertThat(damage).isNotNull().extracting(CorruptionException::file).isEqualTo(file);
        }
        assertThat(aside).as("damage that was met").isPositive();
    }

    private static @Nullable CorruptionException damage(Throwable from) {
        for (Throwable at = from; at != null; at = at.getCause()) {
            if (at instanceof CorruptionException damage) {
                return damage;
            }
        }
        return null;
    }

    @Test
    void aRepairFromTheJournalOrABackupGivesExactlyWhatTheEntriesMake() throws IOException {
        System.out.println("seed " + seed);
        int repaired = 0;
        int fromBackup = 0;
        for (int round = 0; round < 10; round++) {
            Life life = new Life(seed + 77 + 1_000L * round, true);
            life.go(40);
            life.shard.snapshot();
            SimulatedDisk backup = life.shard.disk().copy();
            life.flip();
            life.go(60);
            if (life.machine.frozen().isEmpty()) {
                continue;
            }
            life.shard.snapshot();
            life.go(10);
            life.shard.snapshot();
            SimulatedDisk disk = life.shard.disk();
            life.shard.shard().close();
            byte[] expected = life.shard.replayedDigest();
            Path from = life.random.nextBoolean() ? null : Path.of("/backup");
            if (from != null) {
                copy(backup, SHARD, disk, from);
                fromBackup++;
            }
            assertThat(life.repair(disk, Set.of()).run(from)).isTrue();
            assertThat(life.repair(disk, Set.of()).run(null))
                    .as("once is enough")
                    .isFalse();
            for (int again = 0; again < 2; again++) {
                life.shard.startOn(disk);
                assertThat(life.machine.frozen()).isEmpty();
                assertThat(life.machine.needsJournal()).isFalse();
                assertThat(life.shard.shard().digest()).isEqualTo(expected);
            }
            Reply now = life.shard.call(Objects.requireNonNull(life.last));
            assertThat(now).as("a request that nobody knew of, asked again").isInstanceOf(Reply.Done.class);
            assertThat(disk.files().keySet())
                    .as("the damaged files are kept")
                    .anyMatch(file -> file.startsWith(SHARD.resolve("ledgers-damaged")));
            repaired++;
        }
        assertThat(repaired).isGreaterThan(fromBackup);
        assertThat(fromBackup).isPositive();
    }

    @Test
    void aLedgerThatTheOperatorDoesNotTrustIsMadeAgainToo() throws IOException {
        Life life = new Life(seed, true);
        life.go(60);
        life.shard.snapshot();
        byte[] expected = life.shard.shard().digest();
        life.shard.shard().close();
        SimulatedDisk disk = life.shard.disk();
        assertThat(life.repair(disk, Set.of(DAMAGED, WHOLE)).run(null)).isTrue();
        life.shard.startOn(disk);
        assertThat(life.shard.shard().digest()).isEqualTo(expected);
        life.go(20);
    }

    @Test
    void aRepairFromAnotherHistoryIsRefusedAndChangesNothing() {
        Life life = new Life(seed, true);
        life.go(60);
        life.shard.snapshot();
        life.shard.shard().close();
        Life other = new Life(seed + 1, true);
        other.go(20);
        other.shard.snapshot();
        SimulatedDisk disk = life.shard.disk();
        copy(other.shard.disk(), SHARD, disk, Path.of("/backup"));
        Map<Path, Integer> files = new TreeMap<>(disk.files());
        assertThatThrownBy(() -> life.repair(disk, Set.of(DAMAGED)).run(Path.of("/backup")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not of one history");
        Map<Path, Integer> after = new TreeMap<>(disk.files());
        after.keySet().removeIf(file -> file.startsWith(SHARD.resolve("repair")));
        assertThat(after.keySet().stream().filter(file -> file.toString().contains(DAMAGED.toString())))
                .isEqualTo(files.keySet().stream()
                        .filter(file -> file.toString().contains(DAMAGED.toString()))
                        .toList());
        life.shard.startOn(disk);
        assertThat(life.machine.frozen()).isEmpty();
    }

    private static void copy(SimulatedDisk from, Path below, SimulatedDisk to, Path target) {
        try {
            for (Path file : from.files().keySet()) {
                if (file.startsWith(below)) {
                    Path place = target.resolve(below.relativize(file));
                    ByteBuffer bytes = ByteBuffer.allocate(from.files().getOrDefault(file, 0));
                    try (DiskFile in = from.open(file)) {
                        in.read(0, bytes);
                    }
                    to.createDirectories(Objects.requireNonNull(place.getParent()));
                    try (DiskFile out = to.open(place)) {
                        out.write(0, bytes.flip());
                        out.force();
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRepairForWhichTheJournalNoLongerReachesBackIsRefusedAndChangesNothing() {
        Life life = new Life(seed, true, ShardOptions.in(SHARD).withSegmentBytes(4 << 10), Damage.Policy.FREEZE);
        for (int round = 0; round < 5; round++) {
            life.go(40);
            life.shard.snapshot();
        }
        while (life.shard.shard().housekeep()) {
            // Closed segments are sealed, and given back when nothing in them is kept.
        }
        life.shard.shard().close();
        SimulatedDisk disk = life.shard.disk();
        Map<Path, Integer> before = besidesTheRepair(disk);
        assertThatThrownBy(() -> life.repair(disk, Set.of(DAMAGED)).run(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has given back entries up to")
                .hasMessageContaining("--backup DIR");
        assertThat(besidesTheRepair(disk)).isEqualTo(before);
        life.shard.startOn(disk);
        assertThat(life.machine.frozen()).isEmpty();
        life.go(20);
    }

    private static Map<Path, Integer> besidesTheRepair(SimulatedDisk disk) {
        Map<Path, Integer> files = new TreeMap<>(disk.files());
        files.keySet().removeIf(file -> file.startsWith(SHARD.resolve("repair")));
        return files;
    }
}
