package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Digest;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.Message.Listed;
import io.thalweg.memo.peering.Message.Range;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a slab learns what it missed. Each peer numbers what comes to it; this slab remembers for each peer up to which number it knows
 * everything. When a beat shows that a peer knows something else, its list from there on is read, page by page, from one peer
 * at a time; what is not known is fetched by its numbers. A page is finished when all of it has come, or waits for others, of which there is room for
 * some; only then is the next one asked for, which is all the back-pressure there needs to be. One of which twice something did not come is passed
 * over: at its end the list is read again from its beginning if digests still differ, however much comes to that peer meanwhile. As soon as digests are
 * equal the place in the list moves to its end, without reading it.
 */
final class CatchUp {
    private static final int PAGE_ITEMS = Message.IDS_MAX;

    /** Differing beats before a list is read: news on its way is not something missed. */
    private static final int PATIENCE_BEATS = 2;

    /** Fruitless readings before a list is read from its beginning. */
    private static final int FRUITLESS_MAX = 3;

    private final Slab slab;
    private final Places places;
    private long nextPlacesNs;

    /** @param places up to where each peer's list was known when this slab stopped */
    CatchUp(Slab slab, Places places) {
        this.slab = slab;
        this.places = places;
    }

    /** Keeps the places in peers' lists, unless that was done within so many beats; what is below them was forced, unless it waits. */
    void remember(int beats) throws IOException {
        boolean early = slab.nowNs() < nextPlacesNs && beats > 0;
        if (early || slab.waiting().size() > 0) {
            return;
        }
        nextPlacesNs = slab.nowNs() + beats * slab.options().assumptions().beatNs();
        boolean news = false;
        for (Peer peer : slab.peers()) {
            if (peer.placed && !peer.passedOver) {
                Long before = places.known.put(peer.id, peer.cursor);
                news |= before == null || before != peer.cursor;
            }
        }
        if (places.known.size() > Peers.MAX) {
            places.known.keySet().removeIf(peer -> slab.find(peer) == null);
        }
        if (news) {
            places.write();
        }
    }

    /** News were lost on the way: the next beat that shows a difference is reason enough to read. */
    void expectMissed(Peer peer) {
        peer.differing = PATIENCE_BEATS - 1;
    }

    /** A beat came. */
    void heard(Peer peer, Beat beat) {
        if (!slab.options().place().follows() || !peer.follows()) {
            return;
        }
        if (!peer.placed) {
            peer.placed = true;
            peer.cursor = Math.max(peer.cursor, places.known.getOrDefault(peer.id, 0L));
        }
        if (agrees(beat)) {
            peer.cursor = Math.max(peer.cursor, beat.arrived() + 1);
            peer.differing = 0;
            peer.exhausted = 0;
            peer.passedOver = false;
            peer.page = null;
            return;
        }
        peer.differing++;
        if (peer.page == null && peer.differing >= PATIENCE_BEATS && !isBusy()) {
            if (peer.cursor > beat.arrived() && ++peer.exhausted > FRUITLESS_MAX) {
                peer.exhausted = 0;
                peer.passedOver = false;
                peer.cursor = 0;
            }
            if (peer.cursor <= beat.arrived()) {
                ask(peer);
            }
        }
    }

    /** Whether a peer and this slab know the same of every tenant that both may hold. */
    private boolean agrees(Beat beat) {
        Map<TenantId, Digest> ours = slab.store().digests();
        for (Beat.TenantDigest each : beat.digests()) {
            if (slab.serves(each.tenant()) && !each.digest().equals(ours.getOrDefault(each.tenant(), Digest.EMPTY))) {
                return false;
            }
        }
        return ours.keySet().stream()
                .filter(tenant -> slab.options().grants().mayHold(beat.slab(), tenant))
                .allMatch(tenant ->
                        beat.digests().stream().anyMatch(each -> each.tenant().equals(tenant)));
    }

    private boolean isBusy() {
        return slab.peers().stream().anyMatch(peer -> peer.page != null);
    }

    private long patience() {
        return slab.nowNs() + 4 * slab.options().assumptions().beatNs();
    }

    private void ask(Peer peer) {
        peer.page = new Peer.Page(peer.cursor, false, patience());
        slab.send(peer, new Message.ListFrom(peer.cursor));
    }

    /** A peer wants to know what came from a number on. */
    void list(Peer peer, long from) {
        List<Listed> items = new ArrayList<>();
        long next = from;
        boolean end = true;
        long before = from;
        for (StoredMemo memo : slab.store().from(from, 4 * PAGE_ITEMS)) {
            if (memo.arrival - before > 0xffff || items.size() == PAGE_ITEMS) {
                next = memo.arrival;
                end = false;
                break;
            }
            next = memo.arrival + 1;
            if (memo.kind != Kind.KEYFRAME && slab.options().grants().mayHold(peer.id, memo.tenant)) {
                items.add(new Listed(memo.arrival, memo.tenant, memo.held, memo.id));
                before = memo.arrival;
            }
        }
        if (end
                && next <= slab.store().arrivals()
                && !slab.store().from(next, 1).isEmpty()) {
            end = false;
        }
        slab.send(peer, new Message.Listing(from, next, end, items));
    }

    /** A peer's page came. */
    void listing(Peer peer, Message.Listing listing) {
        if (peer.page == null || listing.from() != peer.cursor || !peer.page.outstanding.isEmpty()) {
            return;
        }
        long deadline = patience();
        Peer.Page page = new Peer.Page(listing.next(), listing.end(), deadline);
        List<Range> ranges = new ArrayList<>();
        List<MemoId> elsewhere = new ArrayList<>();
        for (Listed item : listing.items()) {
            StoredMemo known = slab.store().find(item.id());
            if (known != null) {
                if (item.held()) {
                    slab.holdings().add(known, peer.number);
                }
            } else if (item.held()
                    && slab.serves(item.tenant())
                    && slab.requests().ask(item.id(), peer.id, slab.nowNs())) {
                page.outstanding.add(item.id());
                extend(ranges, item.number());
            } else if (!item.held()
                    && slab.serves(item.tenant())
                    && !slab.waiting().contains(item.id())) {
                // It was let go there; others have it.
                page.outstanding.add(item.id());
                elsewhere.add(item.id());
            } else if (slab.requests().isOpen(item.id())
                    || (slab.waiting().contains(item.id()) && slab.waiting().isHalfFull())) {
                page.outstanding.add(item.id());
            } else if (slab.serves(item.tenant()) && !slab.waiting().contains(item.id())) {
                // There is no room to ask for it now.
                peer.passedOver = true;
            }
        }
        peer.page = page;
        slab.seek(elsewhere);
        if (!ranges.isEmpty()) {
            slab.send(peer, new Message.Fetch(ranges));
        }
        finishIfDone(peer);
    }

    private static void extend(List<Range> ranges, long number) {
        if (!ranges.isEmpty() && ranges.getLast().last() == number - 1) {
            ranges.set(ranges.size() - 1, new Range(ranges.getLast().first(), number));
        } else {
            ranges.add(new Range(number, number));
        }
    }

    /** A peer wants what came under some numbers. */
    void fetch(Peer peer, Message.Fetch fetch) {
        int left = PAGE_ITEMS;
        for (Range range : fetch.ranges()) {
            for (StoredMemo memo : slab.store().from(range.first(), left)) {
                if (memo.arrival > range.last() || left-- <= 0) {
                    break;
                }
                if (memo.kind != Kind.KEYFRAME) {
                    slab.wanted(peer, memo.id);
                }
            }
        }
    }

    /** A memo came, or will not come. */
    void came(MemoId memo) {
        for (Peer peer : slab.peers()) {
            if (peer.page != null && peer.page.outstanding.remove(memo)) {
                peer.page.deadlineNs = patience();
                finishIfDone(peer);
            }
        }
    }

    private void finishIfDone(Peer peer) {
        Peer.Page page = peer.page;
        if (page != null && page.outstanding.isEmpty()) {
            peer.cursor = page.next;
            peer.page = null;
            if (!page.end) {
                ask(peer);
            } else {
                end(peer);
            }
        }
    }

    /** A list was read to its end; what was passed over is in it still, unless the next beats show that it has come. */
    private static void end(Peer peer) {
        peer.differing = 0;
        if (peer.passedOver) {
            peer.passedOver = false;
            peer.cursor = 0;
        }
    }

    void tick(long nowNs) {
        for (Peer peer : slab.peers()) {
            Peer.Page page = peer.page;
            if (page != null && page.deadlineNs <= nowNs) {
                if (page.next > peer.cursor && peer.stuck == peer.cursor) {
                    // The second time: what does not come may need what stands on a later page.
                    peer.cursor = page.next;
                    peer.passedOver = true;
                    if (page.end) {
                        end(peer);
                    }
                } else {
                    peer.stuck = peer.cursor;
                }
                peer.page = null;
            }
        }
    }
}
