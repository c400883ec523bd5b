package io.thalweg.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import io.thalweg.memo.durability.LifetimeClass;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
                "metrics = 127.0.0.1:9464",
                "views.memory = 48MiB",
                "views.compiled = false",
                "views.steps = 5",
                "views.checkpoints = 9",
                "views.checkpoints.seconds = 60",
                "views.checkpoints.bytes = 2GiB",
                "ledgers.cache = 3GiB",
                "disk.free_min = 100MiB",
                "copies.bandwidth = 3MiB",
                "scrub.days = 7",
                "scrub.bandwidth = 1MiB",
                "slab.class = long",
                "slab.quota = 2 GiB",
                "slab.join = 10.0.0.2:4780, https://b.example:443",
                "slab.domain = global/dc1/r1",
                "slab.secret = s.key",
                "slab.beat = 3",
                "slab.address = http://a.example:80",
                "slab.bandwidth = 1MiB",
                "slab.objects = 77",
                "slab.grants = slabs.grants",
                "shards = 3",
                "agent = 127.0.0.1:0",
                "label.rack = r1",
                "peer = 127.0.0.1:4001",
                "cluster.id = 00000000-0000-0001-0000-000000000002",
                "cluster.member.n6 = 127.0.0.1:4000 http://127.0.0.1:1",
                "cluster.member.n7 = 127.0.0.1:4001 http://[::1]:4780 http://127.0.0.1:8000/");
        assertThat(options)
                .isEqualTo(new NodeOptions(
                        directory.resolve("store"),
                        "n7",
                        "::1",
                        0,
                        new Tls(directory.resolve("c.pem"), directory.resolve("k.pem")),
                        5,
                        32 << 20,
                        48 << 20,
                        false,
                        List.of(
                                new LedgerPort(new HostPort("127.0.0.1", 0), "acme", "books", 0),
                                new LedgerPort(new HostPort("::1", 3001), "acme", "other", 7)),
                        List.of("https://a.example", "http://localhost:3000"),
                        3,
                        new SlabSettings(
                                LifetimeClass.LONG,
                                2L << 30,
                                List.of("10.0.0.2:4780", "https://b.example:443"),
                                "global/dc1/r1",
                                directory.resolve("s.key"),
                                3,
                                "http://a.example:80",
                                1 << 20,
                                77,
                                directory.resolve("slabs.grants")),
                        new Membership(
                                Optional.of(new HostPort("127.0.0.1", 0)),
                                Optional.of(new ClusterNodes(
                                        new UUID(1, 2),
                                        List.of(
                                                new ClusterNode(
                                                        "n6",
                                                        "127.0.0.1",
                                                        4000,
                                                        URI.create("http://127.0.0.1:1"),
                                                        Optional.empty()),
                                                new ClusterNode(
                                                        "n7",
                                                        "127.0.0.1",
                                                        4001,
                                                        URI.create("http://[::1]:4780"),
                                                        Optional.of(URI.create("http://127.0.0.1:8000/")))),
                                        2)),
                                false,
                                Map.of("rack", "r1"),
                                Optional.empty()),
                        Patience.DEFAULT,
                        new HostPort("127.0.0.1", 9464),
                        3 << 20,
                        3L << 30,
                        100L << 20,
                        new ScrubSettings(7, 1 << 20),
                        new HistorySettings(5, 9, Duration.ofMinutes(1), 2L << 30),
                        "127.0.0.1",
                        64 << 20));
    }

    @Test
    void aSlabWithoutShardsNeedsToSayNothing() throws IOException {
        Path file = Files.writeString(directory.resolve("edge.conf"), "slab.http = 127.0.0.1:4790\n");
        NodeOptions options = NodeFile.readSlab(file);
        assertThat(options.data()).isEqualTo(directory.resolve("slab"));
        assertThat(options.httpPort()).isEqualTo(4790);
        assertThat(options.slab()).isEqualTo(SlabSettings.DEFAULT);
    }

    @Test
    void theSlabsOfAClustersNodesJoinEachOtherUnlessItIsSaidWhom() throws IOException {
        String cluster = """
            data = d
            id = n2
            peer = a.example:2
            peer.certificate = n2.pem
            peer.key = n2-key.pem
            peer.ca = ca.pem
            cluster.id = 00000000-0000-0001-0000-000000000002
            cluster.member.n1 = a.example:1 https://a.example
            cluster.member.n2 = a.example:2 http://a.example:80
            cluster.member.n3 = a.example:3 http://[::1]:4780
            """;
        Path file = Files.writeString(directory.resolve("n2.conf"), cluster);
        assertThat(NodeFile.read(file).slab().join()).containsExactly("https://a.example:443", "http://[::1]:4780");
        Files.writeString(file, cluster + "slab.join = b.example:1\n");
        assertThat(NodeFile.read(file).slab().join()).containsExactly("b.example:1");
    }

    @Test
    void whatIsWrongIsSaidWithItsName() {
        for (String[] bad : new String[][] {
            {"http = 1.2.3.4:1", "data"},
            {"data = d\nhtpp = x", "htpp"},
            {"data = d\ndata = e", "second time"},
            {"data = d\nhttp = 4780", "HOST:PORT"},
            {"data = d\nledger.x = 127.0.0.1:1 acme", "TENANT LEDGER"},
            {"data = d\nledger. = 127.0.0.1:1 acme books", "unknown option 'ledger.'"},
            {"data = d\nledger.x = 127.0.0.1:1 acme books minus", "cluster id"},
            {"data = d\nhttp = h:99999", "65535"},
            {"data = d\nid = a b", "id"},
            {"data = d\nslab.class = short", "slab.class is 'short'"},
            {"data = d\nslab.quota = 1", "slab.quota"},
            {"data = d\nslab.join = nowhere", "HOST:PORT"},
            {"data = d\nslab.beat = 0", "slab.beat"},
            {"data = d\nslab.domain = a//b", "slab.domain"},
            {"data = d\nshards = 65", "shards"},
            {"data = d\nhttp.connections = many", "http.connections"},
            {"data = d\nhttp.body_memory = 1", "http.body_memory"},
            {"data = d\nledgers.cache = 3 k", "ledgers.cache is '3 k'"},
            {"data = d\nledgers.cache = 1", "ledgers.cache"},
            {"data = d\nhttp.cors = example.com", "example.com"},
            {"data = d\ntls.key = k", "tls.certificate"},
            {"data = d\nviews.compiled = perhaps", "views.compiled"},
            {"data = d\nlabel.floor = 3", "label.floor"},
            {"data = d\nagent = 10.0.0.1:8000", "mutual TLS"},
            {"data = d\npeer.key = k", "peer.ca"},
            {"data = d\npeer.ca_key = k", "peer.ca"},
            {
                "data = d\n"
                        + "peer = 10.0.0.1:2\n"
                        + "cluster.id = 00000000-0000-0001-0000-000000000002\n"
                        + "cluster.member.n1 = 10.0.0.1:2 http://h",
                "mutual TLS"
            },
            {"data = d\npeer = h:1", "cluster.id"},
            {"data = d\npeer = h:1\ncluster.member.n2 = h:1 http://h", "cluster.id"},
            {"data = d\npeer = h:1\ncluster.member.n1 = h:1 http://h\ncluster.member.n2 = h:2 http://i", "cluster.id"},
            {"data = d\npeer = h:2\ncluster.id = x\ncluster.member.n1 = h:2 http://h", "x"},
            {
                "data = d\n"
                        + "peer = h:2\n"
                        + "cluster.id = 00000000-0000-0001-0000-000000000002\n"
                        + "cluster.member.n1 = h:1 http://h",
                "h:1"
            },
            {
                "data = d\n"
                        + "peer = h:2\n"
                        + "cluster.id = 00000000-0000-0001-0000-000000000002\n"
                        + "cluster.member.n2 = 127.0.0.1:2 http://h",
                "n1"
            },
            {
                "data = d\npeer = h:2\ncluster.id = 00000000-0000-0001-0000-000000000002\ncluster.member.n1 = h:2",
                "HTTP-URL"
            },
            {
                "data = d\n"
                        + "peer = h:2\n"
                        + "cluster.id = 00000000-0000-0001-0000-000000000002\n"
                        + "cluster.replicas = 2\n"
                        + "cluster.member.n1 = h:2 http://h",
                "cluster.replicas"
            },
            {"data", "name = value"}
        }) {
            assertThatThrownBy(() -> read(bad[0]))
                    .as(bad[0])
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(bad[1]);
        }
    }

    @Test
    void aFileThatCannotBeReadSaysWhy() throws IOException {
        Path missing = directory.resolve("nope.conf");
        assertThatThrownBy(() -> NodeFile.read(missing))
                .isInstanceOf(ConfigException.class)
                .hasMessage("cannot read the configuration " + missing + ": there is no such file");
        Path latin = Files.write(directory.resolve("latin.conf"), new byte[] {'d', (byte) 0xE4});
        assertThatThrownBy(() -> NodeFile.read(latin))
                .isInstanceOf(ConfigException.class)
                .hasMessage("cannot read the configuration " + latin + ": it is not UTF-8");
    }

    @Test
    void aNodeThatJoinsMayHaveMoreReplicasThanNodesThatItLists() throws IOException {
        String joins = "data = d\n"
                + "id = n2\n"
                + "peer = 127.0.0.1:2\n"
                + "cluster.id = 00000000-0000-0001-0000-000000000002\n"
                + "cluster.join = true\n"
                + "cluster.member.n2 = 127.0.0.1:2 http://127.0.0.1:3\n";
        for (int replicas = 2; replicas <= 3; replicas++) {
            assertThat(read(joins + "cluster.replicas = " + replicas)
                            .membership()
                            .cluster()
                            .orElseThrow()
                            .replicas())
                    .isEqualTo(replicas);
        }
        assertThat(read(joins).membership().cluster().orElseThrow().replicas()).isEqualTo(3);
    }
}
