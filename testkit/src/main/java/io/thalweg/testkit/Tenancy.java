package io.thalweg.testkit;

import io.thalweg.shard.Shard;
import io.thalweg.shard.ShardOptions;
import io.thalweg.shard.machine.Machine;
import java.util.List;

/** What the shards of a simulated group hold beside streams, who uses it, and what its nodes do with it by themselves. One thread. */
public interface Tenancy {
    /** Nothing. */
    Tenancy NONE = new Tenancy() {
        @Override
        public List<Machine> machines(SimulatedDisk disk) {
            return List.of();
        }

        @Override
        public void act(Clients.Door door, boolean insist) {}

        @Override
        public void hearNothingMore(Object place) {}

        @Override
        public void complain() {}

        @Override
        public boolean isWaiting() {
            return false;
        }
    };

    /** What the group's shards are opened with, made from what they would be otherwise. */
    default ShardOptions options(ShardOptions options) {
        return options;
    }

    /** Whether with those options keys and sessions are forgotten so soon that clients cannot rely on them. */
    default boolean forgets() {
        return false;
    }

    /** Machines for a replica that starts on a disk. */
    List<Machine> machines(SimulatedDisk disk);

    /**
     * A process has opened its replica.
     *
     * @param place as in {@link Clients.Door}; of a machine one process after the other
     * @param machines that were made for it
     */
    default void opened(Object place, Shard shard, List<Machine> machines) {}

    /**
     * A moment in the life of a process, of which there are many: for what it does by itself, such as the duties of whoever leads. The power may go on the way.
     *
     * @param nowNs by the steady clock
     */
    default void step(Object place, long nowNs) {}

    /**
     * Somebody asks for something, or asks again.
     *
     * @param insist only what was asked for before is still wanted
     */
    void act(Clients.Door door, boolean insist);

    /** Nobody answers any more what is under way at a place. */
    void hearNothingMore(Object place);

    /** Throws what was found wrong in an answer. */
    void complain();

    /** Whether somebody waits for an answer, or something is still to be done. */
    boolean isWaiting();

    /**
     * At the end, in quiet: throws what is wrong in a member's replica, or in one that was fed nothing but the committed entries.
     *
     * @param machines that were made for it
     */
    default void check(Shard shard, List<Machine> machines) {}
}
