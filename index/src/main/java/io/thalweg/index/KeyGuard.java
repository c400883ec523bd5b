package io.thalweg.index;

/** Hears which keys of an index's outermost map a path names, before it is gone; may throw. */
@FunctionalInterface
public interface KeyGuard {
    /** Lets all pass. */
    KeyGuard NONE = _ -> {};

    void key(Object key);
}
