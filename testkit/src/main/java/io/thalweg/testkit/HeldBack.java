package io.thalweg.testkit;

import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.Consensus;
import io.thalweg.shard.Entry;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * A consensus on a node whose clock is ahead of its group's: stamps are held back.
 *
 * @param byNs how far
 */
record HeldBack(Consensus inner, LongSupplier byNs) implements Consensus {
    @Override
    public long stampNs(Clock own) {
        return inner.stampNs(own) - byNs.getAsLong();
    }

    @Override
    public CompletableFuture<ByteBuffer> propose(Entry entry) {
        return inner.propose(entry);
    }

    @Override
    public Standing standing() {
        return inner.standing();
    }

    @Override
    public CompletableFuture<Void> transfer(String member) {
        return inner.transfer(member);
    }

    @Override
    public CompletableFuture<Long> snapshot() {
        return inner.snapshot();
    }

    @Override
    public void halted(Throwable cause) {
        inner.halted(cause);
    }

    @Override
    public void housekeep() {
        inner.housekeep();
    }

    @Override
    public void close() {
        inner.close();
    }
}
