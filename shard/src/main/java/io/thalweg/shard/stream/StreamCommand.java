package io.thalweg.shard.stream;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.LogId;
import io.thalweg.model.MalformedException;
import io.thalweg.model.StreamId;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Request;

/**
 * The bodies of the operations that change streams other than by appending. Form: log 16 bytes, partition i32, and for a
 * trim the first sequence to keep, i64.
 */
public sealed interface StreamCommand {

    StreamId stream();

    Operation operation();

    /** Starts an empty stream of the tenant. */
    record Create(StreamId stream) implements StreamCommand {
        @Override
        public Operation operation() {
            return Operation.CREATE_STREAM;
        }
    }

    /** Ends a stream for good. */
    record Delete(StreamId stream) implements StreamCommand {
        @Override
        public Operation operation() {
            return Operation.DELETE_STREAM;
        }
    }

    /** Lets go of the events before {@code firstSequence}. */
    record Trim(StreamId stream, long firstSequence) implements StreamCommand {
        @Override
        public Operation operation() {
            return Operation.TRIM_STREAM;
        }
    }

    /** This command as a request outside any session. */
    default Request toRequest(TenantId tenant) {
        BinaryWriter out =
                new BinaryWriter(28).uuid(stream().log().value()).i32(stream().partition());
        if (this instanceof Trim trim) {
            out.i64(trim.firstSequence());
        }
        return Request.of(tenant, operation(), out.toByteBuffer());
    }

    /** The command in a request's body; {@link MalformedException} when it is anything else. */
    static StreamCommand decode(Request request) {
        BinaryReader in = new BinaryReader(request.body());
        LogId log = new LogId(in.uuid());
        int partition = in.i32();
        if (partition < 0) {
            throw new MalformedException("partition " + partition + " is negative");
        }
        StreamId stream = new StreamId(log, partition);
        StreamCommand command = switch (request.operation()) {
            case CREATE_STREAM -> new Create(stream);
            case DELETE_STREAM -> new Delete(stream);
            case TRIM_STREAM -> new Trim(stream, in.i64());
            default -> throw new MalformedException(request.operation() + " is no command on a stream");
        };
        in.end();
        return command;
    }
}
