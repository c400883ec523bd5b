package io.thalweg.directory.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The text of audit events is a format on disk. */
final class JsonTextTest {
    @Test
    void controlCharactersAreEscaped() {
        assertThat(new String(
                        new JsonText()
                                .text("a", "\u0000\n\u001f\u007f")
                                .texts("b", List.of("x", "\""))
                                .number("c", -1)
                                .bool("d", true)
                                .toBytes(),
                        StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":\"\\u0000\\u000a\\u001f\\u007f\",\"b\":[\"x\",\"\\\"\"],\"c\":-1,\"d\":true}");
    }
}
