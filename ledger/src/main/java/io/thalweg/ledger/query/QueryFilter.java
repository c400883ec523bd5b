package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.layout.QueryFilterLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What accounts or transfers must have; zero in a field asks for nothing.
 *
 * @param timestampMin inclusive, ns; 0 for open
 * @param timestampMax inclusive, ns; 0 for open
 * @param limit the greatest number of rows, at least 1
 */
public record QueryFilter(
        long userData128Low,
        long userData128High,
        long userData64,
        int userData32,
        int ledger,
        int code,
        long timestampMin,
        long timestampMax,
        int limit,
        Direction direction) {

    public QueryFilter {
        if (!TimeRange.valid(timestampMin, timestampMax)) {
            throw new IllegalArgumentException("timestamps from " + timestampMin + " to " + timestampMax);
        }
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ", expected at least 1");
        }
    }

    /** Reads a filter from a buffer's position, which stays; null if it breaks a rule, which the protocol answers with no rows. */
    public static @Nullable QueryFilter parse(ByteBuffer filter) {
        MemorySegment memory = Bytes.of(filter, QueryFilterLayout.BYTES, "a query filter");
        int limit = memory.get(Bytes.U32, QueryFilterLayout.LIMIT);
        int flags = memory.get(Bytes.U32, QueryFilterLayout.FLAGS);
        long min = memory.get(Bytes.U64, QueryFilterLayout.TIMESTAMP_MIN);
        long max = memory.get(Bytes.U64, QueryFilterLayout.TIMESTAMP_MAX);
        if (limit == 0
                || (flags & ~QueryFilterLayout.FLAGS_ALL) != 0
                || !TimeRange.valid(min, max)
                || !Bytes.zero(memory, QueryFilterLayout.RESERVED, QueryFilterLayout.RESERVED_BYTES)) {
            return null;
        }
        return new QueryFilter(
                memory.get(Bytes.U64, QueryFilterLayout.USER_DATA_128),
                memory.get(Bytes.U64, QueryFilterLayout.USER_DATA_128 + 8),
                memory.get(Bytes.U64, QueryFilterLayout.USER_DATA_64),
                memory.get(Bytes.U32, QueryFilterLayout.USER_DATA_32),
                memory.get(Bytes.U32, QueryFilterLayout.LEDGER),
                Bytes.u16(memory, QueryFilterLayout.CODE),
                min,
                max,
                limit < 0 ? Integer.MAX_VALUE : limit,
                (flags & QueryFilterLayout.FLAG_REVERSED) != 0 ? Direction.DESCENDING : Direction.ASCENDING);
    }

    TimeRange times() {
        return new TimeRange(timestampMin, timestampMax);
    }
}
