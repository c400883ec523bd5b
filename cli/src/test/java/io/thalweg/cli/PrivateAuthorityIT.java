package io.thalweg.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.bench.node.ReadyProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose certificate no public authority signed, and the option that lets the command believe it. */
class PrivateAuthorityIT {
    @TempDir
    private Path directory = Path.of("");

    private record Ran(int status, String out, String err) {}

    private Ran tenants(String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String data = directory.resolve("data").toString();
        List<String> words = new java.util.ArrayList<>(List.of("tenant", "list", "--data", data));
        words.addAll(List.of(more));
        int status = Main.run(new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
        return new Ran(status, out.toString(), err.toString());
    }

    @Test
    void anAuthorityThatIsNamedIsBelievedAndNoOther() throws Exception {
        Process openssl = new ProcessBuilder(
                        ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj"
                            + " /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -days 2 -keyout"
                            + " key.pem -out cert.pem")
                                .split(" "))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(openssl.waitFor()).as(said).isZero();
        Path config = Files.writeString(
                directory.resolve("node.conf"),
                "data = data\nhttp = 127.0.0.1:0\ntls.certificate = cert.pem\ntls.key = key.pem\n");
        try (ReadyProcess node = DevProcess.start(
                directory,
                List.of(DevProcess.REPOSITORY.resolve("thalweg").toString(), "node", "--config", config.toString()))) {
            String url = node.ready().path("http").asString();
            assertThat(url).startsWith("https://");
            Ran stranger = tenants("--url", url);
            assertThat(stranger.status()).isEqualTo(1);
            assertThat(stranger.err()).contains(url).doesNotContain("\tat ");
            Ran friend =
                    tenants("--url", url, "--ca", directory.resolve("cert.pem").toString());
            assertThat(friend.status()).as(friend.err()).isZero();
            assertThat(friend.out()).contains("NAME");
        }
    }
}
