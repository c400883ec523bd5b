package io.thalweg.view.java.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.local.LocalView;
import io.thalweg.view.java.ship.ViewJar;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;

class ViewJarTest {
    private static byte[] jar(Class<?>... classes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes)) {
            for (Class<?> each : classes) {
                String name = each.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new JarEntry(name));
                try (InputStream in = each.getClassLoader().getResourceAsStream(name)) {
                    in.transferTo(jar);
                }
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aVersionHasClassesOfItsOwnAndRuns() throws IOException {
        byte[] jar = jar(WordCount.class);
        ViewJar one = ViewJar.load(jar, WordCount.class.getName());
        ViewJar other = ViewJar.load(jar, WordCount.class.getName());
        assertThat(one.create().getClass())
                .isNotEqualTo(WordCount.class)
                .isNotEqualTo(other.create().getClass());
        LocalView view = new LocalView(one::create, 2);
        view.append("lines", "l", "a b a".getBytes(StandardCharsets.UTF_8));
        view.process();
        assertThat(view.select("counts", "a", List.of(List.of("key", "a")))).containsExactly(2L);
    }

    @Test
    void aJarThatIsNoneOrHasNoSuchViewIsRefused() throws IOException {
        byte[] jar = jar(WordCount.class, ViewJarTest.class);
        assertThatThrownBy(() -> ViewJar.load(jar, "io.thalweg.Nothing"))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("io.thalweg.Nothing");
        assertThatThrownBy(() -> ViewJar.load(jar, ViewJarTest.class.getName()))
                .hasMessageContaining("is no io.thalweg");
        assertThatThrownBy(() -> ViewJar.load(new byte[] {1, 2, 3}, WordCount.class.getName() + "2"))
                .isInstanceOf(DeclarationException.class);
    }
}
