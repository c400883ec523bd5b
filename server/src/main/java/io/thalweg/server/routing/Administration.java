package io.thalweg.server.routing;

import io.thalweg.directory.Actor;
import io.thalweg.directory.Directory;
import io.thalweg.directory.DirectoryClient;
import io.thalweg.directory.DirectoryCommand;
import io.thalweg.directory.DirectoryMachine;
import io.thalweg.directory.DirectoryResult;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import java.time.Duration;

/** Commands to the directory, answered only when the change can be read here. Thread-safe. */
public final class Administration {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final DirectoryClient client;
    private final DirectoryMachine machine;

    /** A command's result, and a directory that includes it. */
    public record Done(DirectoryResult result, Directory directory) {}

    public Administration(DirectoryClient client, DirectoryMachine machine) {
        this.client = client;
        this.machine = machine;
    }

    /** The newest directory. */
    public Directory directory() {
        return machine.current();
    }

    /** Waits for a directory of at least this version, or for {@code timeout}; returns the newest either way. */
    public Directory await(long version, Duration timeout) throws InterruptedException {
        return machine.await(version, timeout);
    }

    /** Has a command applied; a refusal is thrown. */
    public Done run(TenantId tenant, Actor actor, DirectoryCommand command) throws InterruptedException {
        DirectoryResult result = Await.reply(client.submit(tenant, actor, command));
        Directory directory = machine.await(result.version(), PATIENCE);
        if (directory.version() < result.version()) {
            throw new ThalwegException(
                    ErrorCode.UNAVAILABLE, "the change took effect, but this node does not see it yet");
        }
        return new Done(result, directory);
    }
}
