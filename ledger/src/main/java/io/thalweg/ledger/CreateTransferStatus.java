package io.thalweg.ledger;

import java.util.Locale;

/**
 * What became of one transfer of a request. Declared in the order in which checks take precedence; the numbers are those of
 * TigerBeetle's protocol and have grown in another order. {@link #AMOUNT_MUST_NOT_BE_ZERO} is retired: only clients before 0.16.0 ever got it.
 */
public enum CreateTransferStatus implements CreateStatus {
    CREATED(CreateStatus.CREATED_CODE),
    LINKED_EVENT_CHAIN_OPEN(2),
    LINKED_EVENT_FAILED(1),
    IMPORTED_EVENT_EXPECTED(56),
    IMPORTED_EVENT_NOT_EXPECTED(57),
    IMPORTED_EVENT_TIMESTAMP_OUT_OF_RANGE(58),
    IMPORTED_EVENT_TIMESTAMP_MUST_NOT_ADVANCE(59),
    TIMESTAMP_MUST_BE_ZERO(3),
    RESERVED_FLAG(4),
    ID_MUST_NOT_BE_ZERO(5),
    ID_MUST_NOT_BE_INT_MAX(6),
    EXISTS_WITH_DIFFERENT_FLAGS(36),
    EXISTS_WITH_DIFFERENT_PENDING_ID(40),
    EXISTS_WITH_DIFFERENT_TIMEOUT(44),
    EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT_ID(37),
    EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT_ID(38),
    EXISTS_WITH_DIFFERENT_AMOUNT(39),
    EXISTS_WITH_DIFFERENT_USER_DATA_128(41),
    EXISTS_WITH_DIFFERENT_USER_DATA_64(42),
    EXISTS_WITH_DIFFERENT_USER_DATA_32(43),
    EXISTS_WITH_DIFFERENT_LEDGER(67),
    EXISTS_WITH_DIFFERENT_CODE(45),
    EXISTS(46),
    ID_ALREADY_FAILED(68),
    FLAGS_ARE_MUTUALLY_EXCLUSIVE(7),
    DEBIT_ACCOUNT_ID_MUST_NOT_BE_ZERO(8),
    DEBIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX(9),
    CREDIT_ACCOUNT_ID_MUST_NOT_BE_ZERO(10),
    CREDIT_ACCOUNT_ID_MUST_NOT_BE_INT_MAX(11),
    ACCOUNTS_MUST_BE_DIFFERENT(12),
    PENDING_ID_MUST_BE_ZERO(13),
    PENDING_ID_MUST_NOT_BE_ZERO(14),
    PENDING_ID_MUST_NOT_BE_INT_MAX(15),
    PENDING_ID_MUST_BE_DIFFERENT(16),
    TIMEOUT_RESERVED_FOR_PENDING_TRANSFER(17),
    CLOSING_TRANSFER_MUST_BE_PENDING(64),
    AMOUNT_MUST_NOT_BE_ZERO(18),
    LEDGER_MUST_NOT_BE_ZERO(19),
    CODE_MUST_NOT_BE_ZERO(20),
    DEBIT_ACCOUNT_NOT_FOUND(21),
    CREDIT_ACCOUNT_NOT_FOUND(22),
    ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER(23),
    TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS(24),
    PENDING_TRANSFER_NOT_FOUND(25),
    PENDING_TRANSFER_NOT_PENDING(26),
    PENDING_TRANSFER_HAS_DIFFERENT_DEBIT_ACCOUNT_ID(27),
    PENDING_TRANSFER_HAS_DIFFERENT_CREDIT_ACCOUNT_ID(28),
    PENDING_TRANSFER_HAS_DIFFERENT_LEDGER(29),
    PENDING_TRANSFER_HAS_DIFFERENT_CODE(30),
    EXCEEDS_PENDING_TRANSFER_AMOUNT(31),
    PENDING_TRANSFER_HAS_DIFFERENT_AMOUNT(32),
    PENDING_TRANSFER_ALREADY_POSTED(33),
    PENDING_TRANSFER_ALREADY_VOIDED(34),
    PENDING_TRANSFER_EXPIRED(35),
    IMPORTED_EVENT_TIMESTAMP_MUST_NOT_REGRESS(60),
    IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_DEBIT_ACCOUNT(61),
    IMPORTED_EVENT_TIMESTAMP_MUST_POSTDATE_CREDIT_ACCOUNT(62),
    IMPORTED_EVENT_TIMEOUT_MUST_BE_ZERO(63),
    DEBIT_ACCOUNT_ALREADY_CLOSED(65),
    CREDIT_ACCOUNT_ALREADY_CLOSED(66),
    OVERFLOWS_DEBITS_PENDING(47),
    OVERFLOWS_CREDITS_PENDING(48),
    OVERFLOWS_DEBITS_POSTED(49),
    OVERFLOWS_CREDITS_POSTED(50),
    OVERFLOWS_DEBITS(51),
    OVERFLOWS_CREDITS(52),
    OVERFLOWS_TIMEOUT(53),
    EXCEEDS_CREDITS(54),
    EXCEEDS_DEBITS(55);

    private static final CreateTransferStatus[] BY_CODE = new CreateTransferStatus[values().length];

    static {
        for (CreateTransferStatus status : values()) {
            BY_CODE[status == CREATED ? 0 : status.code] = status;
        }
    }

    private final int code;

    CreateTransferStatus(int code) {
        this.code = code;
    }

    /** The status with this number, dense or sparse: both 0 and 0xFFFFFFFF are {@link #CREATED}. */
    public static CreateTransferStatus ofCode(int code) {
        if (code == CreateStatus.CREATED_CODE) {
            return CREATED;
        }
        if (code < 0 || code >= BY_CODE.length) {
            throw new IllegalArgumentException("transfer status " + code + " is unknown");
        }
        return BY_CODE[code];
    }

    /**
     * Whether the failure depends on the state of the book and not on the transfer alone: the id of such a transfer is used up,
     * so that a retry cannot succeed after the client was told of the failure.
     */
    public boolean isTransient() {
        return switch (this) {
            case DEBIT_ACCOUNT_NOT_FOUND,
                    CREDIT_ACCOUNT_NOT_FOUND,
                    PENDING_TRANSFER_NOT_FOUND,
                    EXCEEDS_CREDITS,
                    EXCEEDS_DEBITS,
                    DEBIT_ACCOUNT_ALREADY_CLOSED,
                    CREDIT_ACCOUNT_ALREADY_CLOSED -> true;
            default -> false;
        };
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
