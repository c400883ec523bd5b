package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** One of some names. As JSON the name in lower case. Of a description alone the values are the names. */
public final class EnumSchema<E> extends Schema<E> {
    private final List<String> names;
    private final List<? extends Object> constants;

    EnumSchema(Class<?> type) {
        this.constants = List.of((Object[]) type.getEnumConstants());
        this.names = constants.stream().map(each -> ((Enum<?>) each).name()).toList();
    }

    EnumSchema(List<String> names) {
        this.names = names;
        this.constants = names;
    }

    List<String> names() {
        return names;
    }

    @Override
    public String describe() {
        return "one of " + String.join("|", names).toLowerCase(Locale.ROOT);
    }

    @Override
    public boolean keyable() {
        return true;
    }

    @Override
    public boolean spread() {
        return false;
    }

    @Override
    public Object coerce(Object any) {
        if (constants.contains(any)) {
            return any;
        }
        if (any instanceof String text) {
            for (int i = 0; i < names.size(); i++) {
                if (names.get(i).equalsIgnoreCase(text)) {
                    return constants.get(i);
                }
            }
        }
        throw SchemaException.unfit(describe(), any);
    }

    @Override
    public Object plain(Object value) {
        return names.get(constants.indexOf(value)).toLowerCase(Locale.ROOT);
    }

    @Override
    public Comparator<Object> order() {
        return Comparator.comparingInt(constants::indexOf);
    }

    private Object at(long place) {
        if (place < 0 || place >= constants.size()) {
            throw new MalformedException("place " + place + " among " + Arrays.toString(names.toArray()));
        }
        return constants.get((int) place);
    }

    @Override
    public void writeKey(KeyWriter to, Object value) {
        to.integer(constants.indexOf(value));
    }

    @Override
    public Object readKey(KeyReader from) {
        return at(from.integer());
    }

    @Override
    public void writeValue(ValueWriter to, Object value) {
        to.count(constants.indexOf(value));
    }

    @Override
    public Object readValue(ValueReader from) {
        return at(from.count());
    }
}
