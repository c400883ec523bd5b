package io.thalweg.raft.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.ratis.thirdparty.io.grpc.Attributes;
import org.apache.ratis.thirdparty.io.grpc.EquivalentAddressGroup;
import org.apache.ratis.thirdparty.io.grpc.NameResolver;
import org.apache.ratis.thirdparty.io.grpc.NameResolverProvider;
import org.apache.ratis.thirdparty.io.grpc.NameResolverRegistry;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusOr;
import org.jspecify.annotations.Nullable;

/**
 * Where other nodes are. A group's membership has the addresses of the day on which it was agreed upon, and lies in each member's log; a node that
 * comes back under another address could not be told to a group that has no majority without it. So connections, Ratis' and our own, are made to
 * names, {@code thalweg-N:///n2}, and what a name stands for is looked up here for each attempt.
 *
 * <p>Of each node all addresses are kept that anybody gave, the likeliest first, and tried in this order. A node's own word ends that: it is there and
 * nowhere else. Who answers at a wrong address does no harm, since each call says whom it means ({@link PeerGate}) and who answers shows that it is that
 * ({@link NodeTrust}); and that address is tried last from then on. Thread-safe.
 */
final class PeerAddresses extends NameResolverProvider implements AutoCloseable {
    /** Of a node; the oldest of more are forgotten. */
    private static final int MOST = 8;

    private static final long TURN_NS = Duration.ofMillis(500).toNanos();

    /** There may be several nodes in a process, and gRPC knows schemes of the whole of it. */
    private static final AtomicLong OPENED = new AtomicLong();

    private final String scheme = "thalweg-" + OPENED.incrementAndGet();
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /** Of nodes that were ever looked for, by id and the other way round. */
    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

    private final Map<Integer, String> numbered = new ConcurrentHashMap<>();
    private final AtomicInteger lastNumber = new AtomicInteger();

    /** When the order of a node's addresses was last turned. */
    private final Map<String, Long> turnedNs = new ConcurrentHashMap<>();

    private final Set<Lookup> open = ConcurrentHashMap.newKeySet();

    /**
     * @param all the likeliest first
     * @param isSure whether the first is the only one that counts
     */
    private record Known(List<Member> all, boolean isSure) {
        Known with(Member node, boolean first, boolean sure) {
            if (!first && all.contains(node)) {
                return this;
            }
            Stream<Member> others =
                    all.stream().filter(other -> !other.equals(node)).limit(MOST - 1);
            return new Known(
                    (first ? Stream.concat(Stream.of(node), others) : Stream.concat(others, Stream.of(node))).toList(),
                    first ? sure : isSure);
        }

        Known withoutFirst() {
            List<Member> turned = new ArrayList<>(all.subList(1, all.size()));
            turned.add(all.getFirst());
            return new Known(List.copyOf(turned), false);
        }

        List<Member> tried() {
            return isSure ? all.subList(0, 1) : all;
        }
    }

    /** Before the first connection is made; to be closed behind the last. */
    void register() {
        NameResolverRegistry.getDefaultRegistry().register(this);
    }

    /** What a connection to a node is made to. */
    String target(String id) {
        return scheme + ":///" + id;
    }

    /**
     * What a certificate is compared with: the host, and behind it, where the port would stand, which nobody compares, a number that stands for the node.
     */
    private String authority(Member node) {
        int number = numbers.computeIfAbsent(node.id(), id -> {
            int next = lastNumber.incrementAndGet();
            numbered.put(next, id);
            return next;
        });
        return (node.host().contains(":") ? "[" + node.host() + "]" : node.host()) + ":" + number;
    }

    /** The node that a connection is made to, by what stands where its port would in what its certificate is compared with. */
    Optional<String> lookedFor(int number) {
        return Optional.ofNullable(numbered.get(number));
    }

    /**
     * At the address that is tried first somebody else is: it is tried last from now on. Returns whether another is tried first now. Of calls that all met the
     * same one counts.
     */
    boolean isElsewhere(String id) {
        long nowNs = System.nanoTime();
        Long lastNs = turnedNs.get(id);
        if (lastNs != null && nowNs - lastNs < TURN_NS) {
            return false;
        }
        turnedNs.put(id, nowNs);
        Known before = known.get(id);
        Known after = known.computeIfPresent(id, (_, old) -> old.withoutFirst());
        if (after == null || after.equals(before)) {
            return false;
        }
        open.stream().filter(lookup -> lookup.id.equals(id)).forEach(Lookup::refresh);
        return true;
    }

    /** Somebody knows a node at this address, today or in former times. */
    void mayBeAt(Member node) {
        put(node, false, false);
    }

    /** A node is at this address by what is newer than what was known, which may still be right. Returns whether it is looked for elsewhere now. */
    boolean isLikelyAt(Member node) {
        return put(node, true, false);
    }

    /** The same by its own word: it is there and nowhere else. */
    boolean isAt(Member node) {
        return put(node, true, true);
    }

    /** Returns whether the node is looked for elsewhere than before; connections that are right stay. */
    private boolean put(Member node, boolean first, boolean sure) {
        Known before = known.get(node.id());
        Known after = known.merge(
                node.id(), new Known(List.of(node), first && sure), (old, _) -> old.with(node, first, sure));
        if (after.equals(before)) {
            return false;
        }
        open.stream().filter(lookup -> lookup.id.equals(node.id())).forEach(Lookup::refresh);
        return before != null && !after.all.getFirst().equals(before.all.getFirst());
    }

    boolean knows(String id) {
        return known.containsKey(id);
    }

    /** Whether a node has said itself where it is. */
    boolean isSure(String id) {
        Known all = known.get(id);
        return all != null && all.isSure;
    }

    /** Those that said themselves where they are. */
    List<Member> sure() {
        return known.values().stream()
                .filter(Known::isSure)
                .map(each -> each.all.getFirst())
                .toList();
    }

    /** Where a node is tried, in this order. */
    List<Member> of(String id) {
        Known all = known.get(id);
        return all == null ? List.of() : all.tried();
    }

    private final class Lookup extends NameResolver {
        private final String id;
        private volatile @Nullable Listener2 listener;

        Lookup(String id) {
            this.id = id;
        }

        @Override
        public String getServiceAuthority() {
            return id;
        }

        @Override
        public void start(Listener2 to) {
            listener = to;
            open.add(this);
            refresh();
        }

        /** Asks the system for names of machines, which may take a while. */
        @Override
        public void refresh() {
            Thread.ofVirtual().name("where-is-" + id).start(this::look);
        }

        @Override
        public void shutdown() {
            open.remove(this);
            listener = null;
        }

        private synchronized void look() {
            Listener2 to = listener;
            if (to == null) {
                return;
            }
            List<EquivalentAddressGroup> found = new ArrayList<>();
            UnknownHostException unknown = new UnknownHostException("nobody knows where node " + id + " is");
            for (Member node : of(id)) {
                try {
                    for (InetAddress address : InetAddress.getAllByName(node.host())) {
                        // Certificates name addresses.
                        found.add(new EquivalentAddressGroup(
                                new InetSocketAddress(address, node.port()),
                                Attributes.newBuilder()
                                        .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, authority(node))
                                        .build()));
                    }
                } catch (UnknownHostException e) {
                    unknown = e;
                }
            }
            if (found.isEmpty()) {
                to.onError(Status.UNAVAILABLE
                        .withDescription("node " + id + " has no address")
                        .withCause(unknown));
            } else {
                to.onResult(NameResolver.ResolutionResult.newBuilder()
                        .setAddressesOrError(StatusOr.fromValue(found))
                        .build());
            }
        }
    }

    // ---- for gRPC

    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
        String path = target.getPath();
        return scheme.equals(target.getScheme()) && path != null && path.length() > 1
                ? new Lookup(path.substring(1))
                : null;
    }

    @Override
    public String getDefaultScheme() {
        return scheme;
    }

    @Override
    protected boolean isAvailable() {
        return true;
    }

    /** Below that of addresses without a scheme, which are none of ours. */
    @Override
    protected int priority() {
        return 1;
    }

    @Override
    public void close() {
        NameResolverRegistry.getDefaultRegistry().deregister(this);
    }
}
