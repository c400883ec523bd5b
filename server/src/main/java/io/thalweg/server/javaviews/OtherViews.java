package io.thalweg.server.javaviews;

import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.index.IndexSpace;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Position;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.javaviews.reading.BorrowedMoment;
import io.thalweg.server.javaviews.store.IndexStores;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.Components;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.query.Dependencies;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.query.OtherView;
import io.thalweg.view.java.query.Others;
import io.thalweg.view.java.run.Settled;
import io.thalweg.view.java.run.StepStore;
import io.thalweg.view.java.run.Surroundings;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.ViewJar;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What views of a tenant read of each other. The one that runs here is read as its own queries read it; one that another node leads from the
 * replica of its index that lies here; one of which no replica lies here from a moment that a node lends which has one. Of those that do not run here the
 * code is loaded when a query is asked. Thread-safe.
 */
final class OtherViews {
    private static final Logger LOG = LoggerFactory.getLogger(OtherViews.class);

    /** How often a replica is looked at that is not as far as it should be: less and less often. */
    private static final long LOOK_MS = 5;

    private static final long LOOK_MS_MAX = 200;

    private static final Duration UNLOADED = Duration.ofSeconds(10);

    private final Administration administration;
    private final Shards shards;
    private final Components components;
    private final IndexStores stores;
    private final UserCode code;
    private final Function<ViewId, @Nullable RunningView> running;
    private final ReplicaWire replicas;

    /** What versions declare that do not run here. */
    private final Map<ViewId, Declared> known = new ConcurrentHashMap<>();

    private record Declared(ViewCode code, Wiring wiring) {}

    /** Versions whose code did not load a moment ago. */
    private final Map<ViewId, Unloaded> unloaded = new ConcurrentHashMap<>();

    private record Unloaded(ViewCode code, long untilNs) {}

    /**
     * @param running the view if it runs here
     * @param replicas the way to those of which there is no replica here
     */
    OtherViews(
            Administration administration,
            Shards shards,
            Components components,
            IndexStores stores,
            UserCode code,
            Function<ViewId, @Nullable RunningView> running,
            ReplicaWire replicas) {
        this.administration = administration;
        this.shards = shards;
        this.components = components;
        this.stores = stores;
        this.code = code;
        this.running = running;
        this.replicas = replicas;
    }

    /** Keeps what is known of these views only. */
    void retain(Set<ViewId> wanted) {
        known.keySet().retainAll(wanted);
        unloaded.keySet().retainAll(wanted);
    }

    /** The views of a tenant, as another of them sees them. */
    Others of(TenantId tenant) {
        return name -> open(tenant, name);
    }

    private OtherView open(TenantId id, String name) {
        Tenant tenant = tenant(id);
        View view = tenant.javaView(name)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no view " + name + " any more"));
        RunningView its = running.apply(view.id());
        Log steps = its != null ? its.steps() : answering(tenant, view);
        if (its == null && !shards.isHere(steps.shard(0))) {
            return borrowed(tenant, view, steps.shard(0));
        }
        return new OtherView(
                States.partitions(steps),
                Surroundings.space(steps.id().value()),
                moment(view, its, steps),
                () -> code(tenant, view));
    }

    private Tenant tenant(TenantId id) {
        return administration
                .directory()
                .tenant(id)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant is gone"));
    }

    private Moment moment(View view, @Nullable RunningView its, Log steps) {
        return its == null
                ? moment(view.name(), steps, Surroundings.space(steps.id().value()), States.partitions(steps))
                : its.moment();
    }

    /** A view of which there is no replica here, over the road between nodes: its code runs here all the same. */
    private OtherView borrowed(Tenant tenant, View view, int shard) {
        ReplicaWire.Loan loan = interruptibly(() -> replicas.borrow(shard, tenant.id(), view.id()));
        return new OtherView(
                loan.partitions(),
                Surroundings.space(loan.steps()),
                new BorrowedMoment(new BorrowedMoment.Lender() {
                    @Override
                    public byte[] page(byte[] from, byte[] to, boolean reverse, int bytesMax) {
                        return interruptibly(() -> replicas.lent(loan, from, to, reverse, bytesMax));
                    }

                    @Override
                    public void back() {
                        replicas.back(loan);
                    }
                }),
                () -> code(tenant, view));
    }

    /** What may be interrupted. */
    private interface Asking<T> {
        T ask() throws InterruptedException;
    }

    private static <T> T interruptibly(Asking<T> asking) {
        try {
            return asking.ask();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted while another node was asked", e);
        }
    }

    /** Lends the newest moment of a view of which there is a replica here. */
    JavaViews.Lent lend(TenantId id, ViewId view, LentMoments lent) {
        Tenant tenant = tenant(id);
        View its = tenant.views().stream()
                .filter(each -> each.isJava() && each.id().equals(view))
                .findFirst()
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "there is no such view"));
        RunningView runs = running.apply(view);
        Log steps = runs != null ? runs.steps() : answering(tenant, its);
        long loan = lent.lend(id, moment(its, runs, steps));
        return new JavaViews.Lent(loan, steps.id().value(), States.partitions(steps));
    }

    /** The steps of the state that answers, as far as this node knows. */
    private Log answering(Tenant tenant, View view) {
        Log active = tenant.log(view.log()).orElseThrow(() -> unavailable(view.name(), "is still being made"));
        int shard = active.shard(0);
        if (view.states().size() < 2 || shards.hosted().stream().noneMatch(home -> home.number() == shard)) {
            return active;
        }
        States states = States.of(tenant, view, stores.of(shard));
        return states == null ? active : states.answers();
    }

    /**
     * A view as the replica of its indexes has it that lies here, at the newest moment; to be closed.
     *
     * @throws ThalwegException {@code UNAVAILABLE} when there is none here, or it is not whole
     */
    ViewReplica replica(TenantId id, View view) throws InterruptedException {
        Tenant tenant = administration
                .directory()
                .tenant(id)
                .filter(Tenant::javaViews)
                .orElseThrow(() -> unavailable(view.name(), "may not run code at present"));
        int shard = tenant.log(view.log())
                .orElseThrow(() -> unavailable(view.name(), "is still being made"))
                .shard(0);
        States states = shards.isHere(shard) ? States.of(tenant, view, stores.of(shard)) : null;
        if (states == null) {
            throw unavailable(view.name(), "has no replica here");
        }
        Log steps = states.answers();
        Wiring wiring = declared(
                tenant, view, view.version(states.answering()).orElseThrow().code());
        List<Log> inputs = wiring.logs().stream()
                .map(tenant::log)
                .flatMap(Optional::stream)
                .toList();
        int partitions = States.partitions(steps);
        return new ViewReplica(
                wiring,
                steps,
                moment(view.name(), steps, Surroundings.space(steps.id().value()), partitions),
                new FollowedLogs(inputs, partitions, shards));
    }

    /**
     * The same once it reflects a position, with all that has hopped because of it; null when it does not in time.
     *
     * @param wanted makes a position of what the caller named, which may say nothing of which logs it is of
     * @param endNs by {@link System#nanoTime}
     */
    @Nullable
    ViewReplica replica(TenantId id, View view, Function<List<Log>, Position> wanted, long endNs)
            throws InterruptedException {
        int rounds = 0;
        long lookMs = LOOK_MS;
        List<Long> hops = List.of();
        while (true) {
            ViewReplica now = replica(id, view);
            boolean there = false;
            try {
                if (hops.isEmpty() && now.has(wanted.apply(now.inputs()))) {
                    hops = newestHops(now);
                }
                while (!hops.isEmpty() && !there && now.hasHops(hops)) {
                    rounds++;
                    there = rounds == now.hopsMax();
                    hops = newestHops(now);
                }
                if (there) {
                    return now;
                }
            } finally {
                if (!there) {
                    now.close();
                }
            }
            if (System.nanoTime() - endNs >= 0) {
                return null;
            }
            Thread.sleep(lookMs);
            lookMs = Math.min(2 * lookMs, LOOK_MS_MAX);
        }
    }

    /** The newest of what hops in each partition. What steps have emitted that a replica has applied is in its shard. */
    private List<Long> newestHops(ViewReplica replica) {
        return replica.hops().stream()
                .map(stream -> shards.events(stream).head(stream))
                .toList();
    }

    private static ThalwegException unavailable(String view, String why) {
        return new ThalwegException(ErrorCode.UNAVAILABLE, "view " + view + " " + why + ": try again");
    }

    private Moment moment(String name, Log steps, IndexSpace space, int partitions) {
        int shard = steps.shard(0);
        if (shards.hosted().stream().noneMatch(home -> home.number() == shard)) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "this node has no replica of what view " + name + " keeps");
        }
        Moment raw = Moment.of(stores.of(shard).store());
        Moment settled = null;
        try {
            for (int i = 0; i < partitions; i++) {
                // Half a copy of another replica's index says that it is at no step.
                long first = shards.numbered(shard).events().first(steps.stream(i));
                if (StepStore.step(space, i, raw.partition(i)) + 1 < first) {
                    throw unavailable(name, "is being copied from another replica");
                }
            }
            settled = Settled.of(raw, space, partitions);
            if (settled == null) {
                throw unavailable(name, "is behind its newest batch here");
            }
            return settled;
        } finally {
            if (settled == null) {
                raw.close();
            }
        }
    }

    private OtherView.Code code(Tenant tenant, View view) {
        try {
            Wiring wiring = declared(tenant, view);
            return new OtherView.Code(wiring.queries(), wiring.others());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "interrupted while the code of a view was loaded", e);
        }
    }

    /** Whether a view that does not run here follows a log, by its code; true when that does not say, since it does not load. */
    boolean mayFollow(Tenant tenant, View view, String log) throws InterruptedException {
        if (!tenant.javaViews()) {
            return true;
        }
        ViewCode its = view.version(view.active()).orElseThrow().code();
        Unloaded before = unloaded.get(view.id());
        if (before != null && before.code.equals(its) && System.nanoTime() - before.untilNs < 0) {
            return true; // it is not loaded for each who asks
        }
        try {
            return declared(tenant, view).logs().contains(log);
        } catch (DeclarationException | ThalwegException e) {
            unloaded.put(view.id(), new Unloaded(its, System.nanoTime() + UNLOADED.toNanos()));
            return true;
        }
    }

    /** What the active version of a view declares. */
    private Wiring declared(Tenant tenant, View view) throws InterruptedException {
        RunningView its = running.apply(view.id());
        return its != null && its.version() == view.active()
                ? its.wiring()
                : declared(
                        tenant, view, view.version(view.active()).orElseThrow().code());
    }

    private Wiring declared(Tenant tenant, View view, ViewCode version) throws InterruptedException {
        Declared before = known.get(view.id());
        if (before != null && before.code.equals(version)) {
            return before.wiring;
        }
        ViewJar jar = ViewJar.load(components.load(tenant, version), version.javaClass());
        Wiring wiring = code.declaration(jar, version.javaClass(), 1);
        known.put(view.id(), new Declared(version, wiring));
        return wiring;
    }

    // --- who depends on whom

    /**
     * Refuses with {@code INVALID_COMPONENT} a version that reads of other views what they have not, and one without what others read of it.
     *
     * @param name of the view that it is a version of
     */
    void requireFits(Tenant tenant, String name, Wiring declared) throws InterruptedException {
        try {
            for (Other other : declared.others()) {
                View view = other.name().equals(name)
                        ? null
                        : tenant.javaView(other.name()).orElse(null);
                if (view == null) {
                    throw new DeclarationException("view " + name + " reads view " + other.name()
                            + ", which is no other view in Java of the tenant");
                }
                Wiring there = declared(tenant, view);
                Dependencies.requireFits(name, other, there.declared(), there.queries());
            }
            for (View reader : tenant.views()) {
                if (!reader.isJava() || reader.name().equals(name)) {
                    continue;
                }
                for (Other other : others(tenant, reader)) {
                    if (other.name().equals(name)) {
                        Dependencies.requireFits(reader.name(), other, declared.declared(), declared.queries());
                    }
                }
            }
        } catch (DeclarationException e) {
            throw new ThalwegException(ErrorCode.INVALID_COMPONENT, String.valueOf(e.getMessage()), e);
        }
    }

    /** The same of going back to the version before. */
    void requireRollBack(Tenant tenant, View view) throws InterruptedException {
        ViewCode before = view.version(view.previous()).map(each -> each.code()).orElse(null);
        if (before != null && tenant.javaViews()) {
            requireFits(tenant, view.name(), declared(tenant, view, before));
        }
    }

    /** Refuses with {@code INVALID_REQUEST} to delete a view that others read. */
    void requireUnread(Tenant tenant, View view) throws InterruptedException {
        for (View reader : tenant.views()) {
            if (reader.isJava()
                    && !reader.id().equals(view.id())
                    && others(tenant, reader).stream()
                            .anyMatch(other -> other.name().equals(view.name()))) {
                throw new ThalwegException(
                        ErrorCode.INVALID_REQUEST,
                        "view " + reader.name() + " reads view " + view.name()
                                + ": delete it first, or deploy a version of it that does not");
            }
        }
    }

    /** What a view reads of others: nothing while its code may not run, or does not load, so that it stands in the way of no other view. */
    private List<Other> others(Tenant tenant, View reader) throws InterruptedException {
        if (!tenant.javaViews()) {
            return List.of();
        }
        try {
            return declared(tenant, reader).others();
        } catch (DeclarationException e) {
            return none(tenant, reader, e);
        } catch (ThalwegException e) {
            if (e.code() != ErrorCode.INVALID_COMPONENT) {
                throw e;
            }
            return none(tenant, reader, e);
        }
    }

    private static List<Other> none(Tenant tenant, View reader, RuntimeException e) {
        LOG.warn(
                "view {} of tenant {} counts as one that reads no other, since its code does not load: {}",
                reader.name(),
                tenant.id(),
                e.getMessage());
        return List.of();
    }
}
