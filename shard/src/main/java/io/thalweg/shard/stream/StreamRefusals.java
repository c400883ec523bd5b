package io.thalweg.shard.stream;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.StreamId;
import io.thalweg.model.request.AppendBody;
import io.thalweg.model.request.Reply;
import org.jspecify.annotations.Nullable;

/** Why an append is not what it takes a stream for. The same words on every replica: they are part of the reply. */
final class StreamRefusals {
    private StreamRefusals() {}

    static Reply notFound(StreamId stream) {
        return new Reply.Refused(ErrorCode.NOT_FOUND, "log " + stream + " does not exist");
    }

    static Reply moved(LogStream state) {
        return new Reply.Refused(
                ErrorCode.SLOT_MOVED,
                "log " + state.id.log() + " was split: the events are of another partition than "
                        + state.id.partition());
    }

    /** Why the head or the slots of a stream are not what a writer takes them for; null if they are. */
    static @Nullable Reply of(LogStream state, int asOf, long expected) {
        return asOf == AppendBody.ANY_PARTITIONS || state.splits.known(asOf) ? mismatch(state, expected) : moved(state);
    }

    private static @Nullable Reply mismatch(LogStream state, long expected) {
        return expected == AppendBody.ANY_SEQUENCE || expected == state.head
                ? null
                : new Reply.Refused(
                        ErrorCode.SEQUENCE_MISMATCH,
                        "expected sequence " + expected + ", but the log's newest is " + state.head);
    }
}
