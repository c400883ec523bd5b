package io.thalweg.server.http;

import io.thalweg.server.routing.Elsewhere;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** The way of a call that this node cannot answer to a node that can. Thread-safe. */
public interface Detour {
    /** Of a node that has everything. */
    Detour NONE = new Detour() {
        @Override
        public void arrived(Call call) {
            // Nobody passes anything on to a node alone.
        }

        @Override
        public boolean isLetIn(Call call) {
            return false;
        }

        @Override
        public boolean taken(Call call) {
            return false;
        }

        @Override
        public void take(Call call, Elsewhere missing) {
            throw missing;
        }

        @Override
        public List<Integer> others(Call call, int shard, IntPredicate isEnough) {
            return List.of();
        }

        @Override
        public Optional<byte[]> ask(Call call, int shard, String target, long untilNs) {
            return Optional.empty();
        }
    };

    /** Waits, if another node has passed a call on, until this one has seen as much of the directory: before anything is looked up. */
    void arrived(Call call) throws InterruptedException;

    /** Whether another node of the cluster has let this call in already and counted it. */
    boolean isLetIn(Call call);

    /** Has another node answer a call if what its path names is not here; false when it is this node's. */
    boolean taken(Call call) throws Exception;

    /** Has another node answer a call whose handler needs a shard that is not here, and has not begun to answer. */
    void take(Call call, Elsewhere missing) throws Exception;

    /**
     * Has the other nodes that have a replica of a shard do what a call asks for, too, each with what it has. Nothing is asked of anybody for a call
     * that came this way.
     *
     * @param isEnough whether nobody else is to be asked after an answer with this status
     * @return statuses of the answers that came
     */
    List<Integer> others(Call call, int shard, IntPredicate isEnough) throws InterruptedException;

    /**
     * Asks a node that has a shard for something else, in the name of a call's caller. Nothing is asked of anybody for a call that came this way.
     *
     * @param target path and query of a GET
     * @param untilNs by {@link System#nanoTime}
     * @return what was answered with 200; empty when nobody has
     */
    Optional<byte[]> ask(Call call, int shard, String target, long untilNs) throws InterruptedException;
}
