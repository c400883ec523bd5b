package io.thalweg.view.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.view.MemoryGrant;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import run.endive.runtime.Instance;
import run.endive.runtime.InterpreterMachine;
import run.endive.wasm.Parser;
import run.endive.wasm.types.OpCode;

/** A module that counts does the same as the one that it was made of, and tells all of it. */
class EndiveMeterTest {
    private static final long PLENTY = 1L << 40;

    /** What came of a call: its result or trap, the memory afterwards, and the fuel that it took. */
    private record Outcome(String result, byte[] memory, long units) {}

    private static Outcome counted(byte[] module, boolean compile, long fuelUnits) {
        EndiveFuel fuel = new EndiveFuel();
        fuel.fill(fuelUnits);
        CoreModule.Instance instance = EndiveModule.parse(module, compile, new CodeRoom(false))
                .instantiate(List.of(), new MemoryBudget(1 << 20, MemoryGrant.unbounded()), fuel);
        String result = outcome(instance.function("run"));
        return new Outcome(result, instance.memory("memory").readBytes(0, 1 << 16), fuelUnits - fuel.left());
    }

    /** The same without anything that counts, but by the interpreter, which tells each instruction that it does. */
    private static Outcome done(byte[] module) {
        long[] units = {0};
        Instance instance = Instance.builder(Parser.parse(module))
                .withMachineFactory(InterpreterMachine::new)
                .withUnsafeExecutionListener((instruction, stack) -> units[0] += weight(instruction.opcode()))
                .build();
        String result = outcome(arguments -> instance.getMachine().call(0, arguments));
        return new Outcome(result, instance.memory().readBytes(0, 1 << 16), units[0]);
    }

    private static int weight(OpCode code) {
        return switch (code) {
            case BLOCK, LOOP, ELSE, END, NOP, UNREACHABLE -> 0;
            default -> 1;
        };
    }

    private static String outcome(CoreModule.Function run) {
        try {
            return "gives " + (int) Objects.requireNonNull(run.call(3, 4))[0];
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void whatCountsChangesNothingAndCountsAllThatIsDone() {
        long first = Long.getLong("thalweg.seed", 1);
        int traps = 0;
        long countedUnits = 0;
        long doneUnits = 0;
        for (long seed = first; seed < first + Integer.getInteger("thalweg.seeds", 60); seed++) {
            byte[] module = RandomModule.of(seed);
            Outcome done = done(module);
            Outcome interpreted = counted(module, false, PLENTY);
            Outcome compiled = counted(module, true, PLENTY);
            for (Outcome counted : List.of(interpreted, compiled)) {
                assertThat(counted.result).as("seed %d", seed).isEqualTo(done.result);
                assertThat(counted.memory).as("seed %d", seed).isEqualTo(done.memory);
            }
            if (done.result.startsWith("gives")) {
                assertThat(compiled.units).as("seed %d", seed).isEqualTo(interpreted.units);
                // A small function is paid by who calls it, which is nobody here.
                assertThat(compiled.units + EndiveMeter.CALL)
                        .as("seed %d", seed)
                        .isGreaterThanOrEqualTo(done.units);
                countedUnits += compiled.units;
                doneUnits += done.units;
                String atTheEnd = counted(module, true, compiled.units).result;
                assertThat(atTheEnd).as("seed %d", seed).isEqualTo(done.result);
            } else {
                traps++;
            }
        }
        assertThat(traps).as("some trap, most do not").isBetween(0, 30);
        assertThat(countedUnits).as("a call is more than an instruction").isLessThan(4 * doneUnits);
    }

    @Test
    void whatHasTooLittleTrapsAtTheSamePlace() {
        for (long seed = 1; seed < 20; seed++) {
            byte[] module = RandomModule.of(seed);
            long half = counted(module, false, PLENTY).units / 2;
            Outcome interpreted = counted(module, false, half);
            Outcome compiled = counted(module, true, half);
            assertThat(compiled.result).as("seed %d", seed).isEqualTo(interpreted.result);
            assertThat(compiled.memory).as("seed %d", seed).isEqualTo(interpreted.memory);
            assertThat(compiled.units).as("seed %d", seed).isEqualTo(interpreted.units);
        }
    }

    /** A module of functions of two i32 to one, the first of which it exports. */
    private static byte[] module(int[]... functions) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        out.writeBytes(new byte[] {1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f});
        out.writeBytes(new byte[] {3, (byte) (functions.length + 1), (byte) functions.length});
        out.writeBytes(new byte[functions.length]);
        out.writeBytes(new byte[] {5, 3, 1, 0, 1});
        out.writeBytes(new byte[] {7, 16, 2, 3, 'r', 'u', 'n', 0, 0, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0});
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        code.write(functions.length);
        for (int[] function : functions) {
            code.write(function.length + 2);
            code.write(0);
            for (int one : function) {
                code.write(one);
            }
            code.write(0x0b);
        }
        out.write(10);
        out.write(code.size());
        out.writeBytes(code.toByteArray());
        return out.toByteArray();
    }

    private static int[] code(int... codes) {
        return codes;
    }

    /** It takes no stack, but it takes fuel. */
    @Test
    void callsInTheEndOfAFunctionEndByFuelAndNotByDepth() {
        byte[] itself = module(code(0x20, 0, 0x20, 1, 0x12, 0));
        byte[] eachOther = module(code(0x20, 0, 0x20, 1, 0x12, 1), code(0x20, 0, 0x20, 1, 0x12, 0));
        for (Outcome outcome : List.of(
                counted(itself, true, 5_000_000),
                counted(eachOther, true, 5_000_000),
                counted(eachOther, false, 5_000_000))) {
            assertThat(outcome.result).isEqualTo("Trapped on unreachable instruction");
            assertThat(outcome.units).isGreaterThan(5_000_000);
        }
        assertThatThrownBy(() -> EndiveModule.parse(itself, false, new CodeRoom(false)))
                .as("the engine's interpreter cannot do it")
                .hasMessageContaining("return_call");
    }

    /** The handler is the end of the function: nothing there takes back what the function left. */
    @Test
    void aHandlerThatLeadsOutOfAFunctionCostsNoDepth() {
        byte[] module = withTag(
                code(
                        0x41, 0xa0, 0x9c, 1, 0x21, 1, 0x03, 0x40, 0x10, 1, 0x20, 1, 0x41, 1, 0x6b, 0x22, 1, 0x0d, 0,
                        0x0b, 0x20, 0), // 20,000 times
                code(0x1f, 0x40, 1, 2, 0, 0x10, 2, 0x0b),
                code(0x08, 0));
        module[24] = 1; // these two neither take nor give
        module[25] = 1;
        assertThat(counted(module, true, PLENTY).result).isEqualTo("gives 3");
    }

    /** The way out of a call that throws leads past what counts. */
    @Test
    void whatIsThrownAndCaughtIsCountedAsItIsDone() {
        // Until the second parameter is 0: a block that catches all, in which a function is called that throws.
        byte[] module = withTag(
                code(
                        0x03, 0x40, 0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x20, 0, 0x20, 1, 0x10, 1, 0x1a, 0x0b, 0x0b, 0x20,
                        1, 0x41, 1, 0x6b, 0x22, 1, 0x0d, 0, 0x0b, 0x20, 0),
                code(0x08, 0));
        Outcome done = done(module);
        assertThat(done.result).isEqualTo("gives 3");
        for (boolean compile : new boolean[] {false, true}) {
            Outcome counted = counted(module, compile, PLENTY);
            assertThat(counted.result).isEqualTo(done.result);
            assertThat(counted.units).isBetween(done.units, done.units + 5 * 2 * EndiveMeter.CALL);
        }
    }

    /** What another module gave may call back, and then the function is inside of itself. */
    @Test
    void aFunctionThatCallsWhatAnotherModuleGaveCountsItsStack() {
        byte[] given = callsFirstOfTable(1, 'e', 1, 'g', 3, 0x70, 0);
        byte[] number = callsFirstOfTable(1, 'e', 1, 'g', 3, 0x7f, 0);
        assertThat(takesWords(given)).isTrue();
        assertThat(takesWords(number)).isFalse();
    }

    /** Imports a global, and exports a function that calls what stands in a table: the global, if it is a reference. */
    private static byte[] callsFirstOfTable(int... global) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(
                new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, (byte) (1 + global.length), 1});
        for (int one : global) {
            out.write(one);
        }
        out.writeBytes(new byte[] {3, 2, 1, 0, 4, 4, 1, 0x70, 0, 1, 7, 5, 1, 1, 'f', 0, 0});
        if (global[5] == 0x70) {
            out.writeBytes(new byte[] {9, 9, 1, 4, 0x41, 0, 0x0b, 1, 0x23, 0, 0x0b});
        }
        out.writeBytes(new byte[] {10, 9, 1, 7, 0, 0x41, 0, 0x11, 0, 0, 0x0b});
        return out.toByteArray();
    }

    /** Whether what is written sets the second of the two globals that count, which are behind one of its own. */
    private static boolean takesWords(byte[] module) {
        byte[] metered = EndiveModule.metered(module, true, new CodeRoom(false));
        for (int i = 0; i + 1 < metered.length; i++) {
            if (metered[i] == 0x24 && metered[i + 1] == 2) {
                return true;
            }
        }
        return false;
    }

    /** With a tag without values, number 0. */
    private static byte[] withTag(int[]... functions) {
        byte[] module = module(functions);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        out.writeBytes(new byte[] {1, 10, 2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0});
        int from = 17; // behind the types
        int tags = from + 3 + functions.length + 5; // behind functions and memory
        out.write(module, from, tags - from);
        out.writeBytes(new byte[] {13, 3, 1, 0, 1});
        out.write(module, tags, module.length - tags);
        return out.toByteArray();
    }

    @Test
    void aFillIsCountedByItsLength() {
        byte[] fill = module(code(0x41, 0, 0x41, 1, 0x41, 0x80, 0x80, 4, 0xfc, 11, 0, 0x41, 9)); // 65,536 bytes
        Outcome outcome = counted(fill, true, PLENTY);
        assertThat(outcome.result).isEqualTo("gives 9");
        assertThat(outcome.units).isBetween(65_536L / Fuel.BYTES_PER_UNIT, 65_536L / Fuel.BYTES_PER_UNIT + 10);
        assertThat(counted(fill, true, 4_000).memory)
                .as("it is counted before it is done")
                .containsOnly(0);
    }

    /** The global behind those of the module is where the fuel will be; who names it is refused as if it were never there. */
    @Test
    void codeCannotNameWhatCounts() {
        byte[] greedy = module(code(0x42, 0xff, 0, 0x24, 0, 0x41, 1));
        assertThatThrownBy(() -> EndiveModule.parse(greedy, false, new CodeRoom(false)))
                .hasMessageContaining("unknown global");
        byte[] curious = module(code(0x20, 2, 0x1a, 0x41, 1));
        assertThatThrownBy(() -> EndiveModule.parse(curious, false, new CodeRoom(false)))
                .hasMessageContaining("unknown local");
    }
}
