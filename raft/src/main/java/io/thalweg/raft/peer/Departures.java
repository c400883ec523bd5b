package io.thalweg.raft.peer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.jspecify.annotations.Nullable;

/**
 * Hears of nodes whose process has ended: a connection from there has ended, and where the node was nobody listens any more. Whoever is only silent,
 * or cut off, is not found so, and neither is one whose machine has gone: those may be alive, and only time tells. Thread-safe.
 */
final class Departures extends ServerTransportFilter {
    /** Of a connection: the node that it comes from, as soon as one of its calls has said so. */
    private static final Attributes.Key<AtomicReference<String>> FROM = Attributes.Key.create("thalweg-from");

    private static final int CONNECT_MS_MAX = 200;

    /** A process that ends closes one thing after the other: what it listens on may be later than its connections. */
    private static final int LOOKS = 10;

    private static final long LOOK_AGAIN_MS = 20;

    private final PeerAddresses addresses;
    private final Consumer<String> ended;
    private final Set<String> looking = ConcurrentHashMap.newKeySet();

    /** @param ended told of each node, by id, whose process has ended, in a thread of its own */
    Departures(PeerAddresses addresses, Consumer<String> ended) {
        this.addresses = addresses;
        this.ended = ended;
    }

    /** A call says, and its certificate does not deny, that it comes from this node. */
    static void isFrom(ServerCall<?, ?> call, String node) {
        @Nullable AtomicReference<String> from = call.getAttributes().get(FROM);
        if (from != null && !node.equals(from.getPlain())) {
            from.set(node);
        }
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
        return attributes.toBuilder().set(FROM, new AtomicReference<>("")).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
        @Nullable AtomicReference<String> from = attributes == null ? null : attributes.get(FROM);
        String node = from == null ? "" : from.get();
        if (!node.isEmpty() && looking.add(node)) {
            Thread.ofVirtual().name("has-ended-" + node).start(() -> look(node));
        }
    }

    private void look(String node) {
        boolean gone = false;
        try {
            for (int i = 0; i < LOOKS && !gone; i++) {
                if (i > 0) {
                    Thread.sleep(LOOK_AGAIN_MS);
                }
                gone = nobodyListens(addresses.of(node));
            }
            if (gone) {
                ended.accept(node);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            looking.remove(node);
        }
    }

    /** Whether each address says so itself: no answer is none. */
    private static boolean nobodyListens(List<Member> places) {
        for (Member place : places) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(place.host(), place.port()), CONNECT_MS_MAX);
                return false;
            } catch (ConnectException _) {
                // Refused, by a machine that is there.
            } catch (IOException _) {
                return false;
            }
        }
        return !places.isEmpty();
    }
}
