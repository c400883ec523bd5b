package io.thalweg.server.views;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Log;
import io.thalweg.directory.Tenant;
import io.thalweg.directory.View;
import io.thalweg.directory.ViewCode;
import io.thalweg.directory.ViewSettings;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.ViewId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.ViewProgram;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Deploys a component: looks whether it can be a view, stores its bytes, and tells the directory and the host. Thread-safe.
 */
public final class Deployment {
    private static final int TRIES = 3;

    private final Administration administration;
    private final Shards shards;
    private final ViewKeeper keeper;
    private final Components components;
    private final Function<byte[], ViewProgram> loader;

    /** What came of it. */
    public record Deployed(ViewId view, int version, String world, List<String> stubs) {}

    /** @param loader refuses what cannot be a view, and says what it is */
    public Deployment(
            Administration administration,
            Shards shards,
            ViewKeeper keeper,
            Components components,
            Function<byte[], ViewProgram> loader) {
        this.administration = administration;
        this.shards = shards;
        this.keeper = keeper;
        this.components = components;
        this.loader = loader;
    }

    /**
     * Deploys a component as a view of a log.
     *
     * @param known the view that gets a new version; null for a new view
     * @param start the first sequence that it processes; if that is no longer kept, it is the oldest that is, so that a version knows for
     *     good where it began, and parks when it has to begin again and finds less
     */
    public Deployed deploy(
            Tenant tenant,
            Actor actor,
            Log log,
            String name,
            @Nullable View known,
            byte[] component,
            long start,
            ViewSettings settings)
            throws InterruptedException {
        if (log.partitions() > 1) {
            throw new ThalwegException(
                    ErrorCode.INVALID_REQUEST,
                    "a component follows a log of one partition, and " + log.name() + " has " + log.partitions()
                            + ": a view in Java follows all of them");
        }
        String world;
        List<String> stubs;
        try (ViewProgram program = loader.apply(component)) {
            world = program.world();
            stubs = program.stubs();
        }
        if (known == null && tenant.views().size() >= tenant.limits().maxViews()) {
            throw new ThalwegException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "the tenant has its " + tenant.limits().maxViews() + " views: delete one first");
        }
        shards.requireRoom(tenant, component.length);
        ViewId id = known == null ? new ViewId(UUID.randomUUID()) : known.id();
        for (int tried = 1; ; tried++) {
            Components.Stored stored = components.store(newest(tenant), component);
            StreamId stream = StreamId.of(log.id());
            long begins = Math.max(start, shards.events(stream).first(stream));
            ViewCode code = new ViewCode(
                    stored.digest(),
                    stored.sizeBytes(),
                    stored.firstChunk(),
                    stored.chunks(),
                    world,
                    stubs,
                    begins,
                    settings);
            try {
                Administration.Done done = administration.run(
                        tenant.id(),
                        actor,
                        known == null
                                ? new DirectoryCommand.DeployView(id, log.id(), name, code)
                                : new DirectoryCommand.DeployVersion(id, code));
                keeper.follow(done.directory());
                return new Deployed(id, done.result().viewVersion(), world, stubs);
            } catch (ThalwegException e) {
                // Others may have deleted, between our two steps, what kept these bytes.
                if (components.isKept(tenant, stored) || tried == TRIES) {
                    throw e;
                }
            }
        }
    }

    private Tenant newest(Tenant tenant) {
        return administration
                .directory()
                .tenant(tenant.id())
                .orElseThrow(() -> new ThalwegException(ErrorCode.NOT_FOUND, "the tenant was deleted meanwhile"));
    }
}
