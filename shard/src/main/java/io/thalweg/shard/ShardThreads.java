package io.thalweg.shard;

import java.util.function.Consumer;

/** The loops of a shard that was not given executors, each on a thread of its own; {@link ShardExecutors} says what they do. */
final class ShardThreads {
    private final SerialLoop order;
    private final SerialLoop apply;
    private final SerialLoop snapshots;
    private final SerialLoop housekeeper;

    /** Halts the shard; set before any loop has work. */
    private volatile Consumer<Throwable> halt = _ -> {};

    ShardThreads(String shard) {
        order = SerialLoop.named(shard + "-order", this::failed);
        apply = SerialLoop.named(shard + "-apply", this::failed);
        snapshots = new SerialLoop(new BackgroundThreads(shard + "-snapshots-"), this::failed);
        housekeeper = new SerialLoop(new BackgroundThreads(shard + "-housekeeper-"), this::failed);
    }

    private void failed(Throwable cause) {
        halt.accept(cause);
    }

    /** Says whom to tell when a loop fails. */
    void onFailure(Consumer<Throwable> tell) {
        halt = tell;
    }

    ShardExecutors executors() {
        return new ShardExecutors(order, apply, snapshots);
    }

    SerialLoop housekeeper() {
        return housekeeper;
    }

    /** Ends background work; waits for it. */
    void stopBackground() {
        housekeeper.close();
        snapshots.close();
    }

    /** Ends all; waits for what is under way. */
    void stop() {
        housekeeper.close();
        order.close();
        apply.close();
        snapshots.close();
    }
}
