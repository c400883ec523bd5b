package io.thalweg.cli.view;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "options",
        description = "Show what is changed of a view in Java that runs, and change it without deploying anything.",
        mixinStandardHelpOptions = true)
final class ViewOptions implements Callable<Integer> {
    private static final List<String> NAMES =
            List.of("on_poison", "attempts", "step_inputs", "patience_ms", "steps_kept", "take_over");

    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "on_poison=park|dead_letters, attempts=N, step_inputs=N, patience_ms=N, steps_kept=N,"
                    + " take_over=automatic|manual.")
    private Map<String, String> set = Map.of();

    @Option(names = "--reset", paramLabel = "NAME", description = "As the class says, or as it is unless said.")
    private List<String> reset = List.of();

    @Override
    public Integer call() throws Exception {
        List<String> named = new ArrayList<>(set.keySet());
        named.addAll(reset);
        for (String name : named) {
            if (!NAMES.contains(name)) {
                throw new Failure("there is no option " + name + ", only " + String.join(", ", NAMES));
            }
        }
        try (Api api = target.access.open()) {
            String path = target.path(api);
            JsonNode options = api.get(path).path("options");
            if (!named.isEmpty()) {
                ObjectNode changed = Api.JSON.createObjectNode();
                NAMES.stream()
                        .filter(name -> !options.path(name).isNull() && !named.contains(name))
                        .forEach(name -> changed.set(name, options.get(name)));
                set.forEach((name, value) -> {
                    if (value.chars().allMatch(c -> c >= '0' && c <= '9') && value.length() < 19) {
                        changed.put(name, Long.parseLong(value));
                    } else {
                        changed.put(name, value);
                    }
                });
                target.output.show(api.put(path + "/options", changed).path("options"), columns());
                return 0;
            }
            target.output.show(options, columns());
            return 0;
        }
    }

    private static List<Column> columns() {
        return NAMES.stream()
                .map(name -> Column.of(name.replace('_', ' '), name))
                .toList();
    }
}
