package io.thalweg.view.wasm.engine;

import io.thalweg.view.wasm.binary.ByteCursor;
import io.thalweg.view.wasm.binary.Leb;
import io.thalweg.view.wasm.binary.Refusal;
import io.thalweg.view.wasm.engine.EndiveBody.Role;
import java.io.ByteArrayOutputStream;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.Element;
import run.endive.wasm.types.Export;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.Global;
import run.endive.wasm.types.GlobalImport;
import run.endive.wasm.types.Instruction;
import run.endive.wasm.types.OpCode;

/**
 * Rewrites a core module so that it counts what it does, whatever engine runs it. Two globals are added behind its own: {@code units}, an i64 that
 * goes down by what is done, and {@code words}, an i32 that goes down by the stack that calls inside each other take. Below zero the code traps.
 * Nothing else changes: indices, types, tables, segments and exports stay, and the globals cannot be named by the code, which was validated
 * without them. The rule, number {@link Fuel#RULE}:
 *
 * <ul>
 *   <li>An instruction is one unit. What only gives a shape is none: {@code block}, {@code loop}, {@code else}, {@code end}, {@code nop}, {@code
 *       try_table}, {@code unreachable}. A call is {@value #CALL}, {@code memory.grow} {@value #MEMORY_GROW}, {@code table.grow} {@value #TABLE_GROW}.
 *       Copying, filling and initialising is one, one for each {@value Fuel#BYTES_PER_UNIT} bytes, and one for each entry of a table.
 *   <li>A piece of code is counted when it is entered: the function; the body of a loop at each turn; an arm of an if and the code behind a branch or
 *       a label, unless it is {@value EndiveBody#SMALL} units or less: then it is counted with the piece that always comes before it, as long as
 *       this takes on no more than {@value EndiveBody#SMALL_TOGETHER} in that way. So at most that much is counted without being done.
 *   <li>What was counted is taken from the global where a function is left, and in a loop when it is {@value EndiveBody#CHUNK}; then it is looked whether that is below
 *       zero, unless the function neither loops nor calls. So a call from outside may do that much more for each function that is under way than it has fuel for.
 *   <li>A function without loops, calls and what is counted by its length, of less than {@value #CALL} units, is paid by its caller.
 *   <li>A function that may run inside of itself takes {@value #FRAME_WORDS} words of stack and two for each of its parameters and locals, while it runs. The others
 *       are at most once on a stack ({@link CallGraph}); where they could take more than a quarter of {@link Fuel#STACK_WORDS} together, they count, too.
 * </ul>
 */
final class EndiveMeter {
    /** Units of a call, which cover a small function that is called. */
    static final int CALL = 32;

    static final int MEMORY_GROW = 4_096;
    static final int TABLE_GROW = 65_536;

    /** Words of stack of a frame without its variables. */
    static final int FRAME_WORDS = 64;

    private static final int HEADER_BYTES = 8;
    private static final int GLOBAL_SECTION = 6;
    private static final int CODE_SECTION = 10;
    private static final int I64 = 0x7e;
    private static final int I32 = 0x7f;

    private static final Set<OpCode> REFERENCES =
            EnumSet.of(OpCode.CALL_REF, OpCode.RETURN_CALL_REF, OpCode.TABLE_SET, OpCode.TABLE_GROW, OpCode.TABLE_FILL);

    /** Sections that stand before the globals. */
    private static final List<Integer> EARLIER = List.of(0, 1, 2, 3, 4, 5, 13);

    private final byte[] bytes;
    private final WasmModule module;
    private final int imported;
    private final int units; // the number of that global
    private final boolean compiled;
    private final CodeRoom room;

    private EndiveMeter(byte[] bytes, WasmModule module, boolean compiled, CodeRoom room) {
        this.bytes = bytes;
        this.module = module;
        this.imported = module.importSection().count(ExternalType.FUNCTION);
        this.units = module.importSection().count(ExternalType.GLOBAL)
                + module.globalSection().globalCount();
        this.compiled = compiled;
        this.room = room;
    }

    /** Whether a module has code to be counted; only then it has the globals. */
    static boolean counts(WasmModule module) {
        return module.codeSection().functionBodyCount() > 0;
    }

    /** How many globals a module that counts defines before the two. */
    static int own(WasmModule metered) {
        int defined = metered.globalSection().globalCount();
        return counts(metered) ? defined - 2 : defined;
    }

    /**
     * The same module that counts.
     *
     * @param bytes a module that the engine has validated; not changed
     * @param module what the engine made of these bytes
     * @param compiled whether it will be, or else interpreted
     * @param room for its code
     */
    static byte[] metered(byte[] bytes, WasmModule module, boolean compiled, CodeRoom room) {
        return counts(module) ? new EndiveMeter(bytes, module, compiled, room).rewrite() : bytes;
    }

    private byte[] rewrite() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + bytes.length / 2);
        out.write(bytes, 0, HEADER_BYTES);
        ByteCursor in = new ByteCursor(bytes, HEADER_BYTES, bytes.length);
        boolean globals = false;
        while (in.hasMore()) {
            int id = in.u8();
            int length = in.u32();
            int start = in.position();
            ByteCursor section = in.window(length);
            if (!globals && !EARLIER.contains(id)) {
                globals = true;
                write(out, GLOBAL_SECTION, globals(id == GLOBAL_SECTION ? section : null));
                if (id == GLOBAL_SECTION) {
                    continue;
                }
            }
            if (id == CODE_SECTION) {
                write(out, id, code(section));
            } else {
                out.write(id);
                Leb.u32(out, length);
                out.write(bytes, start, length);
            }
        }
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, int id, byte[] content) {
        out.write(id);
        Leb.u32(out, content.length);
        out.writeBytes(content);
    }

    private byte[] globals(@Nullable ByteCursor own) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Leb.u32(out, (own == null ? 0 : own.u32()) + 2);
        if (own != null) {
            out.writeBytes(own.rest());
        }
        out.writeBytes(new byte[] {I64, 1, 0x42, 0, 0x0b, I32, 1, 0x41, 0, 0x0b});
        return out.toByteArray();
    }

    private byte[] code(ByteCursor section) {
        int count = section.u32();
        boolean throwing = throwing();
        boolean[] circling = circling();
        ByteArrayOutputStream out = new ByteArrayOutputStream(section.remaining() * 3 / 2);
        Leb.u32(out, count);
        for (int i = 0; i < count; i++) {
            int length = section.u32();
            int start = section.position();
            section.window(length);
            Role role = EndiveBody.role(body(i).instructions());
            if (role == Role.PAID_BY_CALLER) {
                room.take(length);
                Leb.u32(out, length);
                out.write(bytes, start, length);
            } else {
                EndiveBody counting = new EndiveBody(
                        bytes,
                        body(i).instructions(),
                        start + length,
                        role,
                        circling[i],
                        throwing,
                        units,
                        variables(i));
                byte[] written = counting(i, start, start + length, counting);
                room.take(written.length);
                Leb.u32(out, written.length);
                out.writeBytes(written);
            }
        }
        return out.toByteArray();
    }

    private byte[] counting(int number, int start, int end, EndiveBody counting) {
        ByteCursor locals = new ByteCursor(bytes, start, end);
        int groups = locals.u32();
        int code = body(number).instructions().getFirst().address();
        ByteArrayOutputStream out = new ByteArrayOutputStream((end - start) * 3 / 2 + 32);
        Leb.u32(out, groups + 2);
        out.write(bytes, locals.position(), code - locals.position());
        out.writeBytes(new byte[] {1, I64, 2, I32});
        counting.write(out);
        return out.toByteArray();
    }

    private FunctionBody body(int number) {
        return module.codeSection().getFunctionBody(number);
    }

    private FunctionType type(int number) {
        return module.typeSection().getType(module.functionSection().getFunctionType(number));
    }

    /** Parameters and locals. */
    private int variables(int number) {
        return type(number).params().size() + body(number).localTypes().size();
    }

    // ---------------------------------------------------------------- who calls whom

    /** Which functions count the stack that they take. */
    private boolean[] circling() {
        int functions = module.codeSection().functionBodyCount();
        int outside = functions; // whatever is behind imports, and calls back
        Map<FunctionType, Integer> indirect = new HashMap<>(); // all that may be called so through a table
        for (int i = 0; i < module.typeSection().subTypeCount(); i++) {
            indirect.putIfAbsent(module.typeSection().getType(i), functions + 1 + indirect.size());
        }
        int[] words = new int[functions + 1 + indirect.size()];
        for (int i = 0; i < functions; i++) {
            words[i] = EndiveBody.frameWords(variables(i));
        }
        CallGraph graph = new CallGraph(words);
        boolean catching = false;
        boolean sharesTable = module.importSection().count(ExternalType.TABLE) > 0 || importsReferences();
        for (int i = 0; i < functions; i++) {
            for (AnnotatedInstruction one : body(i).instructions()) {
                OpCode code = one.opcode();
                if (!compiled && code == OpCode.RETURN_CALL && one.operand(0) == i + imported) {
                    throw Refusal.because(
                            "it has a function that calls itself in its end (return_call), which works only in code"
                                    + " that is compiled");
                }
                catching |= code == OpCode.TRY_TABLE;
                // A reference may have come from anywhere.
                sharesTable |= REFERENCES.contains(code);
                switch (code) {
                    case CALL, RETURN_CALL -> graph.edge(i, node((int) one.operand(0), outside));
                    case CALL_INDIRECT, CALL_REF, RETURN_CALL_INDIRECT, RETURN_CALL_REF ->
                        graph.edge(
                                i, indirect.getOrDefault(module.typeSection().getType((int) one.operand(0)), outside));
                    default -> {}
                }
            }
        }
        for (int called : referenced()) {
            int node = node(called, outside);
            graph.edge(outside, node);
            if (node != outside) {
                graph.edge(indirect.getOrDefault(type(node), outside), node);
            }
        }
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            Export export = module.exportSection().getExport(i);
            sharesTable |= export.exportType() == ExternalType.TABLE;
            if (export.exportType() == ExternalType.FUNCTION) {
                graph.edge(outside, node(export.index(), outside));
            }
        }
        if (sharesTable) {
            indirect.values().forEach(node -> graph.edge(node, outside));
        }
        graph.walk();
        // What is thrown leaves behind what others count.
        boolean all = catching || room.isThrowing() || graph.longest() > Fuel.STACK_WORDS / 4;
        boolean[] circling = new boolean[functions];
        for (int i = 0; i < functions; i++) {
            boolean calls = EndiveBody.role(body(i).instructions()) == Role.CALLS;
            circling[i] = calls && (all || graph.isCircling(i));
        }
        return circling;
    }

    /** Whether what it calls may throw. */
    private boolean throwing() {
        return room.isThrowing()
                || module.tagSection().isPresent()
                || module.importSection().count(ExternalType.TAG) > 0;
    }

    /** Whether it has a global of another module that may stand for a function, with which its tables may begin. */
    private boolean importsReferences() {
        return module.importSection().stream()
                .anyMatch(one ->
                        one instanceof GlobalImport global && global.type().isReference());
    }

    private int node(int function, int outside) {
        return function < imported ? outside : function - imported;
    }

    /** Functions that stand in a table, or may be put there. */
    private Set<Integer> referenced() {
        Set<Integer> named = new LinkedHashSet<>();
        for (Element element : module.elementSection().elements()) {
            element.initializers().forEach(code -> addReferences(code, named));
        }
        for (Global global : module.globalSection().globals()) {
            addReferences(global.initInstructions(), named);
        }
        for (int i = 0; i < module.tableSection().tableCount(); i++) {
            addReferences(module.tableSection().getTable(i).initialize(), named);
        }
        for (int i = 0; i < module.codeSection().functionBodyCount(); i++) {
            addReferences(body(i).instructions(), named);
        }
        return named;
    }

    private static void addReferences(List<? extends Instruction> code, Set<Integer> named) {
        for (Instruction one : code) {
            if (one.opcode() == OpCode.REF_FUNC) {
                named.add((int) one.operand(0));
            }
        }
    }
}
