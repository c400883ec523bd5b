package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.binary.CoreSections;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way in which the loader says no tells the sender what is missing or different. */
class RefusalTest {

    private static String refusal(byte[] component) {
        try {
            WasmPrograms.load(component, WasmMode.INTERPRETED).close();
        } catch (ThalwegException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_COMPONENT);
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("it was loaded");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        empty                | the component exports neither thalweg:view/view@0.1.0 nor primatomic:machine/machine@0.0.1; it exports nothing
        other-export         | nor primatomic:machine/machine@0.0.1; it exports [run, go]
        other-version        | it exports [primatomic:machine/machine@0.0.2]
        lacks-snapshot       | export primatomic:machine/machine@0.0.1 lacks function snapshot: func() -> list<u8>
        lacks-append         | export primatomic:machine/machine@0.0.1 lacks function append: func(event: list<u8>)
        append-takes-string  | function append is func(event: string), expected func(event: list<u8>)
        append-names-it-data | function append is func(data: list<u8>), expected func(event: list<u8>)
        query-utf16          | function query encodes strings as UTF-16; a view uses UTF-8
        imports-acme         | the component imports acme:db/store@1.0.0, which a view does not get: only thalweg:view/index@0.1.0 is provided
        imports-function     | the component imports log, which a view does not get
        imports-component    | the component imports a component or module called helper; a view must bring its code with it
        imports-module       | the component imports a component or module called libc; a view must bring its code with it
        index-other-type     | import thalweg:view/index@0.1.0: function range is func(start: list<u8>, end: list<u8>, limit: u64,
        index-other-version  | the component imports thalweg:view/index@0.2.0, which a view does not get
        gc-types             | a core module inside the component is not valid: it defines garbage-collected types
        shared-memory        | it shares its memory between threads; a view has one thread
        big-table            | it has a table of more than 262144 entries
        many-tables          | it has more than 16 tables
        """)
    void saysWhatIsWrong(String name, String text) {
        assertThat(refusal(Guests.component(name))).contains(text);
    }

    @Test
    void saysWhatTheBytesAreWhenTheyAreNoComponent() {
        assertThat(refusal(new byte[0])).startsWith("no bytes");
        assertThat(refusal("hello world".getBytes(StandardCharsets.UTF_8))).startsWith("not WebAssembly");
        assertThat(refusal("(component)".getBytes(StandardCharsets.UTF_8)))
                .startsWith("this is the text form of WebAssembly");
        assertThat(refusal(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0}))
                .startsWith("this is a core WebAssembly module, not a component; wrap it: jco embed");
        assertThat(refusal(new byte[] {0, 'a', 's', 'm', 2, 0, 1, 0}))
                .startsWith("component format version 0x2, layer 1 is unknown");
        assertThat(refusal(new byte[] {0, 'a', 's', 'm'})).startsWith("not WebAssembly");
    }

    /** A component of the given sections. */
    private static byte[] component(byte[]... sections) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 'a', 's', 'm', 0x0d, 0, 1, 0});
        for (byte[] section : sections) {
            out.writeBytes(section);
        }
        return out.toByteArray();
    }

    private static byte[] section(int id, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(id);
        int length = content.length;
        do {
            out.write((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
            length >>>= 7;
        } while (length > 0);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    @Test
    void refusesStartFunctionsAndValues() {
        assertThat(refusal(component(section(9, bytes(0, 0, 0))))).startsWith("the component has a start function");
        assertThat(refusal(component(section(12, bytes(1, 0x7f, 1, 1))))).startsWith("the component defines values");
        assertThat(refusal(component(section(10, bytes(1, 0, 1, 'x', 2, 1, 0x7f)))))
                .startsWith("the component imports or exports values");
    }

    @Test
    void refusesLengthsThatDoNotFit() {
        assertThat(refusal(component(bytes(7, 5, 0xff, 0xff, 0xff, 0xff, 0x0f))))
                .contains("number 4294967295 is too large");
        assertThat(refusal(component(bytes(7, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0))))
                .contains("number of more than 5 bytes");
        assertThat(refusal(component(bytes(7, 4, 0xff, 0xff, 0xff, 0x7f))))
                .contains("a vector of 268435455 items in 0 bytes");
        assertThat(refusal(component(bytes(1, 100, 0)))).contains("a section of 100 bytes where 1 are left");
        assertThat(refusal(component(bytes(13, 0)))).contains("section 13 is unknown");
        assertThat(refusal(component(section(10, bytes(1, 0, 2, 0xc3, 0x28, 1, 0)))))
                .contains("a name that is not UTF-8");
        assertThat(refusal(component(section(5, bytes(1, 0, 3, 0)))))
                .contains("component 3 does not exist; there are 0");
        assertThat(refusal(component(section(7, bytes(1, 0x70, 0x7d, 0))))).contains("1 bytes too many in section 7");
    }

    @Test
    void refusesNestingWithoutEnd() {
        byte[] nested = component();
        for (int i = 0; i < 30; i++) {
            nested = component(section(4, nested));
        }
        assertThat(refusal(nested)).contains("components are nested more than 24 deep");

        ByteArrayOutputStream type = new ByteArrayOutputStream();
        type.writeBytes(bytes(1));
        for (int i = 0; i < 40; i++) {
            type.writeBytes(bytes(0x42, 1, 1));
        }
        type.writeBytes(bytes(0x7d, 0, 0));
        assertThat(refusal(component(section(7, type.toByteArray())))).contains("types are nested more than 24 deep");
    }

    /** Each level instantiates the one inside it a hundred times: a few bytes, 100^10 instances. */
    @Test
    void refusesASmallFileThatMeansAHugeGraph() {
        byte[] level = component();
        byte[] hundred = new byte[1 + 3 * 100];
        hundred[0] = 100;
        for (int i = 0; i < 10; i++) {
            level = component(section(4, level), section(5, hundred));
        }
        assertThat(refusal(level)).contains("too complex");
    }

    /** tuple(t, t) of the one before: 2^100 leaves if anyone walked it. */
    @Test
    void printsTypesOfAnySizeInALine() {
        ByteArrayOutputStream types = new ByteArrayOutputStream();
        types.writeBytes(bytes(101, 0x6f, 2, 0x7d, 0x7d));
        for (int i = 0; i < 99; i++) {
            types.writeBytes(i < 64 ? bytes(0x6f, 2, i, i) : bytes(0x6f, 2, i | 0x80, 0, i | 0x80, 0));
        }
        types.writeBytes(bytes(0x40, 1, 1, 'a', 99 | 0x80, 0, 1, 0));
        byte[] before = section(7, types.toByteArray());
        // core module with one function; lift it with the type; export it as init
        byte[] module = bytes(
                0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 'f', 0, 0, 10, 4, 1, 2, 0,
                0x0b);
        byte[] after = component(
                before,
                section(1, module),
                section(2, bytes(1, 0, 0, 0)),
                section(6, bytes(1, 0, 0, 1, 0, 1, 'f')),
                section(8, bytes(1, 0, 0, 0, 0, 100)),
                section(5, concat(bytes(1, 1, 1, 0, 4), "init".getBytes(StandardCharsets.UTF_8), bytes(1, 0))),
                section(
                        11,
                        concat(
                                bytes(1, 0, 32),
                                "primatomic:machine/machine@0.0.1".getBytes(StandardCharsets.UTF_8),
                                bytes(5, 0, 0))));
        assertThat(refusal(after))
                .contains("function init is func(a: tuple<tuple<")
                .hasSizeLessThan(2_000);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Each byte of code costs the engine fifty; data cost nothing of the kind, names are dropped. */
    @Test
    void refusesMoreCodeThanThereIsMemoryFor() {
        byte[] header = bytes(0, 'a', 's', 'm', 1, 0, 0, 0);
        byte[] code = section(10, new byte[CoreSections.MAX_CODE_BYTES / 2 + 1]);
        assertThat(refusal(component(section(1, concat(header, code)), section(1, concat(header, code)))))
                .isEqualTo("the component has more than " + CoreSections.MAX_CODE_BYTES
                        + " bytes of code, which is what this server has memory for; data do not count");
        byte[] name = concat(bytes(1, 'n'), new byte[CoreSections.MAX_CODE_BYTES]);
        assertThat(refusal(component(section(1, concat(header, section(0, name))))))
                .contains("it exports nothing");
    }

    @Test
    void listsImportsThatOnlyTrapAndTrapsWhenTheyAreCalled() {
        try (ViewProgram program = WasmPrograms.load(Guests.component("wasi-clock"), WasmMode.COMPILED);
                ViewInstance view = Guests.started(program)) {
            assertThat(program.stubs())
                    .containsExactly("wasi:clocks/monotonic-clock@0.2.3", "wasi:random/random@0.2.3");
            assertThat(Guests.append(view, Batch.of("fine"))).isEmpty();
            assertThatThrownBy(() -> Guests.append(view, Batch.of("Now")))
                    .isInstanceOf(ViewTrap.class)
                    .hasMessage("append of event 1 trapped: called wasi:clocks/monotonic-clock@0.2.3#now, which is not"
                            + " provided to a view");
        }
    }

    @Test
    void takesImportsThatAreOnlyTypes() {
        try (ViewProgram program = WasmPrograms.load(Guests.component("imports-types-only"), WasmMode.COMPILED)) {
            assertThat(program.stubs()).isEmpty();
        }
    }
}
