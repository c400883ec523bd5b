import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * Checks or applies palantir-java-format on every Java source of the repository.
 *
 * <p>It exists because the formatter parses with the javac of the JVM it runs on: inside a Maven that runs on JDK 17 it cannot read Java
 * 25. The build starts this file with the toolchain's JDK instead; see docs/decisions/0018-formatting-on-jdk-25.md.
 *
 * <p>{@code java … Format.java check|apply ROOT}. Exit status 1 names each file that is not formatted or does not parse.
 */
final class Format {
    private static final int MISSHAPEN = 1;
    private static final int USAGE = 2;

    private Format() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2 || !List.of("check", "apply").contains(args[0])) {
            System.err.println("usage: Format.java check|apply ROOT");
            System.exit(USAGE);
        }
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]).toRealPath();
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .formatJavadoc(false)
                .build());

        var findings = new ConcurrentSkipListMap<Path, String>();
        sources(root).parallelStream().forEach(source -> {
            try {
                String before = Files.readString(source);
                String after = formatter.formatSourceAndFixImports(before);
                if (after.equals(before)) {
                    return;
                }
                if (apply) {
                    Files.writeString(source, after);
                }
                findings.put(root.relativize(source), apply ? "formatted" : firstDifference(before, after));
            } catch (FormatterException e) {
                findings.put(root.relativize(source), "does not parse: " + e.getMessage());
            } catch (IOException e) {
                findings.put(root.relativize(source), "cannot be read or written: " + e);
            }
        });
        findings.forEach((source, what) -> System.err.println(source + ": " + what));
        if (findings.values().stream().anyMatch(what -> !what.equals("formatted"))) {
            System.err.println(apply ? "Not everything could be formatted." : "Run ./format to format the sources.");
            System.exit(MISSHAPEN);
        }
    }

    /** Java files below src folders of the modules, this file, and the examples; never build output. */
    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".java"))
                    .filter(file -> Stream.of("/target/", "/node_modules/", "/.git/")
                            .noneMatch(folder -> ("/" + root.relativize(file)).contains(folder)))
                    .filter(Files::isRegularFile)
                    .toList();
        }
    }

    private static String firstDifference(String before, String after) {
        List<String> had = before.lines().toList();
        List<String> wants = after.lines().toList();
        for (int line = 0; line < Math.min(had.size(), wants.size()); line++) {
            if (!had.get(line).equals(wants.get(line))) {
                return "not formatted from line " + (line + 1) + ": "
                        + had.get(line).strip();
            }
        }
        return "not formatted at its end";
    }
}
