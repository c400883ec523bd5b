package io.thalweg.shard;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The port to whatever orders a shard's entries and makes them durable. A lone shard needs no more than its journal, which {@link
 * LoneConsensus} makes an order of; that of a group drives one {@link Replica} on each node, and durable means on a quorum.
 */
public interface Consensus extends AutoCloseable {

    /** What this node is in its group at the moment. */
    enum Role {
        LEADER,
        FOLLOWER,
        CANDIDATE,
        STOPPED
    }

    /**
     * What this node knows of its group at the moment, which may be old news.
     *
     * @param leader id of the node that leads; empty when none is known, and always in a lone shard
     * @param term the newest that this node has heard of
     * @param committed index of the newest entry that is known to be committed, applied here or not
     */
    record Standing(Role role, Optional<String> leader, long term, long committed) {}

    /**
     * Proposes one entry. The future completes with the replies of applying it once the entry is durable on a quorum
     * and applied on this node, or exceptionally; an exception leaves open whether the entry will be applied, unless it is a
     * {@link #refusal}. Entries proposed by one thread are ordered as proposed.
     */
    CompletableFuture<ByteBuffer> propose(Entry entry);

    /**
     * Why an entry that was proposed surely is not in the order, and never will be: {@code NOT_LEADER}, or {@code OVERLOADED} where too many are on their
     * way. Empty when the failure leaves that open.
     */
    static Optional<ThalwegException> refusal(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof ThalwegException known
                        && (known.code() == ErrorCode.NOT_LEADER || known.code() == ErrorCode.OVERLOADED)
                ? Optional.of(known)
                : Optional.empty();
    }

    /** From local knowledge alone, cheap, from any thread. */
    Standing standing();

    /** As {@link #standing} has it. */
    default Role role() {
        return standing().role();
    }

    /**
     * Has another member lead in the place of this one. Completes when it leads; exceptionally with a {@link
     * io.thalweg.model.ThalwegException} when this node does not lead ({@code NOT_LEADER}), when there is no such member ({@code
     * INVALID_REQUEST}), or when the other could not take over in time ({@code UNAVAILABLE}), and then this one leads on.
     */
    CompletableFuture<Void> transfer(String member);

    /**
     * Takes a snapshot now and lets the consensus drop what it covers, but for a tail that it may keep for those who were away for a moment; completes with
     * the snapshot's index.
     */
    CompletableFuture<Long> snapshot();

    /** As {@link #snapshot}, and drops that tail, too. */
    default CompletableFuture<Long> forget() {
        return snapshot();
    }

    /** After so many bytes of entries the file of a log of its own is complete that is written to now; 0 without one, as in a lone shard. */
    default int fileBytes() {
        return 0;
    }

    /**
     * What a stamp of an entry that is proposed now should say, by the clocks of the group's majority. Whoever stands before another
     * consensus asks that one.
     *
     * @param own this node's clock
     */
    long stampNs(Clock own);

    /** The shard has halted by itself: a group goes on without this node's member. Any thread; must not block. */
    default void halted(Throwable cause) {}

    /** Whether a file is one of a log of its own; none is in a lone shard, whose log is the journal. */
    default boolean keeps(Path file) {
        return false;
    }

    /** The files of that log that do not change any more, and go when a snapshot covers them. Any thread. */
    default List<Path> restingFiles() throws IOException {
        return List.of();
    }

    /**
     * Reads one of the {@link #restingFiles} from beginning to end. Any thread.
     *
     * @param through what it is read with
     * @throws CorruptionException when a byte that counts is wrong
     * @throws IOException also when the file has gone meanwhile
     */
    default void requireSound(Path file, Disk through) throws IOException {
        throw new NoSuchFileException(String.valueOf(file));
    }

    /** Called every half second or so by the shard's background work, from one thread at a time; must not block. */
    void housekeep();

    @Override
    void close();
}
