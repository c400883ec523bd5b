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
import io.thalweg.directory.command.DirectoryCommand.DeployJavaView;
import io.thalweg.directory.command.DirectoryCommand.RebuildView;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LogId;
import io.thalweg.model.ThalwegException;
import java.util.List;

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
        requireValid(
                command.partitions() >= 1 && command.partitions() <= View.MAX_JAVA_PARTITIONS,
                "a view has 1 to " + View.MAX_JAVA_PARTITIONS + " partitions, not " + command.partitions());
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
        requireValid(view.isJava(), "view " + view.name() + " is not in Java");
        requireAllowed(change.tenant());
        LogRules.requireUnused(change, command.steps());
        Log before = takeSteps(change, view);
        change.replace(steps(change, command.steps(), view.name(), before.shards()), before);
        change.draft.put(change.draft.remove(change.tenant(), view), view.withLog(command.steps()));
    }

    private static Log steps(Change change, LogId id, String view, List<Integer> shards) {
        // The directory's version tells the log from those before it.
        String name = Names.RESERVED_PREFIX + "view/" + view + "/" + change.version;
        return new Log(id, name, shards, Retention.FOREVER, change.nowNs);
    }

    /** Takes a view's log away from its tenant and has it deleted. */
    static void dropSteps(Change change, View view) {
        change.drop(List.of(takeSteps(change, view)), List.of());
    }

    private static Log takeSteps(Change change, View view) {
        Tenant tenant = change.tenant();
        Log steps = tenant.log(view.log())
                .orElseThrow(() -> new ThalwegException(
                        ErrorCode.UNAVAILABLE, "view " + view.name() + " is still being made: try again"));
        change.draft.remove(tenant, steps);
        return steps;
    }
}
