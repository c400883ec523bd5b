package io.thalweg.view.wasm.component;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One definition of a component as it stands in the file: references are indices into the spaces of the enclosing component,
 * nothing is resolved or checked. {@link ComponentDecoder} makes them, {@link ComponentGraph} gives them meaning.
 */
sealed interface Definition {

    /** The index spaces of a component. */
    enum Sort {
        CORE_FUNC("core function"),
        CORE_TABLE("core table"),
        CORE_MEMORY("core memory"),
        CORE_GLOBAL("core global"),
        CORE_TAG("core tag"),
        CORE_TYPE("core type"),
        CORE_MODULE("core module"),
        CORE_INSTANCE("core instance"),
        FUNC("function"),
        TYPE("type"),
        COMPONENT("component"),
        INSTANCE("instance");

        final String text;

        Sort(String text) {
            this.text = text;
        }
    }

    /** A component: its definitions in order. */
    record Component(List<Definition> definitions) {}

    /** A core module, by its number in the whole file. */
    record CoreModuleBytes(int number) implements Definition {}

    /** A core type; nothing that is accepted refers to one. */
    record CoreTypeDefinition() implements Definition {}

    record CoreInstantiate(int module, List<CoreArgument> arguments) implements Definition {}

    record CoreArgument(String name, int instance) {}

    record CoreInline(List<Named> exports) implements Definition {}

    record Nested(Component component) implements Definition {}

    record Instantiate(int component, List<Named> arguments) implements Definition {}

    record InlineInstance(List<Named> exports) implements Definition {}

    /** Something by its index, under a name. */
    record Named(String name, Sort sort, int index) {}

    record AliasExport(Sort sort, int instance, String name) implements Definition {}

    record AliasCoreExport(Sort sort, int instance, String name) implements Definition {}

    record AliasOuter(Sort sort, int scopes, int index) implements Definition {}

    record TypeDefinition(TypeExpression type) implements Definition {}

    record Lift(int coreFunction, CanonicalOptions options, int type) implements Definition {}

    record Lower(int function, CanonicalOptions options) implements Definition {}

    /** A core function that only a full component runtime has, by its name in the specification. */
    record Builtin(String name) implements Definition {}

    record Import(String name, ExternType type) implements Definition {}

    record Export(String name, Sort sort, int index) implements Definition {}

    /** Options of a lift or lower; indices, null where absent. */
    record CanonicalOptions(
            boolean utf8,
            boolean async,
            @Nullable Integer memory,
            @Nullable Integer realloc,
            @Nullable Integer postReturn) {}

    /** What an import or a declared export must be. */
    sealed interface ExternType {
        record CoreModuleType() implements ExternType {}

        /** A function, component or instance of the type with this index. */
        record Typed(Sort sort, int type) implements ExternType {}

        record TypeEqual(int type) implements ExternType {}

        record Resource() implements ExternType {}
    }

    /** A type as written. */
    sealed interface TypeExpression {
        record Primitive(WitType.Primitive type) implements TypeExpression {}

        record ListOf(ValueRef element) implements TypeExpression {}

        record FixedList(ValueRef element, int length) implements TypeExpression {}

        record RecordOf(List<Field> fields) implements TypeExpression {}

        record Variant(List<Case> cases) implements TypeExpression {}

        record Tuple(List<ValueRef> elements) implements TypeExpression {}

        record Flags(List<String> names) implements TypeExpression {}

        record EnumOf(List<String> names) implements TypeExpression {}

        record Option(ValueRef some) implements TypeExpression {}

        record Result(@Nullable ValueRef ok, @Nullable ValueRef error) implements TypeExpression {}

        /** Handles, streams, futures and other types that no accepted function has. */
        record Foreign(String text) implements TypeExpression {}

        record Function(
                boolean async,
                List<Field> parameters,
                @Nullable ValueRef result) implements TypeExpression {}

        record ComponentType(List<Definition> declarations) implements TypeExpression {}

        record InstanceType(List<Definition> declarations) implements TypeExpression {}
    }

    /** A declared export of an instance or component type. */
    record ExportDeclaration(String name, ExternType type) implements Definition {}

    record Field(String name, ValueRef type) {}

    record Case(String name, @Nullable ValueRef type) {}

    /** A value type in place: a primitive, or the type with this index. */
    sealed interface ValueRef {
        record Plain(WitType.Primitive type) implements ValueRef {}

        record Index(int index) implements ValueRef {}
    }
}
