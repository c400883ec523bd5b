package io.thalweg.server.http.cluster;

import io.thalweg.cluster.ClusterNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The doors at which the other nodes of the cluster take requests. What may go on for ever has connections of its own, so that no number of tails keeps an append from
 * its node. Thread-safe.
 */
final class NodeDoors implements AutoCloseable {
    /** Connections to one node, for what ends and as many again for what does not. */
    static final int CONNECTIONS_MAX = 1_024;

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final int THREADS_MAX = 16;
    private static final int HEADER_BYTES_MAX = 64 << 10;

    private final HttpClient passing;
    private final HttpClient tailing;

    private NodeDoors(HttpClient passing, HttpClient tailing) {
        this.passing = passing;
        this.tailing = tailing;
    }

    /**
     * Opens nothing yet.
     *
     * @param tls whom to believe where others take requests with TLS; as this machine does when it is empty
     * @param idle after which a connection is closed on which nothing happens
     */
    static NodeDoors open(Optional<SSLContext> tls, Duration idle) throws IOException {
        return open(tls, idle, CONNECTIONS_MAX);
    }

    static NodeDoors open(Optional<SSLContext> tls, Duration idle, int connectionsMax) throws IOException {
        HttpClient passing = client("passed-calls", tls, idle, connectionsMax);
        try {
            return new NodeDoors(passing, client("passed-tails", tls, idle, connectionsMax));
        } catch (IOException e) {
            stop(passing);
            throw e;
        }
    }

    private static HttpClient client(String name, Optional<SSLContext> tls, Duration idle, int connectionsMax)
            throws IOException {
        HttpClient http = new HttpClient();
        tls.ifPresent(context -> {
            SslContextFactory.Client trust = new SslContextFactory.Client();
            trust.setSslContext(context);
            http.setSslContextFactory(trust);
        });
        QueuedThreadPool threads = new QueuedThreadPool(THREADS_MAX, 1);
        threads.setName(name);
        threads.setDaemon(true);
        http.setExecutor(threads);
        http.setFollowRedirects(false);
        http.setUserAgentField(null);
        http.setConnectTimeout(CONNECT.toMillis());
        http.setIdleTimeout(idle.toMillis());
        http.setMaxConnectionsPerDestination(connectionsMax);
        http.setMaxResponseHeadersSize(HEADER_BYTES_MAX);
        http.setRequestBufferSize(HEADER_BYTES_MAX);
        try {
            http.start();
        } catch (Exception e) {
            throw new IOException("the way to other nodes does not open: " + e.getMessage(), e);
        }
        // Answers pass as they are: nobody here follows a challenge or undoes a coding.
        http.getProtocolHandlers().clear();
        http.getContentDecoderFactories().clear();
        return http;
    }

    /**
     * A request that is not sent yet.
     *
     * @param target path and query as the client wrote them: what is no URI to the letter is answered everywhere alike
     * @param endless whether its answer may never end
     */
    Request to(ClusterNode node, String method, String target, boolean endless) {
        URI door = node.http();
        String prefix = door.getRawPath() == null ? "" : door.getRawPath().replaceAll("/+$", "");
        URI authority = URI.create(door.getScheme() + "://" + door.getRawAuthority());
        return (endless ? tailing : passing)
                .newRequest(authority)
                .path(prefix + target)
                .method(method);
    }

    /** Where a client finds at a node what it asked for here. */
    static String location(ClusterNode node, String target) {
        return node.http().toString().replaceAll("/+$", "") + target;
    }

    /** Whether there was no connection, or nobody at its end who could be believed, so that nobody can have seen what was to be sent. */
    static boolean isUnseen(@Nullable Throwable cause) {
        return cause instanceof ConnectException
                || cause instanceof SocketTimeoutException
                || cause instanceof UnresolvedAddressException
                || cause instanceof SSLHandshakeException;
    }

    @Override
    public void close() {
        stop(passing);
        stop(tailing);
    }

    private static void stop(HttpClient http) {
        try {
            http.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the way to other nodes does not close", e);
        }
    }
}
