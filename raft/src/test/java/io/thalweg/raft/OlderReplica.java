package io.thalweg.raft;

import io.thalweg.model.MalformedException;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.RequestCodec;
import io.thalweg.shard.Entry;
import io.thalweg.shard.Replica;
import io.thalweg.shard.ReplicaAround;
import java.nio.ByteBuffer;

/** A replica of an older program: it halts at an operation that it does not know, as that program does. */
final class OlderReplica extends ReplicaAround {
    private final int version;

    /** @param version the newest that it knows */
    OlderReplica(Replica replica, int version) {
        super(replica);
        this.version = version;
    }

    @Override
    public ByteBuffer apply(long index, long term, Entry entry) {
        for (ByteBuffer part : entry.body()) {
            RequestCodec.Cursor requests = RequestCodec.cursor(part);
            while (requests.hasNext()) {
                Operation operation = requests.next().operation();
                if (operation.since() > version) {
                    throw new MalformedException("operation " + operation.number() + " is unknown");
                }
            }
        }
        return super.apply(index, term, entry);
    }
}
