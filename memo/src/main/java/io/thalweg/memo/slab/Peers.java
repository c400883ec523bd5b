package io.thalweg.memo.slab;

import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.peering.Beat;
import io.thalweg.ports.clock.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The other slabs that one knows, by their ids and by the numbers under which {@link Holdings} keeps them. This slab is number 0. */
final class Peers {
    static final int MAX = 1024;

    private final UUID self;
    private final SlabOptions options;
    private final Clock clock;
    private final Map<UUID, Peer> peers = new TreeMap<>();
    private final List<@Nullable Peer> byNumber = new ArrayList<>();

    Peers(UUID self, SlabOptions options, Clock clock) {
        this.self = self;
        this.options = options;
        this.clock = clock;
        byNumber.add(null);
    }

    /** Another slab, known from now on; null for oneself, and when there are too many. */
    @Nullable
    Peer meet(UUID other) {
        Peer known = peers.get(other);
        if (known == null && !other.equals(self) && peers.size() < MAX) {
            known = new Peer(other, byNumber.size(), clock.monotonicNs());
            byNumber.add(known);
            peers.put(other, known);
        }
        return known;
    }

    @Nullable
    Peer find(UUID id) {
        return peers.get(id);
    }

    /** Null for this slab. */
    @Nullable
    Peer numbered(int number) {
        return byNumber.get(number);
    }

    /** All, in the order of their ids. */
    Collection<Peer> all() {
        return peers.values();
    }

    /** All, as others may know them. */
    List<SlabStatus.PeerStatus> status() {
        long now = clock.monotonicNs();
        List<SlabStatus.PeerStatus> others = new ArrayList<>();
        for (Peer peer : peers.values()) {
            Beat beat = peer.beat;
            others.add(new SlabStatus.PeerStatus(
                    peer.id,
                    peer.domain(),
                    beat == null ? "" : beat.address(),
                    peer.silentSeconds(now),
                    beat == null ? 0 : beat.lifetimeSeconds(),
                    peer.freeBytes(),
                    peer.isLeaving()));
        }
        return others;
    }

    /** What a copy at a holder counts as now. */
    Holder holder(int number, boolean leaving) {
        Peer peer = byNumber.get(number);
        if (peer != null) {
            return peer.holder(clock.monotonicNs());
        }
        SlabOptions.Place place = options.place();
        return new Holder(
                place.domain().isEmpty() ? null : place.domain(), 1.0 / place.lifetimeSeconds(), 0, leaving ? 1 : 0);
    }

    /** The others among some holders. */
    List<Peer> others(int[] holders) {
        List<Peer> found = new ArrayList<>();
        for (int number : holders) {
            Peer peer = byNumber.get(number);
            if (peer != null) {
                found.add(peer);
            }
        }
        return found;
    }

    /** Whom to ask for something, the most promising first: holders that are heard, then all others that are heard. */
    List<Peer> probable(List<Peer> holders) {
        List<Peer> order = new ArrayList<>(holders);
        peers.values().stream().filter(peer -> !order.contains(peer)).forEach(order::add);
        long now = clock.monotonicNs();
        order.removeIf(peer -> !peer.isHeard(now, options.assumptions().beatNs()));
        return order;
    }
}
