package io.thalweg.server.ledgerwire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port of a ledger that is not on this node: every connection goes through to the port of a node that has it, byte for byte, so that
 * a client reaches its ledger at each node's address. What comes back says who leads, and clients then go there by themselves. A connection ends
 * on both sides when it ends on one. Two threads and two small buffers each, as many connections as a door of the ledger has, so that
 * thousands may be idle; where more comes at once than a small one holds, it goes through a large one, of which there are few.
 */
public final class LedgerRelay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerRelay.class);
    private static final int SMALL_BYTES = 1 << 10;
    private static final int LARGE_BYTES = 64 << 10;

    /** Large buffers at the same time; without one, bytes go through a small one. */
    static final int LARGE_MAX = 256;

    private static final int CONNECT_MS_MAX = 2_000;
    private static final long PAUSE_MS = 500;

    private final ServerSocketChannel server;
    private final Supplier<Optional<InetSocketAddress>> target;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final Semaphore large = new Semaphore(LARGE_MAX);

    private LedgerRelay(ServerSocketChannel server, Supplier<Optional<InetSocketAddress>> target) {
        this.server = server;
        this.target = target;
    }

    /**
     * Begins to let clients through.
     *
     * @param listening bound, of which the relay takes possession
     * @param target where the ledger is at the moment; clients are turned away while it is empty
     */
    public static LedgerRelay open(ServerSocketChannel listening, Supplier<Optional<InetSocketAddress>> target) {
        LedgerRelay relay = new LedgerRelay(listening, target);
        Thread.ofPlatform().daemon().name("ledger-relay").start(relay::accept);
        return relay;
    }

    public int port() {
        return server.socket().getLocalPort();
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                if (open.size() >= 2 * LedgerDoor.CONNECTIONS_MAX) {
                    LOG.warn("there are {} relayed ledger clients; one more is turned away", open.size() / 2);
                    client.close();
                    continue;
                }
                Thread.ofVirtual().name("ledger-relay-client").start(() -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("a ledger client cannot connect", e);
                pause();
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client;
                SocketChannel far = SocketChannel.open()) {
            open.add(client);
            open.add(far);
            if (!server.isOpen()) {
                return;
            }
            Optional<InetSocketAddress> at = target.get();
            if (at.isEmpty()) {
                LOG.info("no node with the ledger is known at the moment: a client is turned away");
                return;
            }
            far.socket().connect(at.get(), CONNECT_MS_MAX);
            var _ = client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var _ = far.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread back = Thread.ofVirtual().name("ledger-relay-reply").start(() -> pump(far, client));
            pump(client, far);
            back.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | UncheckedIOException e) {
            LOG.info("a relayed ledger client broke off: {}", e.getMessage());
        } finally {
            open.removeIf(channel -> !channel.isOpen());
        }
    }

    /** Carries bytes one way until there are no more, and then ends the connection. */
    private void pump(SocketChannel from, SocketChannel to) {
        ByteBuffer bytes = ByteBuffer.allocate(SMALL_BYTES);
        try (from;
                to) {
            while (carry(from, to, bytes)) {
                if (bytes.limit() == SMALL_BYTES && !carryMuch(from, to)) {
                    return;
                }
            }
        } catch (IOException e) {
            LOG.debug("a relayed connection ended", e);
        }
    }

    /** Carries in large pieces as long as something is there, if there is a buffer for it; false at the end. */
    private boolean carryMuch(SocketChannel from, SocketChannel to) throws IOException {
        if (!isMore(from) || !large.tryAcquire()) {
            return true;
        }
        try {
            ByteBuffer bytes = ByteBuffer.allocate(LARGE_BYTES);
            boolean goesOn = true;
            while (goesOn && isMore(from)) {
                goesOn = carry(from, to, bytes);
            }
            return goesOn;
        } finally {
            large.release();
        }
    }

    /** Whether something has come already: who waits for it has a small buffer. */
    private static boolean isMore(SocketChannel from) throws IOException {
        return from.socket().getInputStream().available() > 0;
    }

    /** Large buffers that nobody has at the moment. */
    int free() {
        return large.availablePermits();
    }

    /** Carries what has come, or waits for something; false at the end. */
    private static boolean carry(SocketChannel from, SocketChannel to, ByteBuffer bytes) throws IOException {
        if (from.read(bytes.clear()) < 0) {
            return false;
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
            int _ = to.write(bytes);
        }
        return true;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("closing the relay of a ledger port", e);
        }
        for (SocketChannel channel : open) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing a relayed connection", e);
            }
        }
    }
}
