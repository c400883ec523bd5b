package io.thalweg.index.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;

/** The scalar types; whole numbers first, by width. */
enum Scalar {
    BYTE(0, Byte.class),
    SHORT(1, Short.class),
    INT(2, Integer.class),
    LONG(3, Long.class),
    BIG_INTEGER(4, BigInteger.class),
    FLOAT(5, Float.class),
    DOUBLE(6, Double.class),
    DECIMAL(7, BigDecimal.class),
    BOOLEAN(8, Boolean.class),
    STRING(9, String.class),
    BYTES(10, Bytes.class),
    TIME(11, Instant.class),
    DATE(12, LocalDate.class),
    DURATION(13, Duration.class),
    UUID(14, UUID.class);

    /** What stands for it in stored descriptions. */
    final int code;

    final Class<?> type;

    Scalar(int code, Class<?> type) {
        this.code = code;
        this.type = type;
    }

    String describe() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
