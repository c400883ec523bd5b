package io.thalweg.index.path;

import io.thalweg.index.tree.Keyed;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Sequence;
import io.thalweg.index.tree.ValuePlace;
import org.jspecify.annotations.Nullable;

/** A place where nothing stands, as if something did. What stands in is written as soon as a part of it is. */
final class OrElsePlace extends Place {
    private final Place place;
    private final Object standIn;
    private boolean settled;

    OrElsePlace(Place place, Object standIn) {
        super(place.shape());
        this.place = place;
        this.standIn = place.schema().coerce(standIn);
    }

    @Override
    public @Nullable Object value() {
        return settled ? place.value() : standIn;
    }

    @Override
    protected void put(Object value) {
        settled = true;
        place.set(value);
    }

    @Override
    public void remove() {
        settled = true;
        place.remove();
    }

    /** The place for those who only look: looking writes nothing. */
    Place seen() {
        return settled ? place : new ValuePlace(schema(), standIn);
    }

    /** Writes what stands in, unless something was written or removed. */
    void settle() {
        if (!settled) {
            put(standIn);
        }
    }

    @Override
    public Keyed keyed() {
        if (!shape().spread()) {
            return super.keyed();
        }
        settle();
        return place.keyed();
    }

    @Override
    public Sequence sequence() {
        if (!shape().spread()) {
            return super.sequence();
        }
        settle();
        return place.sequence();
    }

    @Override
    public Place field(int index) {
        if (!shape().spread()) {
            return super.field(index);
        }
        settle();
        return place.field(index);
    }
}
