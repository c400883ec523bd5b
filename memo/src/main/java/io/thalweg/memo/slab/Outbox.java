package io.thalweg.memo.slab;

import io.thalweg.memo.MemoId;
import io.thalweg.memo.pack.PackFile;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a slab says, in messages of bounded length. Memos go out as its bandwidth allows, to one peer after the other; where the way to a peer is
 * full they wait, in the peer's queue, until there is room.
 */
final class Outbox {
    private final Wire wire;
    private final Clock clock;
    private final Counters counters;
    private final double bytesPerSecond;
    private final Skeletons skeletons;
    private double credit;
    private long creditNs;
    private int first;

    /** Reads a memo that is to be sent; null when it is not held any more. */
    @FunctionalInterface
    interface Source {
        PackFile.@Nullable Kept kept(MemoId memo) throws IOException;
    }

    /** Whom memos followed that were dropped for good, of those among some that were. */
    @FunctionalInterface
    interface Skeletons {
        List<Message.Skeleton> of(List<MemoId> memos);
    }

    Outbox(Wire wire, Clock clock, Counters counters, long bytesPerSecond, Skeletons skeletons) {
        this.skeletons = skeletons;
        this.wire = wire;
        this.clock = clock;
        this.counters = counters;
        this.bytesPerSecond = (double) bytesPerSecond;
        this.credit = (double) bytesPerSecond;
        this.creditNs = clock.monotonicNs();
    }

    /** Says one thing now; false when the way there is full. */
    boolean send(Peer peer, Message message) {
        byte[] bytes = MessageCodec.encode(message);
        if (!wire.send(peer.id, bytes)) {
            return false;
        }
        counters.messagesSent++;
        counters.bytesSent += bytes.length;
        return true;
    }

    /** Says what has been collected for peers, then sends memos for as long as there are any and they may be sent. */
    void flush(Collection<Peer> peers, Source source, Predicate<MemoId> isRepair) throws IOException {
        refill();
        peers.forEach(this::say);
        List<Peer> turn = new ArrayList<>(peers);
        // Another one is first each time: where there is not enough for all, nobody gets it all.
        Collections.rotate(turn, -first++ % Math.max(1, turn.size()));
        boolean sent = true;
        while (sent) {
            sent = false;
            for (Peer peer : turn) {
                sent |= sendMemos(peer, source, isRepair);
            }
        }
    }

    private void say(Peer peer) {
        peer.have.forEach((tenant, ids) -> pages(ids, page -> send(peer, new Message.Have(tenant, page))));
        peer.have.clear();
        peer.offer.forEach((tenant, ids) -> pages(ids, page -> send(peer, new Message.Offer(tenant, page))));
        peer.offer.clear();
        pages(peer.want, page -> send(peer, new Message.Want(page)));
        pages(peer.dropped, page -> sayDropped(peer, skeletons.of(page)));
        pages(peer.wantKeyframes, page -> send(peer, new Message.WantKeyframes(page)));
        pages(peer.absent, page -> send(peer, new Message.Absent(page)));
        peer.stay.forEach((round, ids) -> pages(ids, page -> send(peer, new Message.Stay(round, page))));
        peer.stay.clear();
    }

    private void sayDropped(Peer peer, List<Message.Skeleton> all) {
        List<Message.Skeleton> some = new ArrayList<>();
        long bytes = 0;
        for (Message.Skeleton each : all) {
            some.add(each);
            bytes += each.form().length;
            if (bytes >= Message.MEMOS_BYTES) {
                send(peer, new Message.Dropped(some));
                some = new ArrayList<>();
                bytes = 0;
            }
        }
        if (!some.isEmpty()) {
            send(peer, new Message.Dropped(some));
        }
    }

    private static void pages(Set<MemoId> ids, Consumer<List<MemoId>> page) {
        while (!ids.isEmpty()) {
            page.accept(Peer.take(ids, Message.IDS_MAX));
        }
    }

    private void refill() {
        long now = clock.monotonicNs();
        credit = Math.min(bytesPerSecond, credit + bytesPerSecond * (now - creditNs) / 1e9);
        creditNs = now;
    }

    /** Sends one message of memos; false when there are none, or no more may be sent now. */
    private boolean sendMemos(Peer peer, Source source, Predicate<MemoId> isRepair) throws IOException {
        long now = clock.monotonicNs();
        if (peer.queue.isEmpty() || credit <= 0 || !peer.isListening(now)) {
            return false;
        }
        List<MemoId> taken = new ArrayList<>();
        List<Sent> memos = new ArrayList<>();
        long bytes = 0;
        long repair = 0;
        for (MemoId id : peer.queue) {
            if (bytes >= Message.MEMOS_BYTES || memos.size() >= Message.IDS_MAX) {
                break;
            }
            taken.add(id);
            PackFile.Kept kept = source.kept(id);
            if (kept == null) {
                peer.absent.add(id);
            } else {
                memos.add(new Sent(kept.form(), kept.authorship()));
                bytes += kept.form().length;
                repair += isRepair.test(id) ? kept.form().length : 0;
            }
        }
        if (!memos.isEmpty() && !send(peer, new Message.Memos(memos))) {
            peer.refused(now);
            return false;
        }
        taken.forEach(peer.queue::remove);
        peer.sent(bytes, now);
        credit -= bytes;
        counters.memosSent += memos.size();
        counters.memoBytesSent += bytes;
        counters.repairBytes += repair;
        return true;
    }
}
