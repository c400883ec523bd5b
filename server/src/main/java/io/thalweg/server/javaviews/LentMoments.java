package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.reading.BorrowedMoment;
import io.thalweg.server.memory.Places;
import io.thalweg.view.java.query.Moment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Moments of views here that other nodes read, which have no replica of them. What nobody reads for a while counts as given back, and sooner what nobody has read
 * at all: whoever asked for it has gone. Of a tenant there are an eighth at most. Thread-safe.
 */
final class LentMoments {
    /** Longer than a question may take between two looks. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    /** The same until the first look: whoever borrows reads at once. */
    private static final Duration UNREAD = Duration.ofSeconds(20);

    private static final int LENT_MAX = 2_048;
    private static final int TENANT_PART = 8;

    private final LongSupplier nowNs;
    private final Places places = new Places(LENT_MAX, TENANT_PART);
    private final Map<Long, Lent> lent = new HashMap<>(); // guarded by this
    private boolean ended; // guarded by this

    /** One of them; its lock is held while it is read. */
    private static final class Lent {
        private final TenantId tenant;
        private final Moment moment;
        private boolean back; // guarded by this
        private volatile long readNs;
        private volatile boolean read;

        Lent(TenantId tenant, Moment moment, long nowNs) {
            this.tenant = tenant;
            this.moment = moment;
            this.readNs = nowNs;
        }

        boolean isIdle(long nowNs) {
            return nowNs - readNs > (read ? IDLE : UNREAD).toNanos();
        }

        synchronized byte[] page(byte[] from, byte[] to, boolean reverse, int bytesMax) {
            if (back) {
                throw gone();
            }
            return BorrowedMoment.page(moment.partition(0), from, to, reverse, bytesMax);
        }

        synchronized void back() {
            if (!back) {
                back = true;
                moment.close();
            }
        }
    }

    LentMoments(LongSupplier nowNs) {
        this.nowNs = nowNs;
    }

    private static ThalwegException gone() {
        return new ThalwegException(ErrorCode.UNAVAILABLE, "the moment that is read is not lent any more: try again");
    }

    /** Lends a moment, which is this one's from now on; by what it is known. */
    long lend(TenantId tenant, Moment moment) {
        synchronized (this) {
            if (!ended && places.take(tenant, 1)) {
                long id;
                do {
                    id = ThreadLocalRandom.current().nextLong();
                } while (lent.containsKey(id));
                lent.put(id, new Lent(tenant, moment, nowNs.getAsLong()));
                return id;
            }
        }
        moment.close();
        throw new ThalwegException(ErrorCode.OVERLOADED, places.none("moments of views to other nodes"));
    }

    /** A page of a moment that is lent, as {@link BorrowedMoment} has it. */
    byte[] page(long id, byte[] from, byte[] to, boolean reverse, int bytesMax) {
        Lent its;
        synchronized (this) {
            its = lent.get(id);
        }
        if (its == null) {
            throw gone();
        }
        its.readNs = nowNs.getAsLong();
        its.read = true;
        return its.page(from, to, reverse, bytesMax);
    }

    /** Has a moment back; one that is not lent is no error. */
    void back(long id) {
        Lent its;
        synchronized (this) {
            its = lent.remove(id);
        }
        if (its != null) {
            places.give(its.tenant, 1);
            its.back();
        }
    }

    /** Has those back that nobody reads. */
    void look() {
        long now = nowNs.getAsLong();
        List<Long> idle;
        synchronized (this) {
            idle = lent.entrySet().stream()
                    .filter(each -> each.getValue().isIdle(now))
                    .map(Map.Entry::getKey)
                    .toList();
        }
        idle.forEach(this::back);
    }

    /** Has all back, and lends no more. */
    void end() {
        List<Long> all;
        synchronized (this) {
            ended = true;
            all = List.copyOf(lent.keySet());
        }
        all.forEach(this::back);
    }
}
