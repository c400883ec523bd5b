package io.thalweg.index;

import io.thalweg.index.path.Control;
import io.thalweg.index.path.Path;
import io.thalweg.index.schema.Schema;
import io.thalweg.index.schema.SchemaException;

/**
 * An index as it is declared: a name, and what it holds. Immutable; usually a constant of the view's class.
 *
 * @param <T> what it holds, mostly a map from what events are about
 */
public record Index<T>(String name, Schema<T> schema) {
    /** Longest name, in characters. */
    public static final int MAX_NAME = 64;

    public Index {
        if (!name.matches("[a-z][a-z0-9_]*") || name.length() > MAX_NAME) {
            throw new SchemaException("name of an index is \"" + name + "\", expected at most " + MAX_NAME
                    + " small letters, digits and underscores that begin with a letter");
        }
    }

    /** The path to everything that the index holds, from which others go on with their types known. */
    public Path<T, T> path() {
        return Control.stay();
    }

    public static <T> Index<T> of(String name, Schema<T> schema) {
        return new Index<>(name, schema);
    }
}
