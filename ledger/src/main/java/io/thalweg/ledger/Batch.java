package io.thalweg.ledger;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.Bytes;
import io.thalweg.ledger.store.Records;
import java.lang.foreign.MemorySegment;

/**
 * Runs the events of one batch in order, each to its own result, linked ones all or none. The rules are TigerBeetle's, see {@code
 * execute_create} there; accounts and transfers differ only in what is between.
 */
final class Batch {
    /** Bytes of a result: timestamp u64, status u32, 0 u32. */
    static final int RESULT_BYTES = 16;

    private static final int STATUS = 8;
    private static final int EVENT_BYTES = 128;
    private static final int TIMESTAMP = AccountLayout.TIMESTAMP;
    private static final int LINKED = 1;

    /** Few enough that what was prepared is still in the processor's cache when its turn comes. */
    static final int PREPARED_EVENTS = Records.TOUCHED_MAX;

    private Batch() {}

    /**
     * @param timestamp the batch's: event i of n has the tick {@code timestamp - n + i + 1}
     * @param out n results are stored from {@code outAt} on
     */
    static void run(
            Creation creation, MemorySegment in, long inAt, int n, long timestamp, MemorySegment out, long outAt) {
        if (n == 0) {
            return;
        }
        boolean imported = creation.isImported(creation.flags(in, inAt));
        int chain = -1;
        boolean broken = false;
        for (int i = 0; i < n; i++) {
            long at = inAt + (long) i * EVENT_BYTES;
            long tick = timestamp - n + i + 1;
            if (i % PREPARED_EVENTS == 0) {
                creation.prepare(in, at, Math.min(PREPARED_EVENTS, n - i));
            }
            int flags = creation.flags(in, at);
            boolean linked = (flags & LINKED) != 0;
            if (linked && chain < 0) {
                chain = i;
                creation.beginChain();
            }
            boolean open = linked && i == n - 1;
            CreateStatus status;
            if (open) {
                status = creation.failure(Creation.Failure.CHAIN_OPEN);
            } else if (broken) {
                status = creation.failure(Creation.Failure.LINKED);
            } else {
                status = run(creation, in, at, tick, timestamp, flags, imported);
            }
            boolean created = status.code() == CreateStatus.CREATED_CODE;
            if (!created) {
                if (chain >= 0 && !broken) {
                    broken = true;
                    creation.rollbackChain();
                    // Each member keeps the timestamp it was told, an imported one that of its object.
                    for (int member = chain; member < i; member++) {
                        long memberAt = outAt + (long) member * RESULT_BYTES;
                        Bytes.u32(
                                out,
                                memberAt + STATUS,
                                creation.failure(Creation.Failure.LINKED).code());
                    }
                }
                creation.failed(in, at, status);
            }
            put(
                    out,
                    outAt + (long) i * RESULT_BYTES,
                    created || status.exists() ? creation.objectTimestamp() : tick,
                    status);
            if (chain >= 0 && (!linked || open)) {
                if (!broken) {
                    creation.commitChain();
                }
                chain = -1;
                broken = false;
            }
        }
    }

    private static CreateStatus run(
            Creation creation, MemorySegment in, long at, long tick, long batchTimestamp, int flags, boolean imported) {
        long given = Bytes.u64(in, at + TIMESTAMP);
        if (creation.isImported(flags) != imported) {
            return creation.failure(
                    imported ? Creation.Failure.IMPORTED_EXPECTED : Creation.Failure.IMPORTED_NOT_EXPECTED);
        }
        if (!imported) {
            return given == 0 ? creation.create(in, at, tick) : creation.failure(Creation.Failure.TIMESTAMP_NOT_ZERO);
        }
        if (given < 1) {
            return creation.failure(Creation.Failure.TIMESTAMP_OUT_OF_RANGE);
        }
        return given >= batchTimestamp
                ? creation.failure(Creation.Failure.TIMESTAMP_ADVANCES)
                : creation.create(in, at, tick);
    }

    private static void put(MemorySegment out, long at, long timestamp, CreateStatus status) {
        Bytes.u64(out, at, timestamp);
        Bytes.u32(out, at + STATUS, status.code());
        Bytes.u32(out, at + 12, 0);
    }
}
