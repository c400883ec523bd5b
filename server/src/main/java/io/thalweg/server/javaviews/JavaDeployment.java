package io.thalweg.server.javaviews;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.server.views.Components;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Start;
import io.thalweg.view.java.local.Rehearsal;
import io.thalweg.view.java.query.Moment;
import io.thalweg.view.java.run.Wiring;
import io.thalweg.view.java.ship.Likeness;
import io.thalweg.view.java.ship.ViewJar;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Deploys a jar as a view: looks whether its class can be one, makes the logs that it declares, and tells the directory. Thread-safe. */
public final class JavaDeployment {
    private static final int REHEARSAL_SECONDS = 30;
    private static final int UNDER_WAY_SECONDS = 10;

    private final Administration administration;
    private final Shards shards;
    private final Components components;
    private final JavaViews views;
    private final UserCode code = new UserCode();

    /** What came of it. */
    public record Deployed(View view, boolean created) {}

    public JavaDeployment(Administration administration, Shards shards, Components components, JavaViews views) {
        this.administration = administration;
        this.shards = shards;
        this.components = components;
        this.views = views;
    }

    /** How a version comes into the place of the one that answers. */
    public enum Way {
        /** At once, on the same indexes. */
        IN_PLACE,
        /** It processes the logs again, from their first events on, beside the one that answers, and takes over when it is where that one is. */
        REPLAY,
        /** The same, from the first events that are still kept. */
        REPLAY_OF_WHAT_IS_KEPT,
        /** On a copy of the indexes, beside the one that answers, from where that is; it takes over when it is there. */
        MIGRATE,
        /** On the same indexes, to one partition after the other. */
        ROLLING
    }

    /**
     * Deploys a view, or the next version of one.
     *
     * @param partitions of the logs that are made, and of the view unless its logs have more; 0 for what there is, else one
     * @param way of a next version; {@code INVALID_REQUEST} for one that would not do, with what does not fit
     */
    public Deployed deploy(
            Tenant asked, Actor actor, String name, byte[] jar, String className, int partitions, Way way)
            throws InterruptedException {
        requireAllowed(asked);
        Wiring declared = declared(jar, className);
        shards.requireRoom(asked, jar.length);
        View known = asked.javaView(name).orElse(null);
        boolean beside = way == Way.REPLAY || way == Way.REPLAY_OF_WHAT_IS_KEPT;
        if (way != Way.IN_PLACE && known == null) {
            throw new ThalwegException(
                    ErrorCode.NOT_FOUND, "there is no view " + name + " in whose place it could come this way");
        }
        Place place = known == null ? place(asked, declared, partitions) : place(asked, known);
        if (way == Way.MIGRATE && partitions > 0 && partitions != place.partitions) {
            throw invalid("a copy of the indexes is of as many partitions as the view has, " + place.partitions
                    + ": for another number of them have the version replay");
        }
        if (beside && partitions > 0) {
            place = new Place(partitions, place.shard);
        }
        Place its = place;
        declared.logs().forEach(log -> asked.log(log).ifPresent(there -> checkInput(there, its)));
        declared.outputs().forEach(log -> asked.log(log).ifPresent(there -> checkOutput(there, its)));
        views.others().requireFits(asked, name, declared);
        if (known != null && beside) {
            checkReplay(asked, declared, way);
            checkUnderWay(known, declared, "call"); // all else it makes again itself
        } else if (known != null) {
            checkStored(asked, known, declared);
            if (way == Way.MIGRATE) {
                requireNoCalls(declared);
                checkUnderWay(known, declared, "call");
                checkUnderWay(known, declared, "timer"); // what hops comes to its end in the one of today
            } else {
                checkUnderWay(known, declared, null);
            }
            if (way == Way.ROLLING) {
                checkLikeness(asked, known, declared);
            }
        }
        Tenant tenant = asked;
        for (String log : names(declared)) {
            if (tenant.log(log).isEmpty()) {
                tenant = make(tenant, actor, log, its);
            }
        }
        Components.Stored stored = components.store(tenant, jar);
        ViewCode next = new ViewCode(
                stored.digest(),
                stored.sizeBytes(),
                stored.firstChunk(),
                stored.chunks(),
                ViewCode.javaWorld(className),
                List.of(),
                1,
                ViewSettings.DEFAULT);
        ViewId id = known == null ? new ViewId(UUID.randomUUID()) : known.id();
        Administration.Done done = administration.run(
                tenant.id(),
                actor,
                known == null
                        ? new DirectoryCommand.DeployJavaView(
                                id, new LogId(UUID.randomUUID()), name, its.partitions, its.shard, next)
                        : switch (way) {
                            case IN_PLACE -> new DirectoryCommand.DeployVersion(id, next);
                            case ROLLING -> new DirectoryCommand.DeployRolling(id, next);
                            case REPLAY, REPLAY_OF_WHAT_IS_KEPT, MIGRATE ->
                                new DirectoryCommand.DeployBeside(
                                        id, new LogId(UUID.randomUUID()), its.partitions, next, way == Way.MIGRATE);
                        });
        views.reconcile(done.directory());
        View view = done.directory()
                .tenant(tenant.id())
                .flatMap(found -> found.view(id))
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the view was deleted meanwhile"));
        return new Deployed(view, known == null);
    }

    /**
     * Has the version that answers process the logs again as its own next version, beside itself, and take over from itself then; until then the view is as it was.
     *
     * @param way one of the replays
     */
    public Tenant rewind(Tenant tenant, Actor actor, View view, Way way) throws InterruptedException {
        requireAllowed(tenant);
        if (view.candidate() != 0) {
            throw invalid("version " + view.candidate() + " of view " + view.name()
                    + " is to take over: activate it or roll it back first");
        }
        ViewCode its = view.version(view.active()).orElseThrow().code();
        Wiring declared = declared(components.load(tenant, its), its.javaClass());
        checkReplay(tenant, declared, way);
        checkUnderWay(view, declared, "call");
        // Its code may have taken its time to say what it is, and that of another version is not to be left for it.
        View now = administration
                .directory()
                .tenant(tenant.id())
                .flatMap(found -> found.view(view.id()))
                .orElse(view);
        if (now.active() != view.active() || now.candidate() != 0) {
            throw otherwise(view);
        }
        Administration.Done done = administration.run(
                tenant.id(),
                actor,
                new DirectoryCommand.DeployBeside(
                        view.id(), new LogId(UUID.randomUUID()), place(tenant, view).partitions, its));
        int made = done.result().viewVersion();
        Tenant after = after(done, tenant);
        View beside = after.view(view.id())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the view was deleted meanwhile"));
        int before = beside.candidate() == made
                ? beside.active()
                : beside.active() == made ? beside.previous() : view.active();
        if (before != view.active()) {
            Administration.Done back =
                    administration.run(tenant.id(), actor, new DirectoryCommand.RollBackView(view.id()));
            views.reconcile(back.directory());
            throw otherwise(view);
        }
        views.reconcile(done.directory());
        return after;
    }

    private static Tenant after(Administration.Done done, Tenant tenant) {
        return done.directory()
                .tenant(tenant.id())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted meanwhile"));
    }

    private static ThalwegException otherwise(View view) {
        return new ThalwegException(
                ErrorCode.UNAVAILABLE,
                "view " + view.name() + " has changed meanwhile: version " + view.active()
                        + " is not active any more, or another is to take over; look, and try again");
    }

    /** An answer, an index entry, a number of emitted events, or why an event fails, as it is and as it would be; null for nothing. */
    public record Difference(
            String what, @Nullable Object before, @Nullable Object after) {}

    /**
     * What another version would do with the newest events.
     *
     * @param events that both have processed
     * @param complete whether all that was asked for was processed, compared and told
     * @param leftOut what was not, and why
     */
    public record Rehearsed(
            int events,
            List<Difference> answers,
            List<Difference> entries,
            List<Difference> emitted,
            List<Difference> failures,
            boolean complete,
            List<String> leftOut) {}

    /**
     * Looks what would become of a view under other code, and changes nothing: it must fit what is there, and the newest events are processed by
     * the code of today and by the other, over the indexes as they are.
     *
     * @param turn in which it may
     * @param events of each stream that the view follows
     */
    public Rehearsed rehearse(
            Rehearsals.Turn turn, Tenant tenant, String name, byte[] jar, String className, int events)
            throws InterruptedException {
        requireAllowed(tenant);
        View known = tenant.javaView(name)
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant has no such view in Java"));
        // In its own turn, too: a class that does not come back when it is asked is the tenant's own loss.
        Wiring declared = declared(() -> {
            ViewJar loaded = ViewJar.load(jar, className);
            return turn.run(() -> UserCode.declared(loaded, 1), UserCode.SECONDS, UserCode.late(className));
        });
        Place place = place(tenant, known);
        declared.logs().forEach(log -> tenant.log(log).ifPresent(there -> checkInput(there, place)));
        declared.outputs().forEach(log -> tenant.log(log).ifPresent(there -> checkOutput(there, place)));
        views.others().requireFits(tenant, name, declared);
        checkStored(tenant, known, declared);
        RunningView running = views.running(known.id());
        if (running == null) {
            throw new ThalwegException(ErrorCode.UNAVAILABLE, "the view is starting, or runs on another node");
        }
        ViewCode its = known.version(running.version()).orElseThrow().code();
        byte[] today = components.load(tenant, its);
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(REHEARSAL_SECONDS);
        Rehearsal.Report report = turn.run(
                () -> rehearsed(
                        running,
                        ViewJar.load(today, its.javaClass()),
                        ViewJar.load(jar, className),
                        events,
                        deadlineNs),
                REHEARSAL_SECONDS,
                "the newest events were not processed within " + REHEARSAL_SECONDS + " s: ask for fewer");
        return new Rehearsed(
                report.events(),
                told(report.answers()),
                told(report.entries()),
                told(report.emitted()),
                told(report.failures()),
                report.complete(),
                report.leftOut());
    }

    /** @param today the view's own code, loaded anew: what classes keep in fields is not to be that of the view that runs */
    private static Rehearsal.Report rehearsed(
            RunningView view, ViewJar today, ViewJar other, int eventsMax, long deadlineNs)
            throws InterruptedException {
        try (Moment moment = view.moment()) {
            Rehearsal rehearsal = new Rehearsal(
                    view.steps().id().value(),
                    view.partitions().size(),
                    moment.partition(0),
                    Instant.now(),
                    view.others(),
                    deadlineNs);
            rehearsal.add(view.streams(), view.inputs().stream().map(Log::name).toList(), eventsMax);
            return rehearsal.compare(today::create, other::create);
        }
    }

    private static List<Difference> told(List<Rehearsal.Difference> differences) {
        return differences.stream()
                .map(each -> new Difference(each.what(), each.before(), each.after()))
                .toList();
    }

    /** Refuses with {@code FORBIDDEN} where the operator has not allowed a tenant views in Java. */
    public static void requireAllowed(Tenant tenant) {
        if (!tenant.javaViews()) {
            throw new ThalwegException(
                    ErrorCode.FORBIDDEN,
                    "views in Java may do all that the node may: the operator must allow this tenant java_views");
        }
    }

    /** Refuses to go back to a version that does not fit what views read of each other, or what is stored and under way by now. */
    public void requireRollBack(Tenant tenant, View view) throws InterruptedException {
        views.others().requireRollBack(tenant, view);
        RunningView running = views.running(view.id());
        if (view.candidate() != 0 && running != null && !running.rolled().isEmpty()) {
            checkUnderWay(view, running.wiring(), null); // which another version has begun in some partitions
        }
        if (view.candidate() != 0 || view.previous() == 0 || !tenant.javaViews()) {
            return;
        }
        if (view.takingOver() && running != null && running.version() == view.previous()) {
            // What is active has not answered yet, and nothing has come that the one before does not know: once this is
            // in the directory, no takeover begins its append.
            return;
        }
        ViewCode before = view.version(view.previous()).orElseThrow().code();
        Wiring declared = declared(components.load(tenant, before), before.javaClass());
        if (view.sharesState(view.previous())) {
            checkStored(tenant, view, declared);
            checkUnderWay(view, declared, null);
        } else if (!declared.calls().isEmpty()) {
            throw invalid("version " + view.previous() + " makes calls " + declared.calls()
                    + ", which nobody has made of what came since another took over: it cannot go on from there");
        } else {
            checkUnderWay(view, declared, "call");
        }
    }

    /** Refuses with {@code UNAVAILABLE} a version that is to be active and has not begun to follow, as far as this node knows. */
    public void requireBegun(View view, int version) {
        RunningView beside = views.beside(view.id());
        if (view.candidate() == version
                && !view.sharesState(version)
                && (beside == null
                        || beside.version() != version
                        || beside.partitions().stream()
                                .anyMatch(each -> each.status().step() == 0))) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "version " + version + " has not begun, or runs on another node: try again");
        }
    }

    /** Refuses to delete a view that others read. */
    public void requireUnread(Tenant tenant, View view) throws InterruptedException {
        views.others().requireUnread(tenant, view);
    }

    /** Where a view has its steps, to which it appends together with all that it emits. */
    private record Place(int partitions, int shard) {}

    private static Log steps(Tenant tenant, View known) {
        return tenant.log(known.log())
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.UNAVAILABLE, "view " + known.name() + " is still being made: try again"));
    }

    private static Place place(Tenant tenant, View known) {
        Log steps = steps(tenant, known);
        return new Place(steps.partitions() / View.JAVA_STREAMS, steps.shard(0));
    }

    /** Beside the logs that it emits to, else beside one that it follows; with as many partitions as the largest of them. */
    private Place place(Tenant tenant, Wiring declared, int partitions) {
        int count = Math.max(1, partitions);
        for (String name : names(declared)) {
            count = Math.max(count, tenant.log(name).map(Log::firstPartitions).orElse(0));
        }
        int shard = Stream.concat(declared.outputs().stream(), declared.logs().stream())
                .flatMap(name -> tenant.log(name).stream())
                .findFirst()
                .map(log -> log.shard(0))
                .orElseGet(() -> shard(tenant));
        return new Place(count, shard);
    }

    private static Set<String> names(Wiring declared) {
        Set<String> names = new LinkedHashSet<>(declared.logs());
        names.addAll(declared.outputs());
        return names;
    }

    private void checkInput(Log log, Place place) {
        if (log.firstPartitions() > place.partitions) {
            throw invalid("log " + log.name() + " began with " + log.firstPartitions()
                    + " partitions, more than the view's " + place.partitions + ", so that nobody would take the rest");
        }
        requireHosted("log " + log.name(), log, place);
    }

    private void checkOutput(Log log, Place place) {
        if (log.firstPartitions() != place.partitions) {
            throw invalid("the view emits to log " + log.name() + ", which began with " + log.firstPartitions()
                    + " partitions, but the view has " + place.partitions + ": it must have as many");
        }
        requireHosted("log " + log.name(), log, place);
    }

    /** The node that runs the view reaches what it follows and emits to only in shards that it has a replica of. */
    private void requireHosted(String what, Log log, Place place) {
        for (int shard : log.shards()) {
            if (shard != place.shard && !shards.goesWith(place.shard, shard)) {
                throw invalid(what + " is in shard " + shard + " and the view's steps in shard " + place.shard
                        + ", which are not on the same nodes");
            }
        }
    }

    private static ThalwegException invalid(String text) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, text);
    }

    /** Makes a log beside the view's steps; the tenant as it is then. */
    private Tenant make(Tenant tenant, Actor actor, String name, Place place) throws InterruptedException {
        LogId id = new LogId(UUID.randomUUID());
        return administration
                .run(
                        tenant.id(),
                        actor,
                        new DirectoryCommand.CreateLog(id, name, place.partitions, place.shard, Retention.FOREVER))
                .directory()
                .tenant(tenant.id())
                .filter(found -> found.log(id).isPresent())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "log " + name + " was deleted meanwhile"));
    }

    /** Refuses a version whose indexes could not be read from what an earlier one has stored; nothing has changed yet. */
    private void checkStored(Tenant tenant, View known, Wiring declared) {
        Log steps = steps(tenant, known);
        try {
            views.kept().requireFits(steps, declared);
        } catch (SchemaException e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_COMPONENT,
                    "what view " + known.name() + " has stored does not fit: " + e.getMessage(),
                    e);
        }
    }

    /** Refuses a version in which something of what is under way would not go on. */
    private void checkUnderWay(View known, Wiring declared, @Nullable String kind) throws InterruptedException {
        List<String> misfits = code.run(
                () -> views.kept().misfits(known, declared, kind),
                UNDER_WAY_SECONDS,
                "what is under way in view " + known.name() + " was not read by this version within "
                        + UNDER_WAY_SECONDS + " s");
        if (!misfits.isEmpty()) {
            throw new ThalwegException(
                    ErrorCode.INVALID_COMPONENT,
                    "what is under way in view " + known.name() + " would not go on in this version: "
                            + String.join("; ", misfits));
        }
    }

    /** Refuses a version that could not work beside that of today on the same indexes. */
    private void checkLikeness(Tenant tenant, View known, Wiring declared) throws InterruptedException {
        ViewCode today = known.version(known.active()).orElseThrow().code();
        List<String> misfits = Likeness.misfits(declared(components.load(tenant, today), today.javaClass()), declared);
        if (!misfits.isEmpty()) {
            throw invalid("the version cannot come to one partition after the other: " + String.join("; ", misfits)
                    + ". Deploy it in place, or have it replay");
        }
    }

    /** Refuses a replay that would come to other indexes than the one that answers has, though the code be the same. */
    private void checkReplay(Tenant tenant, Wiring declared, Way way) {
        requireNoCalls(declared);
        for (String name : declared.logs()) {
            Start start = declared.start(name);
            if (start instanceof Start.End || start instanceof Start.Ago) {
                throw invalid("the version begins in log " + name + " at " + start
                        + ", which is now: a replay would leave out what it has taken since it was first deployed. Say"
                        + " a time or a sequence, or deploy the version in place");
            }
        }
        for (String name : way == Way.REPLAY ? declared.logs() : List.<String>of()) {
            tenant.log(name)
                    .ifPresent(log -> log.streams().forEach(stream -> {
                        long first = shards.events(stream).first(stream);
                        if (first > 1) {
                            throw invalid("events 1 to " + (first - 1) + " of partition " + stream.partition()
                                    + " of log " + name
                                    + " are no longer kept, so that a replay would go without them; ask for a replay"
                                    + " of what is kept if it may");
                        }
                    }));
        }
    }

    private static void requireNoCalls(Wiring declared) {
        List<String> calls = declared.calls();
        if (!calls.isEmpty()) {
            throw invalid(
                    "calls " + calls + " are made by nobody while a version stands beside another, so that what their"
                            + " ends write would be missing: deploy the version in place");
        }
    }

    /** A shard for all that a view keeps together, by the tenant's name so that tenants spread. */
    private int shard(Tenant tenant) {
        int data = administration.directory().dataShards();
        return data == 0
                ? Bounds.DIRECTORY_SHARD
                : 1 + Math.floorMod(tenant.id().hashCode(), data);
    }

    private Wiring declared(byte[] jar, String className) throws InterruptedException {
        return declared(() -> code.declaration(ViewJar.load(jar, className), className, 1));
    }

    /** What gives a class's declaration. */
    private interface Asking {
        Wiring ask() throws InterruptedException;
    }

    private static Wiring declared(Asking asking) throws InterruptedException {
        try {
            return asking.ask();
        } catch (ThalwegException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new ThalwegException(
                    ErrorCode.INVALID_COMPONENT,
                    e instanceof DeclarationException ? String.valueOf(e.getMessage()) : e.toString(),
                    e);
        }
    }
}
