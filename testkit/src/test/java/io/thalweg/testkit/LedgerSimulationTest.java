package io.thalweg.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerOptions;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.LedgerRequest.Format;
import io.thalweg.ledger.model.LedgerWorkload;
import io.thalweg.ledger.store.block.BlockCache;
import io.thalweg.ledger.store.schema.StoreOptions;
import io.thalweg.model.LedgerId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.ledger.Damage;
import io.thalweg.shard.ledger.ExpiryPulse;
import io.thalweg.shard.ledger.LedgerMachine;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A ledger in a shard that loses power at any operation of its disk: each request is answered as the independent model answers
 * it, and what is found after each crash has the model's digest. Every second shard is a lone one, which applies ahead of its
 * disk. {@code -Dthalweg.seed=N} starts at another seed, {@code
 * -Dthalweg.seeds=N} runs more or fewer of them.
 */
final class LedgerSimulationTest {
    private static final long FIRST_SEED = Long.getLong("thalweg.seed", 1);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 24);
    private static final int STEPS = 60;
    private static final int FLIPS = 12;
    private static final TenantId TENANT = new TenantId(new UUID(1, 1));
    private static final LedgerId LEDGER = new LedgerId(new UUID(2, 2));
    private static final Path LEDGERS = Path.of("/shard/ledgers");

    @Test
    void afterEveryCrashTheLedgerIsTheModels() {
        int crashes = 0;
        int events = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Life life = new Life(seed);
            try {
                life.live();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
            crashes += life.crashes;
            events += life.events;
        }
        System.out.println(SEEDS + " seeds from " + FIRST_SEED + ": " + crashes + " crashes, " + events + " events");
        assertThat(crashes).isGreaterThan((int) SEEDS);
        assertThat(events).isGreaterThan(100 * (int) SEEDS);
    }

    @Test
    void aFlippedBitInALedgersFileIsReportedOrHarmless() {
        int harmless = 0;
        int reported = 0;
        for (long seed = 1; seed <= 6; seed++) {
            Life life = new Life(seed);
            life.live();
            for (int flip = 0; flip < FLIPS; flip++) {
                if (life.isRightAfterAFlip("seed " + seed + ", flip " + flip)) {
                    harmless++;
                } else {
                    reported++;
                }
            }
        }
        System.out.println(harmless + " flipped bits were harmless, " + reported + " reported");
        assertThat(harmless).isPositive();
        assertThat(reported).isPositive();
    }

    private static final class Life {
        private final SplittableRandom random;
        private final LedgerWorkload workload;
        private final BlockCache cache = new BlockCache(1 << 20);
        private final SimulatedShard shard;
        private LedgerMachine machine;
        private final long session;
        private int number;
        int crashes;
        int events;

        Life(long seed) {
            random = new SplittableRandom(seed);
            workload = new LedgerWorkload(seed);
            machine = machine(new SimulatedDisk());
            shard = new SimulatedShard(
                    disk -> {
                        machine = machine(disk);
                        return List.of(machine);
                    },
                    seed,
                    ShardOptions.in(Path.of("/shard")),
                    true,
                    seed % 2 == 0);
            var _ = shard.call(request(Operation.LEDGER_CREATE, null, bytes(0))).orThrow();
            LedgerReply registered = LedgerReply.parse(
                    shard.call(request(Operation.LEDGER_REGISTER, new Caller(9, 0, 0, 0, 0x101E, 9, 5), bytes(256)))
                            .orThrow());
            session = ((LedgerReply.Executed) registered).op();
        }

        private LedgerMachine machine(SimulatedDisk disk) {
            StoreOptions small = new StoreOptions(256, 16, 2, 4096);
            return new LedgerMachine(
                    disk, LEDGERS, new LedgerOptions(small, small), cache, Runnable::run, 4, Damage.Policy.FREEZE);
        }

        void live() {
            for (int step = 0; step < STEPS; step++) {
                int choice = random.nextInt(100);
                if (choice < 10) {
                    shard.snapshot();
                } else if (choice < 20) {
                    crash();
                } else if (choice < 32) {
                    pulse();
                } else {
                    write(choice < 55);
                }
            }
            crash();
        }

        /** The same request again and again until it is answered; whatever the crash left of it. */
        private void write(boolean underFire) {
            LedgerWorkload.Write write = workload.next();
            Operation operation = write.isOfAccounts() ? Operation.LEDGER_ACCOUNTS : Operation.LEDGER_TRANSFERS;
            number++;
            Caller caller = new Caller(9, 0, session, number, 0x101E, 1000 + number, 5);
            Request request = request(operation, caller, write.events());
            LedgerReply reply = underFire ? callAndCrash(request) : call(request);
            LedgerReply.Executed executed = (LedgerReply.Executed) reply;
            ByteBuffer results = bytes(write.size() * LedgerReply.DENSE_BYTES);
            executed.batches().getFirst().putDense(results);
            assertThat(results.flip()).as("%s", write).isEqualTo(workload.answer(write, executed.timestamp()));
            events += write.size();
            if (underFire) {
                compare();
            }
        }

        private LedgerReply call(Request request) {
            return LedgerReply.parse(shard.call(request).orThrow());
        }

        /** Loses power at some operation of the disk during the request, if it has so many, and asks again. */
        private LedgerReply callAndCrash(Request request) {
            shard.disk().crashAt(1 + random.nextInt(12));
            try {
                var _ = call(request);
            } catch (RuntimeException | Error e) {
                if (!shard.disk().crashed()) {
                    throw e;
                }
            }
            restart();
            return call(request);
        }

        private void pulse() {
            if (random.nextBoolean()) {
                shard.clock().jump(random.nextLong(3_000_000_000L));
            }
            if (machine.due(shard.clock().wallNs()).isEmpty()) {
                return;
            }
            long before = ledger().queries().now().expiries();
            new ExpiryPulse(shard.shard(), machine).step();
            shard.settle();
            long expired = ledger().queries().now().expiries() - before;
            if (expired > 0) {
                assertThat(workload.expire(timeOfNewestExpiry() - expired + Ledger.EXPIRIES_MAX))
                        .isEqualTo((int) expired);
            }
            compare();
        }

        /** Expiries are the newest of all events right after a pulse. */
        private long timeOfNewestExpiry() {
            var now = ledger().queries().now();
            ByteBuffer row = bytes(384);
            assertThat(ledger().queries().tail(now, now.transfers() + now.expiries(), 1, row))
                    .isEqualTo(1);
            return row.getLong(352);
        }

        private void crash() {
            restart();
            compare();
        }

        private void restart() {
            shard.crash();
            assertThat(shard.shard().failure()).isEmpty();
            crashes++;
        }

        private void compare() {
            assertThat(ledger().digest()).isEqualTo(workload.digest());
        }

        private Ledger ledger() {
            return machine.ledger(TENANT, LEDGER).orElseThrow();
        }

        /** Whether the ledger is the model's on a disk with a wrong bit; if not, the damage was reported with its file. */
        boolean isRightAfterAFlip(String where) {
            SimulatedDisk whole = shard.disk();
            SimulatedDisk damaged = whole.copy();
            List<Path> files = damaged.files().entrySet().stream()
                    .filter(it -> it.getKey().startsWith(LEDGERS) && it.getValue() > 0)
                    .map(Map.Entry::getKey)
                    .toList();
            Path file = files.get(random.nextInt(files.size()));
            damaged.flip(file, random.nextInt(damaged.files().getOrDefault(file, 0)), random.nextInt(8));
            try {
                shard.startOn(damaged);
                if (shard.shard().failure().isPresent()) {
                    checkReported(where, shard.shard().failure().get());
                    return false;
                }
                Damage damage = machine.frozen().get(LEDGER);
                if (damage != null) {
                    assertThat(damage.reason()).as(where).contains(LEDGERS.toString());
                    return false;
                }
                assertThat(ledger().digest()).as("%s in %s", where, file).isEqualTo(workload.digest());
                return true;
            } catch (CorruptionException | UncheckedIOException e) {
                checkReported(where, e);
                return false;
            } finally {
                shard.startOn(whole);
            }
        }

        private static void checkReported(String where, Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (String.valueOf(cause.getMessage()).contains(LEDGERS.toString())) {
                    return;
                }
            }
            throw new AssertionError(where + " is reported without a file", failure);
        }

        private static Request request(Operation operation, @Nullable Caller caller, ByteBuffer events) {
            ByteBuffer body = bytes(LedgerRequest.HEAD_BYTES + events.remaining());
            LedgerRequest.putHead(body, 0, LEDGER, Format.PLAIN, caller);
            body.put(LedgerRequest.HEAD_BYTES, events, 0, events.remaining());
            return Request.of(TENANT, operation, body);
        }

        private static ByteBuffer bytes(int size) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
