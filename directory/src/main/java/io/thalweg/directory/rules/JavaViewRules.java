package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Log;
import io.thalweg.directory.Names;
import io.thalweg.directory.Retention;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.View.Wanted;
import io.thalweg.directory.ViewVersion;
import io.thalweg.directory.command.DirectoryCommand.ChangeViewOptions;
import io.thalweg.directory.command.DirectoryCommand.ConfirmTakeover;
import io.thalweg.directory.command.DirectoryCommand.DeployBeside;
import io.thalweg.directory.command.DirectoryCommand.DeployJavaView;
import io.thalweg.directory.command.DirectoryCommand.DeployRolling;
import io.thalweg.directory.command.DirectoryCommand.NoteRepair;
import io.thalweg.directory.command.DirectoryCommand.RebuildView;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** What may happen to views in Java beyond what holds for all views. */
final class JavaViewRules {
    private JavaViewRules() {}

    /** Code in Java may do all that its node may, so that the operator has to trust the tenant. */
    static void requireAllowed(Tenant tenant) {
        if (!tenant.javaViews()) {
            throw Change.forbidden("the operator must allow this tenant java_views");
        }
    }

    static void deploy(Change change, DeployJavaView command) {
        change.requireEverywhere(Role.MEMBER);
        Names.check("view", command.name());
        Tenant tenant = change.tenant();
        requireAllowed(tenant);
        ViewRules.checkCode(change, tenant, command.code());
        requireValid(command.code().isJava(), "the code is not in Java");
        requirePartitions(command.partitions());
        if (tenant.javaView(command.name()).isPresent()) {
            throw Change.exists("a view in Java named " + command.name() + " exists");
        }
        if (change.draft.hasView(command.view())) {
            throw Change.exists("view " + command.view() + " exists");
        }
        Change.requireRoom(tenant.viewCount(), tenant.limits().maxViews(), "views");
        LogRules.requireUnused(change, command.steps());
        List<Integer> shards = change.shards(command.shard(), command.partitions() * View.JAVA_STREAMS);
        change.place(steps(change, command.steps(), command.name(), shards));
        change.draft.put(
                change.tenant(),
                new View(
                        command.view(),
                        command.steps(),
                        command.name(),
                        Wanted.RUNNING,
                        1,
                        0,
                        0,
                        1,
                        List.of(new ViewVersion(1, command.code(), List.of(), change.nowNs)),
                        change.nowNs));
        change.viewVersion = 1;
    }

    static void rebuild(Change change, RebuildView command) {
        change.requireEverywhere(Role.MEMBER);
        View view = change.view(command.view());
        requireJava(view);
        requireAllowed(change.tenant());
        requireSettled(view);
        requireValid(
                view.candidate() == 0,
                "version " + view.candidate() + " of view " + view.name()
                        + " follows the state that would begin anew: roll it back first");
        LogRules.requireUnused(change, command.steps());
        // A version before with a state of its own would be ahead of one that begins anew.
        boolean shared = view.previous() != 0 && view.sharesState(view.previous());
        View alone = view.withVersions(view.active(), 0, shared ? view.previous() : 0, view.latest(), view.versions());
        View anew = alone.withLog(command.steps());
        Log before = stepsOf(change.tenant(), view, view.log());
        List<Log> gone = takeUnused(change, view, anew);
        change.replace(steps(change, command.steps(), view.name(), before.shards()), gone);
        change.draft.put(change.draft.remove(change.tenant(), view), anew);
    }

    static void deployBeside(Change change, DeployBeside command) {
        change.requireEverywhere(Role.MEMBER);
        View view = change.view(command.view());
        Tenant tenant = change.tenant();
        requireJava(view);
        requireAllowed(tenant);
        requireSettled(view);
        ViewRules.checkCode(change, tenant, command.code());
        requireValid(command.code().isJava(), "the code is not in Java");
        requirePartitions(command.partitions());
        LogRules.requireUnused(change, command.steps());
        Log active = stepsOf(tenant, view, view.log());
        List<Integer> shards = Collections.nCopies(command.partitions() * View.JAVA_STREAMS, active.shard(0));
        View next = ViewRules.withNext(view.withStatesSaid(), command.code(), command.steps(), change.nowNs);
        requireValid(
                !command.copied() || command.partitions() * View.JAVA_STREAMS == active.partitions(),
                "a copy of what view " + view.name() + " has is of as many partitions");
        View made = command.copied()
                ? next.withVersion(next.version(next.latest()).orElseThrow().asCopy())
                : next;
        View beside = next.withVersions(view.active(), next.latest(), view.previous(), next.latest(), made.versions());
        change.draft.put(change.tenant(), beside);
        List<Log> gone = takeUnused(change, view, beside);
        change.replace(steps(change, command.steps(), view.name(), shards), gone);
        ViewRules.releaseComponents(change);
        change.viewVersion = next.latest();
    }

    static void deployRolling(Change change, DeployRolling command) {
        change.requireEverywhere(Role.MEMBER);
        View view = change.view(command.view());
        Tenant tenant = change.tenant();
        requireJava(view);
        requireAllowed(tenant);
        requireSettled(view);
        ViewRules.checkCode(change, tenant, command.code());
        requireValid(command.code().isJava(), "the code is not in Java");
        View next = ViewRules.withNext(view, command.code(), view.hasStates() ? view.log() : null, change.nowNs);
        View rolling = next.withVersions(view.active(), next.latest(), view.previous(), next.latest(), next.versions());
        change.draft.put(tenant, rolling);
        dropUnused(change, view, rolling);
        ViewRules.releaseComponents(change);
        change.viewVersion = next.latest();
    }

    static void changeOptions(Change change, ChangeViewOptions command) {
        change.requireEverywhere(Role.MEMBER);
        View view = change.view(command.view());
        requireJava(view);
        String fault = command.options().fault();
        if (fault != null) {
            throw Names.invalid(fault);
        }
        change.draft.put(change.tenant(), view.withOptions(command.options()));
    }

    /** Leaves its trace, and nothing else. */
    static void noteRepair(Change change, NoteRepair command) {
        change.requireEverywhere(Role.MEMBER);
        requireJava(change.view(command.view()));
        requireValid(!command.action().isEmpty(), "a repair has a name");
    }

    private static void requireJava(View view) {
        requireValid(view.isJava(), "view " + view.name() + " is not in Java");
    }

    private static void requirePartitions(int partitions) {
        requireValid(
                partitions >= 1 && partitions <= View.MAX_JAVA_PARTITIONS,
                "a view has 1 to " + View.MAX_JAVA_PARTITIONS + " partitions, not " + partitions);
    }

    /** Refuses while one state takes over from another: what somebody needs no more then may be what answers. */
    static void requireSettled(View view) {
        if (view.takingOver()) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "version " + view.active() + " of view " + view.name()
                            + " is taking over: try again, or roll it back");
        }
    }

    static void confirmTakeover(Change change, ConfirmTakeover command) {
        change.requireOperator();
        View view = change.view(command.view());
        requireValid(
                view.takingOver() && view.active() == command.version(),
                "version " + command.version() + " of view " + view.name() + " is not taking over");
        change.draft.put(change.tenant(), view.withTakenOver());
    }

    /** The candidate takes over, on its own state, which there has to be. */
    static View activated(Change change, View view) {
        requireSettled(view);
        stepsOf(change.tenant(), view, view.state(view.candidate()));
        return view.withCandidateActive();
    }

    /** Has states deleted that a view had and has no more. */
    static void dropUnused(Change change, View before, View after) {
        change.drop(takeUnused(change, before, after), List.of());
    }

    /** Takes away from the tenant the logs of states that a view had and has no more. */
    private static List<Log> takeUnused(Change change, View before, View after) {
        Set<LogId> kept = after.states();
        List<Log> gone = new ArrayList<>();
        for (LogId state : before.states()) {
            if (!kept.contains(state)) {
                gone.add(takeSteps(change, before, state));
            }
        }
        return gone;
    }

    private static Log steps(Change change, LogId id, String view, List<Integer> shards) {
        // The directory's version tells the log from those before it.
        String name = Names.RESERVED_PREFIX + "view/" + view + "/" + change.version;
        return new Log(id, name, shards, Retention.FOREVER, change.nowNs);
    }

    /** Takes the logs of all states of a view away from their tenant and has them deleted. */
    static void dropSteps(Change change, View view) {
        List<Log> gone = new ArrayList<>();
        view.states().forEach(state -> gone.add(takeSteps(change, view, state)));
        change.drop(gone, List.of());
    }

    private static Log takeSteps(Change change, View view, LogId state) {
        Log steps = stepsOf(change.tenant(), view, state);
        change.draft.remove(change.tenant(), steps);
        return steps;
    }

    private static Log stepsOf(Tenant tenant, View view, LogId state) {
        return tenant.log(state)
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.UNAVAILABLE, "view " + view.name() + " is still being made: try again"));
    }
}
