package io.thalweg.index.store;

/** More was written into an {@link Overlay} at once than may be: a fault of the code that writes, which is to be undone. */
public final class OverlayFull extends RuntimeException {
    private static final long serialVersionUID = 1;

    OverlayFull(String what) {
        super(what);
    }
}
