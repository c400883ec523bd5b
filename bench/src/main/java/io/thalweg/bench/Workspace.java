package io.thalweg.bench;

import io.thalweg.bench.node.NodeProcess;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a benchmark works, and what it starts: options that all of them have. */
final class Workspace {
    private static final String COMPONENT = "examples/views/counter-c.wasm";

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description = "Where data, logs and fetched jars go; default target/bench in the repository.")
    private @Nullable Path work;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Where to write the results; default NAME.json in the work folder.")
    @Nullable
    Path json;

    @Option(names = "--thalweg", paramLabel = "FILE", description = "The thalweg script to start nodes with.")
    private @Nullable Path launcher;

    @Option(names = "--component", paramLabel = "FILE", description = "A counter component; default " + COMPONENT + ".")
    private @Nullable Path component;

    Path launcher() {
        return launcher == null ? NodeProcess.launcher() : launcher.toAbsolutePath();
    }

    Path repository() {
        return launcher().resolveSibling("").toAbsolutePath().normalize();
    }

    Path folder() throws IOException {
        Path folder = work == null ? repository().resolve("target/bench") : work.toAbsolutePath();
        return Files.createDirectories(folder);
    }

    /** The counter that views are measured with; null when this build has none. */
    byte @Nullable [] component() throws IOException {
        Path file = component == null ? repository().resolve(COMPONENT) : component;
        return Files.exists(file) ? Files.readAllBytes(file) : null;
    }

    byte[] needComponent() throws IOException {
        byte[] bytes = component();
        if (bytes == null) {
            throw new IOException(
                    "there is no component at " + repository().resolve(COMPONENT) + "; name one with --component");
        }
        return bytes;
    }

    /** An empty folder of this name. */
    Path fresh(String name) throws IOException {
        Path folder = folder().resolve(name);
        delete(folder);
        return Files.createDirectories(folder);
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Bytes of all files below a folder. */
    static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** The command of a load generator that needs nothing foreign: {@code http}, {@code streams}, {@code raw} or {@code raw-grow}. */
    static List<String> loadCommand(String kind) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Xms1g",
                "-cp",
                System.getProperty("java.class.path"),
                "io.thalweg.bench.load.LoadWorker",
                kind);
    }

    /** This module's own classes, for a JVM that has everything else from elsewhere. */
    static String benchClasses() throws IOException {
        try {
            return Path.of(Workspace.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IOException("this module's classes are in no place that has a path", e);
        }
    }
}
