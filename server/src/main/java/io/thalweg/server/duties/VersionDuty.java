package io.thalweg.server.duties;

import io.thalweg.directory.Directory;
import io.thalweg.model.request.Operation;
import io.thalweg.server.routing.Await;
import io.thalweg.shard.Shard;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Has the order of a shard that this node leads have the version that the cluster has. All nodes knew that when the directory was told, and who does not
 * know it comes into no group since; so no replica meets what its program cannot read.
 */
public final class VersionDuty {
    /** How often {@link #step} is called. */
    public static final Duration EVERY = Duration.ofSeconds(1);

    private final Supplier<Directory> directory;
    private final Shard shard;

    /** @param directory as this node knows it: an older one has an older version */
    public VersionDuty(Supplier<Directory> directory, Shard shard) {
        this.directory = directory;
        this.shard = shard;
    }

    /** Raises it if there is anything to raise. */
    public void step() throws InterruptedException {
        int wanted = directory.get().cluster().version();
        if (wanted >= Operation.RAISE.since() && wanted > shard.version()) {
            var _ = Await.reply(shard.raise(wanted)).orThrow();
        }
    }
}
