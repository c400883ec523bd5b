package io.thalweg.index.tree;

import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Where a value stands, or might. What is null or absent reads as an empty collection. Not thread-safe; valid until somebody else
 * changes what is around it.
 */
public abstract class Place {
    private final Shape shape;

    protected Place(Shape shape) {
        this.shape = shape;
    }

    /** What may stand here. */
    public final Shape shape() {
        return shape;
    }

    public final Schema<?> schema() {
        return shape.schema();
    }

    /** Whether a value stands here. */
    public boolean exists() {
        return value() != null;
    }

    /** The whole value, null if there is none. A stored collection is read up to {@link Keyed#MAX_WHOLE} elements. */
    public abstract @Nullable Object value();

    /** Replaces the value; {@code value} is of the schema. */
    protected abstract void put(Object value);

    /** Removes the value from what it stands in. */
    public abstract void remove();

    /** Replaces the value by what {@code any} stands for. */
    public void set(Object any) {
        put(schema().coerce(any));
    }

    /** Writes again, in today's form, each cell below this place that has an older one; tells how many there were. */
    public int renew() {
        return 0;
    }

    /** The map or set that stands here, empty if none does. To be flushed when it was written to. */
    public Keyed keyed() {
        return new InlineKeyed(this);
    }

    /** The list that stands here, empty if none does. To be flushed when it was written to. */
    public Sequence sequence() {
        return new InlineSequence(this);
    }

    /** The place of a record's field; writing it writes the record, whose other fields are what they are when absent. */
    public Place field(int index) {
        return new InlineField(this, index);
    }

    /** A field of a record that is stored whole. */
    private static final class InlineField extends Place {
        private final Place record;
        private final int index;

        InlineField(Place record, int index) {
            super(record.shape().fields().get(index));
            this.record = record;
            this.index = index;
        }

        private @Nullable Object[] parts() {
            RecordSchema<?> schema = (RecordSchema<?>) record.schema();
            Object value = record.value();
            return value == null ? new Object[schema.fields().size()] : schema.parts(value);
        }

        @Override
        public @Nullable Object value() {
            return parts()[index];
        }

        @Override
        protected void put(Object value) {
            write(value);
        }

        @Override
        public void remove() {
            if (record.exists()) {
                write(null);
            }
        }

        private void write(@Nullable Object value) {
            @Nullable Object[] parts = parts();
            parts[index] = value;
            record.put(((RecordSchema<?>) record.schema()).whole(parts));
        }
    }
}
