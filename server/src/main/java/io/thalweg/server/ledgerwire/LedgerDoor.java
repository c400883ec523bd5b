package io.thalweg.server.ledgerwire;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens at one address for clients of one ledger. Each connection has a virtual thread, so that thousands may be idle; a client that
 * takes longer than {@value #MESSAGE_SECONDS_MAX} seconds for one message, in either direction, is cut off.
 */
public final class LedgerDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerDoor.class);

    /** Open connections at one door; more are closed at once. */
    public static final int CONNECTIONS_MAX = 16_384;

    private static final int MESSAGE_SECONDS_MAX = 30;

    private final ServerSocketChannel server;
    private final LedgerBook book;
    private final BodyMemory memory;
    private final long clusterLow;
    private final long clusterHigh;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    /**
     * @param clusterLow the low half of the cluster's id, which clients must name
     * @param bodyBytes memory for what is being read, executed and answered in all connections together
     */
    public record Options(long clusterLow, long clusterHigh, long bodyBytes) {}

    private LedgerDoor(ServerSocketChannel server, LedgerBook book, Options options) {
        this.server = server;
        this.book = book;
        memory = new BodyMemory(options.bodyBytes());
        clusterLow = options.clusterLow();
        clusterHigh = options.clusterHigh();
    }

    /**
     * Opens a door; when it returns, clients are served.
     *
     * @param server bound, of which the door takes possession
     */
    public static LedgerDoor open(ServerSocketChannel server, Options options, LedgerBook book) {
        LedgerDoor door = new LedgerDoor(server, book, options);
        Thread.ofVirtual().name("ledger-accept").start(door::accept);
        Thread.ofVirtual().name("ledger-sweep").start(door::sweep);
        return door;
    }

    /** The port that it listens at. */
    public int port() {
        return server.socket().getLocalPort();
    }

    /** Open connections. */
    public int connections() {
        return connections.size();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                serve(server.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // Out of file handles, most likely: those who are in go on.
                LOG.warn("a ledger client cannot connect", e);
                pause();
            } catch (RuntimeException e) {
                LOG.error("a ledger client cannot be served", e);
                pause();
            }
        }
    }

    private void serve(SocketChannel channel) throws IOException {
        if (connections.size() >= CONNECTIONS_MAX) {
            LOG.warn("there are {} ledger clients; one more is turned away", CONNECTIONS_MAX);
            channel.close();
            return;
        }
        var _ = channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        Connection connection = new Connection(channel, book, memory, clusterLow, clusterHigh);
        connections.add(connection);
        Thread.ofVirtual().name("ledger-client").start(() -> {
            try {
                connection.run();
            } finally {
                connections.remove(connection);
            }
        });
        if (!server.isOpen()) {
            connection.close();
        }
    }

    private void sweep() {
        pause();
        // Before there is anything to do for clients, but not while the node itself starts.
        RoundsTrial.begin();
        while (server.isOpen()) {
            pause();
            long now = System.nanoTime();
            long most = TimeUnit.SECONDS.toNanos(MESSAGE_SECONDS_MAX);
            for (Connection connection : connections) {
                try {
                    connection.closeIfSlow(now, most);
                } catch (RuntimeException e) {
                    LOG.error("a slow ledger client cannot be cut off", e);
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("closing the ledger port", e);
        }
        connections.forEach(Connection::close);
    }
}
