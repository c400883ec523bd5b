package io.thalweg.server.javaviews;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.reading.BorrowedMoment;
import io.thalweg.view.java.query.Moment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * Moments of views here that other nodes read, which have no replica of them. What nobody reads for a while counts as given back. Of a tenant there are
 * half at most. Thread-safe.
 */
final class LentMoments {
    /** Longer than a question may take between two looks. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    private static final int LENT_MAX = 512;
    private static final int TENANT_PART = 2;

    private final LongSupplier nowNs;
    private final Map<Long, Lent> lent = new HashMap<>(); // guarded by this
    private boolean ended; // guarded by this

    /** One of them; its lock is held while it is read. */
    private static final class Lent {
        private final TenantId tenant;
        private final Moment moment;
        private boolean back; // guarded by this
        private volatile long readNs;

        Lent(TenantId tenant, Moment moment, long nowNs) {
            this.tenant = tenant;
            this.moment = moment;
            this.readNs = nowNs;
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
            long its = lent.values().stream()
                    .filter(each -> each.tenant.equals(tenant))
                    .count();
            if (!ended && lent.size() < LENT_MAX && its < LENT_MAX / TENANT_PART) {
                long id;
                do {
                    id = ThreadLocalRandom.current().nextLong();
                } while (lent.containsKey(id));
                lent.put(id, new Lent(tenant, moment, nowNs.getAsLong()));
                return id;
            }
        }
        moment.close();
        throw new ThalwegException(
                ErrorCode.OVERLOADED, "other nodes read " + LENT_MAX + " moments here, or a tenant half of them");
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
        return its.page(from, to, reverse, bytesMax);
    }

    /** Has a moment back; one that is not lent is no error. */
    void back(long id) {
        Lent its;
        synchronized (this) {
            its = lent.remove(id);
        }
        if (its != null) {
            its.back();
        }
    }

    /** Has those back that nobody reads. */
    void look() {
        long before = nowNs.getAsLong() - IDLE.toNanos();
        List<Long> idle;
        synchronized (this) {
            idle = lent.entrySet().stream()
                    .filter(each -> each.getValue().readNs - before < 0)
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
