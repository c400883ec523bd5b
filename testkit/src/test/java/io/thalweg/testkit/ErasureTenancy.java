package io.thalweg.testkit;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import io.thalweg.ports.disk.Disk.DiskFile;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import io.thalweg.shard.machine.Machine;
import io.thalweg.shard.stream.StreamCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A tenant in a simulated group that says a secret again and again among all that others append, and is deleted. Then each process has its
 * replica erase what was deleted, as a node's action does: it asks, whoever leads orders something, snapshots are taken; a process that
 * comes after a crash asks anew, and so does one whose replica has it again from another that had not erased it. In the end no byte of the
 * secret is on any disk, and all that others have is there.
 *
 * <p>One thread, and a random stream of its own.
 */
final class ErasureTenancy implements Tenancy {
    private static final TenantId TENANT = new TenantId(new UUID(5, 5));
    private static final byte[] SECRET = "the secret of who was deleted".getBytes(StandardCharsets.US_ASCII);
    private static final long MS = 1_000_000;

    private enum Stage {
        /** The deletion is not applied here. */
        WAITS,
        /** The replica was asked. */
        ERASES,
        /** It has said that it is done. */
        DONE
    }

    private static final class Life {
        final Shard shard;
        final SimulatedDisk disk;
        Stage stage = Stage.WAITS;

        /** Copies that its machine had taken when it was asked. */
        int copies;

        CompletableFuture<Long> snapshot = CompletableFuture.completedFuture(0L);
        long nextNs;

        Life(Shard shard, SimulatedDisk disk) {
            this.shard = shard;
            this.disk = disk;
        }
    }

    private final SplittableRandom random;
    private final StreamId stream;
    private final Map<Object, Life> lives = new LinkedHashMap<>();

    /** Of the process that opens its replica. */
    private SimulatedDisk opening = new SimulatedDisk();

    /** When it is time to be deleted. */
    private int saysLeft;

    private boolean created;
    private boolean inFlight;
    private @Nullable Object place;

    /** Where the deletion is applied; -1 before it was confirmed. */
    private long deletedAt = -1;

    private boolean ending;
    private long said;
    private long erased;
    private long again;

    ErasureTenancy(long seed) {
        random = new SplittableRandom(~seed);
        stream = StreamId.of(new LogId(new UUID(6, seed)));
        saysLeft = 5 + random.nextInt(60);
    }

    /** How often the secret was confirmed to be stored. */
    long said() {
        return said;
    }

    /** Replicas that have erased it. */
    long erased() {
        return erased;
    }

    /** Replicas that had it again, as a copy of others. */
    long again() {
        return again;
    }

    @Override
    public List<Machine> machines(SimulatedDisk disk) {
        opening = disk;
        return List.of();
    }

    @Override
    public void opened(Object at, Shard shard, List<Machine> machines) {
        lives.put(at, new Life(shard, opening));
    }

    @Override
    public void act(Clients.Door door, boolean insist) {
        ending = insist;
        if (inFlight || deletedAt >= 0) {
            return;
        }
        inFlight = true;
        place = door.place();
        boolean deletes = created && (saysLeft <= 0 || insist);
        Request request = !created
                ? new StreamCommand.Create(stream).toRequest(TENANT)
                : deletes ? new StreamCommand.Delete(stream).toRequest(TENANT) : say();
        var _ = door.submit().apply(request).whenComplete((reply, _) -> {
            if (door.alive().getAsBoolean()) {
                inFlight = false;
                hear(door.place(), deletes, reply);
            }
        });
    }

    private Request say() {
        saysLeft--;
        AppendBody.Builder body = AppendBody.builder(stream);
        for (int i = random.nextInt(4); i >= 0; i--) {
            body.add(SECRET);
        }
        return body.request(TENANT);
    }

    private void hear(Object at, boolean deletes, @Nullable Reply reply) {
        ErrorCode refused = reply instanceof Reply.Refused why ? why.code() : null;
        if (!created) {
            created = reply instanceof Reply.Done || refused == ErrorCode.ALREADY_EXISTS;
        } else if (!deletes) {
            said += reply instanceof Reply.Done ? 1 : 0;
        } else if (reply instanceof Reply.Done || refused == ErrorCode.NOT_FOUND) {
            Life here = lives.get(at);
            deletedAt = here == null ? 0 : here.shard.appliedIndex();
        }
    }

    // ---- what each node does

    @Override
    public void step(Object at, long nowNs) {
        Life here = lives.get(at);
        if (here == null || nowNs < here.nextNs) {
            return;
        }
        here.nextNs = nowNs + (20 + random.nextInt(ending ? 50 : 500)) * MS;
        for (int i = random.nextInt(4); i >= 0 && here.shard.housekeep(); i--) {
            // In several pieces, so that the power may go between them.
        }
        if (deletedAt < 0) {
            return;
        }
        switch (here.stage) {
            case WAITS -> {
                if (hasDeleted(here)) {
                    ask(here, at);
                }
            }
            case ERASES -> {
                if (here.shard.isErasing()) {
                    press(here);
                } else {
                    here.stage = Stage.DONE;
                    erased++;
                    requireErased(here, at);
                }
            }
            case DONE -> {
                if (ending && has(here.disk)) {
                    requireErased(here, at);
                    again++;
                    ask(here, at);
                }
            }
        }
        if (here.shard.role() == Consensus.Role.LEADER
                && lives.values().stream().anyMatch(each -> hasToErase(each, deletedAt))) {
            var _ = here.shard.barrier(); // an entry behind what was asked for
        }
    }

    private boolean hasToErase(Life here, long from) {
        return here.shard.appliedIndex() >= from && (here.stage != Stage.DONE || (ending && has(here.disk)));
    }

    private boolean hasDeleted(Life here) {
        return here.shard.appliedIndex() >= deletedAt
                && here.shard.stats(stream).isEmpty();
    }

    private static void ask(Life here, Object at) {
        here.copies = ((SimulatedNode) at).installs();
        here.shard.erase();
        here.stage = Stage.ERASES;
    }

    /** Unless another has copied to it since what that had not erased. */
    private static void requireErased(Life here, Object at) {
        if (((SimulatedNode) at).installs() == here.copies && has(here.disk)) {
            throw new AssertionError(at + " says that it has erased what was deleted, and has it still");
        }
    }

    /** Snapshots behind what was asked for. */
    private static void press(Life here) {
        if (here.snapshot.isDone()) {
            here.snapshot = here.shard.snapshot();
        }
    }

    private static boolean has(SimulatedDisk disk) {
        for (Map.Entry<Path, Integer> each : disk.files().entrySet()) {
            if (each.getKey().startsWith(SimulatedNode.DIRECTORY)) {
                ByteBuffer all = ByteBuffer.allocate(each.getValue());
                try (DiskFile file = disk.open(each.getKey())) {
                    file.read(0, all);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                if (new String(all.array(), StandardCharsets.ISO_8859_1)
                        .contains(new String(SECRET, StandardCharsets.ISO_8859_1))) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---- the end

    @Override
    public void hearNothingMore(Object at) {
        lives.remove(at);
        if (at.equals(place)) {
            inFlight = false;
        }
    }

    @Override
    public void complain() {}

    /** Members have all come as far as each other in the end, and whoever is none any more has not. */
    @Override
    public boolean isWaiting() {
        long newest = lives.values().stream()
                .mapToLong(each -> each.shard.appliedIndex())
                .max()
                .orElse(0);
        return inFlight
                || deletedAt < 0
                || newest < deletedAt
                || lives.values().stream().anyMatch(each -> hasToErase(each, newest));
    }
}
