package io.thalweg.index.schema;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A record's accessor as a method reference, {@code Profile::name}: the compiler checks record and type, and the reference itself
 * tells which component is meant. It is serializable for that alone; nothing is ever serialized.
 *
 * @param <R> the record
 * @param <F> the component's type
 */
public interface Getter<R, F extends @Nullable Object> extends Function<R, F>, Serializable {

    /** The component's name; a lambda that is no method reference to an accessor is refused. */
    static String nameOf(Getter<?, ?> getter) {
        try {
            Method replace = getter.getClass().getDeclaredMethod("writeReplace");
            replace.setAccessible(true);
            String name = ((SerializedLambda) replace.invoke(getter)).getImplMethodName();
            if (!name.startsWith("lambda$")) {
                return name;
            }
            throw new SchemaException("a field is named by its accessor, as in Profile::name, not by a lambda");
        } catch (ReflectiveOperationException e) {
            throw new SchemaException("a field is named by its accessor, as in Profile::name", e);
        }
    }
}
