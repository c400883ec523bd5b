package io.thalweg.directory.rules;

import static io.thalweg.directory.rules.Change.requireValid;

import io.thalweg.directory.Bounds;
import io.thalweg.directory.Log;
import io.thalweg.directory.Names;
import io.thalweg.directory.Role;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.View.Skip;
import io.thalweg.directory.View.Wanted;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.ViewVersion;
import io.thalweg.directory.command.DirectoryCommand.ActivateVersion;
import io.thalweg.directory.command.DirectoryCommand.DeleteView;
import io.thalweg.directory.command.DirectoryCommand.DeployVersion;
import io.thalweg.directory.command.DirectoryCommand.DeployView;
import io.thalweg.directory.command.DirectoryCommand.RollBackView;
import io.thalweg.directory.command.DirectoryCommand.SkipEvent;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.LogId;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What may happen to views and their versions. */
final class ViewRules {
    private static final long MIN_MEMORY_BYTES = 64 << 10;
    private static final long MAX_MEMORY_BYTES = 4L << 30;
    private static final int MAX_EVENT_MS = 3_600_000;
    private static final int MAX_RESULT_BYTES = 1 << 30;

    private ViewRules() {}

    static void deploy(Change change, DeployView command) {
        change.require(Role.MEMBER);
        Names.check("view", command.name());
        Log log = change.source(command.log());
        change.requireReadable(log);
        change.requireNotBeingSplit(log);
        Tenant tenant = change.tenant();
        checkCode(change, tenant, command.code());
        requireValid(!command.code().isJava(), "a view in Java is the tenant's, not a log's");
        if (tenant.view(log.id(), command.name()).isPresent()) {
            throw Change.exists("log " + log.name() + " has a view named " + command.name());
        }
        if (change.draft.hasView(command.view())) {
            throw Change.exists("view " + command.view() + " exists");
        }
        Change.requireRoom(tenant.viewCount(), tenant.limits().maxViews(), "views");
        ViewVersion first = new ViewVersion(1, command.code(), List.of(), change.nowNs);
        change.draft.put(
                tenant,
                new View(
                        command.view(),
                        log.id(),
                        command.name(),
                        Wanted.RUNNING,
                        1,
                        0,
                        0,
                        1,
                        List.of(first),
                        change.nowNs));
        change.viewVersion = 1;
    }

    static void deployVersion(Change change, DeployVersion command) {
        change.require(Role.MEMBER);
        View view = change.view(command.view());
        Tenant tenant = change.tenant();
        checkCode(change, tenant, command.code());
        requireValid(
                command.code().isJava() == view.isJava(),
                "view " + view.name() + " is " + (view.isJava() ? "in Java" : "a component") + " and stays that");
        if (view.isJava()) {
            JavaViewRules.requireAllowed(tenant);
            JavaViewRules.requireSettled(view);
        }
        // A view in Java has one state that its versions share, so that there is nothing to catch up with.
        View next = withNext(view, command.code(), view.hasStates() ? view.log() : null, change.nowNs);
        int number = next.latest();
        View after = view.isJava()
                ? next.withVersions(number, 0, view.active(), number, next.versions())
                : next.withVersions(view.active(), number, view.previous(), number, next.versions());
        change.draft.put(tenant, after);
        if (view.isJava()) {
            JavaViewRules.dropUnused(change, view, after);
        }
        releaseComponents(change);
        change.viewVersion = number;
    }

    /** The view with one version more, which is neither active nor a candidate yet. */
    static View withNext(View view, ViewCode code, @Nullable LogId state, long nowNs) {
        int number = Math.addExact(view.latest(), 1);
        List<ViewVersion> versions = new ArrayList<>(view.versions());
        versions.add(new ViewVersion(number, code, inherited(view), nowNs, state, false));
        if (versions.size() > View.MAX_VERSIONS) {
            versions.remove(versions.stream()
                    .filter(old ->
                            old.number() != view.active() && old.number() != view.previous() && old.number() != number)
                    .findFirst()
                    .orElseThrow());
        }
        return view.withVersions(view.active(), view.candidate(), view.previous(), number, versions);
    }

    /** Skips belong to the view: what an operator decided about an event holds for what is deployed later, too. */
    private static List<Skip> inherited(View view) {
        List<Skip> skipped = view.skipped();
        return skipped.subList(Math.max(0, skipped.size() - ViewVersion.MAX_SKIPPED), skipped.size());
    }

    static void activate(Change change, ActivateVersion command) {
        change.require(Role.MEMBER);
        View view = change.view(command.view());
        requireValid(
                view.candidate() != 0 && view.candidate() == command.version(),
                "version " + command.version() + " is not the candidate of view " + view.name());
        View after = view.isJava() ? JavaViewRules.activated(change, view) : view.withCandidateActive();
        // Its name goes with its log.
        change.draft.put(change.draft.remove(change.tenant(), view), after);
        if (view.isJava()) {
            JavaViewRules.dropUnused(change, view, after);
        }
    }

    static void rollBack(Change change, RollBackView command) {
        change.require(Role.MEMBER);
        View view = change.view(command.view());
        requireValid(
                view.candidate() != 0 || view.previous() != 0, "view " + view.name() + " has no version to go back to");
        View after = rolledBack(view);
        // Its name goes with its log.
        change.draft.put(change.draft.remove(change.tenant(), view), after);
        if (view.isJava()) {
            JavaViewRules.dropUnused(change, view, after);
        }
    }

    private static View rolledBack(View view) {
        if (view.takingOver()) {
            // Nobody knows yet which state answers: both stay, and the version before is to be active as if it were to
            // take over.
            return view.withPreviousActive();
        }
        if (view.candidate() != 0) {
            return view.withVersions(view.active(), 0, view.previous(), view.latest(), view.versions());
        }
        return view.isJava() && !view.sharesState(view.previous())
                // It has to take what came since: then it takes over, as it did before.
                ? view.withVersions(view.active(), view.previous(), view.previous(), view.latest(), view.versions())
                : view.withVersions(view.previous(), 0, view.active(), view.latest(), view.versions());
    }

    static void want(Change change, ViewId id, Wanted wanted) {
        change.require(Role.MEMBER);
        change.draft.put(change.tenant(), change.view(id).withWanted(wanted));
    }

    static void skip(Change change, SkipEvent command) {
        change.require(Role.MEMBER);
        View view = change.view(command.view());
        ViewVersion version = view.version(command.version())
                .orElseThrow(() -> Change.notFound("version of view " + view.name(), command.version()));
        Log log = change.source(view.log());
        requireValid(
                command.partition() >= 0 && command.partition() < log.partitions(),
                "log " + log.name() + " has no partition " + command.partition());
        // How many events a ledger has, or a stream of another shard, is not the directory's to know.
        boolean known =
                change.tenant().log(log.id()).isPresent() && log.shard(command.partition()) == Bounds.DIRECTORY_SHARD;
        requireValid(
                command.sequence() >= 1
                        && (!known || command.sequence() <= change.head(log.stream(command.partition()))),
                "log " + log.name() + " has no event " + command.sequence());
        Skip skip = new Skip(command.partition(), command.sequence());
        int place = Collections.binarySearch(version.skipped(), skip);
        if (place >= 0) {
            throw Change.exists("version " + version.number() + " of view " + view.name() + " skips event "
                    + command.sequence() + " already");
        }
        Change.requireRoom(version.skipped().size(), ViewVersion.MAX_SKIPPED, "skipped events");
        List<Skip> skipped = new ArrayList<>(version.skipped());
        skipped.add(-place - 1, skip);
        change.draft.put(change.tenant(), view.withVersion(version.withSkipped(skipped)));
    }

    static void delete(Change change, DeleteView command) {
        change.require(Role.MEMBER);
        View view = change.view(command.view());
        if (view.isJava()) {
            JavaViewRules.dropSteps(change, view);
        }
        change.draft.remove(change.tenant(), view);
        releaseComponents(change);
    }

    /**
     * Lets go of component bytes older than all that any version still needs. An upload that is under way stays, unless the
     * only older ones were deployed after it; its deployment is then refused and uploads again.
     */
    static void releaseComponents(Change change) {
        Tenant tenant = change.tenant();
        OptionalLong oldest = tenant.views().stream()
                .flatMap(view -> view.versions().stream())
                .mapToLong(version -> version.code().firstChunk())
                .min();
        if (oldest.isPresent() && oldest.getAsLong() > tenant.componentsFrom()) {
            change.draft.put(tenant.withComponentsFrom(oldest.getAsLong()));
            change.componentsFrom = oldest.getAsLong();
        }
    }

    static void checkCode(Change change, Tenant tenant, ViewCode code) {
        if (code.sizeBytes() > Limits.MAX_COMPONENT_BYTES) {
            throw new ThalwegException(
                    ErrorCode.TOO_LARGE,
                    "the component has " + code.sizeBytes() + " bytes; the limit is " + Limits.MAX_COMPONENT_BYTES);
        }
        requireValid(
                code.sizeBytes() >= 1 && code.chunks() == ViewCode.chunksOf(code.sizeBytes()),
                code.sizeBytes() + " bytes are not in " + code.chunks() + " chunks");
        long head = change.head(StreamId.of(tenant.reserved().components()));
        requireValid(
                code.firstChunk() >= tenant.componentsFrom()
                        && code.firstChunk() <= head
                        && code.chunks() <= head - code.firstChunk() + 1,
                "the component's bytes are not stored: upload it again");
        requireValid(!code.world().isEmpty(), "a component exports a world");
        requireValid(code.startSequence() >= 1, "a view starts at sequence 1 or later");
        checkSettings(code.settings());
    }

    private static void checkSettings(ViewSettings settings) {
        requireValid(
                settings.maxMemoryBytes() >= MIN_MEMORY_BYTES && settings.maxMemoryBytes() <= MAX_MEMORY_BYTES,
                "a view's memory is " + MIN_MEMORY_BYTES + " to " + MAX_MEMORY_BYTES + " bytes, not "
                        + settings.maxMemoryBytes());
        requireValid(
                settings.maxEventMs() >= 1 && settings.maxEventMs() <= MAX_EVENT_MS,
                "a view's time for an event is 1 to " + MAX_EVENT_MS + " ms, not " + settings.maxEventMs());
        requireValid(
                settings.maxResultBytes() >= 1 && settings.maxResultBytes() <= MAX_RESULT_BYTES,
                "a view's result has 1 to " + MAX_RESULT_BYTES + " bytes, not " + settings.maxResultBytes());
        requireValid(
                settings.snapshotEvents() >= 0 && settings.snapshotSeconds() >= 0 && settings.snapshotBytes() >= 0,
                "a snapshot policy is not negative; 0 is for never");
    }
}
