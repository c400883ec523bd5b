package io.thalweg.view.wasm.component;

import io.thalweg.model.ThalwegException;
import io.thalweg.view.wasm.binary.ByteCursor;
import io.thalweg.view.wasm.binary.CoreSections;
import io.thalweg.view.wasm.binary.Refusal;
import io.thalweg.view.wasm.component.Definition.CanonicalOptions;
import io.thalweg.view.wasm.component.Definition.Case;
import io.thalweg.view.wasm.component.Definition.Component;
import io.thalweg.view.wasm.component.Definition.CoreArgument;
import io.thalweg.view.wasm.component.Definition.ExternType;
import io.thalweg.view.wasm.component.Definition.Field;
import io.thalweg.view.wasm.component.Definition.Named;
import io.thalweg.view.wasm.component.Definition.Sort;
import io.thalweg.view.wasm.component.Definition.TypeExpression;
import io.thalweg.view.wasm.component.Definition.ValueRef;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the binary form of a component (version 0x0d of the component model, {@code design/mvp/Binary.md} of its
 * repository). This is syntax only: every byte is read or, in custom sections, skipped; every length, count and nesting is
 * bounded; what references mean is the business of {@link ComponentGraph}.
 *
 * <pre>
 * component ::= 00 61 73 6d  0d 00 01 00  section*
 * section   ::= id:u8 size:u32 content          0 custom         1 core module   2 core instances  3 core types
 *                                               4 component      5 instances     6 aliases         7 types
 *                                               8 canonicals     9 start         10 imports        11 exports   12 values
 * </pre>
 *
 * Start functions and values (9, 12) are refused, since no tool produces them and they could not be honoured.
 */
public final class ComponentDecoder {
    /** Components inside components. */
    static final int MAX_NESTING = 24;

    /** Types inside declarations inside types. */
    static final int MAX_TYPE_NESTING = 24;

    /** Core modules in the whole file. */
    static final int MAX_CORE_MODULES = 64;

    /** Definitions in the whole file, those inside types included. */
    static final int MAX_DEFINITIONS = 200_000;

    private final List<byte[]> coreModules = new ArrayList<>();
    private final CoreSections coreSections = new CoreSections();
    private int definitions;

    private ComponentDecoder() {}

    /** The outermost component and the core modules of the whole file by number. */
    public static final class Decoded {
        private final Component root;
        private final List<byte[]> coreModules;

        private Decoded(Component root, List<byte[]> coreModules) {
            this.root = root;
            this.coreModules = List.copyOf(coreModules);
        }

        Component root() {
            return root;
        }

        /** Without their custom sections; not to be changed. */
        public List<byte[]> coreModules() {
            return coreModules;
        }
    }

    /** @throws ThalwegException {@code INVALID_COMPONENT}, if these are not the bytes of a component */
    public static Decoded decode(byte[] bytes) {
        ComponentDecoder decoder = new ComponentDecoder();
        ByteCursor cursor = new ByteCursor(bytes, 0, bytes.length);
        checkKind(bytes);
        Component root = decoder.component(cursor, 0);
        return new Decoded(root, decoder.coreModules);
    }

    /** Says in a person's words what the file is, when it is no component at all. */
    private static void checkKind(byte[] bytes) {
        if (bytes.length == 0) {
            throw Refusal.because("no bytes: send the WebAssembly component as the body");
        }
        if (bytes.length < 8 || bytes[0] != 0 || bytes[1] != 'a' || bytes[2] != 's' || bytes[3] != 'm') {
            int first = bytes[0];
            throw Refusal.because(
                    first == '(' || first == ';'
                            ? "this is the text form of WebAssembly; translate it first: jco parse view.wat -o"
                                    + " view.wasm"
                            : "not WebAssembly: the first bytes are not \\0asm");
        }
        if (bytes[4] == 1 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0) {
            throw Refusal.because(
                    "this is a core WebAssembly module, not a component; wrap it: jco embed view.wasm --wit wit/view"
                            + " -n program -o embedded.wasm && jco new embedded.wasm -o component.wasm (wasm-tools"
                            + " component embed and new do the same)");
        }
    }

    private Component component(ByteCursor in, int depth) {
        if (depth > MAX_NESTING) {
            throw in.malformed("components are nested more than " + MAX_NESTING + " deep");
        }
        in.expect(0x00, "magic number");
        in.expect('a', "magic number");
        in.expect('s', "magic number");
        in.expect('m', "magic number");
        int version = in.u8() | in.u8() << 8;
        int layer = in.u8() | in.u8() << 8;
        if (version != 0x0d || layer != 1) {
            throw Refusal.because("component format version 0x" + Integer.toHexString(version) + ", layer " + layer
                    + " is unknown; version 0xd, layer 1 is what current tools write");
        }
        List<Definition> found = new ArrayList<>();
        while (in.hasMore()) {
            int id = in.u8();
            ByteCursor section = in.window(in.u32());
            switch (id) {
                case 0 -> section.name();
                case 1 -> found.add(coreModule(section));
                case 2 -> all(section, found, () -> coreInstance(section));
                case 3 -> all(section, found, () -> coreType(section, 0));
                case 4 -> found.add(count(section, new Definition.Nested(component(section, depth + 1))));
                case 5 -> all(section, found, () -> instance(section));
                case 6 -> all(section, found, () -> alias(section));
                case 7 -> all(section, found, () -> new Definition.TypeDefinition(type(section, 0)));
                case 8 -> all(section, found, () -> canonical(section));
                case 9 -> throw Refusal.because("the component has a start function; a view starts by its export init");
                case 10 -> all(section, found, () -> new Definition.Import(externName(section), externType(section)));
                case 11 -> all(section, found, () -> export(section));
                case 12 -> throw Refusal.because("the component defines values, which this host does not support");
                default -> throw in.malformed("section " + id + " is unknown");
            }
            if (id != 0 && id != 1) {
                section.end("section " + id);
            }
        }
        return new Component(List.copyOf(found));
    }

    private <T extends Definition> T count(ByteCursor in, T definition) {
        if (++definitions > MAX_DEFINITIONS) {
            throw in.malformed("more than " + MAX_DEFINITIONS + " definitions");
        }
        return definition;
    }

    private void all(ByteCursor in, List<Definition> into, Supplier<Definition> one) {
        int count = in.count(1);
        for (int i = 0; i < count; i++) {
            into.add(count(in, one.get()));
        }
    }

    private <T> List<T> vector(ByteCursor in, int bytesEach, Supplier<T> one) {
        int count = in.count(bytesEach);
        List<T> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (++definitions > MAX_DEFINITIONS) {
                throw in.malformed("more than " + MAX_DEFINITIONS + " definitions and parts of them");
            }
            items.add(one.get());
        }
        return List.copyOf(items);
    }

    private Definition coreModule(ByteCursor in) {
        if (coreModules.size() == MAX_CORE_MODULES) {
            throw in.malformed("more than " + MAX_CORE_MODULES + " core modules");
        }
        coreModules.add(coreSections.take(in));
        return count(in, new Definition.CoreModuleBytes(coreModules.size() - 1));
    }

    private Definition coreInstance(ByteCursor in) {
        int kind = in.u8();
        return switch (kind) {
            case 0 ->
                new Definition.CoreInstantiate(in.u32(), vector(in, 3, () -> {
                    String name = in.name();
                    in.expect(0x12, "the sort of an argument of a core module");
                    return new CoreArgument(name, in.u32());
                }));
            case 1 -> new Definition.CoreInline(vector(in, 3, () -> new Named(in.name(), coreSort(in), in.u32())));
            default -> throw in.malformed("core instance kind " + kind);
        };
    }

    private Sort coreSort(ByteCursor in) {
        int code = in.u8();
        return switch (code) {
            case 0x00 -> Sort.CORE_FUNC;
            case 0x01 -> Sort.CORE_TABLE;
            case 0x02 -> Sort.CORE_MEMORY;
            case 0x03 -> Sort.CORE_GLOBAL;
            case 0x04 -> Sort.CORE_TAG;
            case 0x10 -> Sort.CORE_TYPE;
            case 0x11 -> Sort.CORE_MODULE;
            case 0x12 -> Sort.CORE_INSTANCE;
            default -> throw in.malformed("core sort 0x" + Integer.toHexString(code));
        };
    }

    private Sort sort(ByteCursor in) {
        int code = in.u8();
        return switch (code) {
            case 0x00 -> coreSort(in);
            case 0x01 -> Sort.FUNC;
            case 0x02 -> throw Refusal.because("the component passes values, which this host does not support");
            case 0x03 -> Sort.TYPE;
            case 0x04 -> Sort.COMPONENT;
            case 0x05 -> Sort.INSTANCE;
            default -> throw in.malformed("sort 0x" + Integer.toHexString(code));
        };
    }

    private Definition instance(ByteCursor in) {
        int kind = in.u8();
        return switch (kind) {
            case 0 ->
                new Definition.Instantiate(in.u32(), vector(in, 3, () -> new Named(in.name(), sort(in), in.u32())));
            case 1 -> new Definition.InlineInstance(vector(in, 4, () -> new Named(externName(in), sort(in), in.u32())));
            default -> throw in.malformed("instance kind " + kind);
        };
    }

    private Definition alias(ByteCursor in) {
        Sort sort = sort(in);
        int target = in.u8();
        return switch (target) {
            case 0 -> new Definition.AliasExport(sort, in.u32(), in.name());
            case 1 -> new Definition.AliasCoreExport(sort, in.u32(), in.name());
            case 2 -> new Definition.AliasOuter(sort, in.u32(), in.u32());
            default -> throw in.malformed("alias target " + target);
        };
    }

    private Definition export(ByteCursor in) {
        String name = externName(in);
        Sort sort = sort(in);
        int index = in.u32();
        if (in.u8() != 0) {
            externType(in);
        }
        return new Definition.Export(name, sort, index);
    }

    private String externName(ByteCursor in) {
        int form = in.u8();
        String name = in.name();
        switch (form) {
            case 0, 1 -> {}
            case 2 ->
                vector(in, 2, () -> {
                    in.u8();
                    return in.name();
                });
            default -> throw in.malformed("name form " + form);
        }
        return name;
    }

    private ExternType externType(ByteCursor in) {
        int code = in.u8();
        return switch (code) {
            case 0x00 -> {
                in.expect(0x11, "the core sort of an import");
                in.u32();
                yield new ExternType.CoreModuleType();
            }
            case 0x01 -> new ExternType.Typed(Sort.FUNC, in.u32());
            case 0x02 ->
                throw Refusal.because("the component imports or exports values, which this host does not support");
            case 0x03 -> typeBound(in);
            case 0x04 -> new ExternType.Typed(Sort.COMPONENT, in.u32());
            case 0x05 -> new ExternType.Typed(Sort.INSTANCE, in.u32());
            default -> throw in.malformed("extern type 0x" + Integer.toHexString(code));
        };
    }

    private ExternType typeBound(ByteCursor in) {
        int bound = in.u8();
        return switch (bound) {
            case 0 -> new ExternType.TypeEqual(in.u32());
            case 1 -> new ExternType.Resource();
            default -> throw in.malformed("type bound " + bound);
        };
    }

    // ---- types ----

    private TypeExpression type(ByteCursor in, int depth) {
        if (depth > MAX_TYPE_NESTING) {
            throw in.malformed("types are nested more than " + MAX_TYPE_NESTING + " deep");
        }
        int code = in.u8();
        return switch (code) {
            case 0x72 -> new TypeExpression.RecordOf(fields(in));
            case 0x71 ->
                new TypeExpression.Variant(vector(in, 3, () -> {
                    Case one = new Case(in.name(), optionalValue(in));
                    in.expect(0, "the end of a case");
                    return one;
                }));
            case 0x70 -> new TypeExpression.ListOf(value(in));
            case 0x67 -> new TypeExpression.FixedList(value(in), in.u32());
            case 0x6f -> new TypeExpression.Tuple(vector(in, 1, () -> value(in)));
            case 0x6e -> new TypeExpression.Flags(vector(in, 1, in::name));
            case 0x6d -> new TypeExpression.EnumOf(vector(in, 1, in::name));
            case 0x6b -> new TypeExpression.Option(value(in));
            case 0x6a -> new TypeExpression.Result(optionalValue(in), optionalValue(in));
            case 0x69 -> foreign("own", in.u32());
            case 0x68 -> foreign("borrow", in.u32());
            case 0x66 -> {
                optionalValue(in);
                yield new TypeExpression.Foreign("stream");
            }
            case 0x65 -> {
                optionalValue(in);
                yield new TypeExpression.Foreign("future");
            }
            case 0x63 -> {
                value(in);
                value(in);
                yield new TypeExpression.Foreign("map");
            }
            case 0x40 -> function(in, false);
            case 0x43 -> function(in, true);
            case 0x41 -> new TypeExpression.ComponentType(declarations(in, true, depth));
            case 0x42 -> new TypeExpression.InstanceType(declarations(in, false, depth));
            case 0x3f -> {
                in.expect(0x7f, "the representation of a resource");
                if (in.u8() != 0) {
                    in.u32();
                }
                yield new TypeExpression.Foreign("resource");
            }
            default -> new TypeExpression.Primitive(primitive(in, code));
        };
    }

    private static TypeExpression foreign(String kind, int resource) {
        return new TypeExpression.Foreign(kind + "<resource " + resource + ">");
    }

    private List<Field> fields(ByteCursor in) {
        return vector(in, 2, () -> new Field(in.name(), value(in)));
    }

    private TypeExpression function(ByteCursor in, boolean async) {
        List<Field> parameters = fields(in);
        int results = in.u8();
        if (results == 0) {
            return new TypeExpression.Function(async, parameters, value(in));
        }
        if (results == 1 && in.u8() == 0) {
            return new TypeExpression.Function(async, parameters, null);
        }
        throw in.malformed("the result list of a function");
    }

    private List<Definition> declarations(ByteCursor in, boolean component, int depth) {
        return vector(in, 2, () -> {
            int code = in.u8();
            return switch (code) {
                case 0 -> coreType(in, depth + 1);
                case 1 -> new Definition.TypeDefinition(type(in, depth + 1));
                case 2 -> alias(in);
                case 3 -> {
                    if (!component) {
                        throw in.malformed("an instance type with an import");
                    }
                    yield new Definition.Import(externName(in), externType(in));
                }
                case 4 -> new Definition.ExportDeclaration(externName(in), externType(in));
                default -> throw in.malformed("declaration " + code);
            };
        });
    }

    private @Nullable ValueRef optionalValue(ByteCursor in) {
        int present = in.u8();
        return switch (present) {
            case 0 -> null;
            case 1 -> value(in);
            default -> throw in.malformed("an optional type with flag " + present);
        };
    }

    /** A signed 33-bit LEB128: one negative byte is a primitive, anything not negative is an index. */
    private ValueRef value(ByteCursor in) {
        int first = in.peek();
        if ((first & 0xc0) == 0x40) {
            return new ValueRef.Plain(primitive(in, in.u8()));
        }
        return new ValueRef.Index(in.u32());
    }

    private static WitType.Primitive primitive(ByteCursor in, int code) {
        return switch (code) {
            case 0x7f -> WitType.Primitive.BOOL;
            case 0x7e -> WitType.Primitive.S8;
            case 0x7d -> WitType.Primitive.U8;
            case 0x7c -> WitType.Primitive.S16;
            case 0x7b -> WitType.Primitive.U16;
            case 0x7a -> WitType.Primitive.S32;
            case 0x79 -> WitType.Primitive.U32;
            case 0x78 -> WitType.Primitive.S64;
            case 0x77 -> WitType.Primitive.U64;
            case 0x76 -> WitType.Primitive.F32;
            case 0x75 -> WitType.Primitive.F64;
            case 0x74 -> WitType.Primitive.CHAR;
            case 0x73 -> WitType.Primitive.STRING;
            case 0x64 -> WitType.Primitive.ERROR_CONTEXT;
            default -> throw in.malformed("type 0x" + Integer.toHexString(code));
        };
    }

    /** Core types count in their index space, but nothing that is accepted uses one; only function and module types are read. */
    private Definition coreType(ByteCursor in, int depth) {
        if (depth > MAX_TYPE_NESTING) {
            throw in.malformed("core types are nested too deep");
        }
        int code = in.u8();
        switch (code) {
            case 0x60 -> {
                vector(in, 1, in::u8);
                vector(in, 1, in::u8);
            }
            case 0x50 -> vector(in, 2, () -> coreDeclaration(in, depth));
            default ->
                throw in.malformed("core type 0x" + Integer.toHexString(code) + ", which this host does not support,");
        }
        return new Definition.CoreTypeDefinition();
    }

    private boolean coreDeclaration(ByteCursor in, int depth) {
        int code = in.u8();
        switch (code) {
            case 0 -> {
                in.name();
                in.name();
                coreExternType(in);
            }
            case 1 -> coreType(in, depth + 1);
            case 2 -> {
                in.expect(0x10, "the sort of an alias in a module type");
                in.expect(0x01, "the target of an alias in a module type");
                in.u32();
                in.u32();
            }
            case 3 -> {
                in.name();
                coreExternType(in);
            }
            default -> throw in.malformed("core declaration " + code);
        }
        return true;
    }

    private static void coreExternType(ByteCursor in) {
        int code = in.u8();
        switch (code) {
            case 0 -> in.u32();
            case 1 -> {
                in.u8();
                limits(in);
            }
            case 2 -> limits(in);
            case 3 -> {
                in.u8();
                in.u8();
            }
            case 4 -> {
                in.u8();
                in.u32();
            }
            default -> throw in.malformed("core extern type " + code);
        }
    }

    private static void limits(ByteCursor in) {
        int flags = in.u8();
        in.u32();
        if ((flags & 1) != 0) {
            in.u32();
        }
    }

    // ---- canonical functions ----

    private Definition canonical(ByteCursor in) {
        int code = in.u8();
        return switch (code) {
            case 0x00 -> {
                in.expect(0, "the sort of a lifted function");
                int function = in.u32();
                CanonicalOptions options = options(in);
                yield new Definition.Lift(function, options, in.u32());
            }
            case 0x01 -> {
                in.expect(0, "the sort of a lowered function");
                yield new Definition.Lower(in.u32(), options(in));
            }
            default -> new Definition.Builtin(builtin(in, code));
        };
    }

    /** Reads the operands of a built-in, which no view needs, and returns its name. */
    private String builtin(ByteCursor in, int code) {
        return switch (code) {
            case 0x02 -> operands("resource.new", in.u32());
            case 0x03 -> operands("resource.drop", in.u32());
            case 0x04 -> operands("resource.rep", in.u32());
            case 0x05 -> "task.cancel";
            case 0x06 -> operands("subtask.cancel", in.u8());
            case 0x08 -> "backpressure.set";
            case 0x09 -> {
                int results = in.u8();
                if (results == 0) {
                    value(in);
                } else {
                    in.expect(0, "the result list of task.return");
                }
                options(in);
                yield "task.return";
            }
            case 0x0a -> operands("context.get", in.u8() + in.u32());
            case 0x0b -> operands("context.set", in.u8() + in.u32());
            case 0x0c -> operands("thread.yield", in.u8());
            case 0x0d -> "subtask.drop";
            case 0x0e -> operands("stream.new", in.u32());
            case 0x0f -> withOptions("stream.read", in);
            case 0x10 -> withOptions("stream.write", in);
            case 0x11 -> operands("stream.cancel-read", in.u32() + in.u8());
            case 0x12 -> operands("stream.cancel-write", in.u32() + in.u8());
            case 0x13 -> operands("stream.drop-readable", in.u32());
            case 0x14 -> operands("stream.drop-writable", in.u32());
            case 0x15 -> operands("future.new", in.u32());
            case 0x16 -> withOptions("future.read", in);
            case 0x17 -> withOptions("future.write", in);
            case 0x18 -> operands("future.cancel-read", in.u32() + in.u8());
            case 0x19 -> operands("future.cancel-write", in.u32() + in.u8());
            case 0x1a -> operands("future.drop-readable", in.u32());
            case 0x1b -> operands("future.drop-writable", in.u32());
            case 0x1c -> {
                options(in);
                yield "error-context.new";
            }
            case 0x1d -> {
                options(in);
                yield "error-context.debug-message";
            }
            case 0x1e -> "error-context.drop";
            case 0x1f -> "waitable-set.new";
            case 0x20 -> operands("waitable-set.wait", in.u8() + in.u32());
            case 0x21 -> operands("waitable-set.poll", in.u8() + in.u32());
            case 0x22 -> "waitable-set.drop";
            case 0x23 -> "waitable.join";
            case 0x24 -> "backpressure.inc";
            case 0x25 -> "backpressure.dec";
            default ->
                throw in.malformed(
                        "canonical function 0x" + Integer.toHexString(code) + ", which this host does not know,");
        };
    }

    /** The name; the operands are read on the way in and mean nothing to us. */
    private static String operands(String name, int ignored) {
        return name;
    }

    private String withOptions(String name, ByteCursor in) {
        in.u32();
        options(in);
        return name;
    }

    private CanonicalOptions options(ByteCursor in) {
        boolean utf8 = true;
        boolean async = false;
        Integer memory = null;
        Integer realloc = null;
        Integer postReturn = null;
        int count = in.count(1);
        for (int i = 0; i < count; i++) {
            int code = in.u8();
            switch (code) {
                case 0x00 -> {}
                case 0x01, 0x02 -> utf8 = false;
                case 0x03 -> memory = in.u32();
                case 0x04 -> realloc = in.u32();
                case 0x05 -> postReturn = in.u32();
                case 0x06 -> async = true;
                case 0x07 -> {
                    in.u32();
                    async = true;
                }
                default -> throw in.malformed("canonical option " + code);
            }
        }
        return new CanonicalOptions(utf8, async, memory, realloc, postReturn);
    }
}
