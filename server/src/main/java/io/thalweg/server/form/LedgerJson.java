package io.thalweg.server.form;

import io.thalweg.ledger.LedgerRequest;
import io.thalweg.ledger.layout.AccountBalanceLayout;
import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.ChangeEventLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Accounts, transfers, balances and change events as JSON. Numbers of 64 and 128 bits are strings of decimal digits, since
 * programs that read JSON round what is larger than 2^53; coming in, smaller ones may be plain numbers. Fields are named as
 * in the protocol, and an unknown one is refused: a misspelt word must not change what is booked.
 */
public final class LedgerJson {
    /** The largest number that every JSON reader keeps as it is. */
    private static final long EXACT_MAX = 1L << 53;

    /** What stands for the largest amount, which the ledger takes as "as much as possible". */
    private static final String AMOUNT_MAX = "max";

    private LedgerJson() {}

    /** Where a field lies and how wide it is. */
    private record Field(int offset, int bits) {}

    private static final Map<String, Field> ACCOUNT = Map.ofEntries(
            Map.entry("id", new Field(AccountLayout.ID, 128)),
            Map.entry("debits_pending", new Field(AccountLayout.DEBITS_PENDING, 128)),
            Map.entry("debits_posted", new Field(AccountLayout.DEBITS_POSTED, 128)),
            Map.entry("credits_pending", new Field(AccountLayout.CREDITS_PENDING, 128)),
            Map.entry("credits_posted", new Field(AccountLayout.CREDITS_POSTED, 128)),
            Map.entry("user_data_128", new Field(AccountLayout.USER_DATA_128, 128)),
            Map.entry("user_data_64", new Field(AccountLayout.USER_DATA_64, 64)),
            Map.entry("user_data_32", new Field(AccountLayout.USER_DATA_32, 32)),
            Map.entry("ledger", new Field(AccountLayout.LEDGER, 32)),
            Map.entry("code", new Field(AccountLayout.CODE, 16)),
            Map.entry("flags", new Field(AccountLayout.FLAGS, 16)),
            Map.entry("timestamp", new Field(AccountLayout.TIMESTAMP, 64)));

    private static final Map<String, Field> TRANSFER = Map.ofEntries(
            Map.entry("id", new Field(TransferLayout.ID, 128)),
            Map.entry("debit_account_id", new Field(TransferLayout.DEBIT_ACCOUNT_ID, 128)),
            Map.entry("credit_account_id", new Field(TransferLayout.CREDIT_ACCOUNT_ID, 128)),
            Map.entry("amount", new Field(TransferLayout.AMOUNT, 128)),
            Map.entry("pending_id", new Field(TransferLayout.PENDING_ID, 128)),
            Map.entry("user_data_128", new Field(TransferLayout.USER_DATA_128, 128)),
            Map.entry("user_data_64", new Field(TransferLayout.USER_DATA_64, 64)),
            Map.entry("user_data_32", new Field(TransferLayout.USER_DATA_32, 32)),
            Map.entry("timeout", new Field(TransferLayout.TIMEOUT, 32)),
            Map.entry("ledger", new Field(TransferLayout.LEDGER, 32)),
            Map.entry("code", new Field(TransferLayout.CODE, 16)),
            Map.entry("flags", new Field(TransferLayout.FLAGS, 16)),
            Map.entry("timestamp", new Field(TransferLayout.TIMESTAMP, 64)));

    /** Accounts from an array, from one object a line, or from a single object: 128 bytes each. */
    public static ByteBuffer accounts(byte[] body) {
        return events(body, ACCOUNT, LedgerFlags.ACCOUNT);
    }

    /**
     * The same of transfers. The amount must be said, since an amount of zero is legal and rarely meant; only one that posts or
     * voids a pending transfer may leave it out, and then means all of it.
     */
    public static ByteBuffer transfers(byte[] body) {
        return events(body, TRANSFER, LedgerFlags.TRANSFER);
    }

    private static ByteBuffer events(byte[] body, Map<String, Field> fields, LedgerFlags flags) {
        Growing rows = new Growing();
        try (JsonParser parser = Json.parser(body, body.length)) {
            JsonToken token = parser.nextToken();
            boolean array = token == JsonToken.START_ARRAY;
            if (array) {
                token = parser.nextToken();
            }
            while (token != null && token != JsonToken.END_ARRAY) {
                if (token != JsonToken.START_OBJECT) {
                    throw invalid("element " + rows.count + " is no JSON object");
                }
                object(parser, rows.next(), rows.at(), fields, flags, rows.count - 1);
                token = parser.nextToken();
            }
            if (array && (token == null || parser.nextToken() != null)) {
                throw invalid("the body is more or less than one JSON array");
            }
        } catch (JacksonException e) {
            throw Json.malformed(e);
        }
        return rows.toBuffer();
    }

    private static void object(
            JsonParser parser, ByteBuffer row, int at, Map<String, Field> fields, LedgerFlags flags, int index) {
        boolean amountSaid = false;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            Field field = fields.get(name);
            if (field == null) {
                throw invalid("element " + index + " has the field '" + Numbers.shorten(name) + "', which is unknown");
            }
            JsonToken token = parser.nextToken();
            if (name.equals("flags") && token == JsonToken.START_ARRAY) {
                row.putShort(at + field.offset, (short) flagNames(parser, flags, index));
                continue;
            }
            amountSaid |= name.equals("amount");
            String what = "element " + index + ": " + name;
            put(number(parser, token, what, name, field.bits), field, row, at);
        }
        if (flags == LedgerFlags.TRANSFER && !amountSaid) {
            int set = row.getShort(at + TransferLayout.FLAGS);
            if ((set & TransferLayout.FLAG_POST_PENDING) != 0) {
                row.putLong(at + TransferLayout.AMOUNT, -1).putLong(at + TransferLayout.AMOUNT + 8, -1);
            } else if ((set & TransferLayout.FLAG_VOID_PENDING) == 0) {
                throw invalid("element " + index + " lacks 'amount'");
            }
        }
    }

    private static BigInteger number(JsonParser parser, JsonToken token, String what, String name, int bits) {
        if (token == JsonToken.VALUE_STRING) {
            String text = parser.getString();
            return name.equals("amount") && text.equals(AMOUNT_MAX)
                    ? BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE)
                    : Wide.parse(what, text, bits);
        }
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(what + " is neither a whole number nor a string of decimal digits");
        }
        BigInteger value = parser.getBigIntegerValue();
        if (value.signum() < 0 || value.bitLength() > bits) {
            throw invalid(what + " is not a number of 0 to 2^" + bits + "-1");
        }
        if (value.bitLength() > 53 && !value.equals(BigInteger.valueOf(EXACT_MAX))) {
            throw invalid(what + " is larger than 2^53: JSON readers round such numbers, so put it in quotes");
        }
        return value;
    }

    private static int flagNames(JsonParser parser, LedgerFlags flags, int index) {
        int set = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.VALUE_STRING) {
                throw invalid("element " + index + ": flags are names, or one number that holds them all");
            }
            set |= flags.bit(parser.getString());
        }
        return set;
    }

    private static void put(BigInteger value, Field field, ByteBuffer row, int at) {
        switch (field.bits) {
            case 16 -> row.putShort(at + field.offset, value.shortValue());
            case 32 -> row.putInt(at + field.offset, value.intValue());
            case 64 -> row.putLong(at + field.offset, value.longValue());
            default -> Wide.put(value, row, at + field.offset);
        }
    }

    /** Ids from {@code {"ids": […]}} or from a plain array: 16 bytes each. */
    public static ByteBuffer ids(byte[] body) {
        ByteBuffer ids = ByteBuffer.allocate(LedgerRequest.EVENTS_MAX * 16).order(ByteOrder.LITTLE_ENDIAN);
        try (JsonParser parser = Json.parser(body, body.length)) {
            JsonToken token = parser.nextToken();
            boolean object = token == JsonToken.START_OBJECT;
            if (object) {
                if (parser.nextToken() != JsonToken.PROPERTY_NAME
                        || !parser.currentName().equals("ids")) {
                    throw invalid("the body lacks 'ids', or has something else");
                }
                token = parser.nextToken();
            }
            if (token != JsonToken.START_ARRAY) {
                throw invalid("ids are an array");
            }
            for (token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (!ids.hasRemaining()) {
                    throw tooMany();
                }
                String what = "id " + ids.position() / 16;
                Wide.put(number(parser, token, what, "id", 128), ids, ids.position());
                ids.position(ids.position() + 16);
            }
            if (object && parser.nextToken() != JsonToken.END_OBJECT) {
                throw invalid("the body has something beside 'ids'");
            }
            if (parser.nextToken() != null) {
                throw invalid("the body goes on behind its end");
            }
        } catch (JacksonException e) {
            throw Json.malformed(e);
        }
        return ids.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Rows of 128 bytes that grow with what comes. */
    private static final class Growing {
        private ByteBuffer bytes =
                ByteBuffer.allocate(16 * LedgerRequest.EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private int count;

        /** The buffer with one zeroed row more. */
        ByteBuffer next() {
            if (count == LedgerRequest.EVENTS_MAX) {
                throw tooMany();
            }
            count++;
            if (count * LedgerRequest.EVENT_BYTES > bytes.capacity()) {
                ByteBuffer larger = ByteBuffer.allocate(bytes.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN);
                larger.put(0, bytes, 0, bytes.capacity());
                bytes = larger;
            }
            return bytes;
        }

        int at() {
            return (count - 1) * LedgerRequest.EVENT_BYTES;
        }

        ByteBuffer toBuffer() {
            return bytes.slice(0, count * LedgerRequest.EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    public static ThalwegException tooMany() {
        return new ThalwegException(
                ErrorCode.TOO_LARGE, "a request has at most " + LedgerRequest.EVENTS_MAX + " elements");
    }

    /** Writes one row as a JSON object. */
    @FunctionalInterface
    public interface RowWriter {
        void write(ByteBuffer rows, int at, ByteSink out);
    }

    public static void account(ByteBuffer rows, int at, ByteSink out) {
        account(rows, at, null, out);
    }

    /** @param extra more fields, beginning with a comma; null for none */
    public static void account(ByteBuffer rows, int at, @Nullable String extra, ByteSink out) {
        wide("{\"id\":", rows, at + AccountLayout.ID, out);
        wide(",\"debits_pending\":", rows, at + AccountLayout.DEBITS_PENDING, out);
        wide(",\"debits_posted\":", rows, at + AccountLayout.DEBITS_POSTED, out);
        wide(",\"credits_pending\":", rows, at + AccountLayout.CREDITS_PENDING, out);
        wide(",\"credits_posted\":", rows, at + AccountLayout.CREDITS_POSTED, out);
        userData(rows, at + AccountLayout.USER_DATA_128, out);
        out.ascii(",\"ledger\":").number(Integer.toUnsignedLong(rows.getInt(at + AccountLayout.LEDGER)));
        out.ascii(",\"code\":").number(Short.toUnsignedInt(rows.getShort(at + AccountLayout.CODE)));
        out.ascii(",\"flags\":");
        LedgerFlags.ACCOUNT.write(Short.toUnsignedInt(rows.getShort(at + AccountLayout.FLAGS)), out);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, at + AccountLayout.TIMESTAMP, out);
        out.ascii(extra == null ? "}" : extra + "}");
    }

    public static void transfer(ByteBuffer rows, int at, ByteSink out) {
        wide("{\"id\":", rows, at + TransferLayout.ID, out);
        wide(",\"debit_account_id\":", rows, at + TransferLayout.DEBIT_ACCOUNT_ID, out);
        wide(",\"credit_account_id\":", rows, at + TransferLayout.CREDIT_ACCOUNT_ID, out);
        wide(",\"amount\":", rows, at + TransferLayout.AMOUNT, out);
        wide(",\"pending_id\":", rows, at + TransferLayout.PENDING_ID, out);
        userData(rows, at + TransferLayout.USER_DATA_128, out);
        out.ascii(",\"timeout\":").number(Integer.toUnsignedLong(rows.getInt(at + TransferLayout.TIMEOUT)));
        out.ascii(",\"ledger\":").number(Integer.toUnsignedLong(rows.getInt(at + TransferLayout.LEDGER)));
        out.ascii(",\"code\":").number(Short.toUnsignedInt(rows.getShort(at + TransferLayout.CODE)));
        out.ascii(",\"flags\":");
        LedgerFlags.TRANSFER.write(Short.toUnsignedInt(rows.getShort(at + TransferLayout.FLAGS)), out);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, at + TransferLayout.TIMESTAMP, out);
        out.u8('}');
    }

    public static void balance(ByteBuffer rows, int at, ByteSink out) {
        wide("{\"debits_pending\":", rows, at + AccountBalanceLayout.DEBITS_PENDING, out);
        wide(",\"debits_posted\":", rows, at + AccountBalanceLayout.DEBITS_POSTED, out);
        wide(",\"credits_pending\":", rows, at + AccountBalanceLayout.CREDITS_PENDING, out);
        wide(",\"credits_posted\":", rows, at + AccountBalanceLayout.CREDITS_POSTED, out);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, at + AccountBalanceLayout.TIMESTAMP, out);
        out.u8('}');
    }

    private static final String[] TYPES = {"single", "pending", "posted", "voided", "expired"};

    /** A change event with its place in the order of commits. */
    public static void event(ByteBuffer rows, int at, long sequence, ByteSink out) {
        out.ascii("{\"sequence\":").number(sequence);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, at + ChangeEventLayout.TIMESTAMP, out);
        out.ascii(",\"type\":\"")
                .ascii(TYPES[rows.get(at + ChangeEventLayout.TYPE)])
                .u8('"');
        wide(",\"transfer\":{\"id\":", rows, at + ChangeEventLayout.TRANSFER_ID, out);
        wide(",\"amount\":", rows, at + ChangeEventLayout.AMOUNT, out);
        wide(",\"pending_id\":", rows, at + ChangeEventLayout.PENDING_ID, out);
        userData(rows, at + ChangeEventLayout.USER_DATA_128, out);
        out.ascii(",\"timeout\":").number(Integer.toUnsignedLong(rows.getInt(at + ChangeEventLayout.TIMEOUT)));
        out.ascii(",\"ledger\":").number(Integer.toUnsignedLong(rows.getInt(at + ChangeEventLayout.LEDGER)));
        out.ascii(",\"code\":").number(Short.toUnsignedInt(rows.getShort(at + ChangeEventLayout.CODE)));
        out.ascii(",\"flags\":");
        LedgerFlags.TRANSFER.write(Short.toUnsignedInt(rows.getShort(at + ChangeEventLayout.FLAGS)), out);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, at + ChangeEventLayout.TRANSFER_TIMESTAMP, out);
        side(
                "},\"debit_account\":{\"id\":",
                rows,
                at + ChangeEventLayout.DEBIT_ACCOUNT,
                at + ChangeEventLayout.DEBIT_ACCOUNT_TIMESTAMP,
                out);
        side(
                "},\"credit_account\":{\"id\":",
                rows,
                at + ChangeEventLayout.CREDIT_ACCOUNT,
                at + ChangeEventLayout.CREDIT_ACCOUNT_TIMESTAMP,
                out);
        out.ascii("}}");
    }

    private static void side(String before, ByteBuffer rows, int at, int timestampAt, ByteSink out) {
        wide(before, rows, at + ChangeEventLayout.ACCOUNT_ID, out);
        int balances = at + ChangeEventLayout.ACCOUNT_BALANCES;
        wide(",\"debits_pending\":", rows, balances, out);
        wide(",\"debits_posted\":", rows, balances + 16, out);
        wide(",\"credits_pending\":", rows, balances + 32, out);
        wide(",\"credits_posted\":", rows, balances + 48, out);
        userData(rows, at + ChangeEventLayout.ACCOUNT_USER_DATA_128, out);
        out.ascii(",\"code\":").number(Short.toUnsignedInt(rows.getShort(at + ChangeEventLayout.ACCOUNT_CODE)));
        out.ascii(",\"flags\":");
        LedgerFlags.ACCOUNT.write(Short.toUnsignedInt(rows.getShort(at + ChangeEventLayout.ACCOUNT_FLAGS)), out);
        out.ascii(",\"timestamp\":");
        Wide.write64(rows, timestampAt, out);
    }

    /** In all layouts the three lie side by side. */
    private static void userData(ByteBuffer rows, int at, ByteSink out) {
        wide(",\"user_data_128\":", rows, at, out);
        out.ascii(",\"user_data_64\":");
        Wide.write64(rows, at + 16, out);
        out.ascii(",\"user_data_32\":").number(Integer.toUnsignedLong(rows.getInt(at + 24)));
    }

    private static void wide(String before, ByteBuffer rows, int at, ByteSink out) {
        out.ascii(before);
        Wide.write(rows, at, out);
    }

    private static ThalwegException invalid(String message) {
        return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
    }
}
