package io.thalweg.server.config;

import com.sun.management.OperatingSystemMXBean;
import io.thalweg.log.journal.Journal;
import io.thalweg.log.journal.JournalOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node runs with.
 *
 * @param data the directory that holds everything; created when it is missing
 * @param id the node's name, 1 to 100 letters, digits, {@code _} and {@code -}; fixed once the data directory exists
 * @param httpHost name or address that the HTTP door listens on
 * @param httpPort its port; 0 for a free one
 * @param tls null for plain HTTP
 * @param connectionsMax open HTTP connections; more wait to be accepted
 * @param bodyMemoryBytes memory for request bodies, all requests together; more wait, then are refused
 * @param viewMemoryBytes memory for the instances of all views together, half of it for a tenant
 * @param compiled whether the code of views is compiled, or interpreted
 * @param ledgerPorts where clients of the ledger's wire protocol find which ledger
 * @param cors origins whose pages may call the HTTP API, such as {@code https://app.example.com}; {@code *} for all
 * @param dataShards shards for data beside the directory's; with 0 all is in the directory's. Those that are there already are opened
 *     in any case
 * @param slab how the node's slab lives
 * @param membership the node's place among others
 * @param patience with slow HTTP clients
 * @param metrics where {@code /metrics} is instead of at the HTTP door; null for there
 * @param diskFreeBytesMin what would store something is refused when less is left on the disk; 0 for never
 * @param peerHost name or address on which it listens for the other nodes of its cluster; null for that at which they reach it
 * @param scrub how it looks for wrong bytes that nobody reads
 * @param copyBytesPerSecond what copies of this node's replicas for others take of the network in a second, all together
 * @param ledgerCacheBytes memory for what is read of the ledgers' files, all ledgers together; taken as it fills
 * @param history how far back the state of views in Java can be read
 * @param segmentBytes about how large a file of a shard's journal gets before the next is begun; nobody who runs a node can say it
 */
public record NodeOptions(
        Path data,
        String id,
        String httpHost,
        int httpPort,
        @Nullable Tls tls,
        int connectionsMax,
        long bodyMemoryBytes,
        long viewMemoryBytes,
        boolean compiled,
        List<LedgerPort> ledgerPorts,
        List<String> cors,
        int dataShards,
        SlabSettings slab,
        Membership membership,
        Patience patience,
        @Nullable HostPort metrics,
        long copyBytesPerSecond,
        long ledgerCacheBytes,
        long diskFreeBytesMin,
        ScrubSettings scrub,
        HistorySettings history,
        @Nullable String peerHost,
        int segmentBytes) {

    /** The port of the HTTP door unless another is asked for. */
    public static final int HTTP_PORT = 4780;

    /** What a node takes without being told, however little or much memory there is. */
    private static final long LEDGER_CACHE_BYTES_MIN = 64L << 20;

    private static final long LEDGER_CACHE_BYTES_MAX = 16L << 30;
    private static final long COPY_BYTES_PER_SECOND = 256L << 20;

    /** More than a fast disk takes between two looks at what is left. */
    private static final long DISK_FREE_BYTES_MIN = 512L << 20;

    /** Most shards for data on one node. */
    public static final int DATA_SHARDS_MAX = 64;

    public NodeOptions {
        ledgerPorts = List.copyOf(ledgerPorts);
        cors = List.copyOf(cors);
        for (String origin : cors) {
            if (!origin.matches("\\*|https?://[^/\\s,]+")) {
                throw new ConfigException(
                        "http.cors has '" + origin + "', expected origins such as https://app.example.com, or *");
            }
        }
        if (!id.matches("[A-Za-z0-9_-]{1,100}")) {
            throw new ConfigException("id is '" + id + "', expected 1 to 100 letters, digits, _ or -");
        }
        if (httpHost.isBlank()) {
            throw new ConfigException("http has no host");
        }
        within("http's port", httpPort, 0, 65_535);
        within("http.connections", connectionsMax, 1, 1_000_000);
        within("http.body_memory", bodyMemoryBytes, 1 << 20, 1L << 40);
        within("views.memory", viewMemoryBytes, 1 << 20, 1L << 40);
        within("shards", dataShards, 0, DATA_SHARDS_MAX);
        within("disk.free_min", diskFreeBytesMin, 0, 1L << 50);
        within("copies.bandwidth", copyBytesPerSecond, 1 << 16, 1L << 40);
        within("ledgers.cache", ledgerCacheBytes, 1 << 20, 1L << 42);
        within("segmentBytes", segmentBytes, 1 << 16, Journal.MAX_SEGMENT_BYTES);
        var _ = membership.self(id);
        if (peerHost != null && membership.tls().isEmpty() && !new HostPort(peerHost, 0).isLoopback()) {
            throw new ConfigException("peer is at " + peerHost + ", which others reach: there it needs mutual TLS, with"
                    + " peer.certificate, peer.key and peer.ca");
        }
    }

    private static void within(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new ConfigException(name + " is " + value + ", expected " + min + " to " + max);
        }
    }

    /** A node on loopback, at the usual port, with what fits most machines. */
    public static NodeOptions in(Path data) {
        // A quarter of the heap, so that the shard's queue and the views have room beside it.
        long bodies = Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4);
        long views = Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 2);
        return new NodeOptions(
                data,
                "n1",
                "127.0.0.1",
                HTTP_PORT,
                null,
                10_000,
                bodies,
                views,
                true,
                List.of(),
                List.of(),
                0,
                SlabSettings.DEFAULT,
                Membership.ALONE,
                Patience.DEFAULT,
                null,
                COPY_BYTES_PER_SECOND,
                ledgerCache(),
                DISK_FREE_BYTES_MIN,
                ScrubSettings.DEFAULT,
                HistorySettings.DEFAULT,
                null,
                JournalOptions.SEGMENT_BYTES);
    }

    /** A quarter of the memory that the machine, or the container, has beside the heap. */
    private static long ledgerCache() {
        long machine =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long beside = machine - Runtime.getRuntime().maxMemory();
        return Math.clamp(beside / 4, LEDGER_CACHE_BYTES_MIN, LEDGER_CACHE_BYTES_MAX);
    }

    /** Options that are being made from others. */
    private static final class Next {
        private final Path data;
        private String id;
        private String httpHost;
        private int httpPort;
        private @Nullable Tls tls;
        private int connectionsMax;
        private long bodyMemoryBytes;
        private long viewMemoryBytes;
        private boolean compiled;
        private List<LedgerPort> ledgerPorts;
        private List<String> cors;
        private int dataShards;
        private SlabSettings slab;
        private Membership membership;
        private Patience patience;
        private @Nullable HostPort metrics;
        private long copyBytesPerSecond;
        private long ledgerCacheBytes;
        private long diskFreeBytesMin;
        private ScrubSettings scrub;
        private HistorySettings history;
        private @Nullable String peerHost;
        private int segmentBytes;

        Next(NodeOptions options) {
            data = options.data;
            id = options.id;
            httpHost = options.httpHost;
            httpPort = options.httpPort;
            tls = options.tls;
            connectionsMax = options.connectionsMax;
            bodyMemoryBytes = options.bodyMemoryBytes;
            viewMemoryBytes = options.viewMemoryBytes;
            compiled = options.compiled;
            ledgerPorts = options.ledgerPorts;
            cors = options.cors;
            dataShards = options.dataShards;
            slab = options.slab;
            membership = options.membership;
            patience = options.patience;
            metrics = options.metrics;
            copyBytesPerSecond = options.copyBytesPerSecond;
            ledgerCacheBytes = options.ledgerCacheBytes;
            diskFreeBytesMin = options.diskFreeBytesMin;
            scrub = options.scrub;
            history = options.history;
            peerHost = options.peerHost;
            segmentBytes = options.segmentBytes;
        }
    }

    private NodeOptions with(Consumer<Next> change) {
        Next next = new Next(this);
        change.accept(next);
        return new NodeOptions(
                next.data,
                next.id,
                next.httpHost,
                next.httpPort,
                next.tls,
                next.connectionsMax,
                next.bodyMemoryBytes,
                next.viewMemoryBytes,
                next.compiled,
                next.ledgerPorts,
                next.cors,
                next.dataShards,
                next.slab,
                next.membership,
                next.patience,
                next.metrics,
                next.copyBytesPerSecond,
                next.ledgerCacheBytes,
                next.diskFreeBytesMin,
                next.scrub,
                next.history,
                next.peerHost,
                next.segmentBytes);
    }

    /** @param port 0 for a free one */
    public NodeOptions withHttp(String host, int port) {
        return with(next -> {
            next.httpHost = host;
            next.httpPort = port;
        });
    }

    public NodeOptions withTls(Tls files) {
        return with(next -> next.tls = files);
    }

    public NodeOptions withId(String name) {
        return with(next -> next.id = name);
    }

    public NodeOptions withConnectionsMax(int connections) {
        return with(next -> next.connectionsMax = connections);
    }

    public NodeOptions withBodyMemoryBytes(long bytes) {
        return with(next -> next.bodyMemoryBytes = bytes);
    }

    public NodeOptions withViewMemoryBytes(long bytes) {
        return with(next -> next.viewMemoryBytes = bytes);
    }

    public NodeOptions withCompiled(boolean compile) {
        return with(next -> next.compiled = compile);
    }

    public NodeOptions withLedgerPorts(List<LedgerPort> ports) {
        return with(next -> next.ledgerPorts = ports);
    }

    public NodeOptions withCors(List<String> origins) {
        return with(next -> next.cors = origins);
    }

    public NodeOptions withSlab(SlabSettings settings) {
        return with(next -> next.slab = settings);
    }

    public NodeOptions withDataShards(int count) {
        return with(next -> next.dataShards = count);
    }

    public NodeOptions withMembership(Membership place) {
        return with(next -> next.membership = place);
    }

    public NodeOptions withPatience(Patience withSlowClients) {
        return with(next -> next.patience = withSlowClients);
    }

    public NodeOptions withLedgerCacheBytes(long bytes) {
        return with(next -> next.ledgerCacheBytes = bytes);
    }

    public NodeOptions withPeerHost(String host) {
        return with(next -> next.peerHost = host);
    }

    /** For tests, which have files complete without writing much. */
    public NodeOptions withSegmentBytes(int bytes) {
        return with(next -> next.segmentBytes = bytes);
    }

    public NodeOptions withHistory(HistorySettings settings) {
        return with(next -> next.history = settings);
    }

    public NodeOptions withScrub(ScrubSettings settings) {
        return with(next -> next.scrub = settings);
    }

    public NodeOptions withCopyBandwidth(long bytesPerSecond) {
        return with(next -> next.copyBytesPerSecond = bytesPerSecond);
    }

    /** @param bytes 0 for nothing to be refused before the disk does */
    public NodeOptions withDiskFreeBytesMin(long bytes) {
        return with(next -> next.diskFreeBytesMin = bytes);
    }

    /** @param address with port 0 for a free one */
    public NodeOptions withMetrics(HostPort address) {
        return with(next -> next.metrics = address);
    }
}
