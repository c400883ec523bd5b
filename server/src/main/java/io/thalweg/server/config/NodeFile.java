package io.thalweg.server.config;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.cluster.ClusterNodes;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file that {@code thalweg node --config FILE} reads. One option a line, {@code name = value}; empty lines and lines that begin
 * with {@code #} say nothing. Paths are relative to the file. An option that is unknown, or there twice, is an error.
 *
 * <pre>
 * data             = /var/lib/thalweg        the data directory; the only option that is required
 * id               = n1                      the node's name
 * http             = 0.0.0.0:4780            where to listen; port 0 takes a free one
 * http.connections = 10000                   open connections
 * http.body_memory = 512MiB                  memory for request bodies; bytes, or with KiB, MiB, GiB
 * http.cors        = https://app.example.com origins whose pages may call the API, with commas; * for all; none if missing
 * metrics          = 127.0.0.1:9464          where /metrics is, instead of at the HTTP door
 * tls.certificate  = cert.pem                PEM, the certificate first, then its chain
 * tls.key          = key.pem                 PEM, PKCS#8
 * views.memory     = 1GiB                    memory of all instances of views together; half the heap if missing
 * views.steps      = 10000                   steps of each partition of a view in Java that are kept in any case
 * views.checkpoints = 4                      of the indexes of each shard, from which their state of earlier times is made; 0 for none
 * views.checkpoints.seconds = 300            from one to the next
 * views.checkpoints.bytes = 1GiB             that those of a shard take, with the steps that are kept for them
 * views.compiled   = true                    false interprets the code of views
 * ledgers.cache    = 4GiB                    memory for what is read of the ledgers' files; a quarter of what the machine has beside the
 *                                            heap if missing, 64 MiB to 16 GiB
 * disk.free_min    = 512MiB                  what would store something is refused when less is left on the disk; 0 for never
 * copies.bandwidth = 256MiB                  that copies of this node's replicas for other nodes take of the network in a second, at most
 * scrub.days       = 14                      in which all that lies still is read once and compared with its checksums; 0 for never
 * scrub.bandwidth  = 32MiB                   that this takes of the disk in a second, at most
 * ledger.main      = 0.0.0.0:3000 acme books 0   where clients of the ledger's wire protocol find a tenant's ledger, and the
 *                                            cluster id that they must name (0); as many as wanted, each with a word of its own
 * slab.class       = very_long               how long the node's slab expects to live: ephemeral, session, long, very_long
 * slab.quota       = 64GiB                   of memos that it holds
 * slab.join        = 10.0.0.2:4780           slabs that it dials, with commas; who dials in needs not be named. Those of the
 *                                            cluster's other nodes if missing
 * slab.domain      = global/dc1/r1/h7        what fails with it
 * slab.secret      = slab.secret             a file with what all slabs of the deployment know; without it only slabs on this machine peer
 * slab.beat        = 10                      seconds between two beats, the same for all
 * slab.address     = http://10.0.0.1:4780    where other slabs reach it, if not where it listens
 * slab.bandwidth   = 64MiB                   of memos that it sends in a second
 * slab.objects     = 1024                    that it keeps in memory
 * slab.grants      = slabs.grants            a file that says which slab may hold memos of which tenants; all of all if missing
 * slab.also        = second.conf             files of slabs without shards that run in the same process, with commas
 * slab.http        = 0.0.0.0:4790            where a slab without shards listens; see {@link #readSlab}
 * agent            = 127.0.0.1:8000          where an operator's tools find the agent API; beyond loopback only with peer.…
 * label.rack       = r1                      where the node stands; there are label.host, label.rack, label.site
 * peer             = 10.0.0.1:4790           where the node listens for the others of its cluster
 * peer.certificate = peer.pem                PEM files for mutual TLS: what this node shows,
 * peer.key         = peer-key.pem
 * peer.ca          = ca.pem                  and who signed what the others show
 * peer.ca_key      = ca-key.pem              the authority's key, with which this node signs for nodes that join by it; nobody signs if missing
 * cluster.id       = 3f0c…                   the cluster's id, a UUID, the same on all nodes; a node that lists only itself, and to which
 *                                            others may come later, needs none
 * cluster.replicas = 3                       of each shard for data; the smaller of 3 and the number of nodes if missing. Of a node that
 *                                            joins, or lists only itself and has no cluster.id, up to how many there will be; 3 if missing
 * cluster.join     = true                    the cluster is there already and adds this node; only where its data begin
 * cluster.member.n1 = 10.0.0.1:4790 http://10.0.0.1:4780 http://10.0.0.1:8000/   each node, this one included, in the same order
 *                                            on all: its peer address, where it takes requests, and its agent API, if it has one
 * </pre>
 */
public final class NodeFile {
    private static final Set<String> KNOWN = Set.of(
            "data",
            "id",
            "http",
            "http.connections",
            "http.body_memory",
            "http.cors",
            "metrics",
            "tls.certificate",
            "tls.key",
            "views.memory",
            "views.compiled",
            "views.steps",
            "views.checkpoints",
            "views.checkpoints.seconds",
            "views.checkpoints.bytes",
            "ledgers.cache",
            "disk.free_min",
            "copies.bandwidth",
            "scrub.days",
            "scrub.bandwidth",
            "slab.class",
            "slab.quota",
            "slab.join",
            "slab.domain",
            "slab.secret",
            "slab.beat",
            "slab.address",
            "slab.http",
            "slab.bandwidth",
            "slab.objects",
            "slab.grants",
            "slab.also",
            "shards",
            "agent",
            "label.host",
            "label.rack",
            "label.site",
            "peer",
            "peer.certificate",
            "peer.key",
            "peer.ca",
            "peer.ca_key",
            "cluster.id",
            "cluster.replicas",
            "cluster.join");

    /** Begins the options that open ledger ports. */
    private static final String LEDGER = "ledger.";

    /** Begins the options that list the nodes of a cluster. */
    private static final String MEMBER = "cluster.member.";

    private final Path file;
    private final Map<String, String> values;

    private NodeFile(Path file, Map<String, String> values) {
        this.file = file;
        this.values = values;
    }

    private static NodeFile open(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            String why = switch (e) {
                case NoSuchFileException _ -> "there is no such file";
                case CharacterCodingException _ -> "it is not UTF-8";
                default -> e.getMessage();
            };
            throw new ConfigException("cannot read the configuration " + file + ": " + why, e);
        }
        return new NodeFile(file, values(file, lines));
    }

    /** The options in the file as they stand there, by name. */
    public static Map<String, String> raw(Path file) {
        return Map.copyOf(open(file).values);
    }

    /** The options in the file; {@link ConfigException} for what is wrong with it. */
    public static NodeOptions read(Path file) {
        return open(file).options();
    }

    /**
     * The options of a slab without shards: {@code slab.…}, {@code tls.…}, {@code id}, and {@code data}, which is {@code slab} beside the file if it is
     * missing.
     */
    public static NodeOptions readSlab(Path file) {
        NodeFile opened = open(file);
        opened.values.putIfAbsent("data", "slab");
        opened.values.putIfAbsent("http", opened.values.getOrDefault("slab.http", "127.0.0.1:0"));
        return opened.options();
    }

    /** The files of slabs that run in the process of the node, or of the slab, that a file is about; each for {@link #readSlab}. */
    public static List<Path> also(Path file) {
        NodeFile opened = open(file);
        return opened.words("slab.also").stream()
                .map(word -> opened.path("slab.also", word))
                .toList();
    }

    private static Map<String, String> values(Path file, List<String> lines) {
        Map<String, String> values = new LinkedHashMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            int equals = stripped.indexOf('=');
            String name = equals < 0 ? stripped : stripped.substring(0, equals).strip();
            if (equals < 0) {
                throw new ConfigException(file + " line " + number + " is no 'name = value'");
            }
            if (!KNOWN.contains(name) && !begins(name, LEDGER) && !begins(name, MEMBER)) {
                throw new ConfigException(file + " line " + number + " has the unknown option '" + name
                        + "'; known are " + new TreeSet<>(KNOWN) + ", " + LEDGER + "NAME and " + MEMBER + "ID");
            }
            if (values.put(name, stripped.substring(equals + 1).strip()) != null) {
                throw new ConfigException(file + " line " + number + " has '" + name + "' for the second time");
            }
        }
        return values;
    }

    /** Whether {@code name} is {@code prefix} and a word of its own. */
    private static boolean begins(String name, String prefix) {
        return name.startsWith(prefix) && name.length() > prefix.length();
    }

    private NodeOptions options() {
        String data = values.get("data");
        if (data == null) {
            throw new ConfigException(file + " lacks the option 'data', the node's data directory");
        }
        NodeOptions usual = NodeOptions.in(path("data", data));
        HostPort http = HostPort.parse("http", value("http", usual.httpHost() + ":" + usual.httpPort()));
        long connections = number("http.connections", value("http.connections", usual.connectionsMax()));
        NodeOptions options = usual.withId(value("id", usual.id()))
                .withHttp(http.host(), http.port())
                .withConnectionsMax((int) Math.min(Integer.MAX_VALUE, connections))
                .withBodyMemoryBytes(size("http.body_memory", value("http.body_memory", usual.bodyMemoryBytes())))
                .withCors(words("http.cors"))
                .withLedgerPorts(values.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(LEDGER))
                        .map(entry -> LedgerPort.parse(entry.getKey(), entry.getValue()))
                        .toList())
                .withViewMemoryBytes(size("views.memory", value("views.memory", usual.viewMemoryBytes())))
                .withCompiled(bool("views.compiled", value("views.compiled", usual.compiled())))
                .withLedgerCacheBytes(size("ledgers.cache", value("ledgers.cache", usual.ledgerCacheBytes())))
                .withDiskFreeBytesMin(size("disk.free_min", value("disk.free_min", usual.diskFreeBytesMin())))
                .withCopyBandwidth(size("copies.bandwidth", value("copies.bandwidth", usual.copyBytesPerSecond())))
                .withScrub(new ScrubSettings(
                        Math.clamp(
                                number(
                                        "scrub.days",
                                        value("scrub.days", usual.scrub().days())),
                                -1,
                                Integer.MAX_VALUE),
                        size(
                                "scrub.bandwidth",
                                value("scrub.bandwidth", usual.scrub().bytesPerSecondMax()))))
                .withHistory(history(usual.history()))
                .withSlab(slab(usual.slab()))
                .withDataShards((int)
                        Math.min(Integer.MAX_VALUE, number("shards", value("shards", usual.dataShards()))))
                .withMembership(membership());
        String metrics = values.get("metrics");
        if (metrics != null) {
            options = options.withMetrics(HostPort.parse("metrics", metrics));
        }
        String peer = values.get("peer");
        if (peer != null) {
            options = options.withPeerHost(HostPort.parse("peer", peer).host());
        }
        String certificate = values.get("tls.certificate");
        String key = values.get("tls.key");
        return tls(options, certificate, key);
    }

    private SlabSettings slab(SlabSettings usual) {
        String secret = values.get("slab.secret");
        String lifetime = values.get("slab.class");
        String grants = values.get("slab.grants");
        return new SlabSettings(
                lifetime == null ? usual.lifetime() : SlabSettings.lifetime(lifetime),
                size("slab.quota", value("slab.quota", usual.quotaBytes())),
                values.containsKey("slab.join") ? words("slab.join") : members(),
                value("slab.domain", usual.domain()),
                secret == null ? null : path("slab.secret", secret),
                (int) Math.min(Integer.MAX_VALUE, number("slab.beat", value("slab.beat", usual.beatSeconds()))),
                value("slab.address", usual.address()),
                size("slab.bandwidth", value("slab.bandwidth", usual.bandwidthBytes())),
                (int) Math.min(Integer.MAX_VALUE, number("slab.objects", value("slab.objects", usual.histories()))),
                grants == null ? null : path("slab.grants", grants));
    }

    /** Where the slabs of the cluster's other nodes are reached. */
    private List<String> members() {
        return cluster().stream()
                .flatMap(nodes -> nodes.nodes().stream())
                .filter(node -> !node.id().equals(value("id", "n1")))
                .map(node -> withPort(node.http()))
                .toList();
    }

    private static String withPort(URI http) {
        int usual = "https".equals(http.getScheme()) ? 443 : 80;
        return http.getScheme() + "://" + http.getHost() + ":" + (http.getPort() < 0 ? usual : http.getPort());
    }

    private Membership membership() {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : Membership.LABELS) {
            String value = values.get("label." + label);
            if (value != null) {
                labels.put(label, value);
            }
        }
        return new Membership(
                Optional.ofNullable(values.get("agent")).map(text -> HostPort.parse("agent", text)),
                cluster(),
                bool("cluster.join", value("cluster.join", false)),
                labels,
                peerTls());
    }

    private Optional<ClusterNodes> cluster() {
        List<ClusterNode> nodes = values.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(MEMBER))
                .map(entry -> member(entry.getKey(), entry.getValue()))
                .toList();
        String id = values.get("cluster.id");
        String peer = values.get("peer");
        if (nodes.isEmpty() && id == null && peer == null && values.get("cluster.replicas") == null) {
            return Optional.empty();
        }
        boolean alone = id == null && nodes.size() == 1 && nodes.getFirst().id().equals(value("id", "n1"));
        if (nodes.isEmpty() || (id == null && !alone) || peer == null) {
            throw new ConfigException(
                    file + " has some of cluster.id, peer and " + MEMBER + "…, which belong together, and not all");
        }
        // What a node that joins lists is who was there then: there may be more.
        boolean grows = alone || bool("cluster.join", value("cluster.join", false));
        long replicas = number("cluster.replicas", value("cluster.replicas", grows ? 3 : Math.min(3, nodes.size())));
        try {
            if (!grows && replicas > nodes.size()) {
                throw new ConfigException(
                        file + ": cluster.replicas is " + replicas + ", and there are " + nodes.size() + " nodes");
            }
            ClusterNodes cluster = new ClusterNodes(
                    id == null ? ClusterNodes.NAMELESS : UUID.fromString(id),
                    nodes,
                    Math.clamp(replicas, 0, Integer.MAX_VALUE));
            requireListed(cluster, HostPort.parse("peer", peer));
            return Optional.of(cluster);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(file + ": " + e.getMessage(), e);
        }
    }

    /** The others come to the address that is listed, and so the node has to listen there. */
    private void requireListed(ClusterNodes cluster, HostPort peer) {
        cluster.node(value("id", "n1")).ifPresent(self -> {
            if (self.peerPort() != peer.port()) {
                throw new ConfigException("peer is port " + peer.port() + ", but " + MEMBER + self.id()
                        + " tells the others to come to " + self.peer());
            }
        });
    }

    private static ClusterNode member(String name, String text) {
        String[] words = text.split("\\s+", -1);
        if (words.length < 2 || words.length > 3) {
            throw new ConfigException(name + " is '" + text + "', expected HOST:PORT HTTP-URL [AGENT-URL]");
        }
        HostPort peer = HostPort.parse(name, words[0]);
        try {
            return new ClusterNode(
                    name.substring(MEMBER.length()),
                    peer.host(),
                    peer.port(),
                    new URI(words[1]),
                    words.length == 3 ? Optional.of(new URI(words[2])) : Optional.empty());
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new ConfigException(name + " is '" + text + "': " + e.getMessage(), e);
        }
    }

    private Optional<PeerTls> peerTls() {
        String certificate = values.get("peer.certificate");
        String key = values.get("peer.key");
        String authority = values.get("peer.ca");
        String authorityKey = values.get("peer.ca_key");
        if (certificate == null && key == null && authority == null && authorityKey == null) {
            return Optional.empty();
        }
        if (certificate == null || key == null || authority == null) {
            throw new ConfigException(file + " has some of peer.certificate, peer.key and peer.ca, and not all");
        }
        return Optional.of(new PeerTls(
                new Tls(path("peer.certificate", certificate), path("peer.key", key)),
                path("peer.ca", authority),
                authorityKey == null ? null : path("peer.ca_key", authorityKey)));
    }

    private String value(String name, Object otherwise) {
        return values.getOrDefault(name, String.valueOf(otherwise));
    }

    private List<String> words(String name) {
        String text = values.get(name);
        return text == null
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private NodeOptions tls(NodeOptions options, @Nullable String certificate, @Nullable String key) {
        if (certificate == null && key == null) {
            return options;
        }
        if (certificate == null || key == null) {
            throw new ConfigException(file + " has only one of tls.certificate and tls.key");
        }
        return options.withTls(new Tls(path("tls.certificate", certificate), path("tls.key", key)));
    }

    private Path path(String name, String value) {
        try {
            Path directory = file.toAbsolutePath().getParent();
            return (directory == null ? Path.of(value) : directory.resolve(value)).normalize();
        } catch (InvalidPathException e) {
            throw new ConfigException(name + " is '" + value + "', which is no path", e);
        }
    }

    private HistorySettings history(HistorySettings usual) {
        return new HistorySettings(
                number("views.steps", value("views.steps", usual.steps())),
                Math.clamp(
                        number("views.checkpoints", value("views.checkpoints", usual.checkpoints())),
                        -1,
                        Integer.MAX_VALUE),
                Duration.ofSeconds(number(
                        "views.checkpoints.seconds",
                        value("views.checkpoints.seconds", usual.every().toSeconds()))),
                size("views.checkpoints.bytes", value("views.checkpoints.bytes", usual.bytes())));
    }

    private static long number(String name, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new ConfigException(name + " is '" + value + "', expected a whole number", e);
        }
    }

    /** Bytes, or with KiB, MiB, GiB. */
    public static long size(String name, String value) {
        long unit = 1;
        String digits = value;
        for (Map.Entry<String, Long> known :
                Map.of("KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30).entrySet()) {
            if (value.endsWith(known.getKey())) {
                unit = known.getValue();
                digits = value.substring(0, value.length() - known.getKey().length())
                        .strip();
            }
        }
        try {
            return Math.multiplyExact(number(name, digits), unit);
        } catch (ArithmeticException e) {
            throw new ConfigException(name + " is '" + value + "', which is too large", e);
        }
    }

    private static boolean bool(String name, String value) {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new ConfigException(name + " is '" + value + "', expected true or false");
        };
    }
}
