package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RandomSchemas;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import io.thalweg.index.tree.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random paths that fit a schema, with arguments that often hit what is there. */
final class RandomPaths {
    private final Random random;
    private final RandomSchemas values;
    private final boolean writing;

    /** The schema where the path that was made last ends. */
    Schema<?> end = Schema.of(Long.class);

    private boolean whole = true;

    RandomPaths(Random random, boolean writing) {
        this.random = random;
        this.values = new RandomSchemas(random);
        this.writing = writing;
    }

    /** A path of up to {@code length} navigators; one that writes ends in a change. */
    List<Nav> path(Schema<?> from, int length) {
        List<Nav> path = navigators(from, random.nextInt(length + 1));
        if (writing) {
            path.add(term(end));
        }
        return path;
    }

    private Nav term(Schema<?> at) {
        return switch (random.nextInt(4)) {
            case 0 -> new Nav.TermVoid();
            case 1 -> {
                Object value = values.value(at);
                yield new Nav.Term((collected, old) -> collected.size() % 2 == 1 && old != null ? old : value);
            }
            default -> new Nav.TermVal(values.value(at));
        };
    }

    private List<Nav> navigators(Schema<?> from, int length) {
        List<Nav> path = new ArrayList<>();
        Schema<?> now = from;
        for (int i = 0; i < length; i++) {
            now = add(path, now.current());
        }
        end = now;
        return path;
    }

    private List<Nav> reading(Schema<?> from) {
        Schema<?> before = end;
        List<Nav> path = new RandomPaths(random, false).navigators(from, random.nextInt(3));
        end = before;
        return path;
    }

    private Schema<?> add(List<Nav> path, Schema<?> schema) {
        if (random.nextInt(4) == 0) {
            return anywhere(path, schema);
        }
        return switch (schema) {
            case MapSchema<?, ?> map -> ofMap(path, map);
            case SetSchema<?> set -> ofSet(path, set);
            case ListSchema<?> list -> ofList(path, list);
            case RecordSchema<?> record -> {
                var field = record.fields().get(random.nextInt(record.fields().size()));
                path.add(new Nav.Field(field.jsonName()));
                yield field.schema();
            }
            default -> anywhere(path, schema);
        };
    }

    private Schema<?> ofMap(List<Nav> path, MapSchema<?, ?> map) {
        Object key = values.value(map.key());
        int choice = random.nextInt(12);
        switch (choice) {
            case 0 -> path.add(new Nav.Must(key));
            case 1 -> path.add(new Nav.MapVals());
            case 2 -> {
                path.add(new Nav.All());
                path.add(new Nav.Last());
            }
            case 3, 4 -> {
                path.add(choice == 3 ? new Nav.MapKey(key) : new Nav.MapKeys());
                return map.key();
            }
            case 5 -> {
                path.add(new Nav.SubMap(List.of(key, values.value(map.key()))));
                return map;
            }
            case 6, 7 -> {
                path.add(new Nav.Range("sorted_map_range", bounds(map.key())));
                return map;
            }
            case 8 -> {
                if (!writing) {
                    path.add(new Nav.Size());
                    return Schema.of(Long.class);
                }
                path.add(new Nav.Key(key));
            }
            default -> path.add(new Nav.Key(key));
        }
        return map.value();
    }

    private Bounds bounds(Schema<?> key) {
        @Nullable Object from = random.nextInt(3) == 0 ? null : values.value(key);
        @Nullable Object to = random.nextInt(3) == 0 ? null : values.value(key);
        return new Bounds(
                from,
                random.nextBoolean(),
                to,
                random.nextBoolean(),
                random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(3),
                random.nextBoolean());
    }

    private Schema<?> ofSet(List<Nav> path, SetSchema<?> set) {
        Object element = values.value(set.element());
        switch (random.nextInt(6)) {
            case 0 -> path.add(new Nav.SetElem(element));
            case 1 -> path.add(new Nav.All());
            case 2 -> path.add(writing ? new Nav.VoidSetElem() : new Nav.All());
            case 3 -> {
                path.add(new Nav.Subset(List.of(element)));
                return set;
            }
            case 4 -> {
                path.add(new Nav.Range("sorted_set_range", bounds(set.element())));
                return set;
            }
            default -> path.add(new Nav.SetElem(element));
        }
        return set.element();
    }

    private Schema<?> ofList(List<Nav> path, ListSchema<?> list) {
        long index = random.nextInt(6) - 1L;
        int choice = random.nextInt(14);
        switch (choice) {
            case 0, 1 -> path.add(new Nav.Nth(index));
            case 2 -> path.add(new Nav.First());
            case 3 -> path.add(new Nav.Last());
            case 4 -> {
                path.add(new Nav.Index(index));
                return Schema.of(Long.class);
            }
            case 5, 6, 7 -> {
                path.add(
                        choice == 5
                                ? new Nav.Sublist(index, random.nextInt(6))
                                : choice == 6 ? new Nav.Beginning() : new Nav.End());
                return list;
            }
            case 8, 9, 10 ->
                path.add(
                        !writing
                                ? new Nav.All()
                                : choice == 8
                                        ? new Nav.BeforeElem()
                                        : choice == 9 ? new Nav.AfterElem() : new Nav.BeforeIndex(index));
            case 11 -> {
                List<Nav> filter = reading(list.element());
                path.add(new Nav.Subselect(
                        List.of(new Nav.All(), new Nav.FilterSelected(filter, random.nextBoolean()))));
                return list;
            }
            default -> path.add(new Nav.All());
        }
        return list.element();
    }

    private Schema<?> anywhere(List<Nav> path, Schema<?> schema) {
        switch (random.nextInt(10)) {
            case 0 -> path.add(new Nav.FilterSelected(reading(schema), random.nextBoolean()));
            case 1 -> {
                if (schema.keyable()) {
                    path.add(new Nav.Compare("filter_less_than", values.value(schema), order -> order < 0));
                }
            }
            case 2 -> {
                if (schema.keyable()) {
                    path.add(new Nav.Compare("filter_not_equal", values.value(schema), order -> order != 0));
                }
            }
            case 3 -> path.add(new Nav.NullToVal(values.value(schema)));
            case 4 -> path.add(new Nav.PutCollected(1L));
            case 5 -> path.add(new Nav.Val());
            case 6 -> {
                if (whole) {
                    whole = false;
                    path.add(new Nav.CondPath(List.of(
                            new Nav.Branch(reading(schema), List.of(new Nav.Stay())),
                            new Nav.Branch(List.of(new Nav.Stay()), List.of(new Nav.PutCollected(2L))))));
                    whole = true;
                }
            }
            case 7 -> path.add(new Nav.MultiPath(List.of(List.of(new Nav.Stay()), List.of(new Nav.PutCollected(3L)))));
            case 8 -> path.add(random.nextInt(4) == 0 ? new Nav.Stop() : new Nav.Stay());
            default -> {
                if (!writing) {
                    path.add(new Nav.Collect(reading(schema)));
                }
            }
        }
        return schema;
    }
}
