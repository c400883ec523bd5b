package io.thalweg.ledger.model;

import java.nio.ByteBuffer;

/** Asks for changes of balances. {@code reserved} is a byte put into the reserved part, 0 in a valid filter. */
public record ChangeEventsFilter(long timestampMin, long timestampMax, long limit, int reserved) {
    public static final int BYTES = 64;

    public boolean isValid() {
        return limit != 0 && reserved == 0 && QueryFilter.isValid(timestampMin, timestampMax);
    }

    public boolean matches(ChangeEvent event) {
        return QueryFilter.isWithin(event.timestamp(), timestampMin, timestampMax);
    }

    public void put(ByteBuffer to, int at) {
        to.putLong(at, timestampMin);
        to.putLong(at + 8, timestampMax);
        to.putInt(at + 16, (int) limit);
        to.put(at + 20 + Math.floorMod(timestampMin, 44), (byte) reserved);
    }
}
