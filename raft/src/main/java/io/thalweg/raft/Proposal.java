package io.thalweg.raft;

import io.thalweg.shard.Entry;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * An entry on its way through Ratis inside this process: rides as the request's message, and later as the transaction's
 * context, so that the leader's own apply needs no decoding.
 */
final class Proposal implements Message {
    private final Entry entry;
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

    /** Nobody asks: what goes into the log is made of {@link #entry}. */
    @Override
    public ByteString getContent() {
        return EntryForm.logData(entry);
    }

    @Override
    public int size() {
        return EntryForm.HEADER_BYTES + entry.length();
    }

    @Override
    public String toString() {
        return "Proposal of " + entry.requests() + " requests in " + entry.length() + " bytes";
    }
}
