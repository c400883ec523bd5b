package io.thalweg.testkit.nemesis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ways between the nodes of a cluster, each direction of which can be cut or slowed down: so that every shape of a partition can be made, with loss in one
 * direction, too. Nodes are reached by each other at addresses where this listens, and listen themselves at others; what is not between two nodes of
 * which it knows passes as it is.
 *
 * <p>What is cut is not lost for good, as with TCP over a network that comes back: bytes wait where they are, and go on in order when the way is {@link #heal}ed,
 * if both ends still want them. Thread-safe.
 */
public final class PeerLinks implements AutoCloseable {
    private static final String REACHED = "127.0.0.1";
    private static final String BEHIND = "127.0.0.2";
    private static final Pattern PEER = Pattern.compile("(?m)^peer = 127\\.0\\.0\\.[12]:(\\d+)$");
    private static final int CHUNK_BYTES = 16 << 10;
    private static final int CHUNKS_MAX = 64;
    private static final long LOOK_AGAIN_MS = 2;

    private final Dialler dialler;
    private final List<ServerSocket> listening = new ArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Way> cut = ConcurrentHashMap.newKeySet();
    private final Map<Way, Duration> delays = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Knows who dials. */
    @FunctionalInterface
    public interface Dialler {
        /** The node that has the near end of a connection from this port; empty for whoever is none. */
        Optional<String> at(int port);
    }

    private record Way(String from, String to) {}

    /** Bytes on their way, and when they arrive at the earliest; none at the end. */
    private record Chunk(byte[] bytes, long dueNs) {}

    public PeerLinks(Dialler dialler) {
        this.dialler = dialler;
    }

    /**
     * Stands before all nodes of a cluster on this machine that do not run yet. Each is made to listen for the others on another address than that at which they reach it: the
     * line {@code peer = 127.0.0.1:PORT} of its configuration says {@code 127.0.0.2} from now on.
     *
     * @param configs of each node, by its id: the paths as they stand in the command lines of their processes
     * @throws IOException also when a configuration has no such line
     */
    public static PeerLinks between(Map<String, Path> configs) throws IOException {
        Map<String, String> words = new HashMap<>();
        configs.forEach((id, config) -> words.put(id, config.toString()));
        PeerLinks links = new PeerLinks(new ProcessPorts(words));
        try {
            for (Map.Entry<String, Path> node : configs.entrySet()) {
                String config = Files.readString(node.getValue());
                Matcher peer = PEER.matcher(config);
                if (!peer.find()) {
                    throw new IOException(node.getValue() + " does not say 'peer = " + REACHED + ":PORT'");
                }
                int port = Integer.parseInt(peer.group(1));
                Files.writeString(node.getValue(), peer.replaceFirst("peer = " + BEHIND + ":" + port));
                links.before(
                        node.getKey(),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        new InetSocketAddress(BEHIND, port));
            }
            return links;
        } catch (IOException e) {
            links.close();
            throw e;
        }
    }

    /** Stands before a node. */
    public synchronized void before(String node, InetSocketAddress reached, InetSocketAddress listens)
            throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.bind(reached);
        listening.add(socket);
        Thread.ofVirtual().name("link-" + node).start(() -> accept(socket, node, listens));
    }

    /** Nothing that the one says gets to the other; the other way is as it was. */
    public void cut(String from, String to) {
        cut.add(new Way(from, to));
    }

    /** What the one says gets to the other later than it did. */
    public void delay(String from, String to, Duration by) {
        delays.put(new Way(from, to), by);
    }

    /** All ways are as they were at first. */
    public void heal() {
        cut.clear();
        delays.clear();
    }

    private void accept(ServerSocket socket, String node, InetSocketAddress listens) {
        while (!closed) {
            try {
                Socket near = socket.accept();
                open.add(near);
                Thread.ofVirtual().start(() -> connect(near, node, listens));
            } catch (IOException e) {
                // Closed; or a connection that was given up before it was taken.
            }
        }
    }

    private void connect(Socket near, String node, InetSocketAddress listens) {
        Socket far = new Socket();
        open.add(far);
        try {
            near.setTcpNoDelay(true);
            String from = dialler.at(near.getPort()).orElse("");
            far.connect(listens);
            far.setTcpNoDelay(true);
            pass(near, far, new Way(from, node));
            pass(far, near, new Way(node, from));
        } catch (IOException e) {
            // Nobody is there: the dialler finds out, and tries again.
            end(near, far);
        }
    }

    private void pass(Socket from, Socket to, Way way) {
        BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(CHUNKS_MAX);
        Thread.ofVirtual().start(() -> read(from, to, way, queue));
        Thread.ofVirtual().start(() -> write(from, to, way, queue));
    }

    private void read(Socket from, Socket to, Way way, BlockingQueue<Chunk> queue) {
        try {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[CHUNK_BYTES];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                Duration by = delays.getOrDefault(way, Duration.ZERO);
                queue.put(new Chunk(Arrays.copyOf(buffer, length), System.nanoTime() + by.toNanos()));
            }
            queue.put(new Chunk(new byte[0], 0));
        } catch (IOException e) {
            end(from, to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Socket from, Socket to, Way way, BlockingQueue<Chunk> queue) {
        try {
            OutputStream out = to.getOutputStream();
            for (Chunk next = queue.take(); next.bytes.length > 0; next = queue.take()) {
                while (!closed && (cut.contains(way) || next.dueNs - System.nanoTime() > 0)) {
                    Thread.sleep(LOOK_AGAIN_MS);
                }
                out.write(next.bytes);
            }
        } catch (IOException e) {
            // Whoever reads has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(from, to);
        }
    }

    private void end(Socket... ends) {
        for (Socket each : ends) {
            open.remove(each);
            try {
                each.close();
            } catch (IOException e) {
                // It is closed.
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        for (ServerSocket socket : listening) {
            socket.close();
        }
        end(open.toArray(Socket[]::new));
    }
}
