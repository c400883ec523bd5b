package io.thalweg.index.path;

import io.thalweg.index.schema.Schema;
import io.thalweg.index.tree.Place;
import io.thalweg.index.tree.Shape;
import java.util.ArrayList;
import java.util.List;

/** Several places, those where something stands, as one list. Writing a list puts its elements back at their places; places that get none are removed. */
final class GatheredPlace extends Place {
    private final List<Place> places;

    /** @param element what stands at each */
    GatheredPlace(List<Place> places, Schema<?> element) {
        super(Shape.whole(Ends.listOf(element)));
        this.places = places.stream().filter(Place::exists).toList();
    }

    @Override
    public boolean exists() {
        return true;
    }

    @Override
    public Object value() {
        List<Object> values = new ArrayList<>();
        for (Place place : places) {
            Object value = place.value();
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    @Override
    public void set(Object any) {
        if (!(any instanceof List<?> values) || values.size() > places.size()) {
            throw new PathException("subselect: a list of at most " + places.size()
                    + " elements can go back to as many places, found " + any);
        }
        for (int i = 0; i < values.size(); i++) {
            places.get(i).set(values.get(i));
        }
        // From the last on: elements of a list that stand behind one that goes get another index.
        for (int i = places.size() - 1; i >= values.size(); i--) {
            places.get(i).remove();
        }
    }

    @Override
    protected void put(Object value) {
        set(value);
    }

    @Override
    public void remove() {
        set(List.of());
    }
}
