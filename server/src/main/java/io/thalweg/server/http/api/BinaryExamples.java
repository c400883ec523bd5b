package io.thalweg.server.http.api;

import io.thalweg.ledger.layout.AccountLayout;
import io.thalweg.ledger.layout.TransferLayout;
import io.thalweg.server.form.MediaTypes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Examples of bodies that are bytes and have a form of their own. JSON cannot hold them, so that the document names them by an address
 * which is the bytes themselves ({@code data:}). What others compile, components and jars, has none.
 */
final class BinaryExamples {
    private static final String BATCH = "append_batch";

    private static final Map<String, Example> ALL = Map.of(
            key("append_log", MediaTypes.BINARY),
            new Example("payload", "The payload of one event, here text.", utf8("two apples")),
            key(BATCH, MediaTypes.BINARY),
            new Example("delimited", "Two payloads, with delimiter=%0A.", utf8("two apples\none pear")),
            key(BATCH, MediaTypes.FRAMES),
            new Example(
                    "one_frame", "Length 26, flags 3: content type text/plain, key pear, then the payload.", frame()),
            key("create_accounts", MediaTypes.RECORDS),
            new Example("one_account", "Account 1 of ledger 700 with code 10, in 128 bytes.", account()),
            key("create_transfers", MediaTypes.RECORDS),
            new Example(
                    "one_transfer",
                    "Transfer 1 of 250 from account 1 to 2, ledger 700, code 1, in 128 bytes.",
                    transfer()),
            key("lookup_accounts", MediaTypes.RECORDS),
            new Example("two_ids", "The ids 1 and 2, 16 bytes each, little-endian.", ids()),
            key("lookup_transfers", MediaTypes.RECORDS),
            new Example("two_ids", "The ids 1 and 2, 16 bytes each, little-endian.", ids()));

    private BinaryExamples() {}

    /** @param name letters, digits and _ */
    record Example(String name, String summary, byte[] bytes) {
        /** The address that is the bytes. */
        String address(String mediaType) {
            return "data:" + mediaType + ";base64," + Base64.getEncoder().encodeToString(bytes);
        }
    }

    /** An example of an operation's body in a form that is no text; empty if there is none. */
    static Optional<Example> of(String operation, String mediaType) {
        return Optional.ofNullable(ALL.get(key(operation, mediaType)));
    }

    private static String key(String operation, String mediaType) {
        return operation + " " + mediaType;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] frame() {
        byte[] type = utf8("text/plain");
        byte[] key = utf8("pear");
        byte[] payload = utf8("one pear");
        int length = 1 + 1 + type.length + 2 + key.length + payload.length;
        return bytes(4 + length)
                .putInt(length)
                .put((byte) 3)
                .put((byte) type.length)
                .put(type)
                .putShort((short) key.length)
                .put(key)
                .put(payload)
                .array();
    }

    private static byte[] account() {
        return bytes(AccountLayout.BYTES)
                .putLong(AccountLayout.ID, 1)
                .putInt(AccountLayout.LEDGER, 700)
                .putShort(AccountLayout.CODE, (short) 10)
                .array();
    }

    private static byte[] transfer() {
        return bytes(TransferLayout.BYTES)
                .putLong(TransferLayout.ID, 1)
                .putLong(TransferLayout.DEBIT_ACCOUNT_ID, 1)
                .putLong(TransferLayout.CREDIT_ACCOUNT_ID, 2)
                .putLong(TransferLayout.AMOUNT, 250)
                .putInt(TransferLayout.LEDGER, 700)
                .putShort(TransferLayout.CODE, (short) 1)
                .array();
    }

    private static byte[] ids() {
        return bytes(32).putLong(0, 1).putLong(16, 2).array();
    }
}
