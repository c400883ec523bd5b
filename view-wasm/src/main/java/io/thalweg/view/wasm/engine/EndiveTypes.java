package io.thalweg.view.wasm.engine;

import io.thalweg.view.wasm.binary.Refusal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.OpCode;
import run.endive.wasm.types.TypeSection;
import run.endive.wasm.types.ValType;

/**
 * Gives all core modules of a component one numbering of the types that they call functions in tables with.
 *
 * <p>An indirect call says by a number in its own module's type section what signature it expects. When the function in the table
 * belongs to another module, the engine (Endive 1.0) looks that number up in the other module's section: a right call may be refused,
 * and, worse, a wrong one let through. So before anything is compiled each module gets, behind its own types, at the same numbers as all
 * others, every signature that any of them calls with, and the calls are changed to these numbers. Within one module nothing changes,
 * since there equal signatures are equal whatever their numbers.
 */
final class EndiveTypes {
    private EndiveTypes() {}

    /** Returns the modules, in order, with the shared types; the calls inside of them are changed in place. */
    static List<WasmModule> shared(Collection<WasmModule> modules) {
        int base = modules.stream()
                .mapToInt(module -> module.typeSection().subTypeCount())
                .max()
                .orElse(0);
        Map<FunctionType, Integer> numbers = new LinkedHashMap<>();
        modules.forEach(module -> renumber(module, base, numbers));
        return modules.stream().map(module -> with(module, base, numbers)).toList();
    }

    private static void renumber(WasmModule module, int base, Map<FunctionType, Integer> numbers) {
        for (int i = 0; i < module.codeSection().functionBodyCount(); i++) {
            for (AnnotatedInstruction instruction :
                    module.codeSection().getFunctionBody(i).instructions()) {
                if (instruction.opcode() == OpCode.CALL_INDIRECT
                        || instruction.opcode() == OpCode.RETURN_CALL_INDIRECT) {
                    FunctionType type = module.typeSection().getType((int) instruction.operand(0));
                    checkPlain(type);
                    Integer number = numbers.computeIfAbsent(type, _ -> (Integer) (base + numbers.size()));
                    instruction.setOperand(0, number);
                }
            }
        }
    }

    /** A type that names another by its number means something else in each module. */
    private static void checkPlain(FunctionType type) {
        for (List<ValType> values : List.of(type.params(), type.returns())) {
            if (!values.stream().allMatch(ValType::isNumeric)) {
                throw Refusal.because("core modules inside the component share a table and call functions of type "
                        + type + " through it; a view can do that only with numbers");
            }
        }
    }

    private static WasmModule with(WasmModule module, int base, Map<FunctionType, Integer> numbers) {
        TypeSection own = module.typeSection();
        TypeSection.Builder types = TypeSection.builder();
        int count = 0;
        for (int i = 0; i < own.subTypeCount(); i++, count++) {
            types.addFunctionType(own.getType(i));
        }
        for (; count < base; count++) {
            types.addFunctionType(FunctionType.empty());
        }
        numbers.keySet().forEach(types::addFunctionType);
        WasmModule.Builder copy = WasmModule.builder()
                .setTypeSection(types.build())
                .setImportSection(module.importSection())
                .setFunctionSection(module.functionSection())
                .setTableSection(module.tableSection())
                .setGlobalSection(module.globalSection())
                .setExportSection(module.exportSection())
                .setElementSection(module.elementSection())
                .setCodeSection(module.codeSection())
                .setDataSection(module.dataSection())
                .withValidation(false); // it was validated when it was parsed
        module.memorySection().ifPresent(copy::setMemorySection);
        module.startSection().ifPresent(copy::setStartSection);
        module.dataCountSection().ifPresent(copy::setDataCountSection);
        module.tagSection().ifPresent(copy::setTagSection);
        return copy.build();
    }
}
