package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountFilterLayout;
import io.thalweg.ledger.layout.Bytes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an account's transfers must have; zero in a field asks for nothing.
 *
 * @param timestampMin inclusive, ns; 0 for open
 * @param timestampMax inclusive, ns; 0 for open
 * @param limit the greatest number of rows, at least 1
 */
public record AccountFilter(
        long accountLow,
        long accountHigh,
        Sides sides,
        long userData128Low,
        long userData128High,
        long userData64,
        int userData32,
        int code,
        long timestampMin,
        long timestampMax,
        int limit,
        Direction direction) {

    public AccountFilter {
        if ((accountLow == 0 && accountHigh == 0) || (accountLow == -1 && accountHigh == -1)) {
            throw new IllegalArgumentException("an account's id is neither 0 nor 2^128-1");
        }
        if (!TimeRange.valid(timestampMin, timestampMax)) {
            throw new IllegalArgumentException("timestamps from " + timestampMin + " to " + timestampMax);
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ", expected at least 1");
        }
    }

    /** Reads a filter from a buffer's position, which stays; null if it breaks a rule, which the protocol answers with no rows. */
    public static @Nullable AccountFilter parse(ByteBuffer filter) {
        MemorySegment memory = Bytes.of(filter, AccountFilterLayout.BYTES, "an account filter");
        long low = memory.get(Bytes.U64, AccountFilterLayout.ACCOUNT_ID);
        long high = memory.get(Bytes.U64, AccountFilterLayout.ACCOUNT_ID + 8);
        int limit = memory.get(Bytes.U32, AccountFilterLayout.LIMIT);
        int flags = memory.get(Bytes.U32, AccountFilterLayout.FLAGS);
        long min = memory.get(Bytes.U64, AccountFilterLayout.TIMESTAMP_MIN);
        long max = memory.get(Bytes.U64, AccountFilterLayout.TIMESTAMP_MAX);
        if ((low == 0 && high == 0)
                || (low == -1 && high == -1)
                || limit == 0
                || (flags & (AccountFilterLayout.FLAG_DEBITS | AccountFilterLayout.FLAG_CREDITS)) == 0
                || (flags & ~AccountFilterLayout.FLAGS_ALL) != 0
                || !TimeRange.valid(min, max)
                || !Bytes.zero(memory, AccountFilterLayout.RESERVED, AccountFilterLayout.RESERVED_BYTES)) {
            return null;
        }
        return new AccountFilter(
                low,
                high,
                (flags & AccountFilterLayout.FLAG_CREDITS) == 0
                        ? Sides.DEBITS
                        : (flags & AccountFilterLayout.FLAG_DEBITS) == 0 ? Sides.CREDITS : Sides.BOTH,
                memory.get(Bytes.U64, AccountFilterLayout.USER_DATA_128),
                memory.get(Bytes.U64, AccountFilterLayout.USER_DATA_128 + 8),
                memory.get(Bytes.U64, AccountFilterLayout.USER_DATA_64),
                memory.get(Bytes.U32, AccountFilterLayout.USER_DATA_32),
                Bytes.u16(memory, AccountFilterLayout.CODE),
                min,
                max,
                limit < 0 ? Integer.MAX_VALUE : limit,
                (flags & AccountFilterLayout.FLAG_REVERSED) != 0 ? Direction.DESCENDING : Direction.ASCENDING);
    }
}
