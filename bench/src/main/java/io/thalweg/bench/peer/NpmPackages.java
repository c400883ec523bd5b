package io.thalweg.bench.peer;

import io.thalweg.bench.load.Children;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fetches a peer's packages with npm into a folder, once, beside the program that uses them. Nothing that ships depends on them. */
public final class NpmPackages {
    private NpmPackages() {}

    /**
     * The folder, with the programs and their packages.
     *
     * @param beside a class beside whose {@code package.json}, among the resources, says what is wanted
     * @param programs that lie there, too
     * @param folder where they are kept from one run to the next
     * @throws IOException also when there is no npm on the machine, or it cannot fetch the packages
     */
    public static Path install(Class<?> beside, List<String> programs, Path folder)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<String> files = new ArrayList<>(List.of("package.json"));
        files.addAll(programs);
        for (String name : files) {
            copy(beside, name, folder);
        }
        if (!Files.exists(folder.resolve("node_modules"))) {
            Path log = folder.resolve("npm.log");
            Process npm =
                    Children.watched(new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start());
            if (npm.waitFor() != 0) {
                throw new IOException("npm failed; see " + log);
            }
        }
        return folder;
    }

    private static void copy(Class<?> beside, String resource, Path folder) throws IOException {
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the resource " + resource + " is missing from this build");
            }
            Files.write(folder.resolve(resource), in.readAllBytes());
        }
    }
}
