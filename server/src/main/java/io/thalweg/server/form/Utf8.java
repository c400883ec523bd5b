package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Bytes of a client as text, or the refusal of what is none. */
public final class Utf8 {
    private Utf8() {}

    /** The text, or a refusal that says what was not text. */
    public static String decode(byte[] bytes, String what) {
        String text = decodeOrNull(ByteBuffer.wrap(bytes));
        if (text == null) {
            throw new ThalwegException(ErrorCode.INVALID_REQUEST, what + " is not UTF-8");
        }
        return text;
    }

    /** The text, or null when the bytes are not UTF-8; the buffer does not move. */
    public static @Nullable String decodeOrNull(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
