package io.thalweg.index.path;

import io.thalweg.index.schema.ListSchema;
import io.thalweg.index.schema.MapSchema;
import io.thalweg.index.schema.RecordSchema;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SetSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands where a path ends, by the schema alone: for places of which there are none to look at. */
final class Ends {
    private static final Schema<Long> LONG = Schema.of(Long.class);

    private Ends() {}

    static Schema<?> of(List<Nav> path, Schema<?> from) {
        Schema<?> schema = from.current();
        // Of entries it is the schema of the value, and this that of the key.
        @Nullable Schema<?> key = null;
        for (Nav nav : path) {
            if (key != null && (nav instanceof Nav.Nth || nav instanceof Nav.First || nav instanceof Nav.Last)) {
                boolean first = nav instanceof Nav.First || (nav instanceof Nav.Nth nth && nth.index() == 0);
                schema = first ? key.current() : schema;
                key = null;
                continue;
            }
            Schema<?> here = schema;
            key = switch (nav) {
                case Nav.All _ when here instanceof MapSchema<?, ?> map -> map.key();
                case Nav.IndexedVals _ -> LONG;
                case Nav.View _, Nav.Custom _, Nav.Subselect _ -> null;
                default -> key;
            };
            schema = next(nav, here).current();
        }
        return schema;
    }

    private static Schema<?> next(Nav nav, Schema<?> schema) {
        return switch (nav) {
            case Nav.Field field
            when schema instanceof RecordSchema<?> record && record.fieldAt(field.field()) >= 0 ->
                record.fields().get(record.fieldAt(field.field())).schema();
            case Nav.MapKey _, Nav.MapKeys _ when schema instanceof MapSchema<?, ?> map -> map.key();
            case Nav.Key _, Nav.Must _, Nav.MapVals _, Nav.All _
            when schema instanceof MapSchema<?, ?> map -> map.value();
            case Nav.SetElem _, Nav.VoidSetElem _, Nav.All _ when schema instanceof SetSchema<?> set -> set.element();
            case Nav.Key _,
                    Nav.Nth _,
                    Nav.First _,
                    Nav.Last _,
                    Nav.All _,
                    Nav.BeforeElem _,
                    Nav.AfterElem _,
                    Nav.IndexedVals _,
                    Nav.BeforeIndex _
            when schema instanceof ListSchema<?> list -> list.element();
            case Nav.Index _, Nav.Size _ -> LONG;
            case Nav.View view -> {
                Schema<?> result = view.result();
                yield result == null ? schema : result;
            }
            case Nav.Custom custom -> custom.to();
            case Nav.Subselect sub -> listOf(of(sub.path(), schema));
            case Nav.CondPath cond
            when !cond.branches().isEmpty() -> of(cond.branches().getFirst().then(), schema);
            case Nav.MultiPath multi
            when !multi.paths().isEmpty() -> of(multi.paths().getFirst(), schema);
            case Nav.WithFreshCollected sub -> of(sub.path(), schema);
            default -> schema;
        };
    }

    static <E> Schema<List<E>> listOf(Schema<E> element) {
        return Schema.list(element);
    }
}
