package io.thalweg.view.wasm.component;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A resolved type of the component model. Types of a hostile component share parts, so that a few bytes may describe a tree of
 * any size: never compare or hash two of them as records. {@link #matches} walks the expected type only, and
 * {@link Function#text} stops early.
 */
sealed interface WitType {
    WitType BYTES = new ListOf(Primitive.U8);

    /** Names with values. */
    WitType PAIRS = new ListOf(new Tuple(List.of(Primitive.STRING, Primitive.STRING)));

    enum Primitive implements WitType {
        BOOL,
        S8,
        U8,
        S16,
        U16,
        S32,
        U32,
        S64,
        U64,
        F32,
        F64,
        CHAR,
        STRING,
        ERROR_CONTEXT
    }

    record ListOf(WitType element) implements WitType {}

    record RecordOf(List<Field> fields) implements WitType {}

    record Variant(List<Case> cases) implements WitType {}

    record Tuple(List<WitType> elements) implements WitType {}

    record EnumOf(List<String> names) implements WitType {}

    record Option(WitType some) implements WitType {}

    record Result(@Nullable WitType ok, @Nullable WitType error) implements WitType {}

    /** A type that no accepted function has. */
    record Foreign(String text) implements WitType {}

    record Function(
            boolean async, List<Field> parameters, @Nullable WitType result) {
        /** The type in WIT, cut when it is long. */
        String text() {
            Printer printer = new Printer();
            printer.function(this);
            return printer.toString();
        }

        /** Whether {@code actual} has the same names and types. */
        boolean matches(Function actual) {
            return async == actual.async
                    && fieldsMatch(parameters, actual.parameters)
                    && sameOrNone(result, actual.result);
        }
    }

    record Field(String name, WitType type) {}

    record Case(String name, @Nullable WitType type) {}

    /** Whether {@code actual} is what {@code expected}, one of our own types, says. */
    static boolean matches(WitType expected, WitType actual) {
        return switch (expected) {
            case Primitive primitive -> primitive == actual;
            case ListOf list -> actual instanceof ListOf other && matches(list.element, other.element);
            case RecordOf record -> actual instanceof RecordOf other && fieldsMatch(record.fields, other.fields);
            case Variant variant -> actual instanceof Variant other && casesMatch(variant.cases, other.cases);
            case Tuple tuple -> actual instanceof Tuple other && allMatch(tuple.elements, other.elements);
            case EnumOf names -> actual instanceof EnumOf other && names.names.equals(other.names);
            case Option option -> actual instanceof Option other && matches(option.some, other.some);
            case Result result ->
                actual instanceof Result other
                        && sameOrNone(result.ok, other.ok)
                        && sameOrNone(result.error, other.error);
            case Foreign _ -> false;
        };
    }

    private static boolean sameOrNone(@Nullable WitType expected, @Nullable WitType actual) {
        if (expected == null || actual == null) {
            return expected == null && actual == null;
        }
        return matches(expected, actual);
    }

    private static boolean fieldsMatch(List<Field> expected, List<Field> actual) {
        if (expected.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!expected.get(i).name.equals(actual.get(i).name)
                    || !matches(expected.get(i).type, actual.get(i).type)) {
                return false;
            }
        }
        return true;
    }

    private static boolean casesMatch(List<Case> expected, List<Case> actual) {
        if (expected.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!expected.get(i).name.equals(actual.get(i).name)
                    || !sameOrNone(expected.get(i).type, actual.get(i).type)) {
                return false;
            }
        }
        return true;
    }

    private static boolean allMatch(List<WitType> expected, List<WitType> actual) {
        if (expected.size() != actual.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (!matches(expected.get(i), actual.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Writes types as WIT does, up to a bound that a person would still read. */
    final class Printer {
        private static final int MAX_CHARACTERS = 600;
        private static final int MAX_DEPTH = 12;

        private final StringBuilder out = new StringBuilder();
        private int depth;

        void function(Function function) {
            out.append(function.async ? "async func(" : "func(");
            fields(function.parameters);
            out.append(')');
            if (function.result != null) {
                out.append(" -> ");
                type(function.result);
            }
        }

        private void type(@Nullable WitType type) {
            if (out.length() > MAX_CHARACTERS || depth > MAX_DEPTH) {
                out.append('…');
                return;
            }
            depth++;
            switch (type) {
                case null -> out.append('_');
                case Primitive primitive ->
                    out.append(primitive.name().toLowerCase(Locale.ROOT).replace('_', '-'));
                case ListOf list -> generic("list", list.element);
                case Option option -> generic("option", option.some);
                case Tuple tuple -> {
                    out.append("tuple<");
                    separated(tuple.elements, this::type);
                    out.append('>');
                }
                case Result result -> result(result);
                case RecordOf record -> {
                    out.append("record { ");
                    fields(record.fields);
                    out.append(" }");
                }
                case Variant variant -> {
                    out.append("variant { ");
                    separated(variant.cases, this::variantCase);
                    out.append(" }");
                }
                case EnumOf names -> {
                    out.append("enum { ");
                    separated(names.names, out::append);
                    out.append(" }");
                }
                case Foreign foreign -> out.append(foreign.text);
            }
            depth--;
        }

        private void generic(String name, WitType argument) {
            out.append(name).append('<');
            type(argument);
            out.append('>');
        }

        private void result(Result result) {
            out.append("result");
            if (result.error != null) {
                out.append('<');
                type(result.ok);
                out.append(", ");
                type(result.error);
                out.append('>');
            } else if (result.ok != null) {
                out.append('<');
                type(result.ok);
                out.append('>');
            }
        }

        private void fields(List<Field> fields) {
            separated(fields, field -> {
                out.append(field.name).append(": ");
                type(field.type);
            });
        }

        private void variantCase(Case one) {
            out.append(one.name);
            if (one.type != null) {
                out.append('(');
                type(one.type);
                out.append(')');
            }
        }

        private <T> void separated(List<T> items, Consumer<T> print) {
            for (int i = 0; i < items.size(); i++) {
                if (out.length() > MAX_CHARACTERS) {
                    out.append(", …");
                    return;
                }
                if (i > 0) {
                    out.append(", ");
                }
                print.accept(items.get(i));
            }
        }

        @Override
        public String toString() {
            return out.toString();
        }
    }
}
