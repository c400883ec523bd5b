package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.command.UsageTally;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import io.thalweg.testkit.Clients;
import io.thalweg.testkit.GroupSimulation;
import io.thalweg.testkit.SimulatedDisk;
import io.thalweg.testkit.Tenancy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What tenants use is counted once, whoever dies over it: each process of a simulated group measures and reports to the directory as a node does, by its {@link UsageTally},
 * and loses power, as those do who lead.
 */
final class UsageInGroupTest {
    private static final long FIRST_SEED = Long.getLong("thalweg.seed", 1);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 40);

    @Test
    void useIsCountedOnceWhoeverDiesOverAReport() {
        long counted = 0;
        long again = 0;
        long evicted = 0;
        long lost = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Meters meters = new Meters(seed);
            GroupSimulation simulation = new GroupSimulation(seed, meters);
            try {
                simulation.run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " fails (-Dthalweg.seed=" + seed + " -Dthalweg.seeds=1)", e);
            }
            counted += meters.counted;
            again += meters.again;
            evicted += meters.evicted;
            lost += meters.lost;
        }
        System.out.println(SEEDS + " seeds from " + FIRST_SEED + ": " + counted + " reports counted, " + again
                + " sent again, " + evicted + " from forgotten sessions, " + lost + " lost with their process");
        assertThat(counted).isGreaterThan(10 * SEEDS);
        assertThat(again).as("reports of unknown outcome").isGreaterThanOrEqualTo(SEEDS / 2);
        assertThat(evicted).as("reports from sessions that were forgotten").isGreaterThanOrEqualTo(SEEDS / 4);
        assertThat(lost).as("reports whose process died over them").isGreaterThanOrEqualTo(SEEDS / 4);
    }

    /** A piece of use, that can be told from all others in a sum: one quarter of the next. Twice is as plain as once. */
    private static final class Piece {
        final Kind kind;
        final int place;
        Fate fate = Fate.MEASURED;

        Piece(Kind kind, int place) {
            this.kind = kind;
            this.place = place;
        }

        long amount() {
            return 1L << (2 * place);
        }

        int timesIn(Usage usage) {
            long all = switch (kind) {
                case STORAGE -> usage.storageKibSeconds();
                case COMPUTE -> usage.computeNs();
                case DATA_OUT -> usage.dataOutBytes();
            };
            return (int) (all >> (2 * place)) & 3;
        }
    }

    private enum Kind {
        /** A {@code double} on its way. */
        STORAGE(26),
        COMPUTE(31),
        DATA_OUT(31);

        final int pieces;

        Kind(int pieces) {
            this.pieces = pieces;
        }
    }

    private enum Fate {
        /** In no report that was sent, or in one that was not taken for sure. */
        MEASURED,
        /** In one that was sent. */
        SENT,
        /** In one that was answered. */
        COUNTED
    }

    /** A process' measurements of one tenant. */
    private static final class Meter {
        final UsageTally tally;
        final List<Piece> measured = new ArrayList<>();

        /** What the report says that is not settled. */
        final List<Piece> reported = new ArrayList<>();

        boolean inFlight;

        @Nullable
        Object place;

        Meter(UsageTally tally) {
            this.tally = tally;
        }

        boolean isEmpty() {
            return measured.isEmpty() && reported.isEmpty();
        }
    }

    private static final class Used {
        final TenantId id;
        final String name;
        final ReservedLogs reserved;
        final List<Piece> pieces = new ArrayList<>();

        /** Those of the processes that run. */
        final Map<Object, Meter> meters = new LinkedHashMap<>();

        boolean created;

        Used(int n) {
            id = DirectoryFixture.tenantId(n);
            name = "tenant-" + n;
            reserved = DirectoryFixture.reserved(n);
        }
    }

    private static final class Meters implements Tenancy {
        /** In which cycle all of it is. */
        private static final long TIME_NS = 1_700_000_000_000_000_000L;

        private final SplittableRandom random;
        private final List<Used> tenants = List.of(new Used(1), new Used(2), new Used(3));
        private @Nullable AssertionError broken;
        long counted;
        long again;
        long evicted;
        long lost;

        Meters(long seed) {
            random = new SplittableRandom(~seed);
        }

        @Override
        public ShardOptions options(ShardOptions options) {
            return options.withSessionsMax(3);
        }

        @Override
        public boolean forgets() {
            return true;
        }

        @Override
        public List<Machine> machines(SimulatedDisk disk) {
            return List.of(new DirectoryMachine(LedgerRegistry.NONE));
        }

        @Override
        public void opened(Object place, Shard shard, List<Machine> machines) {
            for (Used tenant : tenants) {
                tenant.meters.put(
                        place, new Meter(new UsageTally(() -> new UUID(random.nextLong(), random.nextLong()))));
            }
        }

        @Override
        public void act(Clients.Door door, boolean insist) {
            for (Used tenant : tenants) {
                if (!tenant.created) {
                    create(door, tenant);
                    return;
                }
            }
            for (Used tenant : tenants) {
                for (Meter meter : tenant.meters.values()) {
                    if (!insist && random.nextInt(12) == 0) {
                        measure(tenant, meter);
                    }
                    if (!meter.inFlight && (insist || random.nextInt(8) == 0)) {
                        report(door, tenant, meter);
                    }
                }
            }
        }

        private void create(Clients.Door door, Used tenant) {
            var command = new DirectoryCommand.CreateTenant(tenant.name, TenantLimits.UNLIMITED, tenant.reserved);
            Request request =
                    Request.of(tenant.id, Operation.DIRECTORY, DirectoryRequest.encode(Actor.operator(), command));
            var _ = door.submit().apply(request).whenComplete((reply, _) -> {
                boolean there = reply instanceof Reply.Refused refused && refused.code() == ErrorCode.ALREADY_EXISTS;
                tenant.created |= reply instanceof Reply.Done || there;
            });
        }

        private void measure(Used tenant, Meter meter) {
            int at = tenant.pieces.size();
            for (Kind kind : Kind.values()) {
                if (at < kind.pieces) {
                    Piece piece = new Piece(kind, at);
                    tenant.pieces.add(piece);
                    meter.measured.add(piece);
                    switch (kind) {
                        case STORAGE -> meter.tally.stored((double) piece.amount());
                        case COMPUTE -> meter.tally.computed(piece.amount());
                        case DATA_OUT -> meter.tally.dataOut(piece.amount());
                    }
                    return;
                }
                at -= kind.pieces;
            }
        }

        private void report(Clients.Door door, Used tenant, Meter meter) {
            UsageTally.Report report = meter.tally.next().orElse(null);
            if (report == null) {
                return;
            }
            if (meter.reported.isEmpty()) {
                meter.reported.addAll(meter.measured);
                meter.measured.clear();
            } else {
                again++;
            }
            meter.reported.forEach(piece -> piece.fate = Fate.SENT);
            meter.inFlight = true;
            meter.place = door.place();
            Request request = new Request(
                    tenant.id,
                    report.session(),
                    report.number(),
                    Operation.DIRECTORY,
                    DirectoryRequest.encode(Actor.operator(), report.usage()));
            var _ = door.submit().apply(request).whenComplete((reply, failure) -> {
                if (door.alive().getAsBoolean()) {
                    try {
                        hear(meter, reply, failure);
                    } catch (AssertionError e) {
                        broken = broken == null ? e : broken;
                    }
                }
            });
        }

        private void hear(Meter meter, @Nullable Reply reply, @Nullable Throwable failure) {
            meter.inFlight = false;
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
                if (!(cause instanceof ThalwegException unknown && unknown.code() == ErrorCode.UNAVAILABLE)) {
                    throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
                }
                failed(meter, unknown);
            } else if (reply instanceof Reply.Refused refused) {
                failed(meter, new ThalwegException(refused.code(), refused.message()));
            } else {
                meter.tally.taken();
                meter.reported.forEach(piece -> piece.fate = Fate.COUNTED);
                meter.reported.clear();
                counted++;
            }
        }

        private void failed(Meter meter, ThalwegException why) {
            switch (meter.tally.failed(why)) {
                case AGAIN -> {}
                case ANEW -> {
                    requireEvicted(why);
                    meter.reported.forEach(piece -> piece.fate = Fate.MEASURED);
                    meter.measured.addAll(meter.reported);
                    meter.reported.clear();
                }
                case GIVEN_UP -> {
                    requireEvicted(why);
                    meter.reported.clear();
                }
            }
        }

        private void requireEvicted(ThalwegException why) {
            if (why.code() != ErrorCode.SESSION_EVICTED) {
                throw new AssertionError("a report is refused", why);
            }
            evicted++;
        }

        /** What the process had measured is lost; whoever sent a report through it does not know. */
        @Override
        public void hearNothingMore(Object place) {
            for (Used tenant : tenants) {
                Meter ended = tenant.meters.remove(place);
                lost += ended == null || ended.reported.isEmpty() ? 0 : 1;
                for (Meter meter : tenant.meters.values()) {
                    if (meter.inFlight && place.equals(meter.place)) {
                        meter.inFlight = false;
                        failed(meter, new ThalwegException(ErrorCode.UNAVAILABLE, "its leader died"));
                    }
                }
            }
        }

        @Override
        public void complain() {
            if (broken != null) {
                throw broken;
            }
        }

        @Override
        public boolean isWaiting() {
            return tenants.stream()
                    .anyMatch(tenant ->
                            !tenant.created || tenant.meters.values().stream().anyMatch(meter -> !meter.isEmpty()));
        }

        @Override
        public void check(Shard shard, List<Machine> machines) {
            Directory directory = ((DirectoryMachine) machines.getFirst()).current();
            for (Used tenant : tenants) {
                Usage usage = directory.tenant(tenant.id).orElseThrow().usage(TIME_NS);
                for (Piece piece : tenant.pieces) {
                    int times = piece.timesIn(usage);
                    boolean right = switch (piece.fate) {
                        case MEASURED -> times == 0;
                        case SENT -> times <= 1;
                        case COUNTED -> times == 1;
                    };
                    assertThat(right)
                            .as("%s of %s, %s, is counted %d times", piece.amount(), piece.kind, piece.fate, times)
                            .isTrue();
                }
            }
        }
    }
}
