package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.path.Sets;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import io.thalweg.view.java.local.LocalNode;
import io.thalweg.view.java.local.LocalView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All Java of docs/java-views.md compiles and runs, by itself, as a view, or against a node, and gives what the page says; its project is the template, whose test
 * passes and whose view answers on a node.
 */
final class JavaViewsPageTest extends OnNode {
    private static final Path PAGE = Path.of("..", "..", "docs", "java-views.md");
    private static final Path TEMPLATE = Path.of("..", "template");
    private static final Pattern BLOCK = Pattern.compile("```(java|xml)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("(?m)^(?:public )?(?:final )?class (\\w+)");

    /** A line whose value the page tells. */
    private static final Pattern TOLD = Pattern.compile("(?m)^(\\s*)(\\S.*);\\s+// (\\[.*])$");

    /** What the page's pieces take for granted: imports, and names of examples. */
    private static final String AROUND = """
        import static io.thalweg.index.path.Lists.*;
        import static io.thalweg.index.path.Maps.*;
        import static java.nio.charset.StandardCharsets.UTF_8;
        import io.thalweg.client.*;
        import io.thalweg.examples.*;
        import io.thalweg.examples.Reach.Link;
        import io.thalweg.examples.Reach.Reached;
        import io.thalweg.index.Index;
        import io.thalweg.index.schema.Schema;
        import io.thalweg.view.java.*;
        import io.thalweg.view.java.local.*;
        import java.net.URI;
        import java.time.*;
        import java.util.*;
        import java.util.regex.Pattern;
        """;

    private static final String NAMES = """
        static final Index<Map<String, Set<String>>> SHARERS = Reach.SHARERS;
        static final Index<Map<String, Set<String>>> FOLLOWERS = Reach.FOLLOWERS;
        static final Index<Map<String, Long>> COUNTS = WordCount.COUNTS;
        static final Index<Map<String, Long>> TOTALS =
                Index.of("totals", Schema.map(String.class, Long.class));
        static final Pattern WORD = Pattern.compile("[a-z]+");
        static Declaration view;
        static String url;
        static String token;
        static final List<String> LOGGED = new ArrayList<>();
        static final List<String> TOLD = new ArrayList<>();
        static void log(Object what) {
            LOGGED.add(String.valueOf(what));
        }
        static void told(Object is, String wanted) {
            TOLD.add(wanted);
            if (!wanted.equals(String.valueOf(is))) {
                throw new AssertionError(is + ", where the page tells " + wanted);
            }
        }
        """;

    @TempDir
    private Path folder;

    private record Block(String language, String text) {
        boolean isFile() {
            return text.startsWith("package ") || language.equals("xml");
        }
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher found = BLOCK.matcher(Files.readString(PAGE));
        while (found.find()) {
            blocks.add(new Block(found.group(1), found.group(2)));
        }
        return blocks;
    }

    private void compile(Path into, List<Path> sources, String classPath) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-d", Files.createDirectories(into).toString(), "-cp", classPath, "-proc:none"),
                            null,
                            files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    /** A piece as a class of its own. */
    private record Piece(Class<?> type, String text) {
        /** Runs its statements; returns what they logged. */
        List<?> run() throws ReflectiveOperationException {
            Constructor<?> made = type.getDeclaredConstructor();
            made.setAccessible(true);
            Method run = type.getDeclaredMethod("run");
            run.setAccessible(true);
            run.invoke(made.newInstance());
            return (List<?>) Objects.requireNonNull(field("LOGGED").get(null));
        }

        Field field(String name) throws ReflectiveOperationException {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        }
    }

    private Piece compiled(int number, String text, URLClassLoader loader) throws Exception {
        Matcher named = NAME.matcher(text);
        String name = "Piece" + number;
        String whole;
        if (named.find() && named.start() == 0) {
            name = named.group(1);
            whole = AROUND + text;
        } else if (text.startsWith("public static ")) {
            whole = AROUND + "class " + name + " {\n" + NAMES + text + "}\n";
        } else {
            String run = TOLD.matcher(text).replaceAll("$1told($2, \"$3\");");
            whole = AROUND + "class " + name + " {\n" + NAMES + "void run() throws Exception {\n" + run + "}\n}\n";
        }
        Path file = Files.createDirectories(folder.resolve("pieces" + number)).resolve(name + ".java");
        Files.writeString(file, whole);
        compile(folder.resolve("out"), List.of(file), classPath());
        return new Piece(loader.loadClass(name), text);
    }

    @Test
    void everyPieceOfJavaOfThePageCompilesAndGivesWhatThePageTells() throws Exception {
        List<String> texts = blocks().stream()
                .filter(block -> !block.isFile())
                .map(Block::text)
                .toList();
        assertThat(texts).as("pieces of " + PAGE).hasSizeGreaterThan(5);
        URL[] urls = {Files.createDirectories(folder.resolve("out")).toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader())) {
            List<Piece> pieces = new ArrayList<>();
            for (String text : texts) {
                pieces.add(compiled(pieces.size(), text, loader));
            }
            int told = 0;
            List<Piece> together = new ArrayList<>();
            for (Piece piece : pieces) {
                if (piece.text.startsWith("Local")) {
                    List<?> logged = piece.run();
                    told += ((List<?>)
                                    Objects.requireNonNull(piece.field("TOLD").get(null)))
                            .size();
                    if (piece.text.contains("Replay")) {
                        assertThat(logged)
                                .as("what came of the event")
                                .extracting(line -> line.toString().split(" ", 2)[0])
                                .containsExactly("lines", "words", "words", "words", "words");
                    }
                } else if (piece.text.startsWith("view.batch(")) {
                    assertThat(tallied(piece)).isEqualTo(List.of(2L, 3L));
                } else if (piece.text.startsWith("LogClient")) {
                    assertThat(followed(piece)).isEqualTo(List.of());
                } else if (piece.text.startsWith("public final class ")) {
                    assertThat(counted(piece)).isEqualTo(List.of(2L));
                } else {
                    together.add(piece);
                }
            }
            assertThat(told).as("values that the page tells").isEqualTo(3);
            assertThat(together)
                    .as("a query, a view that asks it, and a query that is followed")
                    .hasSize(3);
            assertThat(asked(together.get(0), together.get(1), together.get(2)))
                    .isEqualTo(
                            List.of(Map.of("sharers", 2L, "people", 3L), Map.of("direct", 2, "all", 3), (Object) 2L));
        }
    }

    /** Has a piece declare what it does. */
    private static void declare(Piece piece, Declaration view) {
        try {
            piece.field("view").set(null, view);
            piece.run();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How often a word is counted by the page's view. */
    private static List<Long> counted(Piece piece) throws ReflectiveOperationException {
        Constructor<?> made = piece.type.getDeclaredConstructor();
        LocalView view = new LocalView(
                () -> {
                    try {
                        return (View) made.newInstance();
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e);
                    }
                },
                2);
        append(view, "lines", "the cat, the tree");
        return select(view, piece.field("COUNTS"), "the");
    }

    /** How often a word, and those with its first letter, are counted by the page's batch. */
    private static List<Long> tallied(Piece piece) throws ReflectiveOperationException {
        LocalView view = new LocalView(() -> declaration -> declare(piece, declaration), 2);
        append(view, "lines", "the cat, the tree");
        List<Long> found = new ArrayList<>(select(view, piece.field("COUNTS"), "the"));
        found.addAll(select(view, piece.field("TOTALS"), "t"));
        return found;
    }

    private static void append(LocalView view, String log, String event) {
        view.append(log, "any key", event.getBytes(StandardCharsets.UTF_8));
        view.process();
    }

    @SuppressWarnings("unchecked") // as the page declares it
    private static List<Long> select(LocalView view, Field index, String key) throws ReflectiveOperationException {
        return view.select((Index<Map<String, Long>>) Objects.requireNonNull(index.get(null)), key, Maps.key(key));
    }

    /** What the page's queries answer, and what its other view makes of them: of a link that two shared, whom three follow, of whom two the one. */
    private static List<@Nullable Object> asked(Piece reach, Piece campaigns, Piece popularity)
            throws ReflectiveOperationException {
        Query<?, ?> query =
                (Query<?, ?>) Objects.requireNonNull(reach.field("REACH").get(null));
        LocalNode node = new LocalNode(3);
        node.deploy("reach", () -> view -> {
            view.index(Reach.SHARERS);
            view.index(Reach.FOLLOWERS);
            view.log(
                    "shares",
                    Codec.json(Reach.Share.class),
                    (step, share) -> step.index(Reach.SHARERS)
                            .at(Maps.key(share.link()), Sets.addTo())
                            .set(share.user()));
            view.log(
                    "followings",
                    Codec.json(Reach.Following.class),
                    (step, following) -> step.index(Reach.FOLLOWERS)
                            .at(Maps.key(following.to()), Sets.addTo())
                            .set(following.from()));
            view.query(query);
            declare(popularity, view);
        });
        node.deploy("campaigns", () -> view -> declare(campaigns, view));
        for (String sharer : List.of("ann", "bob")) {
            append(node, "shares", "link", "{\"link\":\"link\",\"user\":\"" + sharer + "\"}");
        }
        for (String follower : List.of("cat ann", "dan ann", "dan bob", "eve bob")) {
            String[] users = follower.split(" ", -1);
            append(node, "followings", users[1], "{\"from\":\"" + users[0] + "\",\"to\":\"" + users[1] + "\"}");
        }
        node.process();
        String campaign = append(node, "campaigns", "ann", "link");
        node.process();
        LocalView reached = node.view("reach");
        return Arrays.asList(
                reached.ask("reach", Map.of("link", "link")),
                node.answer("campaigns", campaign),
                reached.ask("popularity", Map.of("argument", "ann")));
    }

    private static String append(LocalNode node, String log, String key, String event) {
        return node.append(log, key, event.getBytes(StandardCharsets.UTF_8));
    }

    /** Follows as the page does; returns what it was told of changes. */
    private List<?> followed(Piece piece) throws Exception {
        deploy("words", WordCount.class, 2);
        piece.field("url").set(null, url());
        piece.field("token").set(null, token());
        return piece.run();
    }

    @Test
    void theTableOfExamplesTellsTheirLines() throws IOException {
        Matcher row = Pattern.compile("(?m)^\\| (`\\w+`(?:, `\\w+`)*) \\| [^|]+ \\| (\\d+) \\|$")
                .matcher(Files.readString(PAGE));
        int rows = 0;
        while (row.find()) {
            int lines = 0;
            for (String name : row.group(1).replace("`", "").split(", ", -1)) {
                lines += Files.readAllLines(Path.of("src/main/java/io/thalweg/examples", name + ".java"))
                        .size();
            }
            assertThat(lines).as(row.group(1)).isEqualTo(Integer.parseInt(row.group(2)));
            rows++;
        }
        assertThat(rows).isEqualTo(8);
    }

    @Test
    void theProjectOfThePageIsTheTemplateWhoseTestPassesAndWhoseViewAnswers() throws Exception {
        List<String> files =
                blocks().stream().filter(Block::isFile).map(Block::text).toList();
        Path main = TEMPLATE.resolve("src/main/java/demo/Visits.java");
        Path test = TEMPLATE.resolve("src/test/java/demo/VisitsTest.java");
        assertThat(files)
                .containsExactly(
                        Files.readString(TEMPLATE.resolve("pom.xml")), Files.readString(main), Files.readString(test));
        Path classes = folder.resolve("classes");
        compile(classes, List.of(main), classPath());
        Path tests = folder.resolve("tests");
        compile(tests, List.of(test), classes + System.getProperty("path.separator") + classPath());
        URL[] urls = {classes.toUri().toURL(), tests.toUri().toURL()};
        int ran = 0;
        try (URLClassLoader loader = new URLClassLoader(urls, getClass().getClassLoader())) {
            Class<?> type = loader.loadClass("demo.VisitsTest");
            for (Method each : type.getDeclaredMethods()) {
                if (each.isAnnotationPresent(Test.class)) {
                    Constructor<?> made = type.getDeclaredConstructor();
                    made.setAccessible(true);
                    each.setAccessible(true);
                    each.invoke(made.newInstance());
                    ran++;
                }
            }
        }
        assertThat(ran).as("tests of the template").isEqualTo(1);
        Answer deployed = send("PUT", "/views/visits?class=demo.Visits", jar(classes));
        assertThat(deployed.status()).as(deployed.text()).isIn(200, 201);
        Answer appended = post(
                "/logs/" + log("visits") + "/append?ack=full&timeout=60000", "{\"page\":\"/\",\"visitor\":\"ann\"}");
        assertThat(appended.json().at("/answers/visits/visits").asInt())
                .as(appended.text())
                .isEqualTo(1);
        assertThat(select("visits", "counts", "[[\"key\",\"/\"]]", "?after=" + appended.position())
                        .toString())
                .isEqualTo("[1]");
    }

    private static byte[] jar(Path classes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".class")).toList()) {
                jar.putNextEntry(
                        new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                jar.write(Files.readAllBytes(file));
            }
        }
        return bytes.toByteArray();
    }
}
