package io.thalweg.bench.flink;

import io.thalweg.bench.javaviews.Workload;
import io.thalweg.bench.peer.PeerJars;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The program of Apache Flink among the resources, and the jars that it needs. */
public final class FlinkPrograms {
    /** What Flink's own scripts give the JVM on new versions of Java, as far as these jobs need it. */
    private static final List<String> FLAGS = List.of(
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private static final String PROGRAM = "FlinkApp";

    private FlinkPrograms() {}

    /** The folder of the jars of Flink and its connector to Kafka, which are fetched once. */
    public static Path jars(Path work, Path repository) throws IOException, InterruptedException {
        return PeerJars.resolve("flink", FlinkPrograms.class, work, repository);
    }

    /**
     * The command of a pipeline; see {@code FlinkApp.java}.
     *
     * @param changes the topic that it writes what it has counted to
     * @param state folder of its stores and checkpoints
     */
    public static List<String> app(
            Path jars,
            Path work,
            String benchClasses,
            String servers,
            Workload workload,
            String name,
            String changes,
            Path state)
            throws IOException {
        List<String> command =
                new ArrayList<>(PeerJars.loadCommand(jars, FlinkPrograms.class, PROGRAM + ".java", work, benchClasses));
        command.addAll(1, FLAGS);
        int classPath = command.indexOf("-cp") + 1;
        String source = command.removeLast();
        Path classes = compiled(source, whole(jars) + benchClasses, work.resolve("flink-classes"));
        command.set(classPath, command.get(classPath) + File.pathSeparator + classes);
        command.addAll(List.of(PROGRAM, servers, workload.name(), name, changes, state.toString()));
        return command;
    }

    /** The jars one by one: only the programs of a JDK know what {@code *} stands for in a class path. */
    private static String whole(Path jars) throws IOException {
        try (Stream<Path> files = Files.list(jars)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .map(file -> file + File.pathSeparator)
                    .collect(Collectors.joining());
        }
    }

    /** Flink loads operators by their names, and does not find classes that {@code java} compiles as it starts. */
    private static Path compiled(String source, String classPath, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IOException("to compile " + source + " takes a JDK, and this Java is none");
        }
        Files.createDirectories(classes);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        if (compiler.run(null, said, said, "-proc:none", "-cp", classPath, "-d", classes.toString(), source) != 0) {
            throw new IOException(source + " does not compile: " + said.toString(StandardCharsets.UTF_8));
        }
        return classes;
    }
}
