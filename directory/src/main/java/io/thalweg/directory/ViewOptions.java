package io.thalweg.directory;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.Locale;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What may be changed of a view in Java that runs, without another version of it; null for what its class says, or what is so unless said.
 *
 * @param onPoison what becomes of an event that fails again and again
 * @param attempts how often an event is tried before it counts as poison, from 1 to {@value #ATTEMPTS_MAX}
 * @param stepInputs most events of one step, from 1 to {@value #STEP_INPUTS_MAX}
 * @param patienceMs how long handlers of one step may run before they are asked to stop, {@value #PATIENCE_MS_MIN} to {@value #PATIENCE_MS_MAX}; they are given
 *     up after twice that
 * @param stepsKept steps of each partition that are kept whatever the indexes have, {@value #STEPS_KEPT_MIN} to {@value #STEPS_KEPT_MAX}
 * @param takeOver whether a version with a state of its own takes over by itself
 */
public record ViewOptions(
        @Nullable OnPoison onPoison,
        @Nullable Integer attempts,
        @Nullable Integer stepInputs,
        @Nullable Integer patienceMs,
        @Nullable Long stepsKept,
        @Nullable TakeOver takeOver) {
    public static final int ATTEMPTS_MAX = 1_000;
    public static final int STEP_INPUTS_MAX = 4_096;
    public static final int PATIENCE_MS_MIN = 100;
    public static final int PATIENCE_MS_MAX = 600_000;
    public static final long STEPS_KEPT_MIN = 100;
    public static final long STEPS_KEPT_MAX = 1_000_000_000L;

    /** What a view has that nobody has changed. */
    public static final ViewOptions NONE = new ViewOptions(null, null, null, null, null, null);

    /** What becomes of poison. */
    public enum OnPoison {
        PARK(0),
        DEAD_LETTERS(1);

        private final int number;

        OnPoison(int number) {
            this.number = number;
        }

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** When a version with a state of its own takes over. */
    public enum TakeOver {
        /** When it is where the active one is. */
        AUTOMATIC(0),
        /** When somebody says so. */
        MANUAL(1);

        private final int number;

        TakeOver(int number) {
            this.number = number;
        }

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is out of its bounds, in words; null if nothing is. */
    public @Nullable String fault() {
        if (isOutside(attempts, 1, ATTEMPTS_MAX)) {
            return "attempts are 1 to " + ATTEMPTS_MAX + ", not " + attempts;
        }
        if (isOutside(stepInputs, 1, STEP_INPUTS_MAX)) {
            return "step_inputs are 1 to " + STEP_INPUTS_MAX + ", not " + stepInputs;
        }
        if (isOutside(patienceMs, PATIENCE_MS_MIN, PATIENCE_MS_MAX)) {
            return "patience_ms is " + PATIENCE_MS_MIN + " to " + PATIENCE_MS_MAX + ", not " + patienceMs;
        }
        return isOutside(stepsKept, STEPS_KEPT_MIN, STEPS_KEPT_MAX)
                ? "steps_kept are " + STEPS_KEPT_MIN + " to " + STEPS_KEPT_MAX + ", not " + stepsKept
                : null;
    }

    private static boolean isOutside(@Nullable Number value, long from, long to) {
        return value != null && (value.longValue() < from || value.longValue() > to);
    }

    /**
     * Writes them: for each, in the order of the record, whether it is said, and what.
     */
    public void write(BinaryWriter out) {
        write(onPoison == null ? null : (Integer) onPoison.number, out);
        write(attempts, out);
        write(stepInputs, out);
        write(patienceMs, out);
        out.bool(stepsKept != null);
        if (stepsKept != null) {
            out.i64(stepsKept);
        }
        write(takeOver == null ? null : (Integer) takeOver.number, out);
    }

    private static void write(@Nullable Integer value, BinaryWriter out) {
        out.bool(value != null);
        if (value != null) {
            out.i32(value);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static ViewOptions read(BinaryReader in) {
        return new ViewOptions(
                choice(OnPoison.values(), value -> value.number, in),
                integer(in),
                integer(in),
                integer(in),
                in.bool() ? (Long) in.i64() : null,
                choice(TakeOver.values(), value -> value.number, in));
    }

    private static @Nullable Integer integer(BinaryReader in) {
        return in.bool() ? (Integer) in.i32() : null;
    }

    private static <E> @Nullable E choice(E[] values, ToIntFunction<E> number, BinaryReader in) {
        Integer read = integer(in);
        if (read == null) {
            return null;
        }
        for (E value : values) {
            if (number.applyAsInt(value) == read) {
                return value;
            }
        }
        throw new MalformedException("an option of a view has value " + read);
    }
}
