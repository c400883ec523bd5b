package io.thalweg.server.routing;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.cluster.ClusterState;
import io.thalweg.directory.command.DirectoryClient;
import io.thalweg.directory.command.DirectoryCommand;
import io.thalweg.directory.command.DirectoryResult;
import io.thalweg.directory.machine.DirectoryMachine;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Commands to the directory, answered only when the shards have done what it decided and the change is known here and on every other node that
 * is well: a log that was created can be appended to, and a key that was revoked opens nothing, wherever its owner asks next. Thread-safe.
 */
public final class Administration {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final DirectoryClient client;
    private final DirectoryMachine machine;
    private final Others others;

    /** The other nodes that have the directory. */
    @FunctionalInterface
    public interface Others {
        /** Of a node alone. */
        Others NONE = _ -> CompletableFuture.allOf();

        /** Completes when all that are well know a version, or could not say so soon; never with a failure. */
        CompletableFuture<Void> know(long version);
    }

    /** A command's result, and a directory that includes it. */
    public record Done(DirectoryResult result, Directory directory) {}

    public Administration(DirectoryClient client, DirectoryMachine machine, Others others) {
        this.client = client;
        this.machine = machine;
        this.others = others;
    }

    /** The newest directory. */
    public Directory directory() {
        return machine.current();
    }

    /** Waits for a directory of at least this version, or for {@code timeout}; returns the newest either way. */
    public Directory await(long version, Duration timeout) throws InterruptedException {
        return machine.await(version, timeout);
    }

    /** Has a command applied, and carried out by the shards; a refusal is thrown. */
    public Done run(TenantId tenant, Actor actor, DirectoryCommand command) throws InterruptedException {
        requireKnown(command);
        DirectoryResult result = Await.reply(client.submit(tenant, actor, command));
        Directory directory = machine.await(result.version(), PATIENCE);
        if (directory.version() < result.version()) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "the change took effect, but this node does not see it yet");
        }
        Directory settled = settled(directory, result.version());
        requireThere(settled, tenant, command, result.version());
        Await.reply(others.know(settled.version()));
        return new Done(result, settled);
    }

    /** Whether some node cannot read a command. Of a directory alone nobody but this program has a replica. */
    public boolean isKnown(DirectoryCommand command) {
        ClusterState cluster = directory().cluster();
        return command.since() <= cluster.version() || cluster.nodes().isEmpty();
    }

    /** Keeps what some node cannot read out of the order. */
    private void requireKnown(DirectoryCommand command) {
        if (!isKnown(command)) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE,
                    "the cluster has version " + directory().cluster().version() + ", and this needs " + command.since()
                            + ": there are nodes that do not know it, or did not answer since the others do");
        }
    }

    /** Waits until no shard has still to do what a version decided; what is deleted is gone for clients before that. */
    private Directory settled(Directory seen, long decided) throws InterruptedException {
        long startNs = System.nanoTime();
        Directory directory = seen;
        while (directory.isPending(decided)) {
            Duration left = PATIENCE.minusNanos(System.nanoTime() - startNs);
            if (left.isNegative()) {
                break;
            }
            directory = machine.await(directory.version() + 1, left);
        }
        return directory;
    }

    private static void requireThere(Directory directory, TenantId tenant, DirectoryCommand command, long decided) {
        boolean there = switch (command) {
            case DirectoryCommand.CreateLog c -> directory.log(tenant, c.log()).isPresent();
            case DirectoryCommand.CreateLedger c ->
                directory
                        .tenant(tenant)
                        .flatMap(found -> found.ledger(c.ledger()))
                        .isPresent();
            default -> true;
        };
        if (there) {
            return;
        }
        if (directory.isPending(decided)) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "it is decided, but its shards have not confirmed it yet: look again later");
        }
        throw new ThalwegException(
                ErrorCode.ALREADY_EXISTS, "its identifier was used before, or it has been deleted meanwhile");
    }
}
