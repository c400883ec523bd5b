package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import io.thalweg.index.path.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a query can do. All that it reads, whichever partitions it goes to, is what was committed at one moment. Valid while its code runs, on
 * that thread.
 *
 * <p>It ends with {@code deadline_exceeded} when its time is over, wherever it reads then.
 */
public interface Lookup {
    /** The key at which it reads; empty where it reads at none. */
    String key();

    /** The time that is left. */
    Duration left();

    /** The part of an index that lies with {@link #key}. Keys of other slots are {@link MisalignedException}s: go there with {@link #each}. */
    <T> IndexReader<T> index(Index<T> index);

    /** What a path finds in all of this partition's part of an index; for the code that {@link #all} runs. */
    <T, B> List<B> select(Index<T> index, Path<T, B> path);

    /**
     * State that this part of the question keeps for itself: in the shape of an index that the view need not declare, empty when it is first asked for,
     * written and read by the same paths, of all keys. It is gone when the code that asks for it has returned; what {@link #each} and {@link #all} run
     * has its own. In memory, of which the parts of a question that run at the same time have 64 MiB together.
     *
     * @throws io.thalweg.model.ThalwegException {@code TOO_LARGE} when more is written, which ends the question
     */
    <T> IndexWriter<T> temporary(Index<T> index);

    /**
     * Goes on at each of these keys, and makes one of what comes of it: first in each partition, then over all.
     *
     * @param part what is done there; a null of it counts for nothing
     */
    <V, P, R> R each(Collection<String> keys, At<V> part, Aggregate<? super V, P, R> how);

    /** Goes on in every partition, and makes one of what comes of it. */
    <V, P, R> R all(Part<V> part, Aggregate<? super V, P, R> how);

    /**
     * The part of another view's index that lies with a key, to be read while the query runs. All that a question reads so of another view was committed
     * there at one moment.
     */
    <T> IndexReader<T> index(OtherIndex<T> index, String key);

    /** Asks a query of another view, in the time that is left; it sees what is committed there now. */
    <A, R> @Nullable R ask(OtherQuery<A, R> query, A arguments);

    /** Asks another query of the view, or the same one; where its key is. */
    <A, R> @Nullable R ask(Query<A, R> query, A arguments);

    /** What a query does at a key. */
    @FunctionalInterface
    interface At<V> {
        @Nullable
        V look(Lookup there, String key) throws Exception;
    }

    /** What a query does in a partition. */
    @FunctionalInterface
    interface Part<V> {
        @Nullable
        V look(Lookup there) throws Exception;
    }
}
