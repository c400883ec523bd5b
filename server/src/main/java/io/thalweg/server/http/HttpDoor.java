package io.thalweg.server.http;

import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.config.Patience;
import io.thalweg.server.data.Damages;
import io.thalweg.server.memory.NodeMemory;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/**
 * Listens for HTTP/1.1 and HTTP/2, plain (by upgrade or prior knowledge) or with TLS (by ALPN). Jetty speaks the protocols and
 * bounds what a connection may do; what a call means is {@link CallHandler}'s. A few platform threads move bytes, and each call runs
 * on a virtual thread.
 */
public final class HttpDoor implements AutoCloseable {
    private static final int HEADER_BYTES_MAX = 64 << 10;

    /** Threads that accept and select; what blocks never runs on them. */
    private static final int THREADS_MAX = 32;

    private static final int STREAMS_PER_CONNECTION_MAX = 128;

    /** Bytes that one HTTP/2 connection may send ahead of what its calls have read. */
    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;

    private static final int STREAM_WINDOW_BYTES = 256 << 10;
    private static final Duration IDLE = Duration.ofMinutes(5);

    /** How long calls that are under way may take when the door closes. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private final Server server;
    private final ServerConnector connector;
    private final boolean secure;

    /**
     * Where and how to listen.
     *
     * @param tls null for plain HTTP
     * @param connectionsMax open connections; more wait
     * @param cors origins whose pages may call, {@code *} for all
     * @param callers whether with TLS callers have to show certificates, too
     * @param errors how refusals look
     * @param patience with slow clients
     */
    public record Options(
            @Nullable SSLContext tls,
            int connectionsMax,
            List<String> cors,
            CallerCertificates callers,
            ErrorForm errors,
            Patience patience) {
        public Options {
            cors = List.copyOf(cors);
        }

        /** For everybody, with refusals as everywhere. */
        public static Options open(@Nullable SSLContext tls, int connectionsMax, List<String> cors) {
            return new Options(
                    tls, connectionsMax, cors, CallerCertificates.NOT_ASKED, ErrorForm.PLAIN, Patience.DEFAULT);
        }

        /** The same with another patience. */
        public Options with(Patience other) {
            return new Options(tls, connectionsMax, cors, callers, errors, other);
        }
    }

    /** Whether callers show who they are before they say anything. */
    public enum CallerCertificates {
        NOT_ASKED,
        /** One that the context trusts, or there is no connection. */
        REQUIRED
    }

    /**
     * Opens; whoever calls finds every route ready.
     *
     * @param listening bound, of which the door takes possession
     * @param detour to other nodes
     * @param sockets says where WebSockets begin; what does not upgrade goes on to the routes
     */
    public static HttpDoor open(
            ServerSocketChannel listening,
            Options options,
            List<Route> routes,
            Authenticator authenticator,
            RateLimits rates,
            NodeMemory memory,
            HttpMeters meters,
            Damages damages,
            Detour detour,
            Consumer<ServerWebSocketContainer> sockets)
            throws IOException {
        CallHandler handler = new CallHandler(
                new Router(routes),
                new Admission(authenticator, rates, detour),
                new Cors(options.cors()),
                memory,
                meters,
                damages,
                options.errors(),
                options.patience(),
                detour);
        return new HttpDoor(listening, options, handler, sockets);
    }

    private HttpDoor(
            ServerSocketChannel listening,
            Options options,
            CallHandler handler,
            Consumer<ServerWebSocketContainer> sockets)
            throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS_MAX, 4);
        threads.setName("http");
        threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-call-"));
        server = new Server(threads);
        server.setErrorHandler(new ErrorPages());
        server.setStopTimeout(FAREWELL.toMillis());
        SSLContext tls = options.tls();
        secure = tls != null;
        connector = tls == null
                ? new ServerConnector(server, -1, -1, plain(http()))
                : new ServerConnector(server, -1, -1, withTls(http(), tls, options.callers()));
        connector.setIdleTimeout(IDLE.toMillis());
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(options.connectionsMax(), server));
        WebSocketUpgradeHandler upgrades = WebSocketUpgradeHandler.from(server, sockets);
        upgrades.setHandler(handler);
        server.setHandler(new GracefulHandler(upgrades));
        try {
            connector.open(listening);
            server.start();
        } catch (Exception e) {
            close();
            throw new IOException("the HTTP door does not open: " + e.getMessage(), e);
        }
    }

    private static HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES_MAX);
        http.setResponseHeaderSize(HEADER_BYTES_MAX);
        // The router reads the path as it was sent and leads to no files: what is ambiguous elsewhere is unknown here.
        http.setUriCompliance(UriCompliance.UNSAFE);
        return http;
    }

    private static ConnectionFactory[] plain(HttpConfiguration http) {
        HTTP2CServerConnectionFactory http2 = new HTTP2CServerConnectionFactory(http);
        bound(http2);
        return new ConnectionFactory[] {new HttpConnectionFactory(http), http2};
    }

    private static ConnectionFactory[] withTls(HttpConfiguration http, SSLContext context, CallerCertificates callers) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        tls.setNeedClientAuth(callers == CallerCertificates.REQUIRED);
        tls.setCipherComparator(HTTP2Cipher.COMPARATOR);
        HttpConnectionFactory http1 = new HttpConnectionFactory(http);
        HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(http);
        bound(http2);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http1.getProtocol());
        return new ConnectionFactory[] {new SslConnectionFactory(tls, alpn.getProtocol()), alpn, http2, http1};
    }

    private static void bound(AbstractHTTP2ServerConnectionFactory http2) {
        http2.setMaxConcurrentStreams(STREAMS_PER_CONNECTION_MAX);
        http2.setInitialSessionRecvWindow(CONNECTION_WINDOW_BYTES);
        http2.setInitialStreamRecvWindow(STREAM_WINDOW_BYTES);
        http2.setMaxHeaderBlockFragment(HEADER_BYTES_MAX);
        // Streams wait as long as their calls do, which have bounds of their own.
        http2.setStreamIdleTimeout(IDLE.toMillis());
    }

    /** Where clients reach the door, e.g. {@code http://127.0.0.1:4780}. */
    public static String url(boolean secure, String host, int port) {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return (secure ? "https" : "http") + "://" + shown + ":" + port;
    }

    public int port() {
        return connector.getLocalPort();
    }

    public boolean secure() {
        return secure;
    }

    /** Stops listening and lets calls that are under way finish for a moment. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP door does not close", e);
        }
    }
}
