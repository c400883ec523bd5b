package io.thalweg.ledger.query;

import io.thalweg.ledger.layout.AccountLayout;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A search for accounts in two halves, so that the apply thread is not held up by what takes long. Which accounts they are is found on any
 * thread, as of a {@link Point}, and later for those that were created in between: an account is never deleted, and what a filter
 * asks for never changes, so that what was found stays found. Their rows, with the balances of now, are copied on the apply thread, where
 * the search has come as far as the ledger has. One thread at a time.
 */
public final class AccountSearch {
    private final @Nullable QueryFilter filter;
    private final int rows;

    /** In the order of the answer. */
    private long[] found = {};

    private int count;

    /** Accounts that were looked at: those whose numbers are less. */
    private long lookedAt;

    /**
     * @param filter as the protocol has it, read from its position, which stays; one that it does not allow finds nothing
     * @param rowsMax the most rows, whatever the filter's limit is
     */
    public AccountSearch(ByteBuffer filter, int rowsMax) {
        this(QueryFilter.parse(filter), rowsMax);
    }

    /** The same for a filter that is parsed. */
    public AccountSearch(@Nullable QueryFilter filter, int rowsMax) {
        this.filter = filter;
        this.rows = filter == null ? 0 : Math.min(filter.limit(), rowsMax);
    }

    /** Finds those that were there at a point, or goes on to it from a former one. Any thread. */
    public void advance(LedgerQueries queries, Point point) {
        if (filter == null || isAt(point)) {
            return;
        }
        if (filter.direction() == Direction.ASCENDING && count == rows) {
            lookedAt = point.accounts(); // those that are newer come behind what is asked for
            return;
        }
        long[] newer = new long[rows];
        int more = queries.selectAccounts(lookedAt, point, filter, newer);
        if (filter.direction() == Direction.DESCENDING || count == 0) {
            int kept = Math.min(count, rows - more);
            System.arraycopy(found, 0, newer, more, kept);
            found = newer;
            count = more + kept;
        } else {
            int room = Math.min(more, rows - count);
            System.arraycopy(newer, 0, found, count, room);
            count += room;
        }
        lookedAt = point.accounts();
    }

    /** Whether it has seen all accounts that there were at a point. */
    public boolean isAt(Point point) {
        return filter == null || lookedAt >= point.accounts();
    }

    /**
     * Puts the rows, {@value AccountLayout#BYTES} bytes each, with the balances of now, from the buffer's position on. Apply thread.
     *
     * @return how many
     */
    public int copy(LedgerQueries queries, ByteBuffer out) {
        queries.copyAccounts(found, count, out);
        return count;
    }
}
