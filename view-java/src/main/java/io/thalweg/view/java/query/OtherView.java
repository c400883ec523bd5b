package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.IndexKeys;
import io.thalweg.index.IndexReader;
import io.thalweg.index.IndexSpace;
import io.thalweg.index.OpenIndex;
import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.Slots;
import io.thalweg.view.java.MisalignedException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Another view at a moment, for one that reads it. An index is opened by what the reader says of it over what is stored, as a next version of the
 * other would open it, and nothing of that is written down: so it is read rightly whichever version wrote it. Thread-safe, until it is closed.
 */
public final class OtherView implements QueryGround, AutoCloseable {
    private final int partitions;
    private final IndexSpace space;
    private final Moment moment;
    private final Supplier<Code> code;
    private final Map<Index<?>, OpenIndex<?>> open = new HashMap<>(); // guarded by this
    private volatile List<Other> others = List.of();
    private volatile boolean closed;

    /**
     * What its code declares, of one version.
     *
     * @param queries that it answers
     * @param others that these read
     */
    public record Code(List<Query<?, ?>> queries, List<Other> others) {}

    /**
     * @param moment is closed with it
     * @param code looked for when a query is asked
     */
    public OtherView(int partitions, IndexSpace space, Moment moment, Supplier<Code> code) {
        this.partitions = partitions;
        this.space = space;
        this.moment = moment;
        this.code = code;
    }

    @Override
    public int partitions() {
        return partitions;
    }

    @Override
    public Moment moment() {
        return moment;
    }

    /** Those of the code that answers; none until it has been looked for. */
    @Override
    public List<Other> others() {
        return others;
    }

    @Override
    @SuppressWarnings("unchecked") // an index is opened by its own declaration
    public synchronized <T> OpenIndex<T> index(Index<T> index) {
        return (OpenIndex<T>) open.computeIfAbsent(index, its -> space.open(its, new Overlay(moment.partition(0))));
    }

    /**
     * The part of an index where a key lies, to be read until this is closed.
     *
     * @param bounded what becomes of cells before they are read
     */
    public <T> IndexReader<T> reader(Index<T> index, String key, UnaryOperator<Reading> bounded) {
        int slot = Slots.of(key);
        return index(index)
                .reader(
                        bounded.apply(new WhileOpen(moment.partition(Slots.partition(slot, partitions)))),
                        slot,
                        IndexKeys.within(
                                index,
                                slot,
                                other -> new MisalignedException("key \"" + other + "\" of index " + index.name()
                                        + " lies elsewhere than \"" + key + "\", at which it is read")));
    }

    /**
     * Answers a query on this thread; once, since that closes the moment. Arguments and result go by their names, since the other view has classes of
     * its own.
     */
    public <A, R> @Nullable R ask(OtherQuery<A, R> query, A arguments, QueryRun run) {
        Query<?, ?> named;
        Object plain;
        try {
            Code its = code.get();
            others = its.others();
            named = NamedQueries.find(its.queries(), query.name());
            plain = query.arguments().plain(query.arguments().coerce(arguments));
        } catch (RuntimeException e) {
            run.abandon();
            throw e;
        }
        Object result = NamedQueries.answer(run, named, NamedQueries.arguments(plain));
        return result == null ? null : query.result().typed(result);
    }

    /** Cells of a store, which are read no more once they are let go of, whatever code has kept of them. */
    private final class WhileOpen implements Reading {
        private final Reading cells;

        WhileOpen(Reading cells) {
            this.cells = cells;
        }

        private Reading open() {
            if (closed) {
                throw new IllegalStateException(
                        "an index of another view is read after the handler or query that asked for it has ended");
            }
            return cells;
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return open().get(key);
        }

        @Override
        public boolean has(byte[] key) {
            return open().has(key);
        }

        @Override
        public Cursor cursor(byte[] from, byte[] to, boolean reverse) {
            return open().cursor(from, to, reverse);
        }
    }

    @Override
    public void close() {
        closed = true;
        moment.close();
    }
}
