package io.thalweg.directory.command;

import io.thalweg.directory.Actor;
import io.thalweg.model.TenantId;
import io.thalweg.model.request.Operation;
import io.thalweg.model.request.Reply;
import io.thalweg.model.request.Request;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Turns commands into requests to the directory's shard, and its replies into results. Thread-safe. */
public final class DirectoryClient {
    private final Function<Request, CompletableFuture<Reply>> shard;

    /** @param shard the directory's shard: {@code shard::submit} */
    public DirectoryClient(Function<Request, CompletableFuture<Reply>> shard) {
        this.shard = shard;
    }

    /**
     * Has a command applied on behalf of {@code actor}; a refusal completes the future with a {@link
     * io.thalweg.model.ThalwegException}. For {@code CreateTenant}, {@code tenant} is the new one's identifier.
     */
    public CompletableFuture<DirectoryResult> submit(TenantId tenant, Actor actor, DirectoryCommand command) {
        return submit(Request.NO_SESSION, 0, tenant, actor, command);
    }

    /** The same in a session: the same number again changes nothing and answers the same. */
    public CompletableFuture<DirectoryResult> submit(
            UUID session, long number, TenantId tenant, Actor actor, DirectoryCommand command) {
        ByteBuffer body = DirectoryRequest.encode(actor, command);
        return shard.apply(new Request(tenant, session, number, Operation.DIRECTORY, body))
                .thenApply(reply -> DirectoryResult.decode(reply.orThrow()));
    }
}
