package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.model.MalformedException;
import java.io.IOException;
import java.util.List;

/**
 * What a slab does with what others say, message by message: remembers who holds what, asks for what it lacks, queues what it is asked for. What it
 * answers is collected with the peer and leaves with the slab's next flush.
 */
final class Dialogue {
    private final Slab slab;
    private final Intake intake;
    private final Peers peers;

    Dialogue(Slab slab, Intake intake, Peers peers) {
        this.slab = slab;
        this.intake = intake;
        this.peers = peers;
    }

    /** A message from a peer; a {@link MalformedException} says what is wrong with it. */
    void take(Peer peer, Message message) throws IOException {
        switch (message) {
            case Message.Beating beat -> beat(peer, Beat.of(MemoCodec.decode(beat.form())));
            case Message.Have have -> have(peer, have);
            case Message.Want want -> {
                want.ids().forEach(id -> slab.wanted(peer, id));
                // Others may wait there for what is asked for by name.
                peer.sendFirst(want.ids());
            }
            case Message.Offer offer -> offer(peer, offer);
            case Message.Memos memos -> {
                for (Sent sent : memos.memos()) {
                    orRefuse(() -> intake.take(peer, sent));
                }
                if (peer.isSilent()) {
                    // Who sent waits for a word before more is sent, also where all of it has to wait here.
                    slab.send(peer, new Message.Want(List.of()));
                }
            }
            case Message.Absent absent -> absent(peer, absent.ids());
            case Message.ListFrom list -> slab.catchUp().list(peer, list.from());
            case Message.Listing listing -> slab.catchUp().listing(peer, listing);
            case Message.Fetch fetch -> slab.catchUp().fetch(peer, fetch);
            case Message.Leaving departing -> slab.upkeep().leaving(peer, departing);
            case Message.Stay stay -> slab.upkeep().stay(peer, stay);
            case Message.WantKeyframes want ->
                want.objects().forEach(object -> slab.dropping().wanted(peer, object));
            case Message.Dropped dropped -> {
                for (Message.Skeleton memo : dropped.memos()) {
                    orRefuse(() -> intake.dropped(peer, memo));
                }
            }
        }
    }

    private interface Taking {
        void run() throws IOException;
    }

    /** What is wrong with one memo of a message says nothing about the others. */
    private void orRefuse(Taking one) throws IOException {
        try {
            one.run();
        } catch (MalformedException _) {
            slab.counters().refused++;
        }
    }

    private void beat(Peer peer, Beat beat) {
        if (!beat.slab().equals(peer.id)) {
            throw new MalformedException("a beat of " + beat.slab() + " came from " + peer.id);
        }
        Beat before = peer.beat;
        if (before != null
                && (beat.start() < before.start()
                        || (beat.start() == before.start() && beat.number() <= before.number()))) {
            return;
        }
        peer.beat = beat;
        slab.addresses().accept(peer.id, beat.address());
        for (Beat.Other other : beat.others()) {
            if (peers.find(other.slab()) == null && !other.slab().equals(slab.id())) {
                slab.addresses().accept(other.slab(), other.address());
                peers.meet(other.slab());
            }
        }
        slab.catchUp().heard(peer, beat);
    }

    private void have(Peer peer, Message.Have have) {
        boolean ours = slab.serves(have.tenant());
        for (MemoId id : have.ids()) {
            StoredMemo stored = slab.store().find(id);
            if (stored != null) {
                slab.holdings().add(stored, peer.number);
                slab.upkeep().acknowledged(stored);
            } else if (ours
                    && slab.options().place().follows()
                    && !slab.waiting().contains(id)) {
                slab.ask(peer, id);
            }
        }
    }

    private void offer(Peer peer, Message.Offer offer) {
        boolean ours = slab.serves(offer.tenant());
        for (MemoId id : offer.ids()) {
            StoredMemo stored = slab.store().find(id);
            if (stored != null && stored.held) {
                slab.holdings().add(stored, peer.number);
                slab.acknowledge(peer, stored);
            } else if (stored != null && stored.dropped) {
                slab.dropping().tell(peer, stored);
                peer.absent.add(id);
            } else if (ours
                    && !slab.isLeaving()
                    && slab.store().heldBytes() < slab.options().quotas().storageBytes()) {
                slab.ask(peer, id);
            } else {
                peer.absent.add(id);
            }
        }
    }

    private void absent(Peer peer, List<MemoId> ids) {
        for (MemoId id : ids) {
            StoredMemo stored = slab.store().find(id);
            if (stored != null) {
                slab.holdings().remove(stored, peer.number);
                slab.upkeep().absent(peer, id);
                if (stored.kind == Kind.KEYFRAME) {
                    slab.dropping().look(stored.object);
                }
            }
            intake.askAnother(id);
        }
    }
}
