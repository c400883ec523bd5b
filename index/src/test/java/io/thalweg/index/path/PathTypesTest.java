package io.thalweg.index.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A type error in a path does not compile, and the same path without it does. */
class PathTypesTest {
    @TempDir
    private Path into;

    private List<String> errors(String statement) throws Exception {
        String source = """
            import static io.thalweg.index.path.Control.ALL;
            import static io.thalweg.index.path.Filters.ALL;
            import static io.thalweg.index.path.Lists.ALL;
            import static io.thalweg.index.path.Maps.ALL;
            import static io.thalweg.index.path.Sets.ALL;
            import io.thalweg.index.ALL;
            import io.thalweg.index.path.Write;
            import java.util.ALL;
            class Paths {
                record Post(String user, long at) {}
                void go(
                        IndexWriter<Map<String, List<Post>>> posts,
                        IndexWriter<Map<String, Set<String>>> friends,
                        IndexWriter<Map<String, Long>> counts) {
                    %s;
                }
            }
            """.replace("ALL;", "*;").formatted(statement); // the build forbids such imports, here too
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        compiler.getTask(
                        new StringWriter(),
                        null,
                        said,
                        List.of("-d", into.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"),
                        null,
                        List.of(
                                new SimpleJavaFileObject(
                                        URI.create("string:///Paths.java"), JavaFileObject.Kind.SOURCE) {
                                    @Override
                                    public CharSequence getCharContent(boolean ignored) {
                                        return source;
                                    }
                                }))
                .call();
        return said.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                .map(Diagnostic::getCode)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        posts.at(key("ann"), nth(0), field(Post::at)).set(5L)       | posts.at(key("ann"), nth(0), field(Post::at)).set("5")
        posts.at(key("ann"), nth(0), field(Post::at)).get()         | posts.at(key("ann"), field(Post::at)).get()
        posts.at(key("ann"), elements(), field(Post::user)).all()   | friends.at(key("ann"), elements(), field(Post::user)).all()
        friends.at(key("ann"), addTo()).set("bob")                  | posts.at(key("ann"), addTo()).set("bob")
        friends.at(key("ann"), setElem("bob")).remove()             | friends.at(key("ann"), setElem(7)).remove()
        counts.at(key("a")).update(n -> n == null ? 1 : n + 1)      | counts.at(key("a")).update(n -> "many")
        counts.at(range("a", "b"), values()).all()                  | counts.at(range(1, 2), values()).all()
        counts.at(entries(), entryValue()).set(3L)                  | counts.at(values(), entryValue()).set(3L)
        List<Long> n = counts.at(values(), greaterThan(3L)).all()   | List<Long> n = counts.at(values(), greaterThan("3")).all()
        long n = counts.at(key("a")).get()                          | String n = counts.at(key("a")).get()
        counts.at(values(), greaterThan(3L)).all()                  | counts.at(values(), greaterThan("3")).all()
        counts.at(values(), equalTo(3L)).remove()                   | counts.at(values(), equalTo("3")).remove()
        counts.at(key("a"), nullTo(0L)).get()                       | counts.at(key("a"), nullTo("none")).get()
        counts.at(values(), selected(lessThan(3L))).all()           | counts.at(values(), selected(lessThan("3"))).all()
        counts.select(values())                                     | posts.select(elements())
        posts.at(values(), size()).all()                            | counts.at(values(), size()).all()
        posts.at(key("ann"), sublist(0, 2)).set(List.of())          | posts.at(key("ann"), sublist(0, 2)).set(Set.of())
        """)
    void aTypeErrorInAPathDoesNotCompile(String right, String wrong) throws Exception {
        assertThat(errors(right)).as(right).isEmpty();
        assertThat(errors(wrong))
                .as(wrong)
                .isNotEmpty()
                .allMatch(code -> code.startsWith("compiler.err.") && !code.contains("cant.resolve"));
    }
}
