package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.thalweg.bench.node.ReadyProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./thalweg} itself sees to, before a JVM runs. */
class LauncherIT {
    private static final String NOWHERE = " --url http://127.0.0.1:1 --api-key k";

    @TempDir
    private Path directory = Path.of("");

    private record Ran(int status, String text) {}

    /** Starts that are ended at some moment. */
    private static final int ENDINGS = Integer.getInteger("thalweg.endings.count", 3);

    private static final int ENDING_MS_MAX = 8_000;

    private Ran bash(String script) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of("bash", "-c", script)).redirectErrorStream(true);
        builder.directory(directory.toFile());
        builder.environment()
                .put("thalweg", DevProcess.REPOSITORY.resolve("thalweg").toString());
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(process.waitFor(), text.strip());
    }

    @Test
    void withStandardInputClosedNothingElseIsReadAndTheCommandFails() throws Exception {
        Ran ran = bash("exec 0<&-; \"$thalweg\" ledger import accounts" + NOWHERE);
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.text()).isEqualTo("thalweg: cannot read standard input: Bad file descriptor");
    }

    @Test
    void withStandardOutputClosedTheCommandFails() throws Exception {
        Ran ran = bash("\"$thalweg\" --version >&-");
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.text()).startsWith("thalweg: cannot write the output");
    }

    @Test
    void namesSurviveALocaleWithoutUtf8() throws Exception {
        Ran ran = bash("LC_ALL=C \"$thalweg\" log append x 'gr\u00f6\u00dfe'" + NOWHERE);
        assertThat(ran.text()).isEqualTo("thalweg: no such file: gr\u00f6\u00dfe");
    }

    @Test
    void aFullDiskIsSeenAndAClosedPipeIsQuiet() throws Exception {
        assertThat(bash("\"$thalweg\" --help > /dev/full").text())
                .isEqualTo("thalweg: cannot write the output: No space left on device");
        assertThat(bash("\"$thalweg\" generate-completion | head -1").text()).isEqualTo("#!/usr/bin/env bash");
    }

    @Test
    void aStartThatIsEndedAtAnyMomentEndsAsAskedAndLeavesWhatItRunsOnAlone() throws Exception {
        long seed = Long.getLong("thalweg.seed", System.nanoTime());
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, FileTime> before = home();
        Path output = directory.resolve("output");
        for (int i = 0; i < ENDINGS; i++) {
            Process start = new ProcessBuilder(
                            DevProcess.REPOSITORY.resolve("thalweg").toString(),
                            "dev",
                            "--data",
                            directory.resolve("ended").toString(),
                            "--http",
                            "127.0.0.1:0",
                            "--ledger",
                            "127.0.0.1:0")
                    .directory(directory.toFile())
                    .redirectError(Redirect.DISCARD)
                    .redirectOutput(Redirect.to(output.toFile()))
                    .start();
            Thread.sleep(random.nextInt(ENDING_MS_MAX));
            start.destroy();
            int status = start.waitFor();
            String said = Files.readString(output);
            assertThat(status).as("ended by SIGTERM; said: %s", said).isEqualTo(128 + 15);
            assertThat(said.lines().filter(line -> !line.startsWith("ready {"))).isEmpty();
        }
        assertThat(home()).isEqualTo(before);
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.map(file -> file.getFileName().toString())).isSubsetOf("ended", "output");
        }
    }

    /** Puts the build's own artifacts where {@code mvn install} would. */
    private static void install(Path repository) throws IOException {
        Path ours = repository.resolve("io/thalweg");
        String version = "0.1.0-SNAPSHOT";
        try (Stream<Path> modules = Files.list(DevProcess.REPOSITORY)) {
            for (Path module : modules.toList()) {
                String name = "thalweg-" + module.getFileName();
                Path jar = DevProcess.REPOSITORY.resolve("cli/target/home/lib/" + name + "-" + version + ".jar");
                if (Files.exists(module.resolve("pom.xml")) && Files.exists(jar)) {
                    Path into = Files.createDirectories(ours.resolve(name).resolve(version));
                    Files.copy(module.resolve("pom.xml"), into.resolve(name + "-" + version + ".pom"));
                    Files.copy(jar, into.resolve(name + "-" + version + ".jar"));
                }
            }
        }
        Path parent = Files.createDirectories(ours.resolve("thalweg").resolve(version));
        Files.copy(DevProcess.REPOSITORY.resolve("pom.xml"), parent.resolve("thalweg-" + version + ".pom"));
    }

    @Test
    void theProjectOfTheDocsIsBuiltAndItsTestPassesByOneCommandAndItsViewAnswersAsThePageHasIt() throws Exception {
        Path template = DevProcess.REPOSITORY.resolve("examples/template");
        Path project = directory.resolve("visits");
        try (Stream<Path> files = Files.walk(template)) {
            for (Path file : files.toList()) { // folders come before what is in them
                Files.copy(file, project.resolve(template.relativize(file).toString()));
            }
        }
        Path own = directory.resolve("repository");
        install(own);
        // Ours come from there, all else from where this build has it; from the network only what that has not.
        String usual = System.getProperty("localRepository", System.getProperty("user.home") + "/.m2/repository");
        String builds = System.getProperty("maven.repo.local", usual);
        String build = "'" + DevProcess.REPOSITORY + "/mvnw' --batch-mode -f visits/pom.xml -Dmaven.repo.local='" + own
                + "' -Dmaven.repo.local.tail='" + builds + "' package";
        Ran ran =
                bash("export JAVA_HOME='" + System.getProperty("java.home") + "'; " + build + " --offline || " + build);
        assertThat(ran.status()).as(ran.text()).isZero();
        assertThat(ran.text()).contains("Tests run: 1, Failures: 0, Errors: 0, Skipped: 0");
        assertThat(project.resolve("target/visits.jar")).exists();
        List<String> commands = ConsoleDocument.script(
                DevProcess.REPOSITORY.resolve("docs/java-views.md"), "thalweg view deploy target/visits.jar ");
        assertThat(commands).as("deploy, append, ask").hasSize(3);
        String there = "cd visits && export PATH='" + DevProcess.REPOSITORY + "':\"$PATH\" && ";
        try (ReadyProcess _ = DevProcess.start(project)) {
            for (String command : commands.subList(0, 2)) {
                Ran done = bash(there + command);
                assertThat(done.status()).as("%s: %s", command, done.text()).isZero();
            }
            // Who asks for no position is answered at once, perhaps before the visit is counted.
            await().atMost(DevProcess.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(bash(there + commands.get(2))).isEqualTo(new Ran(0, "1")));
        }
    }

    /** What starts run from, and when each file was written. */
    private static Map<String, FileTime> home() throws IOException {
        Map<String, FileTime> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(DevProcess.REPOSITORY.resolve("cli/target/home"))) {
            for (Path file : all.toList()) {
                files.put(file.toString(), Files.getLastModifiedTime(file));
            }
        }
        return files;
    }
}
