package io.thalweg.shard.thread;

import java.util.function.Consumer;

/** The loops of a shard that was not given executors, each on a thread of its own; {@link ShardExecutors} says what they do. */
public final class ShardThreads {
    private final SerialLoop order;
    private final SerialLoop apply;
    private final SerialLoop snapshots;
    private final SerialLoop housekeeper;

    /** Halts the shard; set before any loop has work. */
    private volatile Consumer<Throwable> halt = _ -> {};

    /** @param shard begins the threads' names */
    public ShardThreads(String shard) {
        order = SerialLoop.named(shard + "-order", this::failed);
        apply = SerialLoop.named(shard + "-apply", this::failed);
        snapshots = new SerialLoop(new BackgroundThreads(shard + "-snapshots-"), this::failed);
        housekeeper = new SerialLoop(new BackgroundThreads(shard + "-housekeeper-"), this::failed);
    }

    private void failed(Throwable cause) {
        halt.accept(cause);
    }

    /** Says whom to tell when a loop fails. */
    public void onFailure(Consumer<Throwable> tell) {
        halt = tell;
    }

    public ShardExecutors executors() {
        return new ShardExecutors(order, apply, snapshots);
    }

    /** For what is looked after now and then. */
    public SerialLoop housekeeper() {
        return housekeeper;
    }

    /** Ends background work; waits for it. */
    public void stopBackground() {
        housekeeper.close();
        snapshots.close();
    }

    /** Ends all; waits for what is under way. */
    public void stop() {
        housekeeper.close();
        order.close();
        apply.close();
        snapshots.close();
    }
}
