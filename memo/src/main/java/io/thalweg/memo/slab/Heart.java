package io.thalweg.memo.slab;

import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Message;
import io.thalweg.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says that a slab lives, how far it has come, and whom it hears. */
final class Heart {
    private final Slab slab;
    private final SlabIdentity identity;
    private long beats;

    Heart(Slab slab, SlabIdentity identity) {
        this.slab = slab;
        this.identity = identity;
    }

    /** Beats to everybody known. */
    void beat() {
        beats++;
        Map<Set<TenantId>, byte[]> forms = new HashMap<>();
        for (Peer peer : slab.peers()) {
            slab.send(peer, new Message.Beating(forms.computeIfAbsent(tenants(peer), this::form)));
        }
    }

    /** The tenants of which a peer may know anything. */
    private Set<TenantId> tenants(Peer peer) {
        Set<TenantId> tenants = new LinkedHashSet<>();
        for (TenantId tenant : slab.store().digests().keySet()) {
            if (tenants.size() < Beat.TENANTS_MAX && slab.options().grants().mayHold(peer.id, tenant)) {
                tenants.add(tenant);
            }
        }
        return tenants;
    }

    /** Beats to one alone. */
    void beatTo(Peer peer) {
        beats++;
        slab.send(peer, new Message.Beating(form(tenants(peer))));
    }

    private byte[] form(Set<TenantId> tenants) {
        List<Beat.TenantDigest> digests = new ArrayList<>();
        slab.store().digests().forEach((tenant, digest) -> {
            if (tenants.contains(tenant)) {
                digests.add(new Beat.TenantDigest(tenant, digest));
            }
        });
        List<Peer> heard = new ArrayList<>(slab.peers());
        heard.removeIf(peer -> peer.beat == null);
        List<Beat.Other> others = new ArrayList<>();
        for (int i = 0; i < Math.min(Beat.OTHERS_MAX / 2, heard.size()); i++) {
            Peer peer = heard.get((int) ((beats * 7 + i) % heard.size()));
            others.add(new Beat.Other(peer.id, peer.beat == null ? "" : peer.beat.address()));
        }
        SlabOptions.Place place = slab.options().place();
        Beat beat = new Beat(
                slab.id(),
                identity.starts(),
                beats,
                place.lifetimeSeconds(),
                place.domain(),
                slab.address(),
                Math.max(
                        0, slab.options().quotas().storageBytes() - slab.store().heldBytes()),
                slab.isLeaving(),
                place.follows(),
                slab.store().arrivals(),
                digests,
                others.stream().distinct().toList());
        return MemoCodec.encode(beat.memo());
    }
}
