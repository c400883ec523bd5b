package io.thalweg.server.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.model.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Bodies with delimiters, held to what splitting by the JDK gives. */
class DelimitedTest {
    private static List<String> parse(String body, String delimiter) {
        List<String> payloads = new ArrayList<>();
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        // What lies behind the length belongs to another request.
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 16);
        Delimited.parse(
                longer,
                bytes.length,
                delimiter.getBytes(StandardCharsets.ISO_8859_1),
                null,
                (_, _, _, from, offset, length) ->
                        payloads.add(new String(from, offset, length, StandardCharsets.ISO_8859_1)));
        return payloads;
    }

    @Test
    void payloadsAreWhatStandsBetweenDelimitersAndNothingIsNoPayload() {
        Random random = new Random(20_261_128);
        for (int round = 0; round < 2_000; round++) {
            String delimiter = List.of("a", "ab", "aab", "\n", "\r\n", "aa").get(random.nextInt(6));
            StringBuilder body = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                body.append("aab\r\n\u00ff".charAt(random.nextInt(6)));
            }
            List<String> expected = Arrays.stream(body.toString().split(Pattern.quote(delimiter), -1))
                    .filter(payload -> !payload.isEmpty())
                    .toList();
            assertThat(parse(body.toString(), delimiter))
                    .as("%s by %s", body, delimiter)
                    .isEqualTo(expected);
        }
    }

    @Test
    void aDelimiterOfNoOrTooManyBytesIsRefused() {
        assertThatThrownBy(() -> parse("a", ""))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("0 bytes");
        assertThatThrownBy(() -> parse("a", "x".repeat(65))).hasMessageContaining("65 bytes, expected 1 to 64");
        assertThat(parse("a" + "x".repeat(64) + "b", "x".repeat(64))).containsExactly("a", "b");
    }
}
