package io.thalweg.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.cluster.ClusterNode;
import io.thalweg.log.journal.JournalEntry;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.raft.RatisConsensus;
import io.thalweg.raft.peer.Member;
import io.thalweg.server.peer.PeerRoad;
import io.thalweg.server.routing.HostedShard;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of wrong bytes in the replicas of groups, whoever met them. Entries of complete segments of a journal are put right with what another
 * replica has, and all goes on. For everything else, and where that does not help, the replica leaves its group, and comes back as a copy of
 * another ({@link Replicas}): but only while all the others are there, since they have to do without it until then. A lone shard has nobody to ask.
 *
 * <p>{@link #accept} from any thread; {@link #step} from one.
 */
final class Mending implements Consumer<CorruptionException> {
    /** How often {@link #step} is called. */
    static final Duration EVERY = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(Mending.class);
    private static final long SECONDS_MAX = 20;
    private static final int FILES_MAX = 1_000;
    private static final long FIRST_PAUSE_MS = 1_000;
    private static final long PAUSE_MS_MAX = 60_000;

    /** With pauses that are twice as long each time, four tries. */
    private static final long PATIENT_MS = 8_000;

    private final Path shards;
    private final List<HostedShard> open;
    private final Peers peers;
    private final String self;
    private final LongSupplier clockNs;
    private final Map<Path, CorruptionException> found = new ConcurrentHashMap<>();
    private final Map<Path, Pause> pauses = new HashMap<>();
    private final Counter mended;
    private final Counter givenUp;

    private record Pause(long ms, long nextNs) {}

    /**
     * @param data the data directory
     * @param open the shards whose files are open here, as of each look
     * @param clockNs a clock that only goes forwards
     */
    Mending(Path data, List<HostedShard> open, Peers peers, String self, LongSupplier clockNs, MeterRegistry registry) {
        shards = data.resolve("shards").toAbsolutePath();
        this.open = open;
        this.peers = peers;
        this.self = self;
        this.clockNs = clockNs;
        mended = Counter.builder("thalweg.damage.mended")
                .description(
                        "Stored entries that were not what was written, and were put right with what another replica"
                                + " has")
                .register(registry);
        givenUp = Counter.builder("thalweg.damage.given.up")
                .description("Replicas that left their group for wrong bytes, to come back as copies of others")
                .register(registry);
        Gauge.builder("thalweg.damage.waiting", found, Map::size)
                .description("Files with wrong bytes that wait to be put right")
                .register(registry);
    }

    /** Wrong bytes were met. */
    @Override
    public void accept(CorruptionException damage) {
        Path file = damage.file().toAbsolutePath();
        if (file.startsWith(shards) && found.size() < FILES_MAX) {
            found.putIfAbsent(file, damage);
        }
    }

    /** Tries to put right what is known to be wrong. */
    void step() throws InterruptedException {
        for (Map.Entry<Path, CorruptionException> each : Map.copyOf(found).entrySet()) {
            Path file = each.getKey();
            Pause pause = pauses.get(file);
            if (pause != null && clockNs.getAsLong() - pause.nextNs < 0) {
                continue;
            }
            Optional<HostedShard> home = home(file);
            boolean isPatient = pause == null || pause.ms < PATIENT_MS;
            if (home.isEmpty() || isOver(home.get(), each.getValue(), isPatient)) {
                found.remove(file);
                pauses.remove(file);
            } else {
                long ms = pause == null ? FIRST_PAUSE_MS : Math.min(2 * pause.ms, PAUSE_MS_MAX);
                pauses.put(file, new Pause(ms, clockNs.getAsLong() + ms * 1_000_000));
            }
        }
    }

    private Optional<HostedShard> home(Path file) {
        String number = shards.relativize(file).getName(0).toString();
        return open.stream()
                .filter(home -> Integer.toString(home.number()).equals(number))
                .findFirst();
    }

    /**
     * Whether there is nothing more to do about it here.
     *
     * @param isPatient whether what may help in a moment is waited for, before the replica is given up
     */
    private boolean isOver(HostedShard home, CorruptionException damage, boolean isPatient)
            throws InterruptedException {
        if (home.shard().failure().isPresent()) {
            return true;
        }
        boolean mayHelp = false;
        try {
            if (home.shard().doWithout(damage.file())) {
                mended.increment();
                LOG.warn(
                        "{}, which was damaged, is not needed any more: a snapshot covers all that was in it: {}",
                        damage.file(),
                        damage.getMessage());
                return true;
            }
        } catch (IOException e) {
            mayHelp = true;
            LOG.warn("{} cannot be done without yet: {}", damage.file(), e.getMessage());
        }
        List<ClusterNode> others = new ArrayList<>();
        List<Member> members =
                peers.ratis().group(home.number()).map(RatisConsensus::members).orElse(List.of());
        for (Member member : members) {
            if (!member.id().equals(self)) {
                peers.nodes().get().node(member.id()).ifPresent(others::add);
            }
        }
        if (others.isEmpty()) {
            LOG.error(
                    "stored bytes of shard {} are damaged, and it has no other replica: {}",
                    home.number(),
                    damage.getMessage());
            return true;
        }
        for (ClusterNode other : others) {
            try {
                OptionalInt entries = home.shard().mend(damage.file(), index -> entry(other, home.number(), index));
                if (entries.isPresent()) {
                    mended.increment(entries.getAsInt());
                    LOG.warn(
                            "{}: {} damaged entries are right again, with what node {} has",
                            damage.file(),
                            entries.getAsInt(),
                            other.id());
                    return true;
                }
                break; // Not to be mended so, whomever one asks.
            } catch (CorruptionException e) {
                LOG.warn("node {} is of no help: {}", other.id(), e.getMessage());
            } catch (IOException | ThalwegException e) {
                mayHelp = true;
                LOG.warn("{} is not mended yet: node {}: {}", damage.file(), other.id(), e.getMessage());
            }
        }
        return !(mayHelp && isPatient) && giveUp(home, members, damage);
    }

    private static ThalwegException silent(String node, Exception e) {
        return new ThalwegException(
                io.thalweg.model.ErrorCode.UNAVAILABLE, "node " + node + " does not say which entry stood there", e);
    }

    private @Nullable JournalEntry entry(ClusterNode other, int shard, long index) {
        PeerRoad road = peers.road();
        try {
            return road.entry(other, shard, index)
                    .get(SECONDS_MAX, TimeUnit.SECONDS)
                    .orElse(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw silent(other.id(), e);
        } catch (ExecutionException | TimeoutException e) {
            throw silent(other.id(), e);
        }
    }

    private boolean giveUp(HostedShard home, List<Member> members, CorruptionException damage) {
        if (!peers.canSpare(home.number(), members.stream().map(Member::id).toList(), self)) {
            LOG.warn(
                    "shard {} has wrong bytes in {}; its replica stays in the group until the others are all there",
                    home.number(),
                    damage.file());
            return false;
        }
        givenUp.increment();
        home.shard().giveUp(damage);
        return true;
    }
}
