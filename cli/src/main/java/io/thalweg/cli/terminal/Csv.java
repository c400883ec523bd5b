package io.thalweg.cli.terminal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of comma-separated values, one a line: a value with a comma or a quote in it stands in quotes, a quote twice. */
public final class Csv {
    /** What spreadsheets put before the first name. */
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final BufferedReader input;
    private int line;

    public Csv(BufferedReader input) {
        this.input = input;
    }

    /** The line that {@link #next} read last, from 1. */
    public int line() {
        return line;
    }

    /** CSV in UTF-8, with or without a byte order mark; anything else is a {@code CharacterCodingException} where it stands. */
    public static Csv of(InputStream input) {
        return new Csv(new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8.newDecoder())));
    }

    /** The values of the next line that is not empty; null at the end. */
    @Nullable
    public List<String> next() throws IOException {
        for (String text = input.readLine(); text != null; text = input.readLine()) {
            line++;
            if (line == 1 && text.startsWith(BYTE_ORDER_MARK)) {
                text = text.substring(BYTE_ORDER_MARK.length());
            }
            if (!text.isBlank()) {
                return split(text);
            }
        }
        return null;
    }

    private List<String> split(String text) {
        List<String> values = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                value.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                values.add(value.toString().strip());
                value.setLength(0);
            } else {
                value.append(c);
            }
        }
        if (quoted) {
            throw new Failure("line " + line + " opens a quote and does not close it");
        }
        values.add(value.toString().strip());
        return values;
    }

    /** A line with its end. */
    public static String row(List<String> values) {
        StringBuilder row = new StringBuilder();
        for (String value : values) {
            row.append(row.isEmpty() ? "" : ",");
            boolean plain = value.indexOf(',') < 0 && value.indexOf('"') < 0;
            row.append(plain ? value : "\"" + value.replace("\"", "\"\"") + "\"");
        }
        return row.append('\n').toString();
    }
}
