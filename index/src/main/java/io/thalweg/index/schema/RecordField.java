package io.thalweg.index.schema;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One field of a record.
 *
 * @param name of the component in Java
 * @param storedAs its first name, which is the one in storage
 * @param absent what stands for a field that is not there; may be null where the field may be
 * @param required whether it is never null, because Java says so
 */
public record RecordField(
        String name,
        String storedAs,
        Schema<?> schema,
        @Nullable Object absent,
        boolean required) {

    /** The name in snake_case, as JSON and paths have it. */
    public String jsonName() {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
