package io.thalweg.index.store;

/** The store cannot be read or written: a fault of the machine, never of a view's code. Whoever gets it must not go on with the store. */
public sealed class StoreException extends RuntimeException permits StoreDamage {
    public StoreException(String what, Throwable cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
