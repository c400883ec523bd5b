package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./thalweg} itself sees to, before a JVM runs. */
class LauncherIT {
    private static final String NOWHERE = " --url http://127.0.0.1:1 --api-key k";

    @TempDir
    private Path directory = Path.of("");

    private record Ran(int status, String text) {}

    private Ran bash(String script) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of("bash", "-c", script)).redirectErrorStream(true);
        builder.directory(directory.toFile());
        builder.environment()
                .put("thalweg", DevProcess.REPOSITORY.resolve("thalweg").toString());
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), text.strip());
    }

    @Test
    void withStandardInputClosedNothingElseIsRead() throws Exception {
        Ran ran = bash("exec 0<&-; \"$thalweg\" ledger import accounts" + NOWHERE);
        assertThat(ran.text()).isEqualTo("thalweg: the first line names the columns, and one of them is id");
    }

    @Test
    void withStandardOutputClosedTheCommandFails() throws Exception {
        Ran ran = bash("\"$thalweg\" --version >&-");
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.text()).startsWith("thalweg: cannot write the output");
    }

    @Test
    void namesSurviveALocaleWithoutUtf8() throws Exception {
        Ran ran = bash("LC_ALL=C \"$thalweg\" log append x 'gr\u00f6\u00dfe'" + NOWHERE);
        assertThat(ran.text()).isEqualTo("thalweg: no such file: gr\u00f6\u00dfe");
    }

    @Test
    void aFullDiskIsSeenAndAClosedPipeIsQuiet() throws Exception {
        assertThat(bash("\"$thalweg\" --help > /dev/full").text())
                .isEqualTo("thalweg: cannot write the output: No space left on device");
        assertThat(bash("\"$thalweg\" generate-completion | head -1").text()).isEqualTo("#!/usr/bin/env bash");
    }
}
