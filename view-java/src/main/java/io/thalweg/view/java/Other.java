package io.thalweg.view.java;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import java.util.ArrayList;
import java.util.List;

/**
 * Another view of the tenant, as one that reads it declares it. Made by {@link Declaration#other}. What is read of it is what is committed there,
 * and nothing is ever written.
 *
 * <p>A view is refused that declares another which is not there or has not what it says; and of the other neither a version is taken that has it
 * no more, nor is it deleted.
 */
public final class Other {
    private final String name;
    private final Declaration view;
    private final List<OtherIndex<?>> indexes = new ArrayList<>();
    private final List<OtherQuery<?, ?>> queries = new ArrayList<>();

    Other(String name, Declaration view) {
        this.name = name;
        this.view = view;
    }

    public String name() {
        return name;
    }

    /** Those of its indexes that are read. */
    public List<OtherIndex<?>> indexes() {
        return indexes;
    }

    /** Those of its queries that are asked. */
    public List<OtherQuery<?, ?>> queries() {
        return queries;
    }

    /** Reads an index of it; its schema may lack fields of the other's, or have more with defaults, as if it were the next version. */
    public <T> OtherIndex<T> index(Index<T> index) {
        OtherIndex<T> its = view.named("index of view " + name, index.name(), new OtherIndex<>(name, index));
        indexes.add(its);
        return its;
    }

    /** Asks a query of it, whose arguments and result have the same names and types there. */
    public <A, R> OtherQuery<A, R> query(String query, Schema<A> arguments, Schema<R> result) {
        OtherQuery<A, R> its =
                view.named("query of view " + name, query, new OtherQuery<>(name, query, arguments, result));
        queries.add(its);
        return its;
    }
}
