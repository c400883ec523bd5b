package io.thalweg.bench.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Fetches Kafka with the repository's Maven wrapper into a folder, once. */
public final class KafkaJars {
    private static final String DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

    private KafkaJars() {}

    /**
     * The folder of jars.
     *
     * @param work where it is kept from one run to the next
     * @param repository where {@code mvnw} is
     */
    public static Path resolve(Path work, Path repository) throws IOException, InterruptedException {
        Path jars = work.resolve("kafka-jars");
        Path complete = jars.resolve("complete");
        if (Files.exists(complete)) {
            return jars;
        }
        Files.createDirectories(jars);
        Path pom = copy("pom.xml", work.resolve("kafka-pom.xml"));
        Path log = work.resolve("kafka-resolve.log");
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
            throw new IOException("Kafka could not be resolved from Maven Central; see " + log);
        }
        Files.createFile(complete);
        return jars;
    }

    /** Puts one of this package's resources into a file. */
    static Path copy(String resource, Path target) throws IOException {
        try (InputStream in = KafkaJars.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the resource " + resource + " is missing from this build");
            }
            Files.write(target, in.readAllBytes());
        }
        return target;
    }
}
