package io.thalweg.view.wasm.component;

import io.thalweg.view.wasm.binary.Refusal;
import io.thalweg.view.wasm.component.ComponentDecoder.Decoded;
import io.thalweg.view.wasm.component.Definition.Component;
import io.thalweg.view.wasm.component.Definition.ExternType;
import io.thalweg.view.wasm.component.Definition.Named;
import io.thalweg.view.wasm.component.Definition.Sort;
import io.thalweg.view.wasm.component.Definition.TypeExpression;
import io.thalweg.view.wasm.component.Definition.ValueRef;
import io.thalweg.view.wasm.engine.CoreModule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Gives the definitions of a component their meaning. Instantiation of components is static: which core modules are instantiated, with
 * what, and which core function stands behind each exported function follows from the file alone. So the whole tree is walked once,
 * at load, and what remains is flat: {@link #steps}, a list of core instantiations, and {@link #export}, the lifted functions. Starting
 * an instance then only runs the list.
 *
 * <p>A walk visits nested components once for each instantiation; {@link #MAX_STEPS} and {@link #MAX_DEPTH} bound what a small file
 * can make of that.
 */
public final class ComponentGraph {
    /** Definitions visited, those of a nested component once for each of its instances. */
    private static final int MAX_STEPS = 400_000;

    /** Components being instantiated inside each other. */
    private static final int MAX_DEPTH = 48;

    private static final int MAX_CORE_INSTANCES = 256;

    private static final String INNER_CALL = "a call from one component to another inside this one";

    /** One core instantiation: the module's number and what each of its imports is linked to. */
    public record Step(int module, List<CoreLink> links) {}

    /** A component function that is made of a core function. */
    record Lifted(CoreLink function, CoreLink.Options options, WitType.Function type) implements Item {}

    private final IntFunction<CoreModule> modules;
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> stubs = new LinkedHashSet<>();
    private final Set<String> rootImports = new LinkedHashSet<>();
    private final Map<String, Item> exports;
    private boolean usesIndex;
    private int visited;
    private int depth;

    /** @param modules the core modules of the file by number; asked only for those that are instantiated */
    public ComponentGraph(Decoded decoded, IntFunction<CoreModule> modules) {
        this.modules = modules;
        this.exports = instantiate(decoded.root(), null, null);
    }

    public List<Step> steps() {
        return steps;
    }

    /** Imports that nobody provides and that code could call. */
    public List<String> stubs() {
        return List.copyOf(stubs);
    }

    public boolean usesIndex() {
        return usesIndex;
    }

    /** The names of what the component exports. */
    Set<String> exportNames() {
        return exports.keySet();
    }

    /** The functions of an exported interface by name; null when there is no such export. */
    @Nullable
    Map<String, Lifted> export(String interfaceName) {
        if (!(exports.get(interfaceName) instanceof Item.Instance instance)) {
            return null;
        }
        Map<String, Lifted> functions = new LinkedHashMap<>();
        instance.exports.forEach((name, item) -> {
            if (item instanceof Lifted lifted) {
                functions.put(name, lifted);
            }
        });
        return functions;
    }

    // ---- what an index can stand for ----

    sealed interface Item {
        record Core(CoreLink link) implements Item {}

        record Module(int number) implements Item {}

        /** A core instance: exports of one that a module made (with its number), or a bag of things. */
        record CoreInstance(int number, Map<String, CoreModule.Extern> made, Map<String, CoreLink> bag)
                implements Item {
            @Nullable
            CoreLink get(String name) {
                CoreModule.Extern extern = made.get(name);
                return extern != null ? new CoreLink.Export(number, name, extern) : bag.get(name);
            }
        }

        record CoreType() implements Item {}

        record Value(WitType type) implements Item {}

        record FunctionType(WitType.Function type) implements Item {}

        /** An instance or component type: evaluated where it is used. */
        record Declarations(boolean component, List<Definition> declarations, Scope scope) implements Item {}

        /** A function from outside: the import that brings it, and its name there. */
        record Imported(String from, String name, WitType.@Nullable Function type) implements Item {}

        record Closure(Component component, Scope scope) implements Item {}

        record Instance(Map<String, Item> exports) implements Item {}
    }

    private static Sort sort(Item item) {
        return switch (item) {
            case Item.Core(CoreLink link) ->
                switch (link.extern().kind()) {
                    case FUNCTION -> Sort.CORE_FUNC;
                    case TABLE -> Sort.CORE_TABLE;
                    case MEMORY -> Sort.CORE_MEMORY;
                    case GLOBAL -> Sort.CORE_GLOBAL;
                    case TAG -> Sort.CORE_TAG;
                };
            case Item.Module _ -> Sort.CORE_MODULE;
            case Item.CoreInstance _ -> Sort.CORE_INSTANCE;
            case Item.CoreType _ -> Sort.CORE_TYPE;
            case Item.Value _, Item.FunctionType _, Item.Declarations _ -> Sort.TYPE;
            case Lifted _, Item.Imported _ -> Sort.FUNC;
            case Item.Closure _ -> Sort.COMPONENT;
            case Item.Instance _ -> Sort.INSTANCE;
        };
    }

    /** The index spaces of one component instance, or of a type while it is evaluated. */
    static final class Scope {
        private final @Nullable Scope parent;
        private final Map<Sort, List<Item>> spaces = new EnumMap<>(Sort.class);

        Scope(@Nullable Scope parent) {
            this.parent = parent;
        }

        void add(Item item) {
            spaces.computeIfAbsent(sort(item), _ -> new ArrayList<>()).add(item);
        }

        Item get(Sort sort, int index) {
            List<Item> space = spaces.getOrDefault(sort, List.of());
            if (index >= space.size()) {
                throw Refusal.because("malformed component: " + sort.text + " " + index + " does not exist; there are "
                        + space.size());
            }
            return space.get(index);
        }

        Scope outer(int scopes) {
            Scope scope = this;
            for (int i = 0; i < scopes; i++) {
                if (scope.parent == null) {
                    throw Refusal.because("malformed component: an alias reaches out of the outermost component");
                }
                scope = scope.parent;
            }
            return scope;
        }
    }

    private void visit() {
        if (++visited > MAX_STEPS) {
            throw Refusal.because("the component is too complex: its instances have more than " + MAX_STEPS
                    + " definitions together");
        }
    }

    private void enter() {
        if (++depth > MAX_DEPTH) {
            throw Refusal.because(
                    "the component is too complex: instances are nested more than " + MAX_DEPTH + " deep");
        }
    }

    // ---- components ----

    /** @param arguments what its imports get; null for the outermost component, whose imports the host provides or not */
    private Map<String, Item> instantiate(
            Component component, @Nullable Scope parent, @Nullable Map<String, Item> arguments) {
        enter();
        Scope scope = new Scope(parent);
        Map<String, Item> exported = new LinkedHashMap<>();
        for (Definition definition : component.definitions()) {
            visit();
            define(scope, definition, arguments, exported);
        }
        depth--;
        return exported;
    }

    private void define(
            Scope scope, Definition definition, @Nullable Map<String, Item> arguments, Map<String, Item> exported) {
        switch (definition) {
            case Definition.CoreModuleBytes(int number) -> scope.add(new Item.Module(number));
            case Definition.CoreTypeDefinition _ -> scope.add(new Item.CoreType());
            case Definition.CoreInstantiate one -> scope.add(coreInstance(scope, one));
            case Definition.CoreInline(List<Named> exports) -> scope.add(coreBag(scope, exports));
            case Definition.Nested(Component nested) -> scope.add(new Item.Closure(nested, scope));
            case Definition.Instantiate one -> {
                Item.Closure closure = (Item.Closure) scope.get(Sort.COMPONENT, one.component());
                scope.add(new Item.Instance(
                        instantiate(closure.component, closure.scope, resolve(scope, one.arguments()))));
            }
            case Definition.InlineInstance(List<Named> exports) ->
                scope.add(new Item.Instance(resolve(scope, exports)));
            case Definition.AliasExport alias -> scope.add(aliasExport(scope, alias));
            case Definition.AliasCoreExport alias -> scope.add(aliasCoreExport(scope, alias));
            case Definition.AliasOuter alias ->
                scope.add(scope.outer(alias.scopes()).get(alias.sort(), alias.index()));
            case Definition.TypeDefinition(TypeExpression type) -> scope.add(type(scope, type));
            case Definition.Lift lift -> scope.add(lift(scope, lift));
            case Definition.Lower lower -> scope.add(new Item.Core(lower(scope, lower)));
            case Definition.Builtin(String name) -> scope.add(new Item.Core(new CoreLink.Stub(name)));
            case Definition.Import one ->
                scope.add(arguments == null ? rootImport(scope, one) : argument(scope, one, arguments));
            case Definition.Export export -> {
                Item item = scope.get(export.sort(), export.index());
                scope.add(item);
                if (exported.put(export.name(), item) != null) {
                    throw Refusal.because("malformed component: two exports are called " + export.name());
                }
            }
            case Definition.ExportDeclaration _ ->
                throw Refusal.because("malformed component: a declaration outside of a type");
        }
    }

    private Map<String, Item> resolve(Scope scope, List<Named> named) {
        Map<String, Item> items = new LinkedHashMap<>();
        for (Named one : named) {
            visit();
            if (items.put(one.name(), scope.get(one.sort(), one.index())) != null) {
                throw Refusal.because("malformed component: two arguments or exports are called " + one.name());
            }
        }
        return items;
    }

    private static Item aliasExport(Scope scope, Definition.AliasExport alias) {
        Item.Instance instance = (Item.Instance) scope.get(Sort.INSTANCE, alias.instance());
        Item item = instance.exports.get(alias.name());
        if (item == null || sort(item) != alias.sort()) {
            throw Refusal.because("malformed component: instance " + alias.instance() + " has no " + alias.sort().text
                    + " " + alias.name());
        }
        return item;
    }

    private static Item aliasCoreExport(Scope scope, Definition.AliasCoreExport alias) {
        Item.CoreInstance instance = (Item.CoreInstance) scope.get(Sort.CORE_INSTANCE, alias.instance());
        CoreLink link = instance.get(alias.name());
        Item item = link == null ? null : new Item.Core(link);
        if (item == null || sort(item) != alias.sort()) {
            throw Refusal.because("malformed component: core instance " + alias.instance() + " has no "
                    + alias.sort().text + " " + alias.name());
        }
        return item;
    }

    // ---- imports ----

    /** An import of the outermost component: the index is provided, WASI is replaced by traps, types are harmless, all else is refused. */
    private Item rootImport(Scope scope, Definition.Import one) {
        if (!rootImports.add(one.name())) {
            throw Refusal.because("malformed component: two imports are called " + one.name());
        }
        Item item = switch (one.type()) {
            case ExternType.Typed(Sort sort, int type)
            when sort == Sort.INSTANCE -> {
                Item declared = scope.get(Sort.TYPE, type);
                if (!(declared instanceof Item.Declarations declarations) || declarations.component) {
                    throw Refusal.because("malformed component: import " + one.name() + " has no instance type");
                }
                yield new Item.Instance(declared(declarations, one.name()));
            }
            case ExternType.Typed(Sort sort, int type)
            when sort == Sort.FUNC -> new Item.Imported(one.name(), "", functionType(scope, type));
            case ExternType.TypeEqual(int type) -> scope.get(Sort.TYPE, type);
            case ExternType.Resource _ -> new Item.Value(new WitType.Foreign("resource"));
            case ExternType.Typed _, ExternType.CoreModuleType _ ->
                throw Refusal.because("the component imports a component or module called " + one.name()
                        + "; a view must bring its code with it");
        };
        boolean callable = item instanceof Item.Imported
                || (item instanceof Item.Instance instance
                        && instance.exports.values().stream().anyMatch(part -> part instanceof Item.Imported));
        if (callable
                && !one.name().equals(IndexFunction.INTERFACE)
                && !one.name().startsWith("wasi:")) {
            throw Refusal.because("the component imports " + one.name() + ", which a view does not get: only "
                    + IndexFunction.INTERFACE
                    + " is provided, and wasi: imports are accepted but trap when they are called");
        }
        return item;
    }

    private Item argument(Scope scope, Definition.Import one, Map<String, Item> arguments) {
        Item item = arguments.get(one.name());
        Sort expected = switch (one.type()) {
            case ExternType.CoreModuleType _ -> Sort.CORE_MODULE;
            case ExternType.Typed(Sort sort, int type) -> {
                scope.get(Sort.TYPE, type);
                yield sort;
            }
            case ExternType.TypeEqual _, ExternType.Resource _ -> Sort.TYPE;
        };
        if (item == null || sort(item) != expected) {
            throw Refusal.because(
                    "malformed component: an inner component lacks its " + expected.text + " argument " + one.name());
        }
        return item;
    }

    // ---- core instances and canonical functions ----

    private Item coreInstance(Scope scope, Definition.CoreInstantiate one) {
        if (steps.size() == MAX_CORE_INSTANCES) {
            throw Refusal.because("the component is too complex: more than " + MAX_CORE_INSTANCES + " core instances");
        }
        Item.Module item = (Item.Module) scope.get(Sort.CORE_MODULE, one.module());
        CoreModule module = modules.apply(item.number);
        Map<String, Item.CoreInstance> arguments = new LinkedHashMap<>();
        for (Definition.CoreArgument argument : one.arguments()) {
            arguments.put(argument.name(), (Item.CoreInstance) scope.get(Sort.CORE_INSTANCE, argument.instance()));
        }
        List<CoreLink> links = new ArrayList<>();
        for (CoreModule.Import wanted : module.imports()) {
            Item.CoreInstance from = arguments.get(wanted.module());
            CoreLink link = from == null ? null : from.get(wanted.name());
            if (link == null || !fits(link, wanted.type())) {
                throw Refusal.because("malformed component: a core module imports " + wanted.module() + " "
                        + wanted.name() + " "
                        + wanted.type().signature() + ", and is given "
                        + (link == null
                                ? "nothing"
                                : link.extern().kind() + " " + link.extern().signature()));
            }
            links.add(link);
        }
        steps.add(new Step(item.number, List.copyOf(links)));
        return new Item.CoreInstance(steps.size() - 1, module.exports(), Map.of());
    }

    private static boolean fits(CoreLink link, CoreModule.Extern wanted) {
        return link.extern().kind() == wanted.kind()
                && (link instanceof CoreLink.Stub || link.extern().signature().equals(wanted.signature()));
    }

    private Item coreBag(Scope scope, List<Named> exports) {
        Map<String, CoreLink> bag = new LinkedHashMap<>();
        resolve(scope, exports).forEach((name, item) -> {
            if (!(item instanceof Item.Core(CoreLink link))) {
                throw Refusal.because("malformed component: core export " + name + " is a " + sort(item).text);
            }
            bag.put(name, link);
        });
        return new Item.CoreInstance(-1, Map.of(), bag);
    }

    private static Item lift(Scope scope, Definition.Lift lift) {
        CoreLink function = ((Item.Core) scope.get(Sort.CORE_FUNC, lift.coreFunction())).link;
        return new Lifted(function, options(scope, lift.options()), functionType(scope, lift.type()));
    }

    private CoreLink lower(Scope scope, Definition.Lower lower) {
        CoreLink.Options options = options(scope, lower.options());
        Item function = scope.get(Sort.FUNC, lower.function());
        if (!(function instanceof Item.Imported imported)) {
            stubs.add(INNER_CALL);
            return new CoreLink.Stub(INNER_CALL);
        }
        if (!imported.from.equals(IndexFunction.INTERFACE)) {
            stubs.add(imported.from);
            return new CoreLink.Stub(imported.name.isEmpty() ? imported.from : imported.from + "#" + imported.name);
        }
        usesIndex = true;
        for (IndexFunction known : IndexFunction.values()) {
            if (known.name.equals(imported.name)) {
                return index(known, imported, options);
            }
        }
        throw Refusal.because("import " + IndexFunction.INTERFACE + " has no function " + imported.name);
    }

    private static CoreLink index(IndexFunction known, Item.Imported imported, CoreLink.Options options) {
        if (imported.type == null || !known.type.matches(imported.type)) {
            throw Refusal.because("import " + IndexFunction.INTERFACE + ": function " + known.name + " is "
                    + (imported.type == null ? "unknown" : imported.type.text()) + ", expected " + known.type.text());
        }
        boolean returns = known.type.result() != null;
        if (options.async()
                || options.memory().isEmpty()
                || (returns && options.realloc().isEmpty())) {
            throw Refusal.because("import " + IndexFunction.INTERFACE + ": function " + known.name
                    + " must be lowered synchronously, with a memory and, if it returns something, a realloc function");
        }
        return new CoreLink.Index(known, options);
    }

    private static CoreLink.Options options(Scope scope, Definition.CanonicalOptions options) {
        return new CoreLink.Options(
                options.utf8(),
                options.async(),
                core(scope, Sort.CORE_MEMORY, options.memory()),
                core(scope, Sort.CORE_FUNC, options.realloc()),
                core(scope, Sort.CORE_FUNC, options.postReturn()));
    }

    private static Optional<CoreLink.Export> core(Scope scope, Sort sort, @Nullable Integer index) {
        if (index == null) {
            return Optional.empty();
        }
        CoreLink link = ((Item.Core) scope.get(sort, index)).link;
        if (!(link instanceof CoreLink.Export export)) {
            throw Refusal.because(
                    "malformed component: an option of a canonical function is not an export of a core instance");
        }
        return Optional.of(export);
    }

    // ---- types ----

    private static WitType.Function functionType(Scope scope, int index) {
        if (!(scope.get(Sort.TYPE, index) instanceof Item.FunctionType(WitType.Function type))) {
            throw Refusal.because("malformed component: type " + index + " is not the type of a function");
        }
        return type;
    }

    private Item type(Scope scope, TypeExpression type) {
        return switch (type) {
            case TypeExpression.Function(boolean async, List<Definition.Field> parameters, ValueRef result) ->
                new Item.FunctionType(new WitType.Function(
                        async, fields(scope, parameters), result == null ? null : value(scope, result)));
            case TypeExpression.ComponentType(List<Definition> declarations) ->
                new Item.Declarations(true, declarations, scope);
            case TypeExpression.InstanceType(List<Definition> declarations) ->
                new Item.Declarations(false, declarations, scope);
            case TypeExpression.Primitive(WitType.Primitive primitive) -> new Item.Value(primitive);
            case TypeExpression.ListOf(ValueRef element) -> new Item.Value(new WitType.ListOf(value(scope, element)));
            case TypeExpression.FixedList(ValueRef element, int length) -> {
                value(scope, element);
                yield new Item.Value(new WitType.Foreign("list of fixed length " + length));
            }
            case TypeExpression.RecordOf(List<Definition.Field> fields) ->
                new Item.Value(new WitType.RecordOf(fields(scope, fields)));
            case TypeExpression.Variant(List<Definition.Case> cases) ->
                new Item.Value(new WitType.Variant(cases.stream()
                        .map(one -> new WitType.Case(one.name(), optional(scope, one.type())))
                        .toList()));
            case TypeExpression.Tuple(List<ValueRef> elements) ->
                new Item.Value(new WitType.Tuple(
                        elements.stream().map(one -> value(scope, one)).toList()));
            case TypeExpression.Flags _ -> new Item.Value(new WitType.Foreign("flags"));
            case TypeExpression.EnumOf(List<String> names) -> new Item.Value(new WitType.EnumOf(names));
            case TypeExpression.Option(ValueRef some) -> new Item.Value(new WitType.Option(value(scope, some)));
            case TypeExpression.Result(ValueRef ok, ValueRef error) ->
                new Item.Value(new WitType.Result(optional(scope, ok), optional(scope, error)));
            case TypeExpression.Foreign(String text) -> new Item.Value(new WitType.Foreign(text));
        };
    }

    private List<WitType.Field> fields(Scope scope, List<Definition.Field> fields) {
        return fields.stream()
                .map(one -> new WitType.Field(one.name(), value(scope, one.type())))
                .toList();
    }

    private @Nullable WitType optional(Scope scope, @Nullable ValueRef reference) {
        return reference == null ? null : value(scope, reference);
    }

    private WitType value(Scope scope, ValueRef reference) {
        visit();
        return switch (reference) {
            case ValueRef.Plain(WitType.Primitive primitive) -> primitive;
            case ValueRef.Index(int index) -> {
                if (!(scope.get(Sort.TYPE, index) instanceof Item.Value(WitType type))) {
                    throw Refusal.because("malformed component: type " + index + " is not the type of a value");
                }
                yield type;
            }
        };
    }

    /** What an imported instance of this type exports: functions that come from {@code importName}, types, and instances of both. */
    private Map<String, Item> declared(Item.Declarations type, String importName) {
        enter();
        Scope scope = new Scope(type.scope);
        Map<String, Item> exported = new LinkedHashMap<>();
        for (Definition declaration : type.declarations) {
            visit();
            switch (declaration) {
                case Definition.CoreTypeDefinition _ -> scope.add(new Item.CoreType());
                case Definition.TypeDefinition(TypeExpression expression) -> scope.add(type(scope, expression));
                case Definition.AliasExport alias -> scope.add(aliasExport(scope, alias));
                case Definition.AliasOuter alias ->
                    scope.add(scope.outer(alias.scopes()).get(alias.sort(), alias.index()));
                case Definition.ExportDeclaration(String name, ExternType extern) -> {
                    Item item = declaredExport(scope, name, extern, importName);
                    scope.add(item);
                    exported.put(name, item);
                }
                default -> throw Refusal.because("malformed component: a definition inside the type of " + importName);
            }
        }
        depth--;
        return exported;
    }

    private Item declaredExport(Scope scope, String name, ExternType extern, String importName) {
        return switch (extern) {
            case ExternType.Typed(Sort sort, int type)
            when sort == Sort.FUNC -> new Item.Imported(importName, name, functionType(scope, type));
            case ExternType.Typed(Sort sort, int type)
            when sort == Sort.INSTANCE -> {
                if (!(scope.get(Sort.TYPE, type) instanceof Item.Declarations declarations) || declarations.component) {
                    throw Refusal.because(
                            "malformed component: " + name + " in " + importName + " has no instance type");
                }
                yield new Item.Instance(declared(declarations, importName));
            }
            case ExternType.TypeEqual(int type) -> scope.get(Sort.TYPE, type);
            case ExternType.Resource _ -> new Item.Value(new WitType.Foreign("resource " + name));
            case ExternType.Typed _, ExternType.CoreModuleType _ ->
                throw Refusal.because("the component imports a component or module inside " + importName);
        };
    }
}
