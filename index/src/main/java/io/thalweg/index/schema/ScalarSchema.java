package io.thalweg.index.schema;

import io.thalweg.index.codec.KeyReader;
import io.thalweg.index.codec.KeyWriter;
import io.thalweg.index.codec.ValueReader;
import io.thalweg.index.codec.ValueWriter;
import io.thalweg.model.MalformedException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Comparator;
import java.util.UUID;

/** A value without parts. As JSON numbers are numbers up to 2^53 and strings beyond, bytes base64, times RFC 3339. */
public final class ScalarSchema<T> extends Schema<T> {
    private static final BigInteger SAFE = BigInteger.ONE.shiftLeft(53);

    /** Powers of ten beyond this are no numbers that anybody means, and would take any memory to write out. */
    private static final int MAX_SCALE = 10_000;

    private final Scalar kind;

    ScalarSchema(Scalar kind) {
        this.kind = kind;
    }

    Scalar kind() {
        return kind;
    }

    @Override
    public String describe() {
        return kind.describe();
    }

    @Override
    public boolean keyable() {
        return kind != Scalar.DECIMAL;
    }

    @Override
    public boolean spread() {
        return false;
    }

    @Override
    public Object coerce(Object any) {
        if (kind.type.isInstance(any)) {
            return any;
        }
        try {
            return switch (kind) {
                case BYTE -> whole(any).byteValueExact();
                case SHORT -> whole(any).shortValueExact();
                case INT -> whole(any).intValueExact();
                case LONG -> whole(any).longValueExact();
                case BIG_INTEGER -> whole(any);
                case FLOAT -> real(any).floatValue();
                case DOUBLE -> real(any).doubleValue();
                case DECIMAL -> bounded(new BigDecimal(number(any).toString()));
                case BYTES ->
                    new Bytes(
                            any instanceof byte[] raw
                                    ? raw
                                    : Base64.getDecoder().decode((String) any));
                case TIME -> OffsetDateTime.parse((String) any).toInstant();
                case DATE -> LocalDate.parse((String) any);
                case DURATION -> Duration.parse((String) any);
                case UUID -> UUID.fromString((String) any);
                case BOOLEAN -> {
                    // The keys of JSON's objects are texts.
                    if (!any.equals("true") && !any.equals("false")) {
                        throw SchemaException.unfit(describe(), any);
                    }
                    yield any.equals("true");
                }
                case STRING -> throw SchemaException.unfit(describe(), any);
            };
        } catch (ArithmeticException | ClassCastException | DateTimeException | IllegalArgumentException e) {
            throw e instanceof SchemaException unfit ? unfit : SchemaException.unfit(describe(), any);
        }
    }

    private static BigInteger whole(Object any) {
        return switch (any) {
            case BigInteger big -> big;
            case Byte _, Short _, Integer _, Long _ -> BigInteger.valueOf(((Number) any).longValue());
            default -> bounded(new BigDecimal(number(any).toString())).toBigIntegerExact();
        };
    }

    private static BigDecimal bounded(BigDecimal value) {
        if (Math.abs((long) value.scale()) > MAX_SCALE) {
            throw new ArithmeticException("scale " + value.scale());
        }
        return value;
    }

    /** A number, or the text of one. */
    private static Object number(Object any) {
        return any instanceof String text ? new BigDecimal(text) : (Number) any;
    }

    /** A number; texts are those that {@link #plain} and the keys of JSON's objects have, with -0.0 and the three that are no numbers there. */
    private static Number real(Object any) {
        if (!(any instanceof String text)) {
            return (Number) any;
        }
        if (!text.equals("NaN") && !text.equals("Infinity") && !text.equals("-Infinity")) {
            // Double knows more forms than JSON does.
            number(text);
        }
        return Double.valueOf(text);
    }

    @Override
    public Object plain(Object value) {
        return switch (value) {
            case Long number -> Math.abs(number) <= SAFE.longValue() ? number : number.toString();
            case BigInteger number -> number.abs().compareTo(SAFE) <= 0 ? number.longValue() : number.toString();
            case BigDecimal number -> number.toPlainString();
            case Double number -> Double.isFinite(number) ? number : number.toString();
            case Float number -> Float.isFinite(number) ? number : number.toString();
            case Number number -> number;
            case Boolean truth -> truth;
            case Bytes bytes -> Base64.getEncoder().encodeToString(bytes.shared());
            default -> value.toString();
        };
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // every scalar compares with its like
    public Comparator<Object> order() {
        return (a, b) -> ((Comparable) a).compareTo(b);
    }

    @Override
    public void writeKey(KeyWriter to, Object value) {
        switch (kind) {
            case BYTE, SHORT, INT, LONG -> to.integer(((Number) value).longValue());
            case BIG_INTEGER -> to.integer((BigInteger) value);
            case FLOAT, DOUBLE -> to.real(((Number) value).doubleValue());
            case DECIMAL -> throw noKey();
            case BOOLEAN -> to.bool((Boolean) value);
            case STRING -> to.text((String) value);
            case BYTES -> to.bytes(((Bytes) value).shared());
            case TIME -> {
                Instant time = (Instant) value;
                to.integer(time.getEpochSecond()).nanos(time.getNano());
            }
            case DATE -> to.integer(((LocalDate) value).toEpochDay());
            case DURATION -> {
                Duration duration = (Duration) value;
                to.integer(duration.toSeconds()).nanos(duration.toNanosPart());
            }
            case UUID ->
                to.fixed(((UUID) value).getMostSignificantBits()).fixed(((UUID) value).getLeastSignificantBits());
        }
    }

    @Override
    public Object readKey(KeyReader from) {
        try {
            return switch (kind) {
                case BYTE -> (byte) within(from.integer(), Byte.MIN_VALUE, Byte.MAX_VALUE);
                case SHORT -> (short) within(from.integer(), Short.MIN_VALUE, Short.MAX_VALUE);
                case INT -> (int) within(from.integer(), Integer.MIN_VALUE, Integer.MAX_VALUE);
                case LONG -> from.integer();
                case BIG_INTEGER -> from.bigInteger();
                case FLOAT -> (float) from.real();
                case DOUBLE -> from.real();
                case DECIMAL -> throw noKey();
                case BOOLEAN -> from.bool();
                case STRING -> from.text();
                case BYTES -> new Bytes(from.bytes());
                case TIME -> Instant.ofEpochSecond(from.integer(), from.nanos());
                case DATE -> LocalDate.ofEpochDay(from.integer());
                case DURATION -> Duration.ofSeconds(from.integer(), from.nanos());
                case UUID -> new UUID(from.fixed(), from.fixed());
            };
        } catch (DateTimeException | ArithmeticException e) {
            throw new MalformedException(describe() + " in a key: " + e.getMessage());
        }
    }

    @Override
    public void writeValue(ValueWriter to, Object value) {
        switch (kind) {
            case BYTE, SHORT, INT, LONG -> to.integer(((Number) value).longValue());
            case BIG_INTEGER -> to.bytes(((BigInteger) value).toByteArray());
            case FLOAT, DOUBLE -> to.real(((Number) value).doubleValue());
            case DECIMAL ->
                to.integer(((BigDecimal) value).scale())
                        .bytes(((BigDecimal) value).unscaledValue().toByteArray());
            case BOOLEAN -> to.bool((Boolean) value);
            case STRING -> to.text((String) value);
            case BYTES -> to.bytes(((Bytes) value).shared());
            case TIME -> {
                Instant time = (Instant) value;
                to.integer(time.getEpochSecond()).count(time.getNano());
            }
            case DATE -> to.integer(((LocalDate) value).toEpochDay());
            case DURATION -> {
                Duration duration = (Duration) value;
                to.integer(duration.toSeconds()).count(duration.toNanosPart());
            }
            case UUID ->
                to.fixed(((UUID) value).getMostSignificantBits()).fixed(((UUID) value).getLeastSignificantBits());
        }
    }

    @Override
    public Object readValue(ValueReader from) {
        try {
            return switch (kind) {
                case BYTE -> (byte) within(from.integer(), Byte.MIN_VALUE, Byte.MAX_VALUE);
                case SHORT -> (short) within(from.integer(), Short.MIN_VALUE, Short.MAX_VALUE);
                case INT -> (int) within(from.integer(), Integer.MIN_VALUE, Integer.MAX_VALUE);
                case LONG -> from.integer();
                case BIG_INTEGER -> new BigInteger(from.bytes());
                case FLOAT -> (float) from.real();
                case DOUBLE -> from.real();
                case DECIMAL -> decimal(from);
                case BOOLEAN -> from.bool();
                case STRING -> from.text();
                case BYTES -> new Bytes(from.bytes());
                case TIME -> Instant.ofEpochSecond(from.integer(), within(from.count(), 0, 999_999_999));
                case DATE -> LocalDate.ofEpochDay(from.integer());
                case DURATION -> Duration.ofSeconds(from.integer(), within(from.count(), 0, 999_999_999));
                case UUID -> new UUID(from.fixed(), from.fixed());
            };
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            throw new MalformedException(describe() + ": " + e.getMessage());
        }
    }

    private static BigDecimal decimal(ValueReader from) {
        int scale = (int) within(from.integer(), Integer.MIN_VALUE, Integer.MAX_VALUE);
        return new BigDecimal(new BigInteger(from.bytes()), scale);
    }

    private static long within(long value, long least, long most) {
        if (value < least || value > most) {
            throw new MalformedException(value + " is not between " + least + " and " + most);
        }
        return value;
    }
}
