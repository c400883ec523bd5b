package io.thalweg.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.thalweg.cluster.certificate.PeerAuthority;
import io.thalweg.cluster.certificate.PeerAuthority.Issued;
import io.thalweg.server.http.PemFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever knows a certificate's fingerprint believes who shows it, or was signed by it, and nobody else. */
final class PinnedTrustTest {
    private final PeerAuthority authority = PeerAuthority.create("private", Instant.now());
    private final HttpsServer server;
    private final Issued issued;

    PinnedTrustTest(@TempDir Path directory) throws IOException {
        issued = authority.issue("n1", List.of("localhost"), Instant.now());
        Path chain = Files.writeString(
                directory.resolve("chain.pem"),
                issued.certificate() + authority.issued().certificate());
        Path key = Files.writeString(directory.resolve("key.pem"), issued.key());
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(PemFiles.context(chain, key)));
        server.createContext("/", call -> {
            byte[] body = "{\"there\":true}".getBytes(StandardCharsets.UTF_8);
            call.sendResponseHeaders(200, body.length);
            call.getResponseBody().write(body);
            call.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    private static String fingerprint(String pem) throws Exception {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MessageDigest.getInstance("SHA-256")
                        .digest(CertificateFactory.getInstance("X.509")
                                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                                .getEncoded()));
    }

    private boolean asks(String host, String fingerprint) throws Exception {
        URI to = URI.create("https://" + host + ":" + server.getAddress().getPort());
        try (Api api = Api.withToken(to, "", PrivateAuthority.pinned(fingerprint))) {
            return api.get("/").path("there").asBoolean();
        }
    }

    @Test
    void onlyWhatThePinVouchesForIsBelieved() throws Exception {
        assertThat(asks("localhost", fingerprint(authority.issued().certificate())))
                .as("signed by it")
                .isTrue();
        assertThat(asks("localhost", fingerprint(issued.certificate())))
                .as("itself")
                .isTrue();
        String another = PeerAuthority.create("private", Instant.now()).issued().certificate();
        assertThatThrownBy(() -> asks("localhost", fingerprint(another)))
                .hasStackTraceContaining("none of the certificates of the node that made the token");
        assertThatThrownBy(
                        () -> asks("127.0.0.1", fingerprint(authority.issued().certificate())))
                .as("a certificate for another address")
                .hasStackTraceContaining("No subject alternative names");
    }
}
