package io.thalweg.ledger.store.schema;

import io.thalweg.ledger.store.Records;
import java.util.List;

/**
 * What a store of {@link Records} needs to know of a record. Offsets are in bytes from the record's start; the layouts are
 * those of the wire.
 *
 * @param recordBytes size of a record, a power of two from 64 to 4096
 * @param idOffset where the id (u128) is, or -1 when records are not looked up by id
 * @param timestampOffset where the timestamp (u64, ns) is, which grows from record to record
 * @param sums whether counts and sums of amounts are kept by ledger, code, kind and minute
 * @param fields the indexed fields
 */
public record Schema(int recordBytes, int idOffset, int timestampOffset, boolean sums, List<Field> fields) {
    private static final int PENDING = 2;
    private static final int CLOSING_DEBIT = 64;
    private static final int CLOSING_CREDIT = 128;

    static final int TIMESTAMP_OFFSET = 120;
    public static final int AMOUNT_OFFSET = 48;
    public static final int LEDGER_OFFSET = 112;
    public static final int CODE_OFFSET = 116;
    public static final int FLAGS_OFFSET = 118;

    /** The flags by which sums are kept apart: pending, post, void. */
    public static final int KIND_FLAGS = 2 | 4 | 8;

    public static final Field DEBIT_ACCOUNT = Field.all("debit_account_id", Field.Kind.U128, 16);
    public static final Field CREDIT_ACCOUNT = Field.all("credit_account_id", Field.Kind.U128, 32);
    public static final Field PENDING_ID = Field.nonZero("pending_id", Field.Kind.U128, 64);
    public static final Field USER_DATA_128 = Field.nonZero("user_data_128", Field.Kind.U128, 80);
    public static final Field USER_DATA_64 = Field.nonZero("user_data_64", Field.Kind.U64, 96);
    public static final Field USER_DATA_32 = Field.nonZero("user_data_32", Field.Kind.U32, 104);
    public static final Field LEDGER = Field.all("ledger", Field.Kind.U32, LEDGER_OFFSET);
    public static final Field CODE = Field.all("code", Field.Kind.U16, CODE_OFFSET);
    /** By {@link Field#bucket}. */
    public static final Field AMOUNT = Field.all("amount", Field.Kind.AMOUNT, AMOUNT_OFFSET);

    /** The debit account of pending transfers only. */
    public static final Field PENDING_DEBIT_ACCOUNT =
            Field.flagged("pending_debit_account_id", Field.Kind.U128, 16, FLAGS_OFFSET, PENDING);
    /** The credit account of pending transfers only. */
    public static final Field PENDING_CREDIT_ACCOUNT =
            Field.flagged("pending_credit_account_id", Field.Kind.U128, 32, FLAGS_OFFSET, PENDING);

    /** The second since 1970 in which a pending transfer with a timeout expires. */
    public static final Field EXPIRES = new Field("expires", Field.Kind.EXPIRY, 108, false, FLAGS_OFFSET, PENDING);

    /** The ledger of pending transfers only. */
    public static final Field PENDING_LEDGER =
            Field.flagged("pending_ledger", Field.Kind.U32, LEDGER_OFFSET, FLAGS_OFFSET, PENDING);
    /** The debit account of transfers that close it. */
    public static final Field CLOSING_DEBIT_ACCOUNT =
            Field.flagged("closing_debit_account_id", Field.Kind.U128, 16, FLAGS_OFFSET, CLOSING_DEBIT);
    /** The credit account of transfers that close it. */
    public static final Field CLOSING_CREDIT_ACCOUNT =
            Field.flagged("closing_credit_account_id", Field.Kind.U128, 32, FLAGS_OFFSET, CLOSING_CREDIT);
    /** The slot of the pending transfer, of expiries only. */
    public static final Field PENDING_SLOT = Field.all("pending_slot", Field.Kind.U64, 64);

    /** A transfer of 128 bytes and both accounts' balances after it. */
    public static final Schema TRANSFERS = new Schema(
            256,
            0,
            120,
            true,
            List.of(
                    DEBIT_ACCOUNT,
                    CREDIT_ACCOUNT,
                    PENDING_ID,
                    USER_DATA_128,
                    USER_DATA_64,
                    USER_DATA_32,
                    LEDGER,
                    CODE,
                    AMOUNT,
                    PENDING_DEBIT_ACCOUNT,
                    PENDING_CREDIT_ACCOUNT,
                    PENDING_LEDGER,
                    CLOSING_DEBIT_ACCOUNT,
                    CLOSING_CREDIT_ACCOUNT,
                    EXPIRES));

    /** The expiry of a pending transfer; found by account, time and pending transfer. */
    public static final Schema EXPIRIES =
            new Schema(256, -1, 120, false, List.of(DEBIT_ACCOUNT, CREDIT_ACCOUNT, PENDING_SLOT));

    /** Accounts as they were created; their balances are elsewhere. */
    public static final Schema ACCOUNTS =
            new Schema(128, -1, 120, false, List.of(USER_DATA_128, USER_DATA_64, USER_DATA_32, LEDGER, CODE));

    public Schema {
        if (Integer.bitCount(recordBytes) != 1 || recordBytes < 64 || recordBytes > 4096) {
            throw new IllegalArgumentException(
                    "records of " + recordBytes + " bytes, expected a power of two, 64 to 4096");
        }
        fields = List.copyOf(fields);
    }

    /** The number of a field in this schema. */
    public int number(Field field) {
        int number = fields.indexOf(field);
        if (number < 0) {
            throw new IllegalArgumentException(field.name() + " is not indexed here");
        }
        return number;
    }
}
