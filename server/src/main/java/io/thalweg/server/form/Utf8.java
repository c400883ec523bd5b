package io.thalweg.server.form;

import io.thalweg.model.ErrorCode;
import io.thalweg.model.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
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

    /** The bytes of a text; refused when half of a surrogate pair stands alone, which no UTF-8 can say. */
    public static byte[] encode(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new ThalwegException(
                            ErrorCode.INVALID_REQUEST,
                            what + " has half of a surrogate pair at character " + i + ", which is no text");
                }
                i++;
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The value of a header, of which each byte came as a character, as UTF-8. */
    public static String ofHeader(String raw, String what) {
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) > 0x7f) {
                return decode(raw.getBytes(StandardCharsets.ISO_8859_1), what);
            }
        }
        return raw;
    }

    /** Whether the bytes are UTF-8; the buffer does not move. */
    public static boolean isText(ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer scratch = CharBuffer.allocate(1 << 10);
        ByteBuffer in = bytes.duplicate();
        while (true) {
            CoderResult result = decoder.decode(in, scratch.clear(), true);
            if (result.isError()) {
                return false;
            }
            if (result.isUnderflow()) {
                return true;
            }
        }
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
