package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
    @TempDir
    private Path directory = Path.of("");

    /** What bash offers for the last of the words. */
    private String offered(Path script, String... words) throws Exception {
        String last = String.valueOf(words.length - 1);
        String asks = "source " + script + " && COMP_WORDS=(" + String.join(" ", words) + ") && COMP_CWORD=" + last
                + " && _complete_thalweg && echo \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder(List.of("bash", "-c", asks))
                .redirectErrorStream(true)
                .start();
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void bashCompletesCommandsAndTheirSubcommands() throws Exception {
        StringWriter out = new StringWriter();
        int status = Main.commandLine(new PrintWriter(out), new PrintWriter(new StringWriter()))
                .execute("generate-completion");
        assertThat(status).isZero();
        Path script = Files.writeString(directory.resolve("thalweg_completion"), out.toString());
        assertThat(offered(script, "thalweg", "led")).isEqualTo("ledger");
        assertThat(offered(script, "thalweg", "ledger", "tr")).isEqualTo("transfer");
        assertThat(offered(script, "thalweg", "view", "dep")).isEqualTo("deploy");
    }
}
