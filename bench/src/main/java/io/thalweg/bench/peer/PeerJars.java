package io.thalweg.bench.peer;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Fetches a peer's jars with the repository's Maven wrapper into a folder, once. Nothing that ships depends on them. */
public final class PeerJars {
    private static final String DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

    private PeerJars() {}

    /**
     * The folder of jars.
     *
     * @param name of the folder and of the log beside it
     * @param beside a class beside whose {@code pom.xml}, among the resources, says what is wanted
     * @param work where it is kept from one run to the next
     * @param repository where {@code mvnw} is
     */
    public static Path resolve(String name, Class<?> beside, Path work, Path repository)
            throws IOException, InterruptedException {
        Path jars = work.resolve(name + "-jars");
        Path complete = jars.resolve("complete");
        if (Files.exists(complete)) {
            return jars;
        }
        Files.createDirectories(jars);
        Path pom = copy(beside, "pom.xml", work.resolve(name + "-pom.xml"));
        Path log = work.resolve(name + "-resolve.log");
        Process maven = new ProcessBuilder(List.of(
                        repository.resolve("mvnw").toString(),
                        "--batch-mode",
                        "--no-transfer-progress",
                        "-f",
                        pom.toString(),
                        DEPENDENCY_PLUGIN + ":copy-dependencies",
                        "-DoutputDirectory=" + jars.toAbsolutePath()))
                .directory(repository.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (maven.waitFor() != 0) {
            throw new IOException(name + " could not be resolved from Maven Central; see " + log);
        }
        Files.createFile(complete);
        return jars;
    }

    /** The command of a load generator: a single-file program among the resources, beside a peer's jars. */
    public static List<String> loadCommand(Path jars, Class<?> beside, String source, Path work, String benchClasses)
            throws IOException {
        return List.of(
                javaBinary(),
                "-Xmx1g",
                "-Xms1g",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                jars + "/*" + File.pathSeparator + benchClasses,
                copy(beside, source, work.resolve(source)).toString());
    }

    /** The java that runs this program. */
    public static String javaBinary() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static Path copy(Class<?> beside, String resource, Path target) throws IOException {
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the resource " + resource + " is missing from this build");
            }
            Files.write(target, in.readAllBytes());
        }
        return target;
    }
}
