package io.thalweg.testkit.raft;

import java.io.IOException;

/** What a group replicates: one member's copy of it. Called from the member's own step, never from within a message of another. */
public interface RaftApplication {

    /** Up to which index the state reaches that this process started from; what came after is applied again. */
    long appliedAtStart();

    /** Applies a committed command. Indexes grow, with gaps where the group has entries of its own. */
    void apply(long index, long term, byte[] body);

    /** A whole state as of an index, in a form that travels. */
    record State(long index, byte[] bytes) {}

    /** A whole state that is durable here, applied or a little before that; fails when there is none at the moment. */
    State export() throws IOException;

    /** Puts a state of another member in the place of this one's, durably, as of {@code index}. */
    void install(long index, long term, byte[] state) throws IOException;
}
