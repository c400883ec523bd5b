package io.thalweg.view.java.query;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaCodec;
import io.thalweg.index.schema.SchemaException;
import io.thalweg.index.tree.Shape;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Other;
import io.thalweg.view.java.OtherIndex;
import io.thalweg.view.java.OtherQuery;
import io.thalweg.view.java.Query;
import java.util.Arrays;
import java.util.List;

/** Whether another view has what one that reads it says of it. */
public final class Dependencies {
    private Dependencies() {}

    /**
     * Refuses what would not fit.
     *
     * @param reader the name of the view that reads
     * @param indexes that the other view declares
     * @param queries that it declares
     * @throws DeclarationException that names both views, and what there is
     */
    public static void requireFits(String reader, Other other, List<Index<?>> indexes, List<Query<?, ?>> queries) {
        for (OtherIndex<?> wanted : other.indexes()) {
            String name = wanted.index().name();
            Index<?> there = indexes.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new DeclarationException("view " + reader + " reads index " + name + " of view "
                            + other.name() + ", which has "
                            + indexes.stream().map(Index::name).toList()));
            try {
                Shape.of(wanted.index().schema(), List.of(stored(there.schema())), name);
            } catch (SchemaException e) {
                throw new DeclarationException("view " + reader + " reads index " + name + " of view " + other.name()
                        + " otherwise than it is: " + e.getMessage());
            }
        }
        for (OtherQuery<?, ?> wanted : other.queries()) {
            Query<?, ?> there = queries.stream()
                    .filter(each -> each.name().equals(wanted.name()))
                    .findFirst()
                    .orElseThrow(() -> new DeclarationException("view " + reader + " asks query " + wanted.name()
                            + " of view " + other.name() + ", which has "
                            + queries.stream().map(Query::name).toList()));
            requireSame(reader, other, wanted, "arguments", wanted.arguments(), there.arguments());
            requireSame(reader, other, wanted, "result", wanted.result(), there.result());
        }
    }

    /** A schema as it stands in a store, which needs no classes. */
    private static Schema<?> stored(Schema<?> schema) {
        return SchemaCodec.read(SchemaCodec.write(schema));
    }

    private static void requireSame(
            String reader, Other other, OtherQuery<?, ?> query, String what, Schema<?> ours, Schema<?> theirs) {
        if (!Arrays.equals(SchemaCodec.write(ours), SchemaCodec.write(theirs))) {
            throw new DeclarationException("view " + reader + " asks query " + query.name() + " of view " + other.name()
                    + " with other " + what + ": " + ours.describe() + " here, " + theirs.describe() + " there");
        }
    }
}
