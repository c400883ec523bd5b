package io.thalweg.server.http.logs;

import io.thalweg.directory.Log;
import io.thalweg.log.EventReader;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.Limits;
import io.thalweg.model.StreamId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.duties.UsageMeter;
import io.thalweg.server.form.Numbers;
import io.thalweg.server.http.Call;
import io.thalweg.server.routing.Administration;

/** What reading a range and following a log have in common: how much at a time, from where, in which form, and who counts it. */
record EventReading(Administration administration, UsageMeter meter, EventMeters meters) {
    static final int STEP_EVENTS = 1_000;
    static final int STEP_BYTES = 256 << 10;

    /** What a step holds at most: one event may be larger than the step. */
    static final int STEP_MEMORY = STEP_BYTES + Limits.MAX_EVENT_BYTES;

    static boolean base64(Call call) {
        String encoding = call.query().text("encoding");
        if (encoding == null || encoding.equals("auto")) {
            return false;
        }
        if (encoding.equals("base64")) {
            return true;
        }
        throw new ThalwegException(
                ErrorCode.INVALID_REQUEST,
                "parameter 'encoding' is '" + Numbers.shorten(encoding) + "', expected auto or base64");
    }

    void count(Call call, int events, long bytes) {
        meters.read(events, bytes);
        meter.dataOut(call.tenantId(), bytes);
    }

    /** The log as the directory has it now. */
    Log newest(Call call, Log known) {
        return administration.directory().log(call.tenantId(), known.id()).orElse(known);
    }

    /** Where to begin: at {@code from}, or behind {@code after}. */
    static long from(Call call, Log log, EventReader events, StreamId stream) {
        String after = call.query().text("after");
        if (after == null) {
            return call.query().number("from", events.first(stream), 1, Long.MAX_VALUE);
        }
        if (call.query().has("from")) {
            throw Placing.invalid("give 'from' or 'after', not both");
        }
        long at = Positions.parse("parameter 'after'", after, log).of(stream);
        return at == 0 ? events.first(stream) : at + 1;
    }
}
