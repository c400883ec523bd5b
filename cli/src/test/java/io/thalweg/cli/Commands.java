package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cli.api.Api;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Commands as a script gives them, one after the other, in this process.
 *
 * @param directory in which the node that they ask was started
 */
record Commands(Path directory) {
    /** What one command printed and how it ended. */
    record Ran(int status, String out, String err) {
        JsonNode json() {
            return Api.JSON.readTree(out);
        }
    }

    static JsonNode json(Object value) {
        return Api.JSON.valueToTree(value);
    }

    Ran run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!arguments[0].equals("verify")) {
            all.addAll(List.of("--data", directory.resolve(".thalweg").toString()));
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                Main.commandLine(new PrintWriter(out), new PrintWriter(err)).execute(all.toArray(String[]::new));
        return new Ran(status, out.toString().strip(), err.toString().strip());
    }

    /** The same of one that is to succeed. */
    Ran done(String... arguments) {
        Ran ran = run(arguments);
        assertThat(ran.status()).as("%s: %s", List.of(arguments), ran.err()).isZero();
        return ran;
    }
}
