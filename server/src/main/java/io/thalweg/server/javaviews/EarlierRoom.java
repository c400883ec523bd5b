package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Room for states of earlier times, each of which takes memory and disk: some in this process, fewer of a tenant, so that one who asks much leaves the
 * others theirs. A place counts until its question is over its time; code of users that does not come back keeps what it reads from, but nobody waits
 * for it. A tenant who has {@value #HELD_OF_A_TENANT} gets no more until one is given back, and of all there are {@value #HELD_MAX} at most. Thread-safe.
 */
final class EarlierRoom {
    static final int PLACES = 4;
    static final int PLACES_OF_A_TENANT = 2;

    /** Those over their time among them, as in what follows. */
    static final int HELD_MAX = 16;

    static final int HELD_OF_A_TENANT = 4;

    private static final long LOOK_MS = 100;

    private final Duration patience;
    private final LongSupplier nowNs;
    private final List<Place> held = new ArrayList<>(); // guarded by this

    /**
     * @param patience of who finds no place
     * @param nowNs as {@link System#nanoTime}
     */
    EarlierRoom(Duration patience, LongSupplier nowNs) {
        this.patience = patience;
        this.nowNs = nowNs;
    }

    /** A place that somebody has, until it is closed, once or more often. */
    final class Place implements AutoCloseable {
        private final TenantId tenant;
        private final long untilNs;

        private Place(TenantId tenant, long untilNs) {
            this.tenant = tenant;
            this.untilNs = untilNs;
        }

        @Override
        public void close() {
            leave(this);
        }
    }

    /**
     * A place, waited for if there is none.
     *
     * @param untilNs by when its question is over
     * @throws ThalwegException {@code OVERLOADED} when none becomes free in time
     */
    synchronized Place enter(TenantId tenant, long untilNs) {
        long endNs = nowNs.getAsLong() + patience.toNanos();
        endNs = endNs - untilNs > 0 ? untilNs : endNs;
        while (!hasRoom(tenant)) {
            if (nowNs.getAsLong() - endNs >= 0) {
                throw new ThalwegException(
                        ErrorCode.OVERLOADED,
                        "indexes are read as they were by " + held.size()
                                + " questions, which takes memory, of a tenant by " + PLACES_OF_A_TENANT
                                + " at most, and " + HELD_OF_A_TENANT + " that do not end: try again");
            }
            try {
                wait(LOOK_MS); // time alone may make room
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ThalwegException(ErrorCode.UNAVAILABLE, "the node stops", e);
            }
        }
        Place place = new Place(tenant, untilNs);
        held.add(place);
        return place;
    }

    private boolean hasRoom(TenantId tenant) {
        long now = nowNs.getAsLong();
        int all = 0;
        int its = 0;
        int heldByIt = 0;
        for (Place place : held) {
            int own = place.tenant.equals(tenant) ? 1 : 0;
            heldByIt += own;
            if (place.untilNs - now > 0) {
                all++;
                its += own;
            }
        }
        return all < PLACES && its < PLACES_OF_A_TENANT && held.size() < HELD_MAX && heldByIt < HELD_OF_A_TENANT;
    }

    private synchronized void leave(Place place) {
        held.removeIf(each -> each == place);
        notifyAll();
    }
}
