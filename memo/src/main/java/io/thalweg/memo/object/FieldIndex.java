package io.thalweg.memo.object;

import io.thalweg.memo.MemoId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the objects of one topic by the values of its indexed fields, and by whom their relationships lead to. An object that changed is only noted, and looked at again when somebody
 * asks next: writers do not wait for it, and an object that changes a hundred times between two questions is read once. It lies in memory, is
 * made from the objects when it is first asked, and holds ids and values of indexed fields. Not thread-safe.
 */
public final class FieldIndex {
    /** A field with a value that objects have there, or a relationship with the object to which it leads. */
    private record Entry(
            String field, @Nullable Value value, @Nullable MemoId related) {}

    private final Map<Entry, TreeSet<MemoId>> objects = new HashMap<>();
    private final Map<MemoId, List<Entry>> entries = new HashMap<>();
    private final Set<MemoId> stale = new HashSet<>();
    private Set<String> fields = Set.of();
    private boolean made;

    /** An object changed, or came. */
    public void changed(MemoId object) {
        stale.add(object);
    }

    /**
     * The objects whose field has this value, or one of whose values it is, ascending; not those that were deleted.
     *
     * @param all every object of the topic, asked when the model has other indexed fields than before
     * @param read an object as it is now; null when it cannot be read here, which leaves it out until it can
     */
    public NavigableSet<MemoId> find(
            String field,
            Value value,
            TopicModel model,
            Iterable<MemoId> all,
            Function<MemoId, @Nullable Projection> read) {
        refresh(model, all, read);
        return objects.getOrDefault(new Entry(field, value, null), new TreeSet<>());
    }

    /** The objects whose relationship leads to an object, likewise. */
    public NavigableSet<MemoId> findRelated(
            String relationship,
            MemoId related,
            TopicModel model,
            Iterable<MemoId> all,
            Function<MemoId, @Nullable Projection> read) {
        refresh(model, all, read);
        return objects.getOrDefault(new Entry(relationship, null, related), new TreeSet<>());
    }

    private void refresh(TopicModel model, Iterable<MemoId> all, Function<MemoId, @Nullable Projection> read) {
        Set<String> indexed = new HashSet<>();
        model.fields().forEach((name, each) -> {
            if (each.indexed()) {
                indexed.add(name);
            }
        });
        if (!made || !indexed.equals(fields)) {
            made = true;
            fields = indexed;
            all.forEach(stale::add);
        }
        for (MemoId object : List.copyOf(stale)) {
            Projection now = read.apply(object);
            if (now != null) {
                stale.remove(object);
                put(object, now.isDeleted() ? List.of() : entries(now, model));
            }
        }
    }

    private List<Entry> entries(Projection object, TopicModel model) {
        List<Entry> found = new ArrayList<>();
        for (String field : fields) {
            switch (java.util.Objects.requireNonNull(model.fields().get(field)).merge()) {
                case LAST -> {
                    Value value = object.last(field);
                    if (value != null) {
                        found.add(new Entry(field, value, null));
                    }
                }
                case ALL -> object.all(field).forEach(value -> found.add(new Entry(field, value, null)));
                case SET -> object.elements(field).forEach(value -> found.add(new Entry(field, value, null)));
                case COUNTER ->
                    found.add(new Entry(
                            field, new Value.Whole(object.counter(field).longValue()), null));
            }
        }
        object.relationships().forEach((name, related) -> found.add(new Entry(name, null, related)));
        return found;
    }

    private void put(MemoId object, List<Entry> now) {
        List<Entry> before = entries.remove(object);
        for (Entry entry : before == null ? List.<Entry>of() : before) {
            objects.computeIfPresent(entry, (_, those) -> {
                those.remove(object);
                return those.isEmpty() ? null : those;
            });
        }
        if (!now.isEmpty()) {
            entries.put(object, now);
            now.forEach(entry ->
                    objects.computeIfAbsent(entry, _ -> new TreeSet<>()).add(object));
        }
    }
}
