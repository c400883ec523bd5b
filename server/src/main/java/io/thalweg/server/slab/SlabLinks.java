package io.thalweg.server.slab;

import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.websocket.api.Configurable;
import org.eclipse.jetty.websocket.client.WebSocketClient;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wire between slabs: WebSockets over the HTTP doors of those who have one. A slab dials those whom it shall join, and those of whom
 * it hears, and takes who dials in; a link carries both ways, so that who sits behind a NAT needs only to dial. Two slabs have one
 * link, however many were dialled. A link on which nothing was heard for a while is dropped and dialled again.
 *
 * <p>One thread dials; Jetty's threads read and write. Thread-safe.
 */
public final class SlabLinks implements Wire, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SlabLinks.class);

    /** Where a door takes slabs. */
    public static final String PATH = "/slab/peering";

    /** Open links to slabs that proved themselves. */
    private static final int LINKS_MAX = 256;

    /** Connections of those who have not, and those of one address. */
    private static final int STRANGERS_MAX = 1024;

    private static final int STRANGERS_OF_ADDRESS_MAX = 64;

    /** From a connection to the proof. */
    private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(5);

    /** Links up to which slabs are dialled that were only heard of. */
    private static final int HEARSAY_LINKS_MAX = 16;

    private static final int ADDRESSES_MAX = 1024;
    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final long PAUSE_NS_MIN = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long PAUSE_NS_MAX = TimeUnit.SECONDS.toNanos(10);

    private final Options options;
    private final WebSocketClient client = new WebSocketClient();
    private final Map<UUID, SlabLink> links = new ConcurrentHashMap<>();
    private final Strangers<SlabLink> greeting = new Strangers<>(STRANGERS_MAX, STRANGERS_OF_ADDRESS_MAX);
    private final Set<SlabLink> dialled = ConcurrentHashMap.newKeySet();
    private final Map<String, Dialling> places = new ConcurrentHashMap<>();
    private final Thread thread =
            Thread.ofPlatform().name("slab-links").daemon().unstarted(this::keep);
    private volatile boolean closing;
    private volatile @Nullable Owner owner;
    private volatile @Nullable UUID self;

    /**
     * Whom to join and what to prove.
     *
     * @param secret what all slabs of a deployment know; empty when only slabs on this machine may peer
     * @param join addresses such as {@code http://10.0.0.1:4780}; the scheme may be left out
     * @param silence after which a link is dropped on which nothing was heard
     */
    public record Options(String secret, List<String> join, Duration silence) {
        public Options {
            join = List.copyOf(join);
        }
    }

    /** Whose links they are. */
    public interface Owner {
        /** A link to a slab is open, on which this version is spoken. */
        void linked(UUID peer, int version);

        /** A message came; {@code taken} lets the next one from there come. */
        void received(UUID from, byte[] message, Runnable taken);

        /** A way that was full has room again. */
        void hasRoom();

        /** Who may call, as another slab says. */
        void credentials(byte[] form);

        /** The newest of what is known about who may call, as far as another slab may know it, and its version; null when there is none. */
        @Nullable
        Versioned credentials(UUID peer);
    }

    /** Bytes of some version. */
    public record Versioned(long version, byte[] form) {}

    /** An address, and when it is dialled next. */
    private static final class Dialling {
        final boolean joined;
        long nextNs = System.nanoTime();
        long pauseNs = PAUSE_NS_MIN;

        @Nullable
        UUID slab;

        boolean dialling;

        Dialling(boolean joined) {
            this.joined = joined;
        }
    }

    public SlabLinks(Options options) {
        this.options = options;
        options.join().forEach(address -> places.put(normal(address), new Dialling(true)));
    }

    private static String normal(String address) {
        return address.contains("://") ? address : "http://" + address;
    }

    /** Begins to dial and to take who dials in. */
    public void begin(UUID slab, Owner whose) throws IOException {
        self = slab;
        owner = whose;
        bound(client);
        client.setConnectTimeout(CONNECT_TIMEOUT.toMillis());
        try {
            client.start();
        } catch (Exception e) {
            throw new IOException("links to other slabs cannot be made: " + e.getMessage(), e);
        }
        thread.start();
    }

    private void bound(Configurable sockets) {
        sockets.setMaxBinaryMessageSize(MESSAGE_BYTES_MAX + 1L);
        sockets.setMaxFrameSize(MESSAGE_BYTES_MAX + 1L);
        sockets.setMaxTextMessageSize(1);
        sockets.setIdleTimeout(options.silence().multipliedBy(2));
    }

    /** Lets slabs dial in at a door. */
    public void listen(ServerWebSocketContainer container) {
        bound(container);
        container.addMapping(PATH, (request, response, callback) -> {
            // A page in somebody's browser reaches loopback, too, and says where it is from; a slab does not.
            if (request.getHeaders().contains(HttpHeader.ORIGIN)) {
                Response.writeError(request, response, callback, 403, "slabs peer here, and no pages");
                return null;
            }
            if (owner == null || closing) {
                Response.writeError(request, response, callback, 503, "the slab is starting or stopping");
                return null;
            }
            SlabLink link = new SlabLink(this, false, "");
            SlabLink tooLong = greeting.came(Request.getRemoteAddr(request), link);
            if (tooLong != null) {
                tooLong.drop();
            }
            return link;
        });
    }

    @Override
    public boolean send(UUID peer, byte[] message) {
        SlabLink link = links.get(peer);
        return link != null && link.offer(SlabLink.PEERING, message);
    }

    /** Where a slab, or one that it hears, says that it can be reached. */
    public void learn(UUID slab, String address) {
        if (address.isEmpty() || slab.equals(self) || places.size() >= ADDRESSES_MAX) {
            return;
        }
        places.computeIfAbsent(normal(address), _ -> new Dialling(false)).slab = slab;
    }

    /** Slabs with which a link is open. */
    public Set<UUID> linked() {
        return Set.copyOf(links.keySet());
    }

    /** Cuts all links and lets none come up until it is called again: what a cut cable does, for tests and for drills. */
    public void cut(boolean cut) {
        isCut = cut;
        if (cut) {
            links.values().forEach(SlabLink::drop);
            greeting.all().forEach(SlabLink::drop);
            dialled.forEach(SlabLink::drop);
        }
    }

    private volatile boolean isCut;

    // What links tell.

    UUID self() {
        return Objects.requireNonNull(self, "links have not begun");
    }

    boolean hasSecret() {
        return !options.secret().isEmpty();
    }

    byte[] secret() {
        return (options.secret().isEmpty() ? "thalweg" : options.secret()).getBytes(StandardCharsets.UTF_8);
    }

    void opened(SlabLink link) {
        noStranger(link);
        UUID peer = Objects.requireNonNull(link.peer());
        Dialling dialling = places.get(link.place());
        if (dialling != null) {
            dialling.slab = peer;
            dialling.pauseNs = PAUSE_NS_MIN;
        }
        if (isCut || closing) {
            link.drop();
            return;
        }
        if (links.size() >= LINKS_MAX && !links.containsKey(peer)) {
            link.close("this slab has " + LINKS_MAX + " links");
            return;
        }
        List<SlabLink> losers = new ArrayList<>();
        SlabLink kept = links.compute(peer, (_, before) -> {
            if (before == null || before.isClosed()) {
                return link;
            }
            boolean replace = before.dialled() == link.dialled() || link.isPreferred();
            losers.add(replace ? before : link);
            return replace ? link : before;
        });
        losers.forEach(loser -> loser.close("there is another link"));
        if (kept == link) {
            LOG.debug("Slab {} is linked", peer);
            tellCredentials(link);
            whose().linked(peer, link.version());
        }
    }

    void closed(SlabLink link) {
        noStranger(link);
        UUID peer = link.peer();
        if (peer != null) {
            links.remove(peer, link);
        }
    }

    private void noStranger(SlabLink link) {
        greeting.left(link);
        dialled.remove(link);
    }

    void received(SlabLink link, byte[] frame, Runnable taken) {
        UUID peer = Objects.requireNonNull(link.peer());
        byte[] message = new byte[Math.max(0, frame.length - 1)];
        if (frame.length > 0) {
            System.arraycopy(frame, 1, message, 0, message.length);
        }
        switch (frame.length == 0 ? 0 : frame[0]) {
            case SlabLink.PEERING -> whose().received(peer, message, taken);
            case SlabLink.CREDENTIALS -> {
                whose().credentials(message);
                taken.run();
            }
            case SlabLink.CREDENTIAL_PART -> {
                byte[] form = link.credentialParts().take(message);
                if (form != null) {
                    whose().credentials(form);
                }
                taken.run();
            }
            default -> taken.run(); // a newer build may say more
        }
    }

    void hasRoom() {
        whose().hasRoom();
    }

    private Owner whose() {
        return Objects.requireNonNull(owner, "links have not begun");
    }

    // What the thread does.

    private void keep() {
        try {
            while (!closing) {
                Thread.sleep(LOOK_EVERY);
                long now = System.nanoTime();
                links.values().forEach(link -> {
                    if (link.silentNs() > options.silence().toNanos()) {
                        link.drop();
                    } else {
                        tellCredentials(link);
                    }
                });
                greeting.all().forEach(SlabLinks::dropLate);
                dialled.forEach(SlabLinks::dropLate);
                if (!isCut) {
                    dial(now);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void dropLate(SlabLink link) {
        if (link.ageNs() > GREETING_TIMEOUT.toNanos()) {
            link.drop();
        }
    }

    private void tellCredentials(SlabLink link) {
        UUID peer = link.peer();
        Versioned known = peer == null ? null : whose().credentials(peer);
        if (known != null) {
            link.tell(known);
        }
    }

    private void dial(long nowNs) {
        Set<UUID> linked = new HashSet<>(links.keySet());
        for (Map.Entry<String, Dialling> each : new HashMap<>(places).entrySet()) {
            Dialling dialling = each.getValue();
            UUID slab = dialling.slab;
            boolean wanted = dialling.joined || linked.size() < HEARSAY_LINKS_MAX;
            if (wanted
                    && !dialling.dialling
                    && nowNs >= dialling.nextNs
                    && (slab == null || (!linked.contains(slab) && !slab.equals(self)))) {
                dial(each.getKey(), dialling, nowNs);
            }
        }
    }

    private void dial(String place, Dialling dialling, long nowNs) {
        dialling.nextNs = nowNs + dialling.pauseNs;
        dialling.pauseNs = Math.min(PAUSE_NS_MAX, 2 * dialling.pauseNs);
        dialling.dialling = true;
        SlabLink link = new SlabLink(this, true, place);
        dialled.add(link);
        try {
            URI target = URI.create("ws" + place.substring("http".length()) + PATH);
            var _ = client.connect(link, target)
                    .orTimeout(CONNECT_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    .whenComplete((_, failure) -> {
                        dialling.dialling = false;
                        if (failure != null) {
                            LOG.debug("No link to the slab at {}", place, failure);
                            link.drop();
                        }
                    });
        } catch (IOException | RuntimeException e) {
            dialling.dialling = false;
            LOG.warn("The address {} of a slab cannot be dialled: {}", place, e.getMessage());
            link.drop();
        }
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        links.values().forEach(SlabLink::drop);
        greeting.all().forEach(SlabLink::drop);
        dialled.forEach(SlabLink::drop);
        try {
            client.stop();
        } catch (Exception e) {
            LOG.warn("The links to other slabs do not end: {}", e.getMessage());
        }
    }
}
