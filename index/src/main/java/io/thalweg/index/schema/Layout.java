package io.thalweg.index.schema;

/** How a collection is stored. */
public enum Layout {
    /** Element by element, with its size beside it. */
    STORED(0),
    /** Element by element, without its size, which is counted when asked for: elements are written without reading any. */
    UNSIZED(1),
    /** Whole, as one value. */
    INLINE(2);

    /** What stands for it in stored descriptions. */
    final int code;

    Layout(int code) {
        this.code = code;
    }
}
