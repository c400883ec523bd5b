package io.thalweg.view.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewTrap;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Guests that do what they must not: each time a trap that says so, a dead instance, and nothing else harmed. */
class HostileGuestTest {

    private static ViewInstance start(ViewProgram program, long maxMemoryBytes, int maxResultBytes) {
        ViewInstance view = program.start(
                new ViewLimits(maxMemoryBytes, Duration.ofSeconds(5), maxResultBytes),
                new MapIndex(),
                MemoryGrant.unbounded());
        view.init();
        return view;
    }

    private static ViewProgram load(String name, WasmMode mode) {
        return WasmPrograms.load(Guests.component(name), mode);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        T | Trapped on unreachable instruction
        R | call stack exhausted
        O | out of bounds memory access
        U | out of bounds memory access
        D | integer divide by zero
        F | integer overflow
        N | uninitialized element
        C | indirect call type mismatch
        I | undefined element
        M | out of bounds memory access
        m | out of bounds memory access
        W | unaligned atomic
        w | a view that waits on its memory would wait for ever
        """)
    void aTrapKillsTheInstance(String event, String text) {
        for (WasmMode mode : WasmMode.values()) {
            try (ViewProgram program = load("hostile-machine", mode);
                    ViewInstance view = start(program, 1 << 20, 1 << 20);
                    ViewInstance other = start(program, 1 << 20, 1 << 20)) {
                assertThat(Guests.append(view, Batch.of("fine"))).isEmpty();
                assertThatThrownBy(() -> Guests.append(view, Batch.of(event)))
                        .isInstanceOf(ViewTrap.class)
                        .hasMessageStartingWith("append of event 1 trapped: ")
                        .hasMessageContaining(text);
                assertThatThrownBy(() -> Guests.append(view, Batch.of("fine")))
                        .isInstanceOf(ViewTrap.class)
                        .hasMessageStartingWith("the instance is dead: append of event 1 trapped");
                assertThatThrownBy(() -> Guests.ask(view, "")).hasMessageStartingWith("the instance is dead");
                assertThatThrownBy(view::snapshot).hasMessageStartingWith("the instance is dead");
                assertThat(Guests.ask(other, "")).isEqualTo("fine");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        p | out of bounds memory access: 64 bytes at 4294967280 of a memory of 131072
        l | a result of 4294967295 bytes, the limit is 65536
        b | out of bounds memory access: 2 bytes at 131071 of a memory of 131072
        h | a result of 131072 bytes, the limit is 65536
        u | a result at 17 is not aligned to 4
        r | out of bounds memory access: 4 bytes at 4294967292 of a memory of 131072
        """)
    void wrongPointersAndLengthsAreTraps(String question, String text) {
        try (ViewProgram program = load("hostile-machine", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 16)) {
            assertThatThrownBy(() -> Guests.ask(view, question))
                    .isInstanceOf(ViewTrap.class)
                    .hasMessage("query trapped: " + text);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        667 | realloc returned 4294967040 for 667 bytes, outside of a memory of 131072
        668 | realloc returned 131071 for 668 bytes, outside of a memory of 131072
        669 | Trapped on unreachable instruction
        """)
    void aBrokenAllocatorIsATrap(int size, String text) {
        try (ViewProgram program = load("hostile-machine", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            assertThatThrownBy(() -> Guests.append(view, Batch.of("x".repeat(size))))
                    .hasMessage("append of event 1 trapped: " + text);
        }
    }

    @ParameterizedTest
    @EnumSource(WasmMode.class)
    void memoryGrowsToItsLimitAndNoFurther(WasmMode mode) {
        try (ViewProgram program = load("hostile-machine", mode);
                ViewInstance view = start(program, 10 << 20, 1 << 20)) {
            assertThat(view.memoryBytes()).isEqualTo(2 << 16);
            assertThat(Guests.append(view, Batch.of("Grow"))).isEmpty();
            assertThat(view.memoryBytes()).isBetween(9L << 20, 10L << 20);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "big-memory, needs 4294967296 bytes of memory at the start",
        "two-memories, needs 196608000 bytes of memory at the start"
    })
    void memoryWantedAtTheStartIsLimitedToo(String name, String text) {
        try (ViewProgram program = load(name, WasmMode.INTERPRETED);
                ViewInstance view = program.start(ViewLimits.DEFAULT, ViewIndex.NONE, MemoryGrant.unbounded())) {
            assertThatThrownBy(view::init).isInstanceOf(ViewTrap.class).hasMessageContaining(text);
        }
    }

    @ParameterizedTest
    @CsvSource({"start-traps", "init-traps", "data-out-of-bounds", "hostile-view-init"})
    void aTrapAtTheStartIsATrapOfInit(String name) {
        for (WasmMode mode : WasmMode.values()) {
            try (ViewProgram program = load(name, mode);
                    ViewInstance view = program.start(ViewLimits.DEFAULT, new MapIndex(), MemoryGrant.unbounded())) {
                assertThatThrownBy(view::init).isInstanceOf(ViewTrap.class).hasMessageStartingWith("init trapped: ");
                assertThatThrownBy(() -> Guests.ask(view, "")).hasMessageStartingWith("the instance is dead");
            }
        }
    }

    /** Interrupts until the call is over: the first one may come before it has begun. */
    private static void interruptUntilOver(ViewInstance view, Thread watched) {
        while (watched.isAlive()) {
            view.interrupt();
            Thread.onSpinWait();
        }
    }

    private static @Nullable Throwable interrupted(ViewInstance view, Runnable endless) throws InterruptedException {
        @Nullable Throwable[] thrown = new Throwable[1];
        boolean[] flag = new boolean[1];
        CountDownLatch running = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            running.countDown();
            try {
                endless.run();
            } catch (RuntimeException e) {
                thrown[0] = e;
            }
            flag[0] = Thread.currentThread().isInterrupted();
        });
        thread.start();
        running.await();
        interruptUntilOver(view, thread);
        thread.join();
        assertThat(flag[0]).as("the interrupt flag of the thread afterwards").isFalse();
        return thrown[0];
    }

    @ParameterizedTest
    @EnumSource(WasmMode.class)
    void anEndlessLoopEndsWhenItIsInterrupted(WasmMode mode) throws InterruptedException {
        try (ViewProgram program = load("hostile-machine", mode);
                ViewInstance view = start(program, 1 << 20, 1 << 20);
                ViewInstance next = start(program, 1 << 20, 1 << 20)) {
            assertThat(interrupted(view, () -> Guests.append(view, Batch.of("Loop"))))
                    .isInstanceOf(ViewTrap.class)
                    .hasMessage("append of event 1 was interrupted: it took longer than it may");
            assertThatThrownBy(() -> Guests.ask(view, "")).hasMessageStartingWith("the instance is dead");
            assertThat(Guests.ask(next, "")).isEqualTo("fine");
        }
        try (ViewProgram program = load("start-loops", mode);
                ViewInstance view = program.start(ViewLimits.DEFAULT, ViewIndex.NONE, MemoryGrant.unbounded())) {
            assertThat(interrupted(view, view::init))
                    .isInstanceOf(ViewTrap.class)
                    .hasMessage("init was interrupted: it took longer than it may");
        }
    }

    @Test
    void anInterruptBetweenCallsHitsNobody() {
        try (ViewProgram program = load("hostile-machine", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            view.interrupt();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThat(Guests.ask(view, "")).isEqualTo("fine");
        }
    }

    /** Somebody else's interrupt ends the call too, and stays for whoever looks for it. */
    @Test
    void aForeignInterruptIsKept() {
        try (ViewProgram program = load("hostile-machine", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(() -> Guests.append(view, Batch.of("Loop"))).isInstanceOf(ViewTrap.class);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        1 | a variant has case 7, there are only 2
        2 | a string of the component is not UTF-8
        e | a key of the index is empty
        k | a result of 65536 bytes, the limit is 65535
        o | out of bounds memory access: 4 bytes at 4294967280 of a memory of 262144
        v | a result of 2147483647 bytes, the limit is 16777216
        g | out of bounds memory access: 4 bytes at 4294967292 of a memory of 262144
        m | space for a result at 18 is not aligned to 4
        r | index.range has direction 2, there are only 0 and 1
        """)
    void wrongResultsAndImportsOfTheRicherWorldAreTraps(String event, String text) {
        for (WasmMode mode : WasmMode.values()) {
            try (ViewProgram program = load("hostile-view", mode);
                    ViewInstance view = start(program, 1 << 20, 1 << 20)) {
                assertThat(Guests.append(view, Batch.of("3"))).isEqualTo(List.of("1: fine"));
                assertThatThrownBy(() -> Guests.append(view, Batch.of(event)))
                        .isInstanceOf(ViewTrap.class)
                        .hasMessage("append of event 1 trapped: " + text);
                assertThatThrownBy(() -> Guests.ask(view, "")).hasMessageStartingWith("the instance is dead");
            }
        }
    }

    @Test
    void aBrokenAllocatorUnderTheIndexIsATrap() {
        try (ViewProgram program = load("hostile-view", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            Guests.append(view, Batch.of("put"));
            assertThatThrownBy(() -> Guests.append(view, Batch.of("alloc")))
                    .hasMessage(
                            "append of event 1 trapped: realloc returned 2147483632 for 8 bytes, outside of a memory"
                                    + " of 262144");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        1 | a variant has case 2, there are only 2
        2 | a variant has case 3, there are only 3
        3 | a string of the component is not UTF-8
        p | index.put works only during append
        """)
    void wrongAnswersOfTheRicherWorldAreTraps(String question, String text) {
        try (ViewProgram program = load("hostile-view", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            assertThatThrownBy(() -> Guests.ask(view, question)).hasMessage("query trapped: " + text);
        }
    }

    @Test
    void contentsNeedNotBeTextAndErrorsAreAnswers() {
        try (ViewProgram program = load("hostile-view", WasmMode.COMPILED);
                ViewInstance view = start(program, 1 << 20, 1 << 20)) {
            assertThat(Guests.ask(view, "")).isEqualTo("fine");
            assertThat(Guests.ask(view, "4")).hasSize(2);
            assertThat(Guests.ask(view, "5")).isEqualTo("refused: fine");
            Guests.append(view, Batch.of("put"));
            assertThat(Guests.ask(view, "text of the index")).isEqualTo("text/csv");
            Guests.append(view, Batch.of("delete"));
        }
    }

    /** Trouble of the host's storage is not the guest's: it goes through as it is, and the instance is replaced. */
    @Test
    void aFailureOfTheIndexIsNoTrap() {
        ViewIndex broken = new ViewIndex() {
            @Override
            public byte @Nullable [] get(byte[] key) {
                throw new IllegalStateException("disk gone");
            }

            @Override
            public void put(byte[] key, byte[] value) {
                throw new IllegalStateException("disk gone");
            }

            @Override
            public void delete(byte[] key) {
                throw new IllegalStateException("disk gone");
            }

            @Override
            public List<Item> range(byte[] from, byte[] to, int limit, boolean reverse) {
                throw new IllegalStateException("disk gone");
            }
        };
        for (WasmMode mode : WasmMode.values()) {
            try (ViewProgram program = load("hostile-view", mode);
                    ViewInstance view = program.start(ViewLimits.DEFAULT, broken, MemoryGrant.unbounded())) {
                view.init();
                assertThatThrownBy(() -> Guests.append(view, Batch.of("put")))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("disk gone");
                assertThatThrownBy(() -> Guests.ask(view, ""))
                        .hasMessageStartingWith("the instance is dead: its index failed");
            }
        }
    }
}
