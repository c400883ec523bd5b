package io.thalweg.server.agent;

import io.thalweg.cluster.action.Arguments;
import io.thalweg.cluster.action.Handler;
import io.thalweg.cluster.datastore.Datastore;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Pending;
import io.thalweg.directory.Want;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.server.routing.Await;
import io.thalweg.server.routing.HostedShard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has what was deleted by now go from this node's disk, and waits until it has: each shard's replica writes its segments again without it, however little of them that
 * is, once it has applied what the directory has deleted; its group's own log goes ({@link ShardErasure}); and of the tenant that is named, which has to be deleted, the memos of the slab. In
 * the end the node looks for what is left of that tenant, and the payload is the report ({@code tenant.remains}).
 *
 * <p>It goes on over restarts of the process: what shards were asked for is forgotten then, and asked for again. One thread.
 */
final class Erase implements Handler {
    static final String KIND = Datastore.SCOPE + "node.erase";

    /** Whose memos go, and of whom is reported. */
    static final String TENANT = "tenant";

    /** What the directory has deleted in this version is to be erased; without it, what it has deleted as far as this node's replica of it says. */
    static final String VERSION = "version";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** For how long a report is made anew that finds something which should go: files go a moment later than all that is said about them. */
    private static final Duration LOOKS = Duration.ofMinutes(1);

    private final List<HostedShard> shards;
    private final Supplier<Directory> directory;
    private final Slab slab;
    private final Handler remains;
    private final Clock clock;

    /** What shards were asked for and have not done; null as long as they were not asked in this life of the process. */
    private @Nullable List<ShardErasure> asked;

    /** When the first report was whole; 0 before. */
    private long lookedNs;

    /** The memos of this node. */
    @FunctionalInterface
    interface Slab {
        /** Has all go that is of a tenant, durably and for good. */
        void forget(TenantId tenant) throws InterruptedException;
    }

    Erase(List<HostedShard> shards, Supplier<Directory> directory, Slab slab, Handler remains, Clock clock) {
        this.shards = shards;
        this.directory = directory;
        this.slab = slab;
        this.remains = remains;
        this.clock = clock;
    }

    @Override
    public void check(Arguments args) {
        args.requireOnly(TENANT, VERSION);
        var _ = tenant(args);
        var _ = version(args);
    }

    private static Optional<TenantId> tenant(Arguments args) {
        return args.text(TENANT).map(TenantId::parse);
    }

    private static long version(Arguments args) {
        return args.number(VERSION, 0, 0, Long.MAX_VALUE);
    }

    @Override
    public Outcome step(Arguments args, String payload) throws InterruptedException {
        if (payload.isEmpty()) {
            asked = null;
            lookedNs = 0;
        }
        List<ShardErasure> left = asked;
        if (left == null) {
            return begin(args);
        }
        // A replica that has gone meanwhile has nothing to erase.
        left.removeIf(each -> !shards.contains(each.home()) || each.isOver());
        if (!left.isEmpty()) {
            return new Outcome.Again(erasing(left));
        }
        return tenant(args).isEmpty() ? new Outcome.Done("") : look(args, payload);
    }

    /** The directory first: what it has deleted by now is deleted in the shards before they are asked. */
    private Outcome begin(Arguments args) throws InterruptedException {
        Optional<HostedShard> decides = shards.stream()
                .filter(home -> home.number() == Bounds.DIRECTORY_SHARD)
                .findFirst();
        if (decides.isEmpty() && version(args) == 0) {
            return new Outcome.Failed(
                    "this node has no replica of the directory: name the version of it up to which is to be erased");
        }
        if ((decides.isPresent() && !isCurrent(decides.get()))
                || directory.get().version() < version(args)) {
            return waits("for what the directory has deleted");
        }
        Optional<TenantId> tenant = tenant(args);
        if (tenant.flatMap(directory.get()::tenant).isPresent()) {
            return new Outcome.Failed("tenant " + tenant.get() + " is there; delete it before its bytes are erased");
        }
        if (isDeleting()) {
            return waits("for shards to delete what the directory has deleted");
        }
        for (HostedShard home : shards) {
            if (!isCurrent(home)) {
                return waits("for shard " + home.number() + ", which has no leader, or is not open");
            }
        }
        if (tenant.isPresent()) {
            slab.forget(tenant.get());
        }
        List<ShardErasure> all = new ArrayList<>();
        for (HostedShard home : shards) {
            all.add(new ShardErasure(home, clock));
        }
        asked = all;
        return new Outcome.Again(erasing(all));
    }

    private static Outcome waits(String what) {
        return new Outcome.Again(MAPPER.writeValueAsString(Map.of("waits", what)));
    }

    private static String erasing(List<ShardErasure> left) {
        return MAPPER.writeValueAsString(Map.of(
                "erases",
                new TreeSet<>(left.stream().map(each -> each.home().number()).toList())));
    }

    /** Whether a replica has everything that was ordered before this call. */
    private static boolean isCurrent(HostedShard home) throws InterruptedException {
        try {
            Await.reply(home.shard().barrier());
            return true;
        } catch (ThalwegException e) {
            return false;
        }
    }

    private boolean isDeleting() {
        List<Pending> pending = directory.get().pending();
        return shards.stream()
                .flatMap(home -> pending.stream().flatMap(decision -> decision.wants(home.number()).stream()))
                .anyMatch(want -> want instanceof Want.DropStream || want instanceof Want.DropLedger);
    }

    private Outcome look(Arguments args, String payload) throws InterruptedException {
        Arguments whose = new Arguments(Map.of(TENANT, args.required(TENANT)));
        boolean begun = payload.contains(ErasureActions.LOOKED_AT);
        Outcome outcome = remains.step(whose, begun ? payload : "");
        if (!(outcome instanceof Outcome.Done(String report)) || !hasMore(report)) {
            return outcome;
        }
        long now = clock.monotonicNs();
        lookedNs = lookedNs == 0 ? now : lookedNs;
        return now - lookedNs < LOOKS.toNanos() ? new Outcome.Again(erasing(List.of())) : outcome;
    }

    /** Whether something is left in places from which it goes by itself; of {@code left/} and {@code aside/} an operator disposes. */
    private static boolean hasMore(String report) {
        ObjectNode places = (ObjectNode) MAPPER.readTree(report).path("places");
        return places.propertyNames().stream()
                .anyMatch(place -> place.startsWith("shards") || place.startsWith("slab"));
    }
}
