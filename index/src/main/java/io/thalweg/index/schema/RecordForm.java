package io.thalweg.index.schema;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How a record class is taken apart and put together. */
final class RecordForm {
    private final Class<?> type;
    private final Method[] accessors;
    private final Constructor<?> constructor;

    RecordForm(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        this.type = type;
        this.accessors =
                Arrays.stream(components).map(RecordComponent::getAccessor).toArray(Method[]::new);
        try {
            this.constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new SchemaException(type.getName() + " has no canonical constructor", e);
        }
        constructor.setAccessible(true);
        for (Method accessor : accessors) {
            accessor.setAccessible(true);
        }
    }

    Class<?> type() {
        return type;
    }

    @Nullable
    Object[] parts(Object record) {
        @Nullable Object[] parts = new Object[accessors.length];
        try {
            for (int i = 0; i < parts.length; i++) {
                parts[i] = accessors[i].invoke(record);
            }
        } catch (ReflectiveOperationException e) {
            throw new SchemaException(type.getName() + " cannot be read", e);
        }
        return parts;
    }

    Object whole(@Nullable Object[] parts) throws InvocationTargetException {
        try {
            return constructor.newInstance(parts);
        } catch (InvocationTargetException e) {
            throw e;
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new SchemaException(type.getName() + " cannot be made of " + Arrays.toString(parts), e);
        }
    }
}
