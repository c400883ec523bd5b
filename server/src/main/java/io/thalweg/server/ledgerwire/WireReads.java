package io.thalweg.server.ledgerwire;

import io.thalweg.ledger.Ledger;
import io.thalweg.ledger.LedgerReply;
import io.thalweg.ledger.LedgerRequest.Caller;
import io.thalweg.ledger.MultiBatch;
import io.thalweg.ledger.layout.AccountFilterLayout;
import io.thalweg.ledger.layout.ChangeEventsFilterLayout;
import io.thalweg.ledger.layout.QueryFilterLayout;
import io.thalweg.ledger.query.AccountSearch;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.model.MalformedException;
import io.thalweg.server.routing.Await;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Answers what changes nothing. A marker in the order makes the read linearizable; on the apply thread only that happens which needs
 * balances, and searching is done by the connection's own thread over what was published at the marker. Accounts are searched for there,
 * too, and come to the apply thread once more to be copied, when all that there are by then were looked at. Transfers that are looked up may have to be read from
 * the disk: many of them are in pieces, between which others have their turn.
 */
final class WireReads {
    /** How often accounts that were created meanwhile are looked at by the connection's thread; then it is by the one that applies. */
    private static final int ROUNDS = 4;

    /** Transfers that the apply thread looks up at a time. */
    static final int PIECE = 256;

    /** What the marker found: either nothing may be answered, or the point at which it stood. */
    sealed interface Mark {
        record Refused(LedgerReply reply) implements Mark {}

        /**
         * @param fades whether the reader's session has to be touched, since it has only read for long
         * @param appliedNs the newest time that something in the ledger may have
         */
        record Granted(long op, Point point, boolean fades, long appliedNs) implements Mark {}
    }

    private final LedgerBook book;

    WireReads(LedgerBook book) {
        this.book = book;
    }

    /**
     * Runs the part of a read that needs the apply thread.
     *
     * @param out gets the results of lookups and of accounts; the position moves
     * @param counts events in each batch; becomes the number of results in each
     */
    CompletableFuture<Mark> mark(
            WireOperation operation, Caller caller, ByteBuffer body, int[] counts, ByteBuffer out) {
        Supplier<Mark> read = () -> {
            Ledger ledger = book.machine().ledger(book.tenant(), book.id()).orElse(null);
            if (ledger == null) {
                return new Mark.Refused(new LedgerReply.Evicted(LedgerReply.Reason.NO_SESSION));
            }
            LedgerReply refusal = book.machine().refusal(book.id(), caller);
            if (refusal != null) {
                return new Mark.Refused(refusal);
            }
            if (operation.looksUp() && !inPieces(operation, counts)) {
                now(ledger, operation, body, counts, out);
            }
            return new Mark.Granted(
                    book.machine().op(book.id()),
                    ledger.queries().now(),
                    book.machine().fades(book.id(), caller),
                    book.machine().appliedNs());
        };
        return book.shard().read(read);
    }

    /** What ids name, as it is at this moment of the order. */
    private static void now(Ledger ledger, WireOperation operation, ByteBuffer body, int[] counts, ByteBuffer out) {
        int at = body.position();
        for (int i = 0; i < counts.length; i++) {
            int bytes = counts[i] * operation.kind().eventBytes;
            ByteBuffer events = body.slice(at, bytes).order(body.order());
            at += bytes;
            counts[i] = operation.kind() == WireOperation.Kind.LOOKUP_ACCOUNTS
                    ? ledger.lookupAccounts(events, out)
                    : ledger.lookupTransfers(events, out);
        }
    }

    private static boolean inPieces(WireOperation operation, int[] counts) {
        return operation.kind() == WireOperation.Kind.LOOKUP_TRANSFERS
                && Arrays.stream(counts).sum() > PIECE;
    }

    /** Many transfers by their ids, as of one point; false when the ledger is gone, and with it all that was found. */
    private boolean piecewise(WireOperation operation, Point point, ByteBuffer body, int[] counts, ByteBuffer out)
            throws InterruptedException {
        int at = body.position();
        for (int i = 0; i < counts.length; i++) {
            int found = 0;
            for (int left = counts[i]; left > 0; left -= PIECE) {
                int bytes = Math.min(left, PIECE) * operation.kind().eventBytes;
                ByteBuffer ids = body.slice(at, bytes).order(body.order());
                at += bytes;
                int rows = Await.result(book.shard()
                        .read(() -> book.machine()
                                .ledger(book.tenant(), book.id())
                                .map(ledger -> ledger.lookupTransfers(ids, point.transfers(), out))
                                .orElse(-1)));
                if (rows < 0) {
                    return false;
                }
                found += rows;
            }
            counts[i] = found;
        }
        return true;
    }

    /**
     * Runs the part of a read that any thread can do, if it has one; as {@link #mark}.
     *
     * @return false when the ledger is gone since the mark: whatever is in {@code out} by then is no answer
     */
    boolean search(WireOperation operation, Point point, ByteBuffer body, int[] counts, ByteBuffer out)
            throws InterruptedException {
        if (inPieces(operation, counts)) {
            return piecewise(operation, point, body, counts, out);
        }
        if (operation.looksUp()) {
            return true;
        }
        if (operation.kind() == WireOperation.Kind.QUERY_ACCOUNTS) {
            return accounts(operation, point, body, counts, out);
        }
        LedgerQueries queries = book.machine().queries(book.tenant(), book.id()).orElse(null);
        if (queries == null) {
            return false;
        }
        int at = body.position();
        for (int i = 0; i < counts.length; i++) {
            int bytes = counts[i] * operation.kind().eventBytes;
            ByteBuffer filter = body.slice(at, bytes).order(body.order());
            at += bytes;
            counts[i] = switch (operation.kind()) {
                case ACCOUNT_TRANSFERS -> queries.accountTransfers(point, filter, out);
                case ACCOUNT_BALANCES -> queries.accountBalances(point, filter, out);
                case QUERY_TRANSFERS -> queries.queryTransfers(point, filter, out);
                case CHANGE_EVENTS -> queries.changeEvents(point, filter, out);
                default -> throw new IllegalStateException(operation + " searches nothing");
            };
        }
        return true;
    }

    /** What copying accounts came to. */
    private sealed interface Copied {
        record Done() implements Copied {}

        record Gone() implements Copied {}

        /** There are more to be looked at first. */
        record UpTo(Point point) implements Copied {}
    }

    /** Accounts by what they say: found here, copied on the apply thread; false when the ledger is gone. */
    private boolean accounts(WireOperation operation, Point marked, ByteBuffer body, int[] counts, ByteBuffer out)
            throws InterruptedException {
        List<AccountSearch> searches = new ArrayList<>(counts.length);
        int at = body.position();
        for (int count : counts) {
            int bytes = count * operation.kind().eventBytes;
            searches.add(new AccountSearch(body.slice(at, bytes).order(body.order()), operation.resultsMax(1)));
            at += bytes;
        }
        Copied copied = new Copied.UpTo(marked);
        for (int round = 1; copied instanceof Copied.UpTo(Point point); round++) {
            LedgerQueries queries =
                    book.machine().queries(book.tenant(), book.id()).orElse(null);
            if (queries == null) {
                return false;
            }
            for (AccountSearch search : searches) {
                search.advance(queries, point);
            }
            boolean last = round == ROUNDS;
            copied = Await.result(book.shard().read(() -> copied(searches, last, counts, out)));
        }
        return copied instanceof Copied.Done;
    }

    /**
     * Copies what was found, on the apply thread.
     *
     * @param last whether accounts that were created since are to be looked at, too
     */
    private Copied copied(List<AccountSearch> searches, boolean last, int[] counts, ByteBuffer out) {
        Ledger ledger = book.machine().ledger(book.tenant(), book.id()).orElse(null);
        if (ledger == null) {
            return new Copied.Gone();
        }
        LedgerQueries queries = ledger.queries();
        Point now = queries.now();
        if (!last && !searches.stream().allMatch(search -> search.isAt(now))) {
            return new Copied.UpTo(now);
        }
        for (int i = 0; i < counts.length; i++) {
            searches.get(i).advance(queries, now);
            counts[i] = searches.get(i).copy(queries, out);
        }
        return new Copied.Done();
    }

    /**
     * Most results that a read can have: what its lookups or filters ask for, each filter within what a reply to it alone would hold.
     * Throws {@link MalformedException} when one reply cannot hold all of that, because it would be cut short in silence.
     */
    static int resultsMax(WireOperation operation, ByteBuffer body, int[] counts) {
        long wanted = 0;
        int at = body.position();
        long mostOfOne = operation.resultsMax(1);
        for (int count : counts) {
            wanted += operation.looksUp()
                    ? count
                    : Math.min(mostOfOne, body.getInt(at + limitOffset(operation)) & 0xffff_ffffL);
            at += count * operation.kind().eventBytes;
        }
        int most = operation.resultsMax(counts.length);
        if (wanted > most) {
            throw new MalformedException(
                    "the filters ask for up to " + wanted + " results, and a reply to them holds " + most);
        }
        return (int) wanted;
    }

    private static int limitOffset(WireOperation operation) {
        return switch (operation.kind()) {
            case QUERY_ACCOUNTS, QUERY_TRANSFERS -> QueryFilterLayout.LIMIT;
            case CHANGE_EVENTS -> ChangeEventsFilterLayout.LIMIT;
            default -> AccountFilterLayout.LIMIT;
        };
    }

    static void putTrailer(WireOperation operation, int[] counts, ByteBuffer out) {
        if (operation.manyBatches()) {
            out.limit(out.capacity());
            MultiBatch.putTrailer(out, counts, operation.resultBytes());
        }
    }
}
