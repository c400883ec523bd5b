package io.thalweg.view.wasm.engine;

import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.binary.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportGlobal;
import run.endive.runtime.ImportMemory;
import run.endive.runtime.ImportTable;
import run.endive.runtime.ImportTag;
import run.endive.runtime.ImportValues;
import run.endive.runtime.InterpreterMachine;
import run.endive.runtime.Machine;
import run.endive.runtime.TableInstance;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.Export;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.OpCode;
import run.endive.wasm.types.Table;
import run.endive.wasm.types.TableLimits;
import run.endive.wasm.types.ValType;

/**
 * A core module on the Endive engine. Its code, once compiled, hangs on a class loader of its own that goes when the module and its
 * instances do.
 */
public final class EndiveModule implements CoreModule {
    /** Entries of one table; each takes twelve bytes outside of the memory limit. */
    private static final int MAX_TABLE_ENTRIES = 1 << 18;

    private static final int MAX_TABLES = 16;

    /** The engine links imports in quadratic time. */
    private static final int MAX_IMPORTS = 1_000;

    private static final Set<OpCode> VECTORS = EnumSet.copyOf(Arrays.stream(OpCode.values())
            .filter(code -> code.name().matches("V128.*|[IF](8x16|16x8|32x4|64x2).*"))
            .toList());

    private WasmModule module;
    private final boolean compile;
    private final List<Import> imports;
    private final Map<String, Extern> exports;
    private final Map<String, Integer> exportIndices;
    private java.util.function.@Nullable Function<run.endive.runtime.Instance, Machine> machines;

    private EndiveModule(WasmModule module, boolean compile) {
        this.module = module;
        this.compile = compile;
        this.imports = module.importSection().stream()
                .map(one -> new Import(one.module(), one.name(), new Extern(kind(one.importType()), signature(one))))
                .toList();
        this.exports = new LinkedHashMap<>();
        this.exportIndices = new HashMap<>();
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            Export export = module.exportSection().getExport(i);
            exports.put(export.name(), new Extern(kind(export.exportType()), signature(export)));
            exportIndices.put(export.name(), export.index());
        }
    }

    /** Parses and validates a module, which counts what it does; refuses what the engine refuses and what could escape the limits of a view. */
    public static EndiveModule parse(byte[] bytes, boolean compile, CodeRoom room) {
        byte[] metered = metered(bytes, compile, room);
        try {
            return new EndiveModule(Parser.parse(metered), compile);
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            throw Refusal.because("a core module inside the component cannot be counted: " + reason(e), e);
        }
    }

    /** Refuses what {@link #parse} does; returns the module with what counts. */
    public static byte[] metered(byte[] bytes, boolean compile, CodeRoom room) {
        try {
            WasmModule module = Parser.parse(bytes);
            checkContained(module);
            return EndiveMeter.metered(bytes, module, compile, room);
        } catch (RuntimeException | StackOverflowError | AssertionError e) {
            throw Refusal.because("a core module inside the component is not valid: " + reason(e), e);
        }
    }

    /** For one instance of a component, all of whose core instances are given it. */
    public static Fuel fuel() {
        return new EndiveFuel();
    }

    /** To be called before any of the modules of a component is prepared, if one of them imports a table of another. */
    public static void shareTypes(List<EndiveModule> modules) {
        List<WasmModule> shared =
                EndiveTypes.shared(modules.stream().map(one -> one.module).toList());
        for (int i = 0; i < modules.size(); i++) {
            modules.get(i).module = shared.get(i);
        }
    }

    /** The engine's parser has assertions about its input, which fail without a text where they are enabled. */
    private static String reason(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? "the engine does not understand it (" + e.getClass().getSimpleName() + ")"
                : message;
    }

    /** Objects of the GC proposal and shared memories live outside of what a view's memory limit counts. */
    private static void checkContained(WasmModule module) {
        for (int i = 0; i < module.typeSection().subTypeCount(); i++) {
            if (module.typeSection().getSubType(i).compType().funcType() == null) {
                throw Refusal.because(
                        "it defines garbage-collected types, which a view cannot have: their memory has no limit");
            }
        }
        module.memorySection().ifPresent(memories -> {
            for (int i = 0; i < memories.memoryCount(); i++) {
                if (memories.getMemory(i).limits().shared()) {
                    throw Refusal.because("it shares its memory between threads; a view has one thread");
                }
            }
        });
        checkScalar(module);
        if (module.importSection().importCount() > MAX_IMPORTS) {
            throw Refusal.because("it has more than " + MAX_IMPORTS + " imports");
        }
        if (module.tableSection().tableCount() > MAX_TABLES) {
            throw Refusal.because("it has more than " + MAX_TABLES + " tables");
        }
        for (int i = 0; i < module.tableSection().tableCount(); i++) {
            if (module.tableSection().getTable(i).limits().min() > MAX_TABLE_ENTRIES) {
                throw Refusal.because("it has a table of more than " + MAX_TABLE_ENTRIES + " entries");
            }
        }
    }

    /** The engine's vectors are not proved to compute what the specification says. */
    private static void checkScalar(WasmModule module) {
        for (int i = 0; i < module.codeSection().functionBodyCount(); i++) {
            for (AnnotatedInstruction instruction :
                    module.codeSection().getFunctionBody(i).instructions()) {
                if (VECTORS.contains(instruction.opcode())) {
                    throw Refusal.because("it uses vector instructions (SIMD), such as "
                            + instruction
                                    .opcode()
                                    .name()
                                    .toLowerCase(Locale.ROOT)
                                    .replaceFirst("_", ".")
                            + ", which a view cannot have yet; build it without, e.g. -mno-simd128");
                }
            }
        }
    }

    private static Kind kind(ExternalType type) {
        return switch (type) {
            case FUNCTION -> Kind.FUNCTION;
            case TABLE -> Kind.TABLE;
            case MEMORY -> Kind.MEMORY;
            case GLOBAL -> Kind.GLOBAL;
            case TAG -> Kind.TAG;
        };
    }

    private String signature(run.endive.wasm.types.Import one) {
        return one instanceof FunctionImport function
                ? text(module.typeSection().getType(function.typeIndex()))
                : "";
    }

    private String signature(Export export) {
        if (export.exportType() != ExternalType.FUNCTION) {
            return "";
        }
        int imported = module.importSection().count(ExternalType.FUNCTION);
        if (export.index() >= imported) {
            return text(
                    module.typeSection().getType(module.functionSection().getFunctionType(export.index() - imported)));
        }
        FunctionImport function = (FunctionImport) module.importSection().stream()
                .filter(one -> one.importType() == ExternalType.FUNCTION)
                .skip(export.index())
                .findFirst()
                .orElseThrow();
        return text(module.typeSection().getType(function.typeIndex()));
    }

    private static String text(FunctionType type) {
        return names(type.params()) + " -> " + names(type.returns());
    }

    private static String names(List<ValType> types) {
        return types.stream()
                .map(one -> one.isNumeric() ? one.name().toLowerCase(Locale.ROOT) : one.toString())
                .collect(Collectors.joining(", ", "(", ")"));
    }

    @Override
    public List<Import> imports() {
        return imports;
    }

    @Override
    public Map<String, Extern> exports() {
        return exports;
    }

    @Override
    public synchronized void prepare() {
        if (machines != null) {
            return;
        }
        if (!compile) {
            machines = InterpreterMachine::new;
            return;
        }
        try {
            machines = MachineFactoryCompiler.builder(module)
                    .withInterpreterFallback(InterpreterFallback.SILENT)
                    .compile();
        } catch (RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
            throw Refusal.because("a core module inside the component cannot be compiled: " + reason(e), e);
        }
    }

    @Override
    public Instance instantiate(List<Supply> supplies, MemoryBudget budget, Fuel fuel) {
        prepare();
        EndiveFuel counted = (EndiveFuel) fuel;
        ImportValues.Builder values = ImportValues.builder();
        List<ImportFunction> functions = new ArrayList<>();
        for (int i = 0; i < supplies.size(); i++) {
            supply(values, functions, imports.get(i), i, supplies.get(i));
        }
        values.withFunctions(functions);
        run.endive.runtime.Instance.Builder builder = run.endive.runtime.Instance.builder(module)
                .withImportValues(values.build())
                .withMemoryFactory(limits -> new LinearMemory(limits, budget))
                .withTableFactory(EndiveModule::table)
                .withGlobalFactory(counted.shared(EndiveMeter.own(module)))
                .withMachineFactory(machines)
                .withStart(false);
        return new EndiveInstance(counted.level(builder::build), exportIndices);
    }

    /** A table with limits of its own: the engine counts growth in the limits of the module, which all instances share. */
    private static TableInstance table(Table declared, int initial) {
        long max = Math.min(declared.limits().max(), MAX_TABLE_ENTRIES);
        TableLimits limits = new TableLimits(declared.limits().min(), max);
        return new TableInstance(new Table(declared.elementType(), limits, declared.initialize()), initial);
    }

    private void supply(
            ImportValues.Builder values, List<ImportFunction> functions, Import wanted, int number, Supply supply) {
        String module = wanted.module();
        String name = wanted.name();
        switch (supply) {
            case Supply.Host(Function function) ->
                functions.add(new ImportFunction(
                        module, name, importedType(number), (instance, arguments) -> function.call(arguments)));
            case Supply.Export(Instance from, String export) -> {
                run.endive.runtime.Instance source = ((EndiveInstance) from).instance;
                switch (wanted.type().kind()) {
                    case FUNCTION -> {
                        Function function = from.function(export);
                        functions.add(new ImportFunction(
                                module, name, importedType(number), (instance, arguments) -> function.call(arguments)));
                    }
                    case TABLE ->
                        values.addTable(
                                new ImportTable(module, name, source.exports().table(export)));
                    case MEMORY -> values.addMemory(new ImportMemory(module, name, from.memory(export)));
                    case GLOBAL ->
                        values.addGlobal(
                                new ImportGlobal(module, name, source.exports().global(export)));
                    case TAG ->
                        values.addTag(new ImportTag(module, name, source.tag(((EndiveInstance) from).index(export))));
                }
            }
        }
    }

    private FunctionType importedType(int number) {
        FunctionImport function = (FunctionImport) module.importSection().getImport(number);
        return module.typeSection().getType(function.typeIndex());
    }

    private static final class EndiveInstance implements Instance {
        private final run.endive.runtime.Instance instance;
        private final Map<String, Integer> exports;

        EndiveInstance(run.endive.runtime.Instance instance, Map<String, Integer> exports) {
            this.instance = instance;
            this.exports = exports;
        }

        int index(String export) {
            Integer index = exports.get(export);
            if (index == null) {
                throw new ViewTrap("core export " + export + " is missing");
            }
            return index;
        }

        @Override
        public Function function(String export) {
            Machine machine = instance.getMachine();
            int index = index(export);
            return arguments -> machine.call(index, arguments);
        }

        @Override
        public LinearMemory memory(String export) {
            return (LinearMemory) instance.exports().memory(export);
        }
    }
}
