package io.thalweg.index;

import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.model.Slots;
import java.util.function.Function;

/** Keys of an index's outermost map as the keys of events, by whose hash they lie in slots. */
public final class IndexKeys {
    private IndexKeys() {}

    /** A key of an index as the key of an event. */
    public static String text(Schema<?> schema, Object key) {
        return String.valueOf(schema.plain(schema.coerce(key)));
    }

    /**
     * Keeps whoever reads or writes a slot of an index to the keys that lie there.
     *
     * @param misaligned what to throw for another key
     */
    public static KeyGuard within(Index<?> index, int slot, Function<String, ? extends RuntimeException> misaligned) {
        return within(index, slot, "", misaligned);
    }

    /** @param usual a key that lies there, which is most often the one; empty if none is known */
    public static KeyGuard within(
            Index<?> index, int slot, String usual, Function<String, ? extends RuntimeException> misaligned) {
        if (!(index.schema().current() instanceof MapSchema<?, ?> map)) {
            return KeyGuard.NONE;
        }
        return reached -> {
            String text = text(map.key(), reached);
            if ((usual.isEmpty() || !text.equals(usual)) && Slots.of(text) != slot) {
                throw misaligned.apply(text);
            }
        };
    }
}
