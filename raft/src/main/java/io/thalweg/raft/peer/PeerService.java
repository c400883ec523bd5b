package io.thalweg.raft.peer;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a node answers others beside Raft, on the same port and behind the same certificates. Thread-safe. */
@FunctionalInterface
public interface PeerService {
    /** A node that answers nothing. */
    PeerService NONE = (_, what, _, _) ->
            CompletableFuture.failedFuture(new UnsupportedOperationException("this node does not answer " + what));

    /**
     * Answers one question. Does not block.
     *
     * @param caller id of the node that asks, which its certificate is made out to where those name nodes; null when it did not say
     * @param what is asked; a word
     * @param shard that it is about; 0 where it is about none
     * @param body not trusted
     * @return fails with a {@link io.thalweg.model.ThalwegException} of {@code NOT_LEADER} where another has to be asked
     */
    CompletableFuture<ByteBuffer> answer(@Nullable String caller, String what, int shard, ByteBuffer body);
}
