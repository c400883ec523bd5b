package io.thalweg.ledger;

import java.util.Locale;

/**
 * What became of one account of a request. Declared in the order in which checks take precedence; the numbers are those of
 * TigerBeetle's protocol and have grown in another order.
 */
public enum CreateAccountStatus implements CreateStatus {
    CREATED(CreateStatus.CREATED_CODE),
    LINKED_EVENT_CHAIN_OPEN(2),
    LINKED_EVENT_FAILED(1),
    IMPORTED_EVENT_EXPECTED(22),
    IMPORTED_EVENT_NOT_EXPECTED(23),
    IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE(24),
    IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE(25),
    TIMESTAMP_MUST_BE_ZERO(3),
    RESERVED_FIELD(4),
    RESERVED_FLAG(5),
    ID_MUST_NOT_BE_ZERO(6),
    ID_MUST_NOT_BE_INT_MAX(7),
    EXISTS_WITH_DIFFERENT_FLAGS(15),
    EXISTS_WITH_DIFFERENT_USER_DATA_128(16),
    EXISTS_WITH_DIFFERENT_USER_DATA_64(17),
    EXISTS_WITH_DIFFERENT_USER_DATA_32(18),
    EXISTS_WITH_DIFFERENT_LEDGER(19),
    EXISTS_WITH_DIFFERENT_CODE(20),
    EXISTS(21),
    FLAGS_ARE_MUTUALLY_EXCLUSIVE(8),
    DEBITS_PENDING_MUST_BE_ZERO(9),
    DEBITS_POSTED_MUST_BE_ZERO(10),
    CREDITS_PENDING_MUST_BE_ZERO(11),
    CREDITS_POSTED_MUST_BE_ZERO(12),
    LEDGER_MUST_NOT_BE_ZERO(13),
    CODE_MUST_NOT_BE_ZERO(14),
    IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS(26);

    private static final CreateAccountStatus[] BY_CODE = new CreateAccountStatus[values().length];

    static {
        for (CreateAccountStatus status : values()) {
            BY_CODE[status == CREATED ? 0 : status.code] = status;
        }
    }

    private final int code;

    CreateAccountStatus(int code) {
        this.code = code;
    }

    /** The status with this number, dense or sparse: both 0 and 0xFFFFFFFF are {@link #CREATED}. */
    public static CreateAccountStatus ofCode(int code) {
        if (code == CreateStatus.CREATED_CODE) {
            return CREATED;
        }
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("account status " + code + " is unknown");
        }
        return BY_CODE[code];
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public boolean exists() {
        return this == EXISTS;
    }

    @Override
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
