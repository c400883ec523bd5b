package io.thalweg.view.wasm;

import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewAnswer;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.ViewQuery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the tests of this module share: where components are, and short ways to talk to them. */
final class Guests {
    private static final Path EXAMPLES = Path.of("../examples/views");
    private static final Path FIXTURES = Path.of("src/test/resources/components");

    private Guests() {}

    /** A component of the examples, or one that only tests use. */
    static byte[] component(String name) {
        Path example = EXAMPLES.resolve(name + ".wasm");
        try {
            return Files.readAllBytes(Files.exists(example) ? example : FIXTURES.resolve(name + ".wasm"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ViewInstance started(ViewProgram program) {
        return started(program, ViewIndex.NONE);
    }

    static ViewInstance started(ViewProgram program, ViewIndex index) {
        ViewInstance instance = program.start(ViewLimits.DEFAULT, index, MemoryGrant.unbounded());
        instance.init();
        return instance;
    }

    /** Appends all events; returns what was refused. */
    static List<String> append(ViewInstance instance, Batch events) {
        List<String> refused = new ArrayList<>();
        while (events.next()) {
            @Nullable String error = instance.append(events);
            if (error != null) {
                refused.add(events.sequence() + ": " + error);
            }
        }
        return refused;
    }

    /** Asks with a body and parameters in pairs; the answer as text, an error with its mark. */
    static String ask(ViewInstance instance, String input, String... parameters) {
        List<ViewQuery.Parameter> list = new ArrayList<>();
        for (int i = 0; i < parameters.length; i += 2) {
            list.add(new ViewQuery.Parameter(parameters[i], parameters[i + 1]));
        }
        ViewAnswer answer = instance.query(new ViewQuery(list, input.getBytes(StandardCharsets.UTF_8)));
        return switch (answer) {
            case ViewAnswer.Result(String _, byte[] body) -> new String(body, StandardCharsets.UTF_8);
            case ViewAnswer.Refused(String message) -> "refused: " + message;
        };
    }
}
