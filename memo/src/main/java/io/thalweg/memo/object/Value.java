package io.thalweg.memo.object;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.util.Arrays;

/**
 * What a field can hold. Equal values have equal bytes: a number is never negative zero and never not a number.
 *
 * <pre>
 * value := 1:u8 text | 2:u8 integer:i64 | 3:u8 number:f64 | 4:u8 boolean:u8 | 5:u8 time:i64 | 6:u8 bytes
 * text  := length:u32 UTF-8
 * bytes := length:u32 bytes
 * time  := nanoseconds since 1970
 * </pre>
 */
public sealed interface Value extends Comparable<Value> {
    record Text(String value) implements Value {}

    record Whole(long value) implements Value {}

    /** @param value finite; negative zero becomes zero */
    record Real(double value) implements Value {
        public Real {
            if (!Double.isFinite(value)) {
                throw new MalformedException("a number is finite, not " + value);
            }
            value = value == 0 ? 0.0 : value;
        }
    }

    record Truth(boolean value) implements Value {}

    /** @param ns nanoseconds since 1970 */
    record Time(long ns) implements Value {}

    /** @param value never changed by anyone */
    record Bytes(byte[] value) implements Value {
        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes that && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return value.length + " bytes";
        }
    }

    /** Appends the binary form. */
    default void write(BinaryWriter out) {
        switch (this) {
            case Text text -> out.u8(1).text(text.value);
            case Whole whole -> out.u8(2).i64(whole.value);
            case Real real -> out.u8(3).i64(Double.doubleToLongBits(real.value));
            case Truth truth -> out.u8(4).bool(truth.value);
            case Time time -> out.u8(5).i64(time.ns);
            case Bytes bytes -> out.u8(6).bytes(bytes.value);
        }
    }

    static Value read(BinaryReader in) {
        int type = in.u8();
        return switch (type) {
            case 1 -> new Text(in.text());
            case 2 -> new Whole(in.i64());
            case 3 -> {
                long bits = in.i64();
                Real real = new Real(Double.longBitsToDouble(bits));
                if (Double.doubleToLongBits(real.value) != bits) {
                    throw new MalformedException("negative zero is written as zero");
                }
                yield real;
            }
            case 4 -> new Truth(in.bool());
            case 5 -> new Time(in.i64());
            case 6 -> new Bytes(in.bytes());
            default -> throw new MalformedException("value of type " + type + " is unknown");
        };
    }

    /** The binary form alone. */
    default byte[] bytes() {
        BinaryWriter out = new BinaryWriter(32);
        write(out);
        return out.toByteArray();
    }

    /** By binary form: an order, not one that means anything. */
    @Override
    default int compareTo(Value other) {
        return Arrays.compareUnsigned(bytes(), other.bytes());
    }
}
