package io.thalweg.testkit;

import io.thalweg.shard.machine.Machine;
import java.util.List;

/** What the shards of a simulated group hold beside streams, and who uses it. One thread. */
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

    /** Machines for a replica that starts on a disk. */
    List<Machine> machines(SimulatedDisk disk);

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

    /** Whether somebody waits for an answer. */
    boolean isWaiting();
}
