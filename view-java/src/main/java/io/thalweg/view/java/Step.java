package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexWriter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a handler can do. Valid while the handler runs, on its thread. */
public interface Step {
    /** What the event is about. */
    String key();

    /**
     * When this event was appended to its log; of what hops when that was of which it came, of a timer when it was due. So it is the same however often an event
     * is processed, by whichever version. For ticks, and ends of calls to the outside, it is the time.
     */
    Instant now();

    /**
     * The part of an index that lies with this event's key. Its top-level keys are those of the same slot; another one is a
     * {@link MisalignedException}, never a silent null: hop to it.
     */
    <T> IndexWriter<T> index(Index<T> index);

    /**
     * Asks a query of the view. It sees what was committed before this step, in all partitions at one moment, and has two seconds.
     *
     * @throws io.thalweg.model.ThalwegException when it does not answer
     */
    <A, R> @Nullable R ask(Query<A, R> query, A arguments);

    /**
     * The part of another view's index that lies with a key, whichever partition and shard that is in; to be read while the handler runs. It is what is
     * committed there now, which may be behind what this event came of; all that a handler reads of another view is of one moment.
     *
     * @throws io.thalweg.model.ThalwegException when it is not at hand
     */
    <T> IndexReader<T> index(OtherIndex<T> index, String key);

    /** Asks a query of another view, as {@link #ask(Query, Object)} asks those of this one. */
    <A, R> @Nullable R ask(OtherQuery<A, R> query, A arguments);

    /** Goes on under another key, after this step. */
    <E> void hop(Source.Hop<E> hop, E event);

    /**
     * Goes on in one partition, whatever the event is about, after this step; there no part of an index is at hand. For what partitions tell each other.
     *
     * @param partition from 0
     */
    <E> void hopTo(int partition, Source.Hop<E> hop, E event);

    /** Goes on in every partition, after this step. */
    <E> void hopToAll(Source.Hop<E> hop, E event);

    /** Emits to a log. */
    <E> void emit(Output<E> output, String key, E event);

    /** Asks for an event of this key at {@code at}, or at once if that is over. */
    <E> void schedule(Source.Timer<E> timer, Instant at, E event);

    /** Asks for a call to the outside, which is made once this step counts. In a replay nothing happens, unless the call is declared so. */
    <Q> void call(Source.Call<Q, ?> call, Q question);

    /**
     * Whether this event, or the one that it came of, had been processed before the view was rebuilt. Indexes are empty then all the same; what
     * went outside went there.
     */
    boolean isReplay();

    /** Answers whoever appended the event and waits for it; the last answer counts. A value that has a schema, or a map of such. */
    void answer(Object answer);
}
