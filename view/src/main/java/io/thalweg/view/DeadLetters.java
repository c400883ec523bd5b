package io.thalweg.view;

import io.thalweg.model.TenantId;
import io.thalweg.model.ViewId;
import io.thalweg.model.event.Event;
import io.thalweg.model.event.EventId;
import java.util.concurrent.CompletableFuture;

/** Where events go that a view passes over. The view waits, without holding a thread, until each one is stored. */
@FunctionalInterface
public interface DeadLetters {

    /**
     * An event that was not processed, and why.
     *
     * @param source where the event stands
     * @param timestampNs the event's own
     * @param reason the code's error or trap, or that an operator skipped it
     */
    record DeadLetter(
            TenantId tenant, ViewId view, int version, EventId source, long timestampNs, Event event, String reason) {}

    /**
     * Stores a letter. At least once: after a crash or a rebuild of the view the same one comes again, so that implementations
     * recognise (view, version, source). Must not block. A failed future parks the view at the event.
     */
    CompletableFuture<?> add(DeadLetter letter);
}
