package io.thalweg.view.wasm.engine;

import io.thalweg.view.wasm.binary.Leb;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * A valid core module with random code that ends: it exports {@code run}, of two i32 to one, and a memory {@code memory} of a page. Functions call those behind them, and
 * through a table any; each begins by counting down a global, and returns once that is used up. Loops turn a few times. There are branches to all
 * labels but those of loops, code that nothing reaches, copies, traps.
 */
final class RandomModule {
    private static final int FUNCTIONS = 5;
    private static final int LOCALS = 6; // behind the two parameters
    private static final int COUNTERS = 5; // the first of those that count turns of loops
    private static final int LOOPS = 3; // inside each other
    private static final int ENTRIES = 60; // into functions

    private final Random random;
    private final Deque<Boolean> labels = new ArrayDeque<>(); // the innermost first; whether a branch may go there
    private ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int function;
    private int loops;
    private int left; // how much code there may be

    private RandomModule(long seed) {
        this.random = new Random(seed * 0x9e3779b97f4a7c15L);
    }

    static byte[] of(long seed) {
        return new RandomModule(seed).module();
    }

    private byte[] module() {
        ByteArrayOutputStream module = new ByteArrayOutputStream();
        module.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
        section(module, 1, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f);
        section(module, 3, FUNCTIONS, 0, 0, 0, 0, 0);
        section(module, 4, 1, 0x70, 0, FUNCTIONS);
        section(module, 5, 1, 1, 1, 2);
        section(module, 6, 1, 0x7f, 1, 0x41, ENTRIES, 0x0b);
        section(module, 7, 2, 3, 'r', 'u', 'n', 0, 0, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0);
        section(module, 9, 1, 0, 0x41, 0, 0x0b, FUNCTIONS, 0, 1, 2, 3, 4);
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        code.write(FUNCTIONS);
        for (function = 0; function < FUNCTIONS; function++) {
            byte[] body = body();
            Leb.u32(code, body.length);
            code.writeBytes(body);
        }
        module.write(10);
        Leb.u32(module, code.size());
        module.writeBytes(code.toByteArray());
        return module.toByteArray();
    }

    private static void section(ByteArrayOutputStream module, int id, int... content) {
        module.write(id);
        module.write(content.length);
        for (int one : content) {
            module.write(one);
        }
    }

    private byte[] body() {
        out = new ByteArrayOutputStream();
        if (function == FUNCTIONS - 1 && random.nextBoolean()) {
            put(0, 0x20, 0, 0x20, 1, 0x6a, 0x0b); // small and simple
            return out.toByteArray();
        }
        left = 30 + random.nextInt(120);
        labels.clear();
        labels.push(false); // the function's own is reached by a return
        put(1, LOCALS, 0x7f);
        put(0x23, 0, 0x45, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b); // used up: return the first parameter
        put(0x23, 0, 0x41, 1, 0x6b, 0x24, 0);
        statements(4);
        value(3);
        put(0x0b);
        return out.toByteArray();
    }

    private void put(int... codes) {
        for (int code : codes) {
            out.write(code);
        }
    }

    private int local() {
        return random.nextInt(COUNTERS);
    }

    private void statements(int depth) {
        for (int i = random.nextInt(5); i >= 0 && left > 0; i--) {
            left--;
            statement(depth);
        }
    }

    private void statement(int depth) {
        switch (random.nextInt(depth == 0 ? 5 : 14)) {
            case 0, 1 -> {
                value(depth);
                put(0x21, local());
            }
            case 2 -> {
                address(depth);
                value(depth);
                put(0x36, 2, 0);
            }
            case 3 -> put(0x01); // nop
            case 4 -> copy();
            case 5 -> {
                put(0x02, 0x40);
                inside(true, () -> statements(depth - 1));
            }
            case 6 -> loop(depth);
            case 7 -> {
                value(depth - 1);
                put(0x04, 0x40);
                inside(true, () -> {
                    statements(depth - 1);
                    if (random.nextBoolean()) {
                        put(0x05);
                        statements(depth - 1);
                    }
                });
            }
            case 8, 9 -> branch(0x0d, depth);
            case 10 -> {
                put(0x02, 0x40);
                inside(true, () -> {
                    statements(depth - 1);
                    branch(0x0c, depth);
                    statements(depth - 1); // nothing reaches it
                });
            }
            case 11 -> table(depth);
            case 12 -> {
                value(1);
                put(0x41, 31, 0x71, 0x45, 0x04, 0x40); // seldom
                if (random.nextInt(4) == 0) {
                    put(0x00);
                } else {
                    value(1);
                    put(0x0f);
                }
                put(0x0b);
            }
            default -> {
                value(depth - 1);
                put(0x1a);
            }
        }
    }

    private void inside(boolean target, Runnable code) {
        labels.push(target);
        code.run();
        labels.pop();
        put(0x0b);
    }

    private void loop(int depth) {
        if (loops == LOOPS) {
            return;
        }
        int counter = COUNTERS + loops++;
        put(0x41, 1 + random.nextInt(5), 0x21, counter, 0x03, 0x40);
        inside(false, () -> {
            statements(depth - 1);
            put(0x20, counter, 0x41, 1, 0x6b, 0x22, counter, 0x0d, 0);
        });
        loops--;
    }

    /** By a condition (br_if) or without; to a block around it, if there is one. */
    private void branch(int code, int depth) {
        int number = 0;
        int wanted = random.nextInt(4);
        int found = -1;
        for (boolean target : labels) {
            if (target && (found < 0 || wanted-- > 0)) {
                found = number;
            }
            number++;
        }
        if (found >= 0) {
            if (code == 0x0d) {
                value(depth - 1);
            }
            put(code, found);
        }
    }

    private void table(int depth) {
        put(0x02, 0x40, 0x02, 0x40, 0x02, 0x40);
        for (int i = 0; i < 3; i++) {
            labels.push(true);
        }
        value(1);
        put(0x41, 3, 0x71, 0x0e, 2, 0, 1, 2, 0x0b);
        labels.pop();
        statements(depth - 1);
        put(0x0b);
        labels.pop();
        statements(depth - 1);
        put(0x0b);
        labels.pop();
    }

    /** Fills or moves some bytes of the lower half. */
    private void copy() {
        put(0x41);
        Leb.signed(out, random.nextInt(1 << 14));
        put(0x41);
        Leb.signed(out, random.nextInt(1 << 14));
        put(0x41);
        Leb.signed(out, random.nextInt(300));
        if (random.nextBoolean()) {
            put(0xfc, 11, 0);
        } else {
            put(0xfc, 10, 0, 0);
        }
    }

    private void address(int depth) {
        value(depth - 1);
        put(0x41);
        Leb.signed(out, 0x7ffc);
        put(0x71);
    }

    private void value(int depth) {
        left--;
        int kind = depth <= 0 || left <= 0 ? random.nextInt(2) : random.nextInt(10);
        switch (kind) {
            case 0 -> {
                put(0x41);
                Leb.signed(out, random.nextInt(-100, 1_000));
            }
            case 1 -> put(0x20, local());
            case 2, 3 -> {
                value(depth - 1);
                value(depth - 1);
                put(new int[] {0x6a, 0x6b, 0x6c, 0x71, 0x73, 0x76, 0x48}[random.nextInt(7)]);
            }
            case 4 -> {
                address(depth);
                put(0x28, 2, 0);
            }
            case 5 -> {
                value(depth - 1);
                value(depth - 1);
                put(0x41, 1, 0x72, 0x6e); // divided by what is not 0
            }
            case 6 -> {
                value(depth - 1);
                put(0x04, 0x7f);
                inside(false, () -> {
                    value(depth - 1);
                    put(0x05);
                    value(depth - 1);
                });
            }
            case 7 -> {
                value(depth - 1);
                value(depth - 1);
                if (function < FUNCTIONS - 1) {
                    put(0x10, random.nextInt(function + 1, FUNCTIONS));
                } else {
                    put(0x6a);
                }
            }
            case 8 -> {
                value(depth - 1);
                value(depth - 1);
                put(0x41, random.nextInt(FUNCTIONS), 0x11, 0, 0);
            }
            default -> {
                value(depth - 1);
                put(0x20, local(), 0x20, local(), 0x1b);
            }
        }
    }
}
