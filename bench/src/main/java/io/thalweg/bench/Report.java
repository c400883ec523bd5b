package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/** What a run writes for machines: one JSON object with the circumstances and the results. */
final class Report {
    static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root = JSON.createObjectNode();

    Report(String benchmark) {
        root.put("benchmark", benchmark);
        root.put("at", Instant.now().toString());
        root.put("java", System.getProperty("java.vm.version"));
        root.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        root.put("processors", Runtime.getRuntime().availableProcessors());
    }

    ObjectNode root() {
        return root;
    }

    /** Writes to {@code file}, or to {@code NAME.json} in the work folder when none was asked for. */
    Path write(@Nullable Path file, Path work) throws IOException {
        Path target = file == null ? work.resolve(root.get("benchmark").asString() + ".json") : file;
        Files.writeString(target, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
        return target;
    }
}
