package io.thalweg.server;

import io.thalweg.server.config.HostPort;
import io.thalweg.server.config.LedgerPort;
import io.thalweg.server.config.NodeOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses at which this node listens. All are taken before any data is opened: a start that finds one of them in use refuses
 * while everything is as it was. Who connects before the door is open waits for it. Thread-safe.
 */
final class Addresses implements AutoCloseable {
    static final String HTTP = "HTTP";
    static final String AGENT = "the agent API";
    static final String METRICS = "metrics";

    private static final Logger LOG = LoggerFactory.getLogger(Addresses.class);

    /** Connections that the system accepts ahead. */
    private static final int BACKLOG = 1024;

    /** In order; an address with port 0 may be there more than once. */
    private final List<Taken> taken = new ArrayList<>();

    private final KeptPorts ports;

    Addresses(KeptPorts ports) {
        this.ports = ports;
    }

    private record Taken(HostPort at, ServerSocketChannel channel) {}

    /**
     * Takes all at which a node listens.
     *
     * @param later at which ledgers will be opened
     * @param ports that were taken in an earlier life, and are again where they are free
     * @throws IOException when one is in use or not there; the text says which. The others are given back
     */
    static Addresses of(NodeOptions options, List<HostPort> later, KeptPorts ports) throws IOException {
        ports.begin();
        Addresses all = new Addresses(ports);
        try {
            all.take(HTTP, new HostPort(options.httpHost(), options.httpPort()));
            for (LedgerPort port : options.ledgerPorts()) {
                all.take(LedgerPorts.CLIENTS, port.address());
            }
            if (options.membership().agent().isPresent()) {
                all.take(AGENT, options.membership().agent().get());
            }
            HostPort metrics = options.metrics();
            if (metrics != null) {
                all.take(METRICS, metrics);
            }
            for (HostPort address : later) {
                all.take(LedgerPorts.CLIENTS, address);
            }
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    /**
     * Takes an address for the door that will listen there.
     *
     * @param what listens, for the message
     * @throws IOException when it is in use or not there; the text says which
     */
    synchronized void take(String what, HostPort at) throws IOException {
        taken.add(new Taken(at, bind(what, at)));
    }

    /** Hands an address over, which is taken now if it was not. */
    synchronized ServerSocketChannel hand(String what, HostPort at) throws IOException {
        for (Taken one : taken) {
            if (one.at.equals(at)) {
                taken.remove(one);
                return one.channel;
            }
        }
        return bind(what, at);
    }

    private ServerSocketChannel bind(String what, HostPort at) throws IOException {
        if (at.port() != 0) {
            return bindTo(what, at);
        }
        ServerSocketChannel channel = bindAgain(what, at);
        ports.took(at, ((InetSocketAddress) channel.getLocalAddress()).getPort());
        return channel;
    }

    private ServerSocketChannel bindAgain(String what, HostPort at) throws IOException {
        int last = ports.last(at);
        if (last != 0) {
            try {
                return bindTo(what, new HostPort(at.host(), last));
            } catch (IOException e) {
                LOG.warn("port {} was taken by another meanwhile: {} is at a free one", last, what, e);
            }
        }
        return bindTo(what, at);
    }

    private static ServerSocketChannel bindTo(String what, HostPort at) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            return channel.setOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .bind(new InetSocketAddress(InetAddress.getByName(at.host()), at.port()), BACKLOG);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw new IOException(
                    "cannot listen for " + what + " on " + at.host() + ":" + at.port() + ": " + e.getMessage(), e);
        }
    }

    /** Gives back what no door took. */
    @Override
    public synchronized void close() throws IOException {
        for (Taken one : taken) {
            one.channel.close();
        }
        taken.clear();
    }
}
