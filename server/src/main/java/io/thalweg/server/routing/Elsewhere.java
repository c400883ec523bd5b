package io.thalweg.server.routing;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;

/**
 * What was asked for needs a shard of which this node has no replica. A door that can sends the whole call to a node that has one; for
 * everybody else it is {@code UNAVAILABLE}.
 */
public final class Elsewhere extends ThalwegException {
    private final int shard;

    public Elsewhere(int shard) {
        super(ErrorCode.UNAVAILABLE, "this node has no replica of shard " + shard);
        this.shard = shard;
    }

    /** The shard that is not here. */
    public int shard() {
        return shard;
    }
}
