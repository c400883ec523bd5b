package io.thalweg.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.server.auth.Authenticator;
import io.thalweg.server.auth.RateLimits;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.server.data.Damages;
import io.thalweg.server.http.Detour;
import io.thalweg.server.http.HttpDoor;
import io.thalweg.server.http.HttpMeters;
import io.thalweg.server.http.Route;
import io.thalweg.server.memory.NodeMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The door for everybody, as the node's configuration has it. */
final class ClientDoor {
    private static final Logger LOG = LoggerFactory.getLogger(ClientDoor.class);

    private ClientDoor() {}

    /** Parameters as of {@link HttpDoor#open}; warns of a door without TLS that others reach. */
    static HttpDoor open(
            NodeOptions options,
            ServerSocketChannel listening,
            @Nullable SSLContext tls,
            List<Route> routes,
            Authenticator authenticator,
            RateLimits rates,
            MeterRegistry registry,
            Damages damages,
            Detour detour,
            NodeMemory memory,
            Consumer<ServerWebSocketContainer> sockets)
            throws IOException {
        HttpDoor opened = HttpDoor.open(
                listening,
                HttpDoor.Options.open(tls, options.connectionsMax(), options.cors())
                        .with(options.patience()),
                routes,
                authenticator,
                rates,
                memory,
                new HttpMeters(registry),
                damages,
                detour,
                sockets);
        if (tls == null && !InetAddress.getByName(options.httpHost()).isLoopbackAddress()) {
            LOG.warn(
                    "{} is plain HTTP on an address that others reach: keys and events can be read on the way",
                    HttpDoor.url(false, options.httpHost(), opened.port()));
        }
        return opened;
    }
}
