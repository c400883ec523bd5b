package io.thalweg.bench.memos;

import io.thalweg.bench.load.Children;
import io.thalweg.bench.peer.NpmPackages;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Automerge, automerge-repo and Loro by npm, on the same edits, in a process of Node.js. */
public final class NodePeers {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Objects with more edits are not made there: Automerge slows down with each, and took more than half an hour for 100,000. */
    private static final int EDITS_MAX = 10_000;

    private NodePeers() {}

    /**
     * What they say: {@code system}, {@code edits}, {@code editsPerSecond}, {@code warmNs}, {@code coldNs}, {@code storedBytes}.
     *
     * @param work where packages are kept from one run to the next
     * @throws IOException also when there is no Node.js on the machine, or npm cannot fetch the packages
     */
    public static List<JsonNode> measure(Path work, List<Integer> edits) throws IOException, InterruptedException {
        Path folder = NpmPackages.install(NodePeers.class, List.of("peers.mjs"), work.resolve("memo-peers"));
        Process node = Children.watched(new ProcessBuilder(
                        "node",
                        "--max-old-space-size=4096",
                        "peers.mjs",
                        edits.stream()
                                .filter(each -> each <= EDITS_MAX)
                                .map(String::valueOf)
                                .collect(Collectors.joining(",")))
                .directory(folder.toFile())
                .redirectError(folder.resolve("peers.log").toFile())
                .start());
        List<JsonNode> rows = new ArrayList<>();
        try (BufferedReader out = node.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("{")) {
                    rows.add(JSON.readTree(line));
                }
            }
        }
        if (node.waitFor() != 0) {
            throw new IOException("the peers of Node.js failed; see " + folder.resolve("peers.log"));
        }
        return rows;
    }
}
