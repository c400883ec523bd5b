package io.thalweg.raft.peer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerTransportFilter;
import org.jspecify.annotations.Nullable;

/**
 * Hears of nodes whose process has ended: all connections from there have ended, and where the node was nobody listens any more. Whoever is only silent,
 * or cut off, is not found so, and neither is one whose machine has gone: those may be alive, and only time tells. Thread-safe.
 */
final class Departures extends ServerTransportFilter {
    /** Of a connection: the node that it comes from, as soon as one of its calls has said so. */
    private static final Attributes.Key<AtomicReference<String>> FROM = Attributes.Key.create("thalweg-from");

    private static final int CONNECT_MS_MAX = 200;

    /** A process that ends closes one thing after the other: what it listens on may be seconds later than its connections. */
    private static final long LOOK_AGAIN_MS = 20;

    private static final long LOOK_AGAIN_MS_MAX = 1_280;

    private final PeerAddresses addresses;
    private final Consumer<String> ended;

    /** Open connections by the node that they come from. */
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    private final Set<String> looking = ConcurrentHashMap.newKeySet();

    /** @param ended told of each node, by id, whose process has ended, in a thread of its own */
    Departures(PeerAddresses addresses, Consumer<String> ended) {
        this.addresses = addresses;
        this.ended = ended;
    }

    /** A call says, and its certificate does not deny, that it comes from this node. */
    void isFrom(ServerCall<?, ?> call, String node) {
        @Nullable AtomicReference<String> from = call.getAttributes().get(FROM);
        if (from != null && from.getPlain().isEmpty()) {
            // Counted first: the connection may end in between, and is not to be counted for ever then.
            open.merge(node, 1, Integer::sum);
            if (!from.compareAndSet("", node)) {
                boolean _ = isLast(node);
            }
        }
    }

    /** One connection fewer is open from a node; whether none is. */
    private boolean isLast(String node) {
        return open.computeIfPresent(node, (_, count) -> count > 1 ? count - 1 : null) == null;
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
        return attributes.toBuilder().set(FROM, new AtomicReference<>("")).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
        @Nullable AtomicReference<String> from = attributes == null ? null : attributes.get(FROM);
        // Never empty again: a call that is late counts for nothing.
        String node = from == null ? "" : from.getAndSet("ended");
        if (!node.isEmpty() && isLast(node) && looking.add(node)) {
            Thread.ofVirtual().name("has-ended-" + node).start(() -> look(node));
        }
    }

    private void look(String node) {
        try {
            for (long pauseMs = LOOK_AGAIN_MS; !open.containsKey(node) && pauseMs <= LOOK_AGAIN_MS_MAX; pauseMs *= 2) {
                if (nobodyListens(addresses.of(node)) && !open.containsKey(node)) {
                    ended.accept(node);
                    return;
                }
                Thread.sleep(pauseMs);
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
