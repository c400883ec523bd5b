package io.thalweg.view;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ordered key-value state of one view on disk, as its code sees it while it runs. Keys order as unsigned bytes. Writes
 * of an event become durable together with the view's position, or not at all. Arrays that are handed in or out belong to
 * both sides and must not be changed any more. Changes are allowed only in {@link ViewInstance#append}.
 */
public interface ViewIndex {

    /** One key with its value. */
    record Item(byte[] key, byte[] value) {}

    byte @Nullable [] get(byte[] key);

    void put(byte[] key, byte[] value);

    void delete(byte[] key);

    /**
     * Items with {@code from <= key < to} in order.
     *
     * @param from inclusive; empty for the start
     * @param to exclusive; empty for the end
     * @param limit at most this many
     * @param reverse from the end backwards
     */
    List<Item> range(byte[] from, byte[] to, int limit, boolean reverse);

    /** An index for programs that use none; every call is a {@link ViewTrap}. */
    ViewIndex NONE = new ViewIndex() {
        private ViewTrap unavailable() {
            return new ViewTrap("this view has no index: its world does not import one");
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            throw unavailable();
        }

        @Override
        public void put(byte[] key, byte[] value) {
            throw unavailable();
        }

        @Override
        public void delete(byte[] key) {
            throw unavailable();
        }

        @Override
        public List<Item> range(byte[] from, byte[] to, int limit, boolean reverse) {
            throw unavailable();
        }
    };
}
