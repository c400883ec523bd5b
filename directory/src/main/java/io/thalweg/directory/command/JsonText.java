package io.thalweg.directory.command;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One flat JSON object, written in the order of the calls. It exists because audit events are part of what apply checks: the
 * same command must give the same bytes on every replica and in every release, which no library promises.
 */
final class JsonText {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder("{");

    JsonText text(String name, String value) {
        name(name);
        quote(value);
        return this;
    }

    JsonText number(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    JsonText bool(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    JsonText texts(String name, List<String> values) {
        name(name);
        text.append('[');
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                text.append(',');
            }
            quote(values.get(i));
        }
        text.append(']');
        return this;
    }

    byte[] toBytes() {
        return (text + "}").getBytes(StandardCharsets.UTF_8);
    }

    private void name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':');
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f) {
                text.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
