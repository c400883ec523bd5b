package io.thalweg.testkit.nemesis;

import java.io.IOException;
import java.util.List;

/** The nodes of a cluster, each a process on this machine, as whoever started them has them. Several threads may call. */
public interface Nodes {
    /** Ids of all, always in the same order. */
    List<String> ids();

    /** The newest process of a node, which may have ended. */
    ProcessHandle process(String id);

    /** Starts a node whose process has ended, and returns when it serves. Several may be started at a time, since a node may need others to serve. */
    void start(String id) throws IOException;

    /**
     * Has something be wrong inside a node, in its process of now or, if that has ended, in the next: by a file, as {@link io.thalweg.ports.fault.FaultDoor} has it.
     *
     * @param said what the file says from now on; nothing is wrong with ""
     */
    void inside(String id, String said) throws IOException;
}
