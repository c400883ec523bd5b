package io.thalweg.server.data;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of a data directory, also while a node runs on it: then when it has come to rest. */
public final class Settled {
    /** A node that nobody asks writes once more, half a second after its last write. */
    private static final Duration REST = Duration.ofMillis(1_500);

    private Settled() {}

    /** All files and what is in them, one byte a character. */
    public static Map<String, String> content(Path data) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(data)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(
                        data.relativize(path).toString(),
                        new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
            }
        }
        return files;
    }

    /** Waits until nothing was written in a running node's directory for a while. */
    public static void awaitRest(Path data) {
        Map<Path, List<Object>> seen = new HashMap<>();
        await().atMost(Duration.ofMinutes(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(REST)
                .ignoreExceptions() // a file that went while we looked
                .until(() -> {
                    Map<Path, List<Object>> now = written(data);
                    boolean rests = now.equals(seen);
                    seen.clear();
                    seen.putAll(now);
                    return rests;
                });
    }

    private static Map<Path, List<Object>> written(Path data) throws IOException {
        Map<Path, List<Object>> files = new HashMap<>();
        try (Stream<Path> paths = Files.walk(data)) {
            for (Path path : paths.toList()) {
                files.put(path, List.of(Files.size(path), Files.getLastModifiedTime(path)));
            }
        }
        return files;
    }

    /** Copies a running node's directory as it would be found were the node killed now. */
    public static void copy(Path from, Path to) throws IOException {
        awaitRest(from);
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
