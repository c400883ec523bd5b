package io.thalweg.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeFileTest {
    @TempDir
    private Path directory;

    private NodeOptions read(String... lines) throws IOException {
        return NodeFile.read(Files.writeString(directory.resolve("node.conf"), String.join("\n", lines)));
    }

    @Test
    void everyOptionIsRead() throws IOException {
        NodeOptions options = read(
                "# a comment",
                "data = store",
                "id=n7",
                "http = [::1]:0",
                "http.connections = 5",
                "http.body_memory = 32 MiB",
                "tls.certificate = c.pem",
                "tls.key = k.pem",
                "ledger.a = 127.0.0.1:0 acme books",
                "ledger.b = [::1]:3001 acme   other 7",
                "http.cors = https://a.example, http://localhost:3000",
                "views.compiled = false",
                "shards = 3");
        assertThat(options)
                .isEqualTo(new NodeOptions(
                        directory.resolve("store"),
                        "n7",
                        "::1",
                        0,
                        new Tls(directory.resolve("c.pem"), directory.resolve("k.pem")),
                        5,
                        32 << 20,
                        false,
                        List.of(
                                new LedgerPort(new HostPort("127.0.0.1", 0), "acme", "books", 0),
                                new LedgerPort(new HostPort("::1", 3001), "acme", "other", 7)),
                        List.of("https://a.example", "http://localhost:3000"),
                        3));
    }

    @Test
    void whatIsWrongIsSaidWithItsName() {
        for (String[] bad : new String[][] {
            {"http = 1.2.3.4:1", "data"},
            {"data = d\nhtpp = x", "htpp"},
            {"data = d\ndata = e", "second time"},
            {"data = d\nhttp = 4780", "HOST:PORT"},
            {"data = d\nledger.x = 127.0.0.1:1 acme", "TENANT LEDGER"},
            {"data = d\nledger.x = 127.0.0.1:1 acme books minus", "cluster id"},
            {"data = d\nhttp = h:99999", "65535"},
            {"data = d\nid = a b", "id"},
            {"data = d\nshards = 65", "shards"},
            {"data = d\nhttp.connections = many", "http.connections"},
            {"data = d\nhttp.body_memory = 1", "http.body_memory"},
            {"data = d\nhttp.cors = example.com", "example.com"},
            {"data = d\ntls.key = k", "tls.certificate"},
            {"data = d\nviews.compiled = perhaps", "views.compiled"},
            {"data", "name = value"}
        }) {
            assertThatThrownBy(() -> read(bad[0]))
                    .as(bad[0])
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(bad[1]);
        }
    }
}
