package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.U128;
import org.jspecify.annotations.Nullable;

/**
 * Which transfers are asked for. All that is set must hold; nothing set asks for all transfers. Setters return the query
 * itself. Not for use by several threads while it is being set.
 */
public final class TransferQuery {
    @Nullable
    Sides sides;

    long accountLow;
    long accountHigh;
    long userData128Low;
    long userData128High;
    long userData64;
    int userData32;
    int ledger;
    int code;
    boolean amounts;
    long amountMinLow;
    long amountMinHigh;
    long amountMaxLow = -1;
    long amountMaxHigh = -1;

    @Nullable
    PendingState state;

    TimeRange times = TimeRange.ALL;
    int limit = Integer.MAX_VALUE;
    Direction direction = Direction.ASCENDING;

    public TransferQuery() {}

    /** The transfers that the protocol's filter asks for. */
    public static TransferQuery of(QueryFilter filter) {
        return new TransferQuery()
                .userData128(filter.userData128Low(), filter.userData128High())
                .userData64(filter.userData64())
                .userData32(filter.userData32())
                .ledger(filter.ledger())
                .code(filter.code())
                .timestamps(filter.timestampMin(), filter.timestampMax())
                .limit(filter.limit())
                .direction(filter.direction());
    }

    /** The transfers that the protocol's filter asks for. */
    public static TransferQuery of(AccountFilter filter) {
        return new TransferQuery()
                .account(filter.accountLow(), filter.accountHigh(), filter.sides())
                .userData128(filter.userData128Low(), filter.userData128High())
                .userData64(filter.userData64())
                .userData32(filter.userData32())
                .code(filter.code())
                .timestamps(filter.timestampMin(), filter.timestampMax())
                .limit(filter.limit())
                .direction(filter.direction());
    }

    /** Only transfers that debit, credit, or do either to this account. */
    public TransferQuery account(long idLow, long idHigh, Sides side) {
        sides = side;
        accountLow = idLow;
        accountHigh = idHigh;
        return this;
    }

    /** Only transfers with this value; 0 for any. */
    public TransferQuery userData128(long low, long high) {
        userData128Low = low;
        userData128High = high;
        return this;
    }

    /** Only transfers with this value; 0 for any. */
    public TransferQuery userData64(long value) {
        userData64 = value;
        return this;
    }

    /** Only transfers with this value; 0 for any. */
    public TransferQuery userData32(int value) {
        userData32 = value;
        return this;
    }

    /** Only transfers of this ledger (u32); 0 for any. */
    public TransferQuery ledger(int value) {
        ledger = value;
        return this;
    }

    /** Only transfers with this code, up to 65535; 0 for any. */
    public TransferQuery code(int value) {
        if (value < 0 || value > 0xFFFF) {
            throw new IllegalArgumentException("code " + value + ", expected 0 to 65535");
        }
        code = value;
        return this;
    }

    /** Only transfers whose booked amount lies between these two, both inclusive. */
    public TransferQuery amounts(long minLow, long minHigh, long maxLow, long maxHigh) {
        if (U128.compare(minLow, minHigh, maxLow, maxHigh) > 0) {
            throw new IllegalArgumentException("the least amount is above the greatest");
        }
        amounts = true;
        amountMinLow = minLow;
        amountMinHigh = minHigh;
        amountMaxLow = maxLow;
        amountMaxHigh = maxHigh;
        return this;
    }

    /** Only transfers that were booked as pending, and of which this has become. */
    public TransferQuery state(PendingState value) {
        state = value;
        return this;
    }

    /** Only transfers with a timestamp between these two in ns, both inclusive; 0 for open. */
    public TransferQuery timestamps(long min, long max) {
        if (!TimeRange.valid(min, max)) {
            throw new IllegalArgumentException("timestamps from " + min + " to " + max);
        }
        times = new TimeRange(min, max);
        return this;
    }

    /** At most this many rows, at least 1. */
    public TransferQuery limit(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("limit " + rows + ", expected at least 1");
        }
        limit = rows;
        return this;
    }

    /** Oldest first unless said otherwise. */
    public TransferQuery direction(Direction value) {
        direction = value;
        return this;
    }
}
