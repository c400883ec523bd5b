package io.thalweg.view.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ThalwegException;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.wasm.binary.CoreSections;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Core modules that share a table, and what a core module may not contain, by bytes that are written by hand. */
class ModulesTogetherTest {
    private static final int I32 = 0x7f;
    private static final int I64 = 0x7e;

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] module(byte[]... sections) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes(0, 'a', 's', 'm', 1, 0, 0, 0));
        for (byte[] section : sections) {
            out.writeBytes(section);
        }
        return out.toByteArray();
    }

    private static byte[] section(int id, int... content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(id);
        out.write(content.length);
        out.writeBytes(bytes(content));
        return out.toByteArray();
    }

    /** Exports table t with one function of i32 to i32, which gives its argument back; its type is number 0. */
    private static byte[] provider() {
        return module(
                section(1, 1, 0x60, 1, I32, 1, I32),
                section(3, 1, 0),
                section(4, 1, 0x70, 0, 1),
                section(7, 1, 1, 't', 1, 0),
                section(9, 1, 0, 0x41, 0, 0x0b, 1, 0),
                section(10, 1, 4, 0, 0x20, 0, 0x0b));
    }

    /**
     * Calls through the imported table. Its type number 0 is another than the provider's, so that an engine that compares numbers is
     * found: {@code good} calls by i32 to i32, {@code longer} by i64 to i64, {@code fewer} by nothing to i32.
     */
    private static byte[] caller() {
        return module(
                section(1, 5, 0x60, 1, I64, 1, I64, 0x60, 1, I32, 1, I32, 0x60, 0, 1, I32, 0x60, 0, 1, I64, 0x60, 0, 0),
                section(2, 1, 1, 'm', 1, 't', 1, 0x70, 0, 1),
                section(3, 3, 2, 3, 2),
                section(
                        7, 3, 4, 'g', 'o', 'o', 'd', 0, 0, 6, 'l', 'o', 'n', 'g', 'e', 'r', 0, 1, 5, 'f', 'e', 'w', 'e',
                        'r', 0, 2),
                section(
                        10, 3, 9, 0, 0x41, 7, 0x41, 0, 0x11, 1, 0, 0x0b, 9, 0, 0x42, 7, 0x41, 0, 0x11, 0, 0, 0x0b, 7, 0,
                        0x41, 0, 0x11, 2, 0, 0x0b));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIndirectCallIntoAnotherModuleTrapsUnlessTheSignaturesAreTheSame(boolean compile) {
        MemoryBudget budget = new MemoryBudget(1 << 20, MemoryGrant.unbounded());
        EndiveModule providing = EndiveModule.parse(provider(), compile, new CodeRoom(false));
        EndiveModule calling = EndiveModule.parse(caller(), compile, new CodeRoom(false));
        EndiveModule.shareTypes(List.of(providing, calling));
        Fuel fuel = EndiveModule.fuel();
        fuel.fill(1_000_000);
        CoreModule.Instance provider = providing.instantiate(List.of(), budget, fuel);
        CoreModule.Instance caller =
                calling.instantiate(List.of(new CoreModule.Supply.Export(provider, "t")), budget, fuel);
        long[] result = caller.function("good").call();
        assertThat(result).isNotNull();
        assertThat((int) (result == null ? 0 : result[0])).isEqualTo(7);
        for (String wrong : new String[] {"longer", "fewer"}) {
            assertThatThrownBy(() -> caller.function(wrong).call())
                    .as("%s, compiled %s", wrong, compile)
                    .hasMessageContaining("indirect call type mismatch");
        }
    }

    /** What is thrown and caught in one module leaves stack behind that it took, and its callers are in another. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatOneModuleThrowsCostsItsCallersNoDepth(boolean compile) {
        byte[] throwing = module(
                section(1, 1, 0x60, 0, 0),
                section(3, 2, 0, 0),
                section(13, 1, 0, 0),
                section(7, 1, 1, 'f', 0, 0),
                // A block that catches all, from where it goes to the end of the function; and a throw.
                section(10, 2, 10, 0, 0x1f, 0x40, 1, 2, 0, 0x10, 1, 0x0b, 0x0b, 4, 0, 0x08, 0, 0x0b));
        byte[] calling = module(
                section(1, 2, 0x60, 0, 0, 0x60, 0, 1, I32),
                section(2, 1, 1, 'a', 1, 'f', 0, 0),
                section(3, 1, 1),
                section(7, 1, 3, 'r', 'u', 'n', 0, 1),
                // 20,000 times
                section(
                        10, 1, 26, 1, 1, I32, 0x41, 0xa0, 0x9c, 1, 0x21, 0, 0x03, 0x40, 0x10, 0, 0x20, 0, 0x41, 1, 0x6b,
                        0x22, 0, 0x0d, 0, 0x0b, 0x41, 7, 0x0b));
        assertThat(CoreSections.hasTags(throwing)).isTrue();
        assertThat(CoreSections.hasTags(calling)).isFalse();
        MemoryBudget budget = new MemoryBudget(1 << 20, MemoryGrant.unbounded());
        CodeRoom room = new CodeRoom(true);
        EndiveModule thrower = EndiveModule.parse(throwing, compile, room);
        EndiveModule caller = EndiveModule.parse(calling, compile, room);
        Fuel fuel = EndiveModule.fuel();
        fuel.fill(100_000_000);
        CoreModule.Instance called = thrower.instantiate(List.of(), budget, fuel);
        CoreModule.Instance run = caller.instantiate(List.of(new CoreModule.Supply.Export(called, "f")), budget, fuel);
        long[] result = run.function("run").call();
        assertThat((int) (result == null ? 0 : result[0])).isEqualTo(7);
    }

    @Test
    void vectorsAreRefusedByName() {
        // i32.const 0, i32x4.splat, drop
        byte[] module = module(
                section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(10, 1, 7, 0, 0x41, 0, 0xfd, 0x11, 0x1a, 0x0b));
        for (boolean compile : new boolean[] {false, true}) {
            assertThatThrownBy(() -> EndiveModule.parse(module, compile, new CodeRoom(false)))
                    .isInstanceOf(ThalwegException.class)
                    .hasMessageContaining("vector instructions (SIMD), such as i32x4.splat");
        }
    }
}
