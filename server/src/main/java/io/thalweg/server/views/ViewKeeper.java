package io.thalweg.server.views;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.ViewVersion;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.EventId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.PoisonPolicy;
import io.thalweg.view.SnapshotPolicy;
import io.thalweg.view.Takeover;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewSpec;
import io.thalweg.view.host.ViewHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the view host run what the directory wants. A thread follows the directory's versions and hands every view that changed to
 * the host; a door that has just changed one calls {@link #follow} itself, so that the next query finds it. Versions that caught
 * up are made active by a command to the directory, tried again until it is answered. In a cluster a {@link ReplicaWatch} compares them with those
 * of other nodes.
 *
 * <p>The host runs a view's active version and its candidate. The previous version stands by, paused: a roll back starts from where
 * it was.
 */
public final class ViewKeeper implements Takeover, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ViewKeeper.class);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Administration administration;
    private final Components components;
    private final Function<byte[], ViewProgram> loader;
    private final Shards shards;
    private final ViewReplicas replicas;
    private final Map<ViewId, Integer> caughtUp = new ConcurrentHashMap<>();
    private final Thread follower = Thread.ofPlatform().name("view-keeper").unstarted(this::run);
    private ViewHost host;
    private Directory seen;
    private volatile @Nullable ReplicaWatch watch;
    private volatile boolean stopping;

    /**
     * @param loader checks and compiles a component
     * @param replicas how views are on other nodes
     */
    @SuppressWarnings("NullAway.Init") // host and seen are set by start, before anything reads them
    public ViewKeeper(
            Administration administration,
            Shards shards,
            Components components,
            Function<byte[], ViewProgram> loader,
            ViewReplicas replicas) {
        this.administration = administration;
        this.shards = shards;
        this.components = components;
        this.loader = loader;
        this.replicas = replicas;
    }

    /** Hands all views to the host and begins to follow the directory. */
    public void start(ViewHost newHost) {
        synchronized (this) {
            host = newHost;
            seen = administration.directory();
            List<ViewSpec> all = new ArrayList<>();
            for (Tenant tenant : seen.tenants()) {
                tenant.views().stream()
                        .filter(view -> runsHere(tenant, view))
                        .forEach(view -> all.add(spec(tenant, view)));
            }
            host.reconcile(all);
        }
        follower.start();
        watch = ReplicaWatch.start(new RunningViews.Hosted(newHost, administration, shards), replicas);
    }

    /**
     * Has views run that can now, and ends those that cannot any more: this node has other shards than before.
     *
     * @return completes when those that cannot have let their shards go
     */
    public synchronized CompletableFuture<Void> shardsChanged() {
        List<CompletableFuture<Void>> ended = new ArrayList<>();
        for (Tenant tenant : seen.tenants()) {
            for (View view : tenant.views()) {
                if (runsHere(tenant, view)) {
                    host.apply(spec(tenant, view));
                } else if (!view.isJava()) {
                    caughtUp.remove(view.id());
                    ended.add(host.remove(view.id()));
                }
            }
        }
        return CompletableFuture.allOf(ended.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public void caughtUp(ViewId view, int version) {
        caughtUp.merge(view, version, Math::max);
    }

    private void run() {
        try {
            while (!stopping) {
                try {
                    // Short, because versions that caught up are looked at between two waits.
                    follow(administration.await(seen.version() + 1, PAUSE));
                    activate();
                } catch (RuntimeException e) {
                    LOG.error("views could not follow the directory; trying again", e);
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hands what changed until this directory to the host, unless a newer one was followed already. */
    public synchronized void follow(Directory directory) {
        if (directory.version() <= seen.version()) {
            return;
        }
        Set<TenantId> gone = new HashSet<>();
        seen.tenants().forEach(tenant -> gone.add(tenant.id()));
        for (Tenant tenant : directory.tenants()) {
            gone.remove(tenant.id());
            Optional<Tenant> before = seen.tenant(tenant.id());
            if (before.isEmpty() || before.get() != tenant) {
                follow(before.map(ViewKeeper::byId).orElse(Map.of()), tenant);
            }
        }
        for (TenantId id : gone) {
            seen.tenant(id).ifPresent(tenant -> tenant.views().forEach(view -> remove(view.id())));
        }
        seen = directory;
    }

    /** A view of components runs on every node that has what it follows. */
    private boolean runsHere(Tenant tenant, View view) {
        return !view.isJava()
                && tenant.source(view.log())
                        .filter(source -> source.shards().stream().allMatch(shards::isHere))
                        .isPresent();
    }

    /** Of the nodes on which a view runs one says when a version takes over: the one that leads what it follows. */
    private boolean decides(Tenant tenant, View view) {
        return tenant.source(view.log())
                .filter(source -> shards.leads(source.shard(0)))
                .isPresent();
    }

    private void follow(Map<ViewId, View> before, Tenant tenant) {
        Map<ViewId, View> gone = new HashMap<>(before);
        for (View view : tenant.views()) {
            gone.remove(view.id());
            if (runsHere(tenant, view) && !view.equals(before.get(view.id()))) {
                host.apply(spec(tenant, view));
            }
        }
        gone.values().stream().filter(view -> !view.isJava()).forEach(view -> remove(view.id()));
    }

    private void remove(ViewId view) {
        caughtUp.remove(view);
        var _ = host.remove(view).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.warn("The state of view {} could not be deleted; a restart will", view, failure);
            }
        });
    }

    private static Map<ViewId, View> byId(Tenant tenant) {
        Map<ViewId, View> views = new HashMap<>();
        tenant.views().forEach(view -> views.put(view.id(), view));
        return views;
    }

    private void activate() throws InterruptedException {
        for (Map.Entry<ViewId, Integer> entry : List.copyOf(caughtUp.entrySet())) {
            ViewId id = entry.getKey();
            int version = entry.getValue();
            Optional<Tenant> owner = administration.directory().tenants().stream()
                    .filter(tenant -> tenant.view(id).isPresent())
                    .findFirst();
            Optional<View> view = owner.flatMap(tenant -> tenant.view(id));
            if (owner.isEmpty() || view.isEmpty() || view.get().candidate() != version) {
                caughtUp.remove(id, version);
                continue;
            }
            if (!decides(owner.get(), view.get())) {
                continue;
            }
            try {
                follow(administration
                        .run(owner.get().id(), Actor.operator(), new DirectoryCommand.ActivateVersion(id, version))
                        .directory());
                caughtUp.remove(id, version);
            } catch (RuntimeException e) {
                LOG.warn("Version {} of view {} has caught up, but could not take over yet", version, id, e);
            }
        }
    }

    private ViewSpec spec(Tenant tenant, View view) {
        List<VersionSpec> versions = new ArrayList<>();
        for (ViewVersion version : view.versions()) {
            int number = version.number();
            boolean standsBy = number == view.previous();
            if (number == view.active() || number == view.candidate() || standsBy) {
                boolean paused = view.wanted() == View.Wanted.PAUSED || (standsBy && number != view.active());
                boolean takesOver = number == view.candidate();
                versions.add(spec(tenant.id(), view, version, paused, takesOver));
            }
        }
        return new ViewSpec(tenant.id(), view.id(), StreamId.of(view.log()), view.active(), versions);
    }

    private VersionSpec spec(TenantId tenant, View view, ViewVersion version, boolean paused, boolean takesOver) {
        Set<EventId> skipped = new HashSet<>();
        version.skipped()
                .forEach(skip -> skipped.add(new EventId(new StreamId(view.log(), skip.partition()), skip.sequence())));
        ViewSettings settings = version.code().settings();
        return new VersionSpec(
                version.number(),
                version.code().digest().toBytes(),
                version.code().startSequence(),
                new ViewLimits(
                        settings.maxMemoryBytes(), Duration.ofMillis(settings.maxEventMs()), settings.maxResultBytes()),
                new SnapshotPolicy(
                        orNever(settings.snapshotEvents()),
                        Duration.ofSeconds(Math.min(
                                orNever(settings.snapshotSeconds()),
                                Duration.ofDays(3650).toSeconds())),
                        orNever(settings.snapshotBytes())),
                switch (settings.onError()) {
                    case PARK -> PoisonPolicy.PARK;
                    case SKIP -> PoisonPolicy.DEAD_LETTER;
                },
                paused,
                takesOver,
                skipped,
                () -> program(tenant, view.id(), version));
    }

    private static long orNever(long bound) {
        return bound == 0 ? Long.MAX_VALUE : bound;
    }

    private ViewProgram program(TenantId tenant, ViewId view, ViewVersion version) {
        Tenant owner = administration
                .directory()
                .tenant(tenant)
                .orElseThrow(() -> new IllegalStateException("tenant " + tenant + " of view " + view + " is gone"));
        return loader.apply(components.load(owner, version.code()));
    }

    @Override
    public void close() {
        stopping = true;
        follower.interrupt();
        try {
            follower.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ReplicaWatch started = watch;
        if (started != null) {
            started.close();
        }
    }
}
