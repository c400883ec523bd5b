package io.thalweg.server.duties;

import io.thalweg.shard.Consensus;
import io.thalweg.shard.Shard;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Something that a node does by itself, again and again.
 *
 * @param name for threads and messages, e.g. {@code retention of shard 0}
 * @param every the pause between two steps
 * @param role whether it is this node's to do at the moment; asked before each step
 * @param step what is done; one at a time. A step that fails is tried again after the pause
 */
public record Duty(String name, Duration every, BooleanSupplier role, Step step) {

    /** One step of a duty, on a thread that may wait and that is interrupted when the node closes. */
    @FunctionalInterface
    public interface Step {
        /** Does what there is to do now. */
        void run() throws InterruptedException;
    }

    /** The role of each node. */
    public static BooleanSupplier always() {
        return () -> true;
    }

    /** The role of the node that leads this shard. */
    public static BooleanSupplier leads(Shard shard) {
        return () -> shard.role() == Consensus.Role.LEADER;
    }
}
