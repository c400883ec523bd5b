package io.thalweg.ledger;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the shard answers to a request to a ledger, in the compact form that goes through consensus and that sessions keep: a
 * batch in which everything was created takes {@value #RUN_BYTES} bytes, however many events it has.
 *
 * <pre>
 * reply = 0 u8, op i64, timestamp i64, batches i32, batch*     executed
 *       | 1 u8, reason u8                                      the session is no more
 *       | 2 u8                                                 not to be answered
 * batch = runs i32, run*
 * run   = events i32, status i32, timestamp i64                consecutive events with one status and consecutive timestamps
 * </pre>
 */
public sealed interface LedgerReply {
    /** Bytes of one result with a result for each event: timestamp u64, status u32, zero u32. */
    int DENSE_BYTES = 16;

    /** Bytes of one result where failures alone are listed: index u32, status u32. */
    int SPARSE_BYTES = 8;

    /** Bytes of a run. */
    int RUN_BYTES = 16;

    /**
     * The request was executed; or a session was registered, and there are no batches.
     *
     * @param op how many requests the ledger had executed with this one: its number, from 1
     * @param timestamp of the request: of its last event
     */
    record Executed(long op, long timestamp, List<Batch> batches) implements LedgerReply {}

    /** The client has to give up its session, for this reason. */
    record Evicted(Reason reason) implements LedgerReply {}

    /** An older request, or one of another session of the same client: silence is the answer. */
    record Dropped() implements LedgerReply {}

    /** Why a session ends, with the wire's number. */
    enum Reason {
        NO_SESSION(1),
        RELEASE_TOO_LOW(2),
        RELEASE_TOO_HIGH(3),
        INVALID_OPERATION(4),
        INVALID_BODY(5),
        INVALID_BODY_SIZE(6),
        SESSION_TOO_LOW(7),
        RELEASE_MISMATCH(8);

        private final int number;

        Reason(int number) {
            this.number = number;
        }

        public int number() {
            return number;
        }

        static Reason ofNumber(int number) {
            if (number < 1 || number > values().length) {
                throw new MalformedException("reason " + number + " of an eviction is unknown");
            }
            return values()[number - 1];
        }
    }

    /** Takes results one at a time. */
    @FunctionalInterface
    interface ResultConsumer {
        /**
         * @param index of the event in its batch, from 0
         * @param status {@link CreateStatus#CREATED_CODE} or the number of a failure
         * @param timestamp of what was created or existed before; otherwise when the event was looked at
         */
        void accept(int index, int status, long timestamp);
    }

    /** The results of one batch; shares the memory that it was read from. Immutable. */
    final class Batch {
        private final ByteBuffer runs;
        private final int events;

        private Batch(ByteBuffer runs) {
            this.runs = runs.order(ByteOrder.LITTLE_ENDIAN);
            long all = 0;
            for (int at = 0; at < runs.limit(); at += RUN_BYTES) {
                int run = runs.getInt(at);
                all += run;
                if (run < 1 || all > LedgerRequest.EVENTS_MAX) {
                    throw new MalformedException(
                            "a run of " + run + " results; all may be at most " + LedgerRequest.EVENTS_MAX);
                }
            }
            events = (int) all;
        }

        /** Events in the batch. */
        public int events() {
            return events;
        }

        /** Gives every event's result, in order. */
        public void forEach(ResultConsumer each) {
            int index = 0;
            for (int at = 0; at < runs.limit(); at += RUN_BYTES) {
                int status = runs.getInt(at + 4);
                long timestamp = runs.getLong(at + 8);
                for (int left = runs.getInt(at); left > 0; left--) {
                    each.accept(index++, status, timestamp++);
                }
            }
        }

        /** Puts {@link #DENSE_BYTES} for each event; the target must be little-endian. */
        public void putDense(ByteBuffer target) {
            forEach((_, status, timestamp) ->
                    target.putLong(timestamp).putInt(status).putInt(0));
        }

        /** Puts {@link #SPARSE_BYTES} for each event that failed, and returns how many; the target must be little-endian. */
        public int putSparse(ByteBuffer target) {
            int failed = 0;
            int index = 0;
            for (int at = 0; at < runs.limit(); at += RUN_BYTES) {
                int run = runs.getInt(at);
                int status = runs.getInt(at + 4);
                if (status != CreateStatus.CREATED_CODE) {
                    for (int i = index; i < index + run; i++) {
                        target.putInt(i).putInt(status);
                    }
                    failed += run;
                }
                index += run;
            }
            return failed;
        }

        /** Events that failed. */
        public int failed() {
            int failed = 0;
            for (int at = 0; at < runs.limit(); at += RUN_BYTES) {
                failed += runs.getInt(at + 4) == CreateStatus.CREATED_CODE ? 0 : runs.getInt(at);
            }
            return failed;
        }
    }

    /** Reads what the writers below wrote. */
    static LedgerReply parse(ByteBuffer bytes) {
        BinaryReader in = new BinaryReader(bytes);
        int outcome = in.u8();
        LedgerReply reply = switch (outcome) {
            case 0 -> {
                long op = in.i64();
                long timestamp = in.i64();
                int count = in.count(4);
                List<Batch> batches = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    int runs = in.count(RUN_BYTES);
                    batches.add(new Batch(in.slice(runs * RUN_BYTES).slice()));
                }
                yield new Executed(op, timestamp, List.copyOf(batches));
            }
            case 1 -> new Evicted(Reason.ofNumber(in.u8()));
            case 2 -> new Dropped();
            default -> throw new MalformedException("outcome " + outcome + " of a ledger reply is unknown");
        };
        in.end();
        return reply;
    }

    /** Begins a reply to an executed request; {@code batches} calls of {@link #writeBatch} have to follow. */
    static void writeExecuted(BinaryWriter out, long op, long timestamp, int batches) {
        out.u8(0).i64(op).i64(timestamp).i32(batches);
    }

    /**
     * Writes the results of a batch as runs.
     *
     * @param dense {@link #DENSE_BYTES} for each event, from the position to the limit, little-endian
     */
    static void writeBatch(BinaryWriter out, ByteBuffer dense) {
        int runs = runs(dense, null);
        out.i32(runs);
        runs(dense, out);
    }

    private static int runs(ByteBuffer dense, @Nullable BinaryWriter out) {
        int runs = 0;
        int end = dense.limit();
        int at = dense.position();
        while (at < end) {
            int start = at;
            long first = dense.getLong(at);
            int status = dense.getInt(at + 8);
            do {
                at += DENSE_BYTES;
            } while (at < end
                    && dense.getInt(at + 8) == status
                    && dense.getLong(at) == first + (at - start) / DENSE_BYTES);
            if (out != null) {
                out.i32((at - start) / DENSE_BYTES).i32(status).i64(first);
            }
            runs++;
        }
        return runs;
    }

    static void writeEvicted(BinaryWriter out, Reason reason) {
        out.u8(1).u8(reason.number());
    }

    static void writeDropped(BinaryWriter out) {
        out.u8(2);
    }
}
