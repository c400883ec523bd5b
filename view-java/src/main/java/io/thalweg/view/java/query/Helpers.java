package io.thalweg.view.java.query;

/** The port to threads that may help a query. Thread-safe. */
@FunctionalInterface
public interface Helpers {
    /** Nobody helps: a query does all by itself, in one order. */
    Helpers NONE = _ -> false;

    /** Has a piece of work done on another thread, if one is free. */
    boolean tryRun(Runnable work);
}
