package io.thalweg.view.wasm.engine;

import io.thalweg.view.wasm.binary.Leb;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.CatchOpCode;
import run.endive.wasm.types.OpCode;

/**
 * One function of a module that {@link EndiveMeter} rewrites, by the rule that is told there.
 *
 * <p>A first walk cuts the code into pieces ({@link Piece}). Since control is structured, each piece knows the one that always comes before it, its
 * {@code before}: of what follows a label that is where the block was entered, of an arm where the {@code if} is, of the body of a loop nothing. A piece
 * and its {@code before} are in the same loop, so that a piece that is counted with it is counted as often as it may be run.
 *
 * <p>A second walk copies the instructions and puts in between what counts. What the function has done is kept in a variable of its own, {@code done}, so that a piece costs an
 * addition, and a turn of a loop a comparison more. It is taken from the global where the function is left, and in a loop when it is {@value #CHUNK}. So the global
 * is behind by that much, and by what is done without a loop, for each function that is under way; it is looked at whenever something was taken from it but by a function that neither loops nor calls. Where
 * exceptions may pass, it is brought up to date before each call, for the way out of it may lead past the end of the function.
 */
final class EndiveBody {
    /** Units of a piece that may be counted with another. */
    static final int SMALL = 16;

    /** Units that one piece takes on from others. */
    static final int SMALL_TOGETHER = 32;

    /** Units that a function may have done before it tells. */
    static final int CHUNK = 4_096;

    /** What a function is to those that call it. */
    enum Role {
        /** Small and simple; counts nothing. */
        PAID_BY_CALLER,
        /** Calls nobody. */
        LEAF,
        CALLS
    }

    /** Code that is counted at once when it is entered. */
    private static final class Piece {
        private final int at; // the instruction that it begins with
        private @Nullable Piece before;
        private boolean looks;
        private Piece counted = this; // with which it is counted
        private long units;
        private long takenOn;
        private long total;

        private Piece(int at, @Nullable Piece before, boolean looks) {
            this.at = at;
            this.before = before;
            this.looks = looks;
        }

        /** To be called in the order in which pieces come. */
        private void settle() {
            total = units;
            if (before == null || looks || units > SMALL) {
                return;
            }
            Piece with = before.counted;
            if (with.takenOn + units <= SMALL_TOGETHER) {
                counted = with;
                with.takenOn += units;
                with.total += units;
            }
        }
    }

    /** A block that is open during the first walk. */
    private static final class Frame {
        private final OpCode kind;
        private final Piece before;
        private final boolean live;
        private boolean targeted;
        private boolean forked; // an if with two arms
        private boolean armEnds; // the first of them runs to its end
        private @Nullable Piece body; // of a loop

        private Frame(OpCode kind, Piece before, boolean live) {
            this.kind = kind;
            this.before = before;
            this.live = live;
        }

        /** Whether ways come together at its end. */
        private boolean isJoined() {
            return kind == OpCode.IF || (kind != OpCode.LOOP && targeted);
        }

        /** Whether one of them leads there, beside what runs to it. */
        private boolean isReached() {
            return (kind != OpCode.LOOP && targeted) || (kind == OpCode.IF && (!forked || armEnds));
        }
    }

    private final byte[] bytes;
    private final List<AnnotatedInstruction> instructions;
    private final int end;
    private final Role role;
    private final int units; // global
    private final int words; // global
    private final int done; // variable: units
    private final int depth; // variable: words
    private final int length; // variable: of a copy
    private final int frameWords;
    private final boolean circles;
    private final boolean throwing;

    private final List<Piece> pieces = new ArrayList<>();
    private final List<Frame> frames = new ArrayList<>();
    private final @Nullable Piece[] begins;
    private final boolean[] leaves; // may go out of the function
    private final boolean[] dead;
    private boolean loops;

    /**
     * @param end where the function ends in {@code bytes}
     * @param circles whether the function may run inside of itself
     * @param throwing whether there are exceptions
     * @param units the number of the first of the two globals
     * @param variables how many the function has, parameters included; three more are there behind them: an i64 and two i32
     */
    EndiveBody(
            byte[] bytes,
            List<AnnotatedInstruction> instructions,
            int end,
            Role role,
            boolean circles,
            boolean throwing,
            int units,
            int variables) {
        this.bytes = bytes;
        this.instructions = instructions;
        this.end = end;
        this.role = role;
        this.circles = circles;
        this.throwing = throwing;
        this.units = units;
        this.words = units + 1;
        this.done = variables;
        this.depth = variables + 1;
        this.length = variables + 2;
        this.frameWords = frameWords(variables);
        this.begins = new Piece[instructions.size() + 1];
        this.leaves = new boolean[instructions.size()];
        this.dead = new boolean[instructions.size()];
        cut();
    }

    /** Words of stack that a function takes. */
    static int frameWords(int variables) {
        return EndiveMeter.FRAME_WORDS + 2 * variables;
    }

    /** What a function with these instructions is. */
    static Role role(List<AnnotatedInstruction> instructions) {
        long sum = 0;
        boolean simple = true;
        for (AnnotatedInstruction one : instructions) {
            if (calls(one.opcode())) {
                return Role.CALLS;
            }
            sum += units(one.opcode());
            simple &= one.opcode() != OpCode.LOOP && unitBytes(one.opcode()) == 0;
        }
        return simple && sum < EndiveMeter.CALL ? Role.PAID_BY_CALLER : Role.LEAF;
    }

    private static boolean calls(OpCode code) {
        return switch (code) {
            case CALL, CALL_INDIRECT, CALL_REF, RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF -> true;
            default -> false;
        };
    }

    private static int units(OpCode code) {
        return switch (code) {
            case BLOCK, LOOP, ELSE, END, NOP, TRY_TABLE, UNREACHABLE -> 0;
            case MEMORY_GROW -> EndiveMeter.MEMORY_GROW;
            case TABLE_GROW -> EndiveMeter.TABLE_GROW;
            case THROW, THROW_REF -> EndiveMeter.CALL;
            default -> calls(code) ? EndiveMeter.CALL : 1;
        };
    }

    /** How many bytes or entries are one unit, of an instruction that is counted by its length; 0 for all others. */
    private static int unitBytes(OpCode code) {
        return switch (code) {
            case MEMORY_COPY, MEMORY_FILL, MEMORY_INIT -> Fuel.BYTES_PER_UNIT;
            case TABLE_COPY, TABLE_FILL, TABLE_INIT -> 1;
            default -> 0;
        };
    }

    // ---------------------------------------------------------------- the first walk

    private Piece piece(int at, @Nullable Piece before, boolean looks) {
        Piece piece = new Piece(at, before, looks);
        pieces.add(piece);
        return piece;
    }

    private void cut() {
        Piece now = piece(0, null, false);
        frames.add(new Frame(OpCode.BLOCK, now, true));
        boolean live = true;
        for (int i = 0; i < instructions.size(); i++) {
            AnnotatedInstruction one = instructions.get(i);
            OpCode code = one.opcode();
            dead[i] = !live;
            if (live) {
                now.units += units(code);
                targets(i, one);
            }
            switch (code) {
                case BLOCK, TRY_TABLE -> frames.add(new Frame(code, now, live));
                case LOOP -> {
                    Frame frame = new Frame(code, now, live);
                    frames.add(frame);
                    now = piece(i + 1, null, true);
                    frame.body = now;
                }
                case IF -> {
                    frames.add(new Frame(code, now, live));
                    now = piece(i + 1, now, false);
                }
                case ELSE -> {
                    Frame frame = frames.getLast();
                    frame.forked = true;
                    frame.armEnds = live;
                    live = frame.live;
                    now = piece(i + 1, frame.before, false);
                }
                case END -> {
                    Frame frame = frames.removeLast();
                    if (frames.isEmpty()) {
                        leaves[i] = true;
                        break;
                    }
                    close(frame);
                    live = frame.live && (live || frame.isReached());
                    if (frame.isJoined() || frame.kind == OpCode.LOOP) {
                        now = piece(i + 1, frame.before, false);
                    }
                }
                case BR_IF, BR_ON_NULL, BR_ON_NON_NULL, BR_ON_CAST, BR_ON_CAST_FAIL -> now = piece(i + 1, now, false);
                case RETURN, RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF, THROW, THROW_REF -> {
                    leaves[i] = true;
                    live = false;
                }
                case BR, BR_TABLE, UNREACHABLE -> live = false;
                default -> {}
            }
        }
        settle();
    }

    /** Notes which labels a live instruction may go to. */
    private void targets(int i, AnnotatedInstruction one) {
        switch (one.opcode()) {
            case BR, BR_IF, BR_ON_NULL, BR_ON_NON_NULL -> target(i, one.operand(0));
            case BR_ON_CAST, BR_ON_CAST_FAIL -> target(i, one.operand(1));
            case BR_TABLE -> {
                for (int k = 0; k < one.operandCount(); k++) {
                    target(i, one.operand(k));
                }
            }
            case TRY_TABLE -> {
                for (CatchOpCode.Catch caught : one.catches()) {
                    target(i, caught.label());
                }
            }
            default -> {}
        }
    }

    private void target(int i, long label) {
        int number = frames.size() - 1 - (int) label;
        frames.get(number).targeted = true;
        leaves[i] |= number == 0;
    }

    /** A loop to which nothing goes back is a block. */
    private void close(Frame frame) {
        Piece body = frame.body;
        if (body != null && frame.targeted) {
            loops = true;
        } else if (body != null) {
            body.looks = false;
            body.before = frame.before;
        }
    }

    private void settle() {
        for (Piece piece : pieces) {
            piece.settle();
        }
        for (Piece piece : pieces) {
            if (piece.counted == piece && (piece.looks || piece.total > 0)) {
                begins[piece.at] = piece;
            }
        }
    }

    // ---------------------------------------------------------------- the second walk

    /** Writes the instructions, with what counts them. */
    void write(ByteArrayOutputStream out) {
        if (circles) {
            enter(out);
        }
        for (int i = 0; i < instructions.size(); i++) {
            Piece piece = begins[i];
            if (piece != null) {
                count(out, piece);
            }
            if (!dead[i]) {
                before(out, instructions.get(i), leaves[i]);
            }
            int from = instructions.get(i).address();
            int to = i + 1 < instructions.size() ? instructions.get(i + 1).address() : end;
            out.write(bytes, from, to - from);
            if (circles
                    && !dead[i]
                    && leaves[i]
                    && !surelyLeaves(instructions.get(i).opcode())) {
                localGet(out, depth);
                globalSet(out, words);
            }
        }
    }

    private void enter(ByteArrayOutputStream out) {
        globalGet(out, words);
        i32(out, frameWords);
        out.write(I32_SUB);
        localTee(out, depth);
        globalSet(out, words);
        localGet(out, depth);
        i32(out, 0);
        out.write(I32_LT_S);
        trapIf(out);
    }

    private void count(ByteArrayOutputStream out, Piece piece) {
        if (piece.total > 0) {
            localGet(out, done);
            i64(out, piece.total);
            out.write(I64_ADD);
            localSet(out, done);
        }
        if (piece.looks) {
            tellChunk(out);
        }
    }

    private void before(ByteArrayOutputStream out, AnnotatedInstruction one, boolean leaving) {
        OpCode code = one.opcode();
        if (leaving || (throwing && calls(code))) {
            tell(out, loops || role == Role.CALLS);
            i64(out, 0);
            localSet(out, done);
        }
        if (circles && (leaving || (throwing && calls(code)))) {
            localGet(out, depth);
            if (leaving) {
                i32(out, frameWords);
                out.write(I32_ADD);
            }
            globalSet(out, words);
        }
        if (unitBytes(code) > 0) {
            countLength(out, unitBytes(code));
        }
    }

    /** Of what may leave: whether it does. What is thrown may be caught here. */
    private static boolean surelyLeaves(OpCode code) {
        return switch (code) {
            case BR, BR_TABLE, RETURN, RETURN_CALL, RETURN_CALL_INDIRECT, RETURN_CALL_REF, END, THROW, THROW_REF ->
                true;
            default -> false;
        };
    }

    /** With the length on the stack, an i32, where it stays. */
    private void countLength(ByteArrayOutputStream out, int unitBytes) {
        localTee(out, length);
        localGet(out, length);
        out.write(I64_EXTEND_I32_U);
        if (unitBytes > 1) {
            i64(out, unitBytes);
            out.write(I64_DIV_U);
        }
        localGet(out, done);
        out.write(I64_ADD);
        localSet(out, done);
        tellChunk(out);
    }

    /** Takes a chunk from the global. */
    private void tellChunk(ByteArrayOutputStream out) {
        localGet(out, done);
        i64(out, CHUNK);
        out.write(I64_GE_S);
        out.write(IF);
        out.write(NO_TYPE);
        tell(out, true);
        i64(out, 0);
        localSet(out, done);
        out.write(END);
    }

    /** Takes what was done from the global, and traps when that is below zero. */
    private void tell(ByteArrayOutputStream out, boolean looks) {
        globalGet(out, units);
        localGet(out, done);
        out.write(I64_SUB);
        if (looks) {
            localTee(out, done);
        }
        globalSet(out, units);
        if (looks) {
            localGet(out, done);
            i64(out, 0);
            out.write(I64_LT_S);
            trapIf(out);
        }
    }

    private static void trapIf(ByteArrayOutputStream out) {
        out.write(IF);
        out.write(NO_TYPE);
        out.write(UNREACHABLE);
        out.write(END);
    }

    // ---------------------------------------------------------------- instructions

    private static final int UNREACHABLE = 0x00;
    private static final int IF = 0x04;
    private static final int NO_TYPE = 0x40;
    private static final int END = 0x0b;
    private static final int LOCAL_GET = 0x20;
    private static final int LOCAL_SET = 0x21;
    private static final int LOCAL_TEE = 0x22;
    private static final int GLOBAL_GET = 0x23;
    private static final int GLOBAL_SET = 0x24;
    private static final int I32_CONST = 0x41;
    private static final int I64_CONST = 0x42;
    private static final int I32_LT_S = 0x48;
    private static final int I64_LT_S = 0x53;
    private static final int I64_GE_S = 0x59;
    private static final int I32_ADD = 0x6a;
    private static final int I32_SUB = 0x6b;
    private static final int I64_ADD = 0x7c;
    private static final int I64_SUB = 0x7d;
    private static final int I64_DIV_U = 0x80;
    private static final int I64_EXTEND_I32_U = 0xad;

    private static void localGet(ByteArrayOutputStream out, int variable) {
        out.write(LOCAL_GET);
        Leb.u32(out, variable);
    }

    private static void localTee(ByteArrayOutputStream out, int variable) {
        out.write(LOCAL_TEE);
        Leb.u32(out, variable);
    }

    private static void localSet(ByteArrayOutputStream out, int variable) {
        out.write(LOCAL_SET);
        Leb.u32(out, variable);
    }

    private static void globalGet(ByteArrayOutputStream out, int global) {
        out.write(GLOBAL_GET);
        Leb.u32(out, global);
    }

    private static void globalSet(ByteArrayOutputStream out, int global) {
        out.write(GLOBAL_SET);
        Leb.u32(out, global);
    }

    private static void i32(ByteArrayOutputStream out, int value) {
        out.write(I32_CONST);
        Leb.signed(out, value);
    }

    private static void i64(ByteArrayOutputStream out, long value) {
        out.write(I64_CONST);
        Leb.signed(out, value);
    }
}
