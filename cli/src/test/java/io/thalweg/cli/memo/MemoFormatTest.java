package io.thalweg.cli.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cli.api.Api;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The worked examples of docs/memo-format.md are true. */
class MemoFormatTest {
    private static final Pattern EXAMPLE = Pattern.compile(
            "```json\\n(.*?)```\\s*```\\nform ([0-9a-f\\s]+)\\nid +([0-9a-f]{64})\\n```", Pattern.DOTALL);

    @Test
    void everyExampleOfThePageHasTheFormAndTheIdThatItSays() throws IOException {
        Matcher examples = EXAMPLE.matcher(Files.readString(Path.of("../docs/memo-format.md")));
        int count = 0;
        while (examples.find()) {
            Memo memo = MemoDocument.parse(Api.JSON.readTree(examples.group(1)));
            assertThat(HexFormat.of().formatHex(MemoCodec.encode(memo)))
                    .isEqualTo(examples.group(2).replaceAll("\\s", ""));
            assertThat(memo.id()).hasToString(examples.group(3));
            count++;
        }
        assertThat(count).isGreaterThanOrEqualTo(3);
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> MemoDocument.parse(Api.JSON.readTree("{\"kind\":\"edit\"}")))
                .hasMessageContaining("needs text for tenant");
        assertThatThrownBy(() -> MemoDocument.parse(Api.JSON.readTree("{\"tennant\":\"x\"}")))
                .hasMessageContaining("a memo has no field tennant");
    }
}
