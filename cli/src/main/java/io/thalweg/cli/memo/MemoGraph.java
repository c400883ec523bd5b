package io.thalweg.cli.memo;

import io.thalweg.cli.api.Access;
import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "graph",
        description = "Print who follows whom among an object's memos, for Graphviz: pipe it into dot -Tsvg.",
        mixinStandardHelpOptions = true)
final class MemoGraph implements Callable<Integer> {
    @Mixin
    private final Access access = new Access();

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "OBJECT", description = "The object's id.")
    private String object = "";

    @Override
    public Integer call() throws Exception {
        try (Api api = access.open()) {
            JsonNode memos = api.get("/objects/" + Api.escape(object) + "/history");
            if (output.isJson()) {
                output.say("", memos);
                return 0;
            }
            output.out().println("digraph memos {");
            for (JsonNode memo : memos.path("memos")) {
                String id = memo.path("memo_id").asString();
                output.out()
                        .println("  \"" + brief(id) + "\" [label=\"" + brief(id) + "\\n"
                                + memo.path("kind").asString() + "\"];");
                for (JsonNode precursor : memo.path("precursors")) {
                    output.out().println("  \"" + brief(id) + "\" -> \"" + brief(precursor.asString()) + "\";");
                }
            }
            output.out().println("}");
            return 0;
        }
    }

    private static String brief(String id) {
        return id.substring(0, Math.min(8, id.length()));
    }
}
