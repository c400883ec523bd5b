package io.thalweg.server.views;

import io.thalweg.directory.Actor;
import io.thalweg.directory.View;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.log.EventBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventId;
import io.thalweg.server.routing.Administration;
import io.thalweg.server.routing.Shards;
import io.thalweg.view.VersionStatus;
import io.thalweg.view.host.ViewHost;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets a view pass over the event at which it is parked; a copy goes to the log of dead letters. Thread-safe. */
public final class Skipping {
    private final Administration administration;
    private final Shards shards;
    private final ViewKeeper keeper;
    private final ViewHost views;

    public Skipping(Administration administration, Shards shards, ViewKeeper keeper, ViewHost views) {
        this.administration = administration;
        this.shards = shards;
        this.keeper = keeper;
        this.views = views;
    }

    /** Whether the replica of a view here is parked, at a sequence or, for 0, anywhere. */
    public boolean isParked(View view, long wanted) {
        return views.status(view.id()).stream().anyMatch(status -> isParkedAt(status, wanted));
    }

    /**
     * Skips an event.
     *
     * @param wanted the sequence at which the view must be parked; 0 for wherever it is
     * @param given why, for people; null for the reason for which the view is parked
     */
    public Administration.Done skip(TenantId tenant, Actor actor, View view, long wanted, @Nullable String given)
            throws InterruptedException {
        List<VersionStatus> parked = views.status(view.id()).stream()
                .filter(status -> isParkedAt(status, wanted))
                .toList();
        if (parked.isEmpty()) {
            throw nothingParked();
        }
        // Versions that stand before the same event pass it together, the active one and its candidate.
        EventId event = Objects.requireNonNull(parked.getFirst().blockedAt());
        Event copy = copy(event);
        Administration.Done done = null;
        for (VersionStatus status : parked) {
            if (event.equals(status.blockedAt())) {
                done = skip(tenant, actor, view, status, event, copy, given);
                copy = null; // one letter is enough
            }
        }
        keeper.follow(Objects.requireNonNull(done).directory());
        return done;
    }

    private Administration.Done skip(
            TenantId tenant,
            Actor actor,
            View view,
            VersionStatus parked,
            EventId event,
            @Nullable Event copy,
            @Nullable String given)
            throws InterruptedException {
        String reason = given != null ? given : parked.reason() != null ? parked.reason() : "skipped by hand";
        Event letter = copy == null
                ? null
                : DeadLetterLog.marked(copy, event, view.id().toString(), Integer.toString(parked.version()), reason);
        return administration.run(
                tenant,
                actor,
                new DirectoryCommand.SkipEvent(
                        view.id(), parked.version(), event.stream().partition(), event.sequence(), reason, letter));
    }

    private static boolean isParkedAt(VersionStatus status, long wanted) {
        EventId event = status.blockedAt();
        return event != null && (wanted == 0 || event.sequence() == wanted);
    }

    /** The refusal of whoever wants to skip or retry where nothing is parked. */
    public static ThalwegException nothingParked() {
        return new ThalwegException(
                ErrorCode.VIEW_NOT_PARKED, "the view is not parked: there is nothing to retry or skip");
    }

    /** The event itself, or null when it is no longer kept. */
    private @Nullable Event copy(EventId event) {
        try {
            EventBatch batch = shards.events(event.stream()).read(event.stream(), event.sequence(), 1, 1);
            return batch.next() ? batch.toEvent() : null;
        } catch (ThalwegException e) {
            if (e.code() == ErrorCode.SEQUENCE_GONE) {
                return null;
            }
            throw e;
        }
    }
}
