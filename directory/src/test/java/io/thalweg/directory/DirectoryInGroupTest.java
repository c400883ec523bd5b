package io.thalweg.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryRequest;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.shard.machine.LedgerRegistry;
import io.thalweg.shard.machine.Machine;
import io.thalweg.testkit.Clients;
import io.thalweg.testkit.GroupSimulation;
import io.thalweg.testkit.SimulatedDisk;
import io.thalweg.testkit.Tenancy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The directory on three replicas that crash, are cut off from each other, and take copies of each other: digests at equal positions have it in them, and so has the state
 * that the committed entries alone give; and a command that is said again in its session gets the reply that it had.
 */
final class DirectoryInGroupTest {
    private static final long FIRST_SEED = Long.getLong("thalweg.seed", 1);
    private static final long SEEDS = Long.getLong("thalweg.seeds", 60);

    @Test
    void theDirectoryIsTheSameOnAllReplicasAndAnswersRetriesAlikeWhoeverLeads() {
        long done = 0;
        long answered = 0;
        long repeated = 0;
        long installs = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            Commands commands = new Commands(seed);
            GroupSimulation simulation = new GroupSimulation(seed, commands);
            try {
                simulation.run();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + " fails (-Dthalweg.seed=" + seed + " -Dthalweg.seeds=1)", e);
            }
            done += commands.done;
            answered += commands.answered;
            repeated += commands.repeated;
            installs += simulation.installs();
        }
        System.out.println(SEEDS + " seeds from " + FIRST_SEED + ": " + answered + " commands answered, " + done
                + " of them done, " + repeated + " said again, " + installs + " installs");
        assertThat(answered).isGreaterThan(20 * SEEDS);
        assertThat(done).isGreaterThan(SEEDS);
        assertThat(repeated).isGreaterThan(SEEDS);
        assertThat(installs).isGreaterThan(SEEDS / 4);
    }

    /** Somebody who says one command after the other, each until it is answered. */
    private static final class Commands implements Tenancy {
        private final SplittableRandom random;
        private final RandomCommands commands;
        private final UUID session;
        private final List<DirectoryMachine> machines = new ArrayList<>();
        private long number;
        private @Nullable Asking current;
        private @Nullable AssertionError broken;
        long done;
        long answered;
        long repeated;

        private static final class Asking {
            final TenantId tenant;
            final long number;
            final byte[] body;
            boolean inFlight;

            @Nullable
            Object place;

            @Nullable
            Reply told;

            Asking(TenantId tenant, long number, byte[] body) {
                this.tenant = tenant;
                this.number = number;
                this.body = body;
            }
        }

        Commands(long seed) {
            random = new SplittableRandom(seed);
            commands = new RandomCommands(seed);
            session = new UUID(seed, ~seed);
        }

        @Override
        public List<Machine> machines(SimulatedDisk disk) {
            DirectoryMachine machine = new DirectoryMachine(LedgerRegistry.NONE);
            machines.add(machine);
            return List.of(machine);
        }

        /** As far as any replica has come. */
        private Directory newest() {
            Directory newest = machines.getFirst().current();
            for (DirectoryMachine machine : machines) {
                newest = machine.current().version() > newest.version() ? machine.current() : newest;
            }
            return newest;
        }

        @Override
        public void act(Clients.Door door, boolean insist) {
            if (current == null) {
                if (insist) {
                    return;
                }
                TenantId tenant = commands.tenant();
                Directory known = newest();
                Actor actor = commands.actor(known, tenant);
                DirectoryCommand command = commands.next(known, tenant, 1_700_000_000_000_000_000L, 5);
                var body = DirectoryRequest.encode(actor, command);
                byte[] bytes = new byte[body.remaining()];
                body.get(bytes);
                current = new Asking(tenant, ++number, bytes);
            }
            Asking asked = current;
            if (!asked.inFlight) {
                send(door, asked);
            }
        }

        private void send(Clients.Door door, Asking asked) {
            asked.inFlight = true;
            asked.place = door.place();
            Request request = new Request(
                    asked.tenant,
                    session,
                    asked.number,
                    Operation.DIRECTORY,
                    java.nio.ByteBuffer.wrap(asked.body).order(java.nio.ByteOrder.LITTLE_ENDIAN));
            var _ = door.submit().apply(request).whenComplete((reply, failure) -> {
                if (door.alive().getAsBoolean()) {
                    try {
                        hear(asked, reply, failure);
                    } catch (AssertionError e) {
                        broken = broken == null ? e : broken;
                    }
                }
            });
        }

        private void hear(Asking asked, @Nullable Reply reply, @Nullable Throwable failure) {
            asked.inFlight = false;
            if (failure != null) {
                Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
                if (!(cause instanceof ThalwegException known && known.code() == ErrorCode.UNAVAILABLE)) {
                    throw new AssertionError("an unknown outcome is UNAVAILABLE and nothing else", failure);
                }
            } else if (reply != null && !isForNow(reply)) {
                settled(asked, reply);
            }
        }

        private static boolean isForNow(Reply reply) {
            return reply instanceof Reply.Refused refused
                    && (refused.code() == ErrorCode.NOT_LEADER
                            || refused.code() == ErrorCode.OVERLOADED
                            || refused.code() == ErrorCode.UNAVAILABLE);
        }

        private void settled(Asking asked, Reply reply) {
            Reply before = asked.told;
            if (before != null && !before.equals(reply)) {
                throw new AssertionError("told " + before + " first, " + reply + " later");
            }
            if (before == null) {
                asked.told = reply;
                answered++;
                done += reply instanceof Reply.Done ? 1 : 0;
            } else {
                repeated++;
            }
            // Now and then as if the reply had been lost on its way.
            if (before != null || random.nextInt(4) > 0) {
                current = null;
            }
        }

        @Override
        public void hearNothingMore(Object place) {
            Asking asked = current;
            if (asked != null && place.equals(asked.place)) {
                asked.inFlight = false;
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
            return current != null;
        }
    }
}
