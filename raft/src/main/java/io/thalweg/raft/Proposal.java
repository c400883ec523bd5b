package io.thalweg.raft;

import io.thalweg.shard.Entry;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * An entry on its way through Ratis inside this process: rides as the request's message, and later as the transaction's
 * context, so that the leader's own write needs no decoding.
 */
final class Proposal implements Message {
    private final Entry entry;
    private @Nullable ByteString body;
    private volatile boolean ordered;

    Proposal(Entry entry) {
        this.entry = entry;
    }

    Entry entry() {
        return entry;
    }

    /** From here on the entry may take effect whatever the caller is told. */
    void markOrdered() {
        ordered = true;
    }

    boolean ordered() {
        return ordered;
    }

    /** The body, wrapped and not copied. Called by the proposing thread only. */
    @Override
    public ByteString getContent() {
        if (body == null) {
            body = EntryForm.wrap(entry.body());
        }
        return body;
    }

    @Override
    public int size() {
        return entry.length();
    }

    @Override
    public String toString() {
        return "Proposal of " + entry.requests() + " requests in " + entry.length() + " bytes";
    }
}
