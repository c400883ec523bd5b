package io.thalweg.cli.memo;

import io.thalweg.cli.api.Api;
import io.thalweg.cli.terminal.Column;
import io.thalweg.cli.terminal.Output;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "hash",
        description = "Compute a memo's id from what it says, without a server; docs/memo-format.md tells the form.",
        mixinStandardHelpOptions = true)
final class MemoHashCommand implements Callable<Integer> {
    private static final List<Column> HASH = List.of(Column.of("MEMO", "memo_id"), Column.of("FORM", "form"));

    @Mixin
    private final Output output = new Output();

    @Parameters(paramLabel = "FILE.json", description = "What the memo says.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws Exception {
        Memo memo = MemoDocument.parse(Api.JSON.readTree(Files.readAllBytes(file)));
        ObjectNode answer = Api.JSON
                .createObjectNode()
                .put("memo_id", memo.id().toString())
                .put("form", HexFormat.of().formatHex(MemoCodec.encode(memo)));
        output.show(answer, HASH);
        return 0;
    }
}
