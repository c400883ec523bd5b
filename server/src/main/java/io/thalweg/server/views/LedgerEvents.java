package io.thalweg.server.views;

import io.thalweg.directory.Directory;
import io.thalweg.directory.NamedLedger;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.query.LedgerQueries;
import io.thalweg.ledger.query.Point;
import io.thalweg.log.EventBatch;
import io.thalweg.log.EventReader;
import io.thalweg.log.PayloadBatch;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.LedgerId;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.form.ByteSink;
import io.thalweg.server.form.LedgerJson;
import io.thalweg.server.form.MediaTypes;
import io.thalweg.server.form.Rows;
import io.thalweg.server.routing.Ledgers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The change events of a ledger in the form in which views read logs: JSON payloads, as over HTTP, numbered in the order of
 * commits. The event of a sequence never changes, and all are kept for ever. Of a ledger that was deleted nothing is left.
 * Thread-safe.
 */
public final class LedgerEvents implements EventReader {
    private static final int ROWS_MAX = 512;

    /** About what an event takes as JSON. */
    private static final int EVENT_BYTES = 1_024;

    private final Ledgers ledgers;
    private final TenantId tenant;
    private final NamedLedger ledger;

    private LedgerEvents(Ledgers ledgers, TenantId tenant, NamedLedger ledger) {
        this.ledgers = ledgers;
        this.tenant = tenant;
        this.ledger = ledger;
    }

    /** Finds the ledger behind a stream, in whichever tenant it is. */
    public record Finder(Supplier<Directory> directory, Ledgers ledgers) {
        public Optional<EventReader> find(StreamId stream) {
            LedgerId id = new LedgerId(stream.log().value());
            return stream.partition() != 0
                    ? Optional.empty()
                    : directory
                            .get()
                            .ownerOf(id)
                            .flatMap(owner ->
                                    owner.ledger(id).map(ledger -> new LedgerEvents(ledgers, owner.id(), ledger)));
        }
    }

    private Optional<LedgerQueries> queries() {
        try {
            return Optional.of(ledgers.queries(tenant, ledger));
        } catch (ThalwegException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public long head(StreamId stream) {
        return queries()
                .map(LedgerQueries::now)
                .map(now -> now.transfers() + now.expiries())
                .orElse(0L);
    }

    @Override
    public long first(StreamId stream) {
        return 1;
    }

    @Override
    public EventBatch read(StreamId stream, long fromSequence, int maxEvents, int maxBytes) {
        int rows = Math.clamp(maxBytes / EVENT_BYTES, 1, Math.min(maxEvents, ROWS_MAX));
        Optional<LedgerQueries> queries = queries();
        if (queries.isEmpty()) {
            return new PayloadBatch(fromSequence, MediaTypes.JSON, List.of(), List.of());
        }
        ByteBuffer events = Rows.buffer(rows, ChangeEventLayout.BYTES);
        Point now = queries.get().now();
        int count = queries.get().tail(now, fromSequence, rows, events);
        List<byte[]> payloads = new ArrayList<>(count);
        List<Long> timestamps = new ArrayList<>(count);
        ByteSink sink = new ByteSink(EVENT_BYTES);
        for (int i = 0; i < count; i++) {
            int at = i * ChangeEventLayout.BYTES;
            sink.clear();
            LedgerJson.event(events, at, fromSequence + i, sink);
            payloads.add(sink.toByteArray());
            timestamps.add(events.getLong(at + ChangeEventLayout.TIMESTAMP));
        }
        return new PayloadBatch(fromSequence, MediaTypes.JSON, payloads, timestamps);
    }

    @Override
    public boolean await(StreamId stream, long sequence, Duration timeout) throws InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            // Counted before looking, so that nothing comes unseen between the two.
            long seen = ledgers.publications(ledger);
            if (head(stream) >= sequence) {
                return true;
            }
            Duration left = timeout.minusNanos(System.nanoTime() - startNs);
            if (left.isNegative() || left.isZero()) {
                return false;
            }
            ledgers.awaitPublication(ledger, seen, left);
        }
    }
}
