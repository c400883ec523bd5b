package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All Java of the pages for those who come from elsewhere compiles. */
final class GuidePagesTest {
    private static final Path DOCS = Path.of("..", "..", "docs");
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("^public final class (\\w+)");
    private static final Pattern MEMBER = Pattern.compile("^(public |static |record )");

    private static final String IMPORTS = """
        import static io.thalweg.index.path.Lists.*;
        import static io.thalweg.index.path.Maps.*;
        import static io.thalweg.index.path.Sets.*;
        import io.thalweg.client.*;
        import io.thalweg.index.*;
        import io.thalweg.index.path.Maps;
        import io.thalweg.index.schema.Schema;
        import io.thalweg.view.java.*;
        import java.net.URI;
        import java.time.*;
        import java.time.temporal.ChronoUnit;
        import java.util.*;
        """;

    /** What a page's pieces take for granted, beside what other pieces of it declare. */
    private static final String EVERYWHERE = """
            static Declaration view;
            static Step step;
            static String url;
            static String token;
            static void log(Object what) {}
        """;

    private static final String RAMA = """
            record Visit(String page, String user) {}
            record Entry(String user, String text) {}
            record Post(String user, String text) {}
            record Delivery(String to, Entry entry) {}
            static final Index<Map<String, Long>> VISITS = Index.of("visits", Schema.map(String.class, Long.class));
            static final Index<Map<String, Set<String>>> FOLLOWERS =
                    Index.of("followers", Schema.map(String.class, Schema.set(String.class)));
            static final Index<Map<String, List<Entry>>> TIMELINES =
                    Index.of("timelines", Schema.map(String.class, Schema.list(Entry.class)));
            static Entry entry;
        """;

    private static final String KAFKA_STREAMS = """
            record Order(String id, String customer, String currency, long total) {}
            record Large(String id, long total) {}
            record Click(String page, Instant at) {}
            record Final(String page, Instant minute, Long count) {}
            record Until(Instant at) {}
            static final Index<Map<String, Double>> RATES = Index.of("rates", Schema.map(String.class, Double.class));
            static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));
            static final Index<Map<String, Map<Instant, Long>>> CLICKS =
                    Index.of("clicks", Schema.map(String.class, Schema.map(Instant.class, Long.class)));
            static Query<Until, List<String>> EXPIRED;
            static Output<Large> large;
            static Output<Final> finals;
            static Source.Hop<String> expire;
            static Source.Timer<Instant> over;
            static Order order;
            static Instant minute;
            static Spot<Map<String, Map<Instant, Long>>, Map<Instant, Long>> windows;
        """;

    @TempDir
    private Path folder;

    /** A class of its own for each piece: what is declared is a member, the rest is done. */
    private static String piece(String name, String text) {
        StringBuilder members = new StringBuilder();
        StringBuilder statements = new StringBuilder();
        for (String part : text.split("\n\n", -1)) {
            (MEMBER.matcher(part).find() ? members : statements).append(part).append('\n');
        }
        return IMPORTS + "class " + name + " extends Names {\n" + members + "void run() throws Exception {\n"
                + statements + "}\n}\n";
    }

    private void compile(String page, String names, int pieces) throws IOException {
        List<Path> sources = new ArrayList<>();
        sources.add(Files.writeString(
                folder.resolve("Names.java"), IMPORTS + "class Names {\n" + EVERYWHERE + names + "}\n"));
        Matcher found = BLOCK.matcher(Files.readString(DOCS.resolve(page)));
        while (found.find()) {
            String text = found.group(1);
            Matcher named = CLASS.matcher(text);
            boolean isClass = named.find();
            String name = isClass ? named.group(1) : "Piece" + sources.size();
            sources.add(
                    Files.writeString(folder.resolve(name + ".java"), isClass ? IMPORTS + text : piece(name, text)));
        }
        assertThat(sources).hasSize(1 + pieces);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    folder.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "-proc:none"),
                            null,
                            files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as("%s: %s", page, said).isTrue();
        }
    }

    @Test
    void whatStandsForRamaCompiles() throws IOException {
        compile("from-rama.md", RAMA, 7);
    }

    @Test
    void whatStandsForKafkaStreamsCompiles() throws IOException {
        compile("from-kafka-streams.md", KAFKA_STREAMS, 8);
    }
}
