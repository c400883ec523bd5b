package io.thalweg.directory.cluster;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node as the directory knows it.
 *
 * @param id its name, which never changes and never comes back; 1 to 100 letters, digits, {@code _} and {@code -}
 * @param peer where other nodes reach it, such as {@code 10.0.0.1:4790}
 * @param http where it takes requests, such as {@code http://10.0.0.1:4780}
 * @param agent where it answers an operator's tools; empty when it does not
 * @param labels where it stands: {@code host}, {@code rack}, {@code site}; a failure takes what shares one
 */
public record NodeRecord(
        String id, String peer, String http, String agent, SortedMap<String, String> labels, State state) {

    /** What becomes of a node. Numbers are part of the format on disk. */
    public enum State {
        /** It is being made a replica of the directory, and gets no others yet. */
        JOINING(0),
        /** It may get replicas. Whether it answers at the moment is not said here. */
        HEALTHY(1),
        /** It gets no more replicas, and those that it has are wanted elsewhere. */
        LEAVING(2),
        /** It is in no group any more, and its name is used up. */
        GONE(3);

        private final int number;

        State(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    public NodeRecord {
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    }

    /** The same node in another state. */
    public NodeRecord in(State next) {
        return new NodeRecord(id, peer, http, agent, labels, next);
    }
}
