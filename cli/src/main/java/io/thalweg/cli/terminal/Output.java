package io.thalweg.cli.terminal;

import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** How results are shown: tables for people, one JSON document a line for scripts. */
public final class Output {
    @Option(names = "--json", description = "Print JSON for scripts instead of a table.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    public boolean isJson() {
        return json;
    }

    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    /** One object: JSON as it came, or a line a field. */
    public void show(JsonNode object, List<Column> fields) {
        if (json) {
            out().println(object);
            return;
        }
        int width =
                fields.stream().mapToInt(field -> field.title().length()).max().orElse(0);
        for (Column field : fields) {
            out().println((field.title() + " ".repeat(width - field.title().length() + 2) + field.text(object))
                    .stripTrailing());
        }
    }

    /** Many objects of one kind: JSON a line each, or a table. */
    public void table(JsonNode objects, List<Column> columns) {
        if (json) {
            objects.forEach(out()::println);
            return;
        }
        Table table = new Table(columns.stream().map(Column::title).toList());
        for (JsonNode object : objects) {
            table.row(columns.stream().map(column -> column.text(object)).toList());
        }
        table.print(out());
    }

    /** A table below an object that was shown, for people only: in JSON the object has it already. */
    public void note(JsonNode objects, List<Column> columns) {
        if (!json && !objects.isEmpty()) {
            out().println();
            table(objects, columns);
        }
    }

    /** A short sentence for people, or its JSON for scripts. */
    public void say(String sentence, JsonNode object) {
        out().println(json ? object.toString() : sentence);
    }
}
