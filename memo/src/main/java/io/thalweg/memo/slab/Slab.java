package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.IndexMemo;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.Loss;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.TopicModel;
import io.thalweg.memo.peering.Beat;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The agent: a state machine over a disk, a clock and a wire. It is told what arrives ({@link #receive}), what its own writers write ({@link
 * #write}) and that time passed ({@link #tick}); what it wants to say is collected and leaves with {@link #flush}, after everything
 * that it stored by then was forced, so that nothing is ever announced or acknowledged that a crash could take back. Whoever
 * answers a writer does so after a flush.
 *
 * <p>A failure of the disk is thrown to the caller, who lets the slab go and opens it again. One thread.
 */
public final class Slab implements AutoCloseable {
    static final int PEERS_MAX = 1024;

    /** Ticks between two beats, as callers are expected to give them. */
    public static final int TICKS_PER_BEAT = 10;

    private final SlabIdentity identity;
    private final SlabOptions options;
    private final Clock clock;
    private final Wire wire;
    private final MemoStore store;
    private final Holdings holdings = new Holdings();
    private final Map<UUID, Peer> peers = new TreeMap<>();
    private final List<@Nullable Peer> byNumber = new ArrayList<>();
    private final WaitingMemos waiting = new WaitingMemos();
    private final Requests requests;
    private final Counters counters = new Counters();
    private final Upkeep upkeep;
    private final CatchUp catchUp;
    private final Map<MemoId, StoredMemo> fresh = new LinkedHashMap<>();
    private final Map<MemoId, Double> targets = new HashMap<>();
    private Consumer<Memo> arrivals = _ -> {};
    private BiConsumer<UUID, String> addresses = (_, _) -> {};
    private boolean leaving;
    private long beats;
    private long nextBeatNs;
    private long ticks;
    private double credit;
    private long creditNs;

    private Slab(SlabIdentity identity, SlabOptions options, MemoStore store, Clock clock, Wire wire) {
        this.identity = identity;
        this.options = options;
        this.store = store;
        this.clock = clock;
        this.wire = wire;
        this.requests = new Requests(3 * options.assumptions().beatNs());
        byNumber.add(null);
        this.upkeep = new Upkeep(this);
        this.catchUp = new CatchUp(this);
        this.creditNs = clock.monotonicNs();
        this.credit = options.quotas().bandwidthBytesPerSecond();
        for (StoredMemo memo : store.all()) {
            holdings.enter(memo);
            aim(memo);
            if (memo.held) {
                holdings.add(memo, Holdings.SELF);
            }
        }
    }

    /**
     * Opens the slab that lives in a directory; a new one when none does.
     *
     * @param fresh makes the id of a new slab
     */
    public static Slab open(
            Disk disk, Path directory, SlabOptions options, Clock clock, Wire wire, Supplier<UUID> fresh)
            throws IOException {
        SlabIdentity identity = SlabIdentity.open(disk, directory, fresh);
        MemoStore store = MemoStore.open(disk, directory, options.quotas().packBytes());
        return new Slab(identity, options, store, clock, wire);
    }

    public UUID id() {
        return identity.id();
    }

    /** How many nines the memos of a topic are to have, those that are here and those that come. */
    public void target(MemoId topic, double nines) {
        if (!Objects.equals(targets.put(topic, nines), nines)) {
            store.all().stream().filter(memo -> topic.equals(memo.topic)).forEach(this::aim);
        }
    }

    private void aim(StoredMemo memo) {
        memo.targetNines = memo.kind == Kind.KEYFRAME
                ? 0
                : memo.topic == null
                        ? TopicModel.TARGET_NINES_DEFAULT
                        : targets.getOrDefault(memo.topic, TopicModel.TARGET_NINES_DEFAULT);
        upkeep.targeted(memo);
    }

    /** Told of each memo that is new here, before anybody is told of it. */
    public void onArrival(Consumer<Memo> observer) {
        arrivals = observer;
    }

    /** Told where other slabs say that they, or slabs that they hear, can be reached. */
    public void onAddress(BiConsumer<UUID, String> observer) {
        addresses = observer;
    }

    /** Makes another slab known, which will be beaten to. */
    public void meet(UUID other) {
        if (!other.equals(id())) {
            peer(other);
        }
    }

    private @Nullable Peer peer(UUID other) {
        Peer known = peers.get(other);
        if (known == null && peers.size() < PEERS_MAX) {
            known = new Peer(other, byNumber.size(), clock.monotonicNs());
            byNumber.add(known);
            peers.put(other, known);
        }
        return known;
    }

    // What a writer does.

    /**
     * Stores a memo made here. It is durable, and others are told, with the next {@link #flush}.
     *
     * @return whether it is new
     */
    public boolean write(Memo memo, @Nullable Authorship authorship) throws IOException {
        if (!options.grants().mayHold(id(), memo.tenant())) {
            throw new IllegalArgumentException("this slab does not serve tenant " + memo.tenant());
        }
        byte[] form = MemoCodec.encode(memo);
        StoredMemo stored = store.put(memo, form, authorship);
        if (stored == null) {
            return false;
        }
        took(stored, memo, null);
        if (memo.kind() != Kind.KEYFRAME) {
            fresh.put(stored.id, stored);
        }
        return true;
    }

    /** Reads a memo that is held; null when it is not. A rotten one is asked of others, and not held any more. */
    public @Nullable Memo read(MemoId id) throws IOException {
        PackFile.Kept kept = kept(id);
        return kept == null ? null : kept.memo();
    }

    /** Who vouches for a held memo; null when nobody does. */
    public @Nullable Authorship authorship(MemoId id) throws IOException {
        PackFile.Kept kept = kept(id);
        return kept == null ? null : kept.authorship();
    }

    private PackFile.@Nullable Kept kept(MemoId id) throws IOException {
        StoredMemo stored = store.find(id);
        if (stored == null || !stored.held) {
            return null;
        }
        stored.used = ticks;
        try {
            return store.read(stored);
        } catch (CorruptionException e) {
            rotten(stored);
            return null;
        }
    }

    private void rotten(StoredMemo stored) {
        store.rotten(stored);
        holdings.remove(stored, Holdings.SELF);
        for (Peer peer : holdersOf(stored)) {
            peer.absent.add(stored.id);
        }
        seek(List.of(stored.id));
    }

    /** Asks for memos that are not held, of those who hold them or, when nobody is known to, of everybody. */
    public void seek(Collection<MemoId> memos) {
        for (MemoId memo : memos) {
            if (store.holds(memo) || waiting.contains(memo)) {
                continue;
            }
            for (Peer peer : probableHolders(store.find(memo))) {
                if (requests.ask(memo, peer.id, clock.monotonicNs())) {
                    peer.want.add(memo);
                }
            }
        }
    }

    /** Whom to ask for a memo, the most promising first: holders that are heard, then all others that are heard. */
    private List<Peer> probableHolders(@Nullable StoredMemo stored) {
        List<Peer> order = new ArrayList<>(stored == null ? List.of() : holdersOf(stored));
        peers.values().stream().filter(peer -> !order.contains(peer)).forEach(order::add);
        long now = clock.monotonicNs();
        double patience = 3 * options.assumptions().beatNs() / 1e9;
        order.removeIf(peer -> peer.silentSeconds(now) > patience);
        return order;
    }

    private List<Peer> holdersOf(StoredMemo stored) {
        List<Peer> found = new ArrayList<>();
        for (int number : holdings.sets().holders(stored.holders)) {
            Peer peer = byNumber.get(number);
            if (peer != null) {
                found.add(peer);
            }
        }
        return found;
    }

    /** What is known about the durability of a memo. */
    public Durability durability(MemoId id) {
        StoredMemo stored = store.find(id);
        if (stored == null) {
            return new Durability(Loss.CERTAIN, 0, options.assumptions().horizonSeconds(), List.of());
        }
        return upkeep.durability(stored);
    }

    // What others say.

    /** Takes a message from another slab, which the wire knows to be {@code from}. What is wrong with it is counted, not thrown. */
    public void receive(UUID from, byte[] bytes) throws IOException {
        Peer peer = from.equals(id()) ? null : peer(from);
        if (peer == null) {
            return;
        }
        Message message;
        try {
            message = MessageCodec.decode(bytes);
            take(peer, message);
            peer.heardNs = clock.monotonicNs();
        } catch (MalformedException e) {
            counters.refused++;
        }
    }

    private void take(Peer peer, Message message) throws IOException {
        switch (message) {
            case Message.Beating beat -> beat(peer, Beat.of(MemoCodec.decode(beat.form())));
            case Message.Have have -> have(peer, have);
            case Message.Want want -> want.ids().forEach(id -> wanted(peer, id));
            case Message.Offer offer -> offer(peer, offer);
            case Message.Memos memos -> {
                for (Sent sent : memos.memos()) {
                    memo(peer, sent);
                }
            }
            case Message.Absent absent -> absent(peer, absent.ids());
            case Message.ListFrom list -> catchUp.list(peer, list.from());
            case Message.Listing listing -> catchUp.listing(peer, listing);
            case Message.Fetch fetch -> catchUp.fetch(peer, fetch);
            case Message.Leaving departing -> upkeep.leaving(peer, departing);
            case Message.Stay stay -> upkeep.stay(peer, stay);
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
        addresses.accept(peer.id, beat.address());
        for (Beat.Other other : beat.others()) {
            if (!peers.containsKey(other.slab()) && !other.slab().equals(id())) {
                addresses.accept(other.slab(), other.address());
                meet(other.slab());
            }
        }
        catchUp.heard(peer, beat);
    }

    private void have(Peer peer, Message.Have have) {
        boolean ours = options.grants().mayHold(id(), have.tenant());
        for (MemoId id : have.ids()) {
            StoredMemo stored = store.find(id);
            if (stored != null) {
                holdings.add(stored, peer.number);
                upkeep.acknowledged(stored);
            } else if (ours && options.place().follows() && !waiting.contains(id)) {
                ask(peer, id);
            }
        }
    }

    /** Asks one peer for a memo, unless somebody was asked, or there is no room. */
    void ask(Peer peer, MemoId id) {
        if (hasRoom() && requests.ask(id, peer.id, clock.monotonicNs())) {
            peer.want.add(id);
        }
    }

    /** Over its quota a slab takes what it follows for a while, until it has let go of something else. */
    private boolean hasRoom() {
        long quota = options.quotas().storageBytes();
        return store.heldBytes() < quota + quota / 10;
    }

    void wanted(Peer peer, MemoId id) {
        StoredMemo stored = store.find(id);
        if (stored != null && stored.held && options.grants().mayHold(peer.id, stored.tenant)) {
            if (peer.queue.size() < Peer.QUEUE_MAX) {
                peer.queue.add(id);
            }
        } else {
            peer.absent.add(id);
        }
    }

    private void offer(Peer peer, Message.Offer offer) {
        boolean ours = options.grants().mayHold(id(), offer.tenant());
        for (MemoId id : offer.ids()) {
            StoredMemo stored = store.find(id);
            if (stored != null && stored.held) {
                holdings.add(stored, peer.number);
                acknowledge(peer, stored);
            } else if (ours && !leaving && store.heldBytes() < options.quotas().storageBytes()) {
                ask(peer, id);
            } else {
                peer.absent.add(id);
            }
        }
    }

    void acknowledge(Peer peer, StoredMemo stored) {
        peer.have.computeIfAbsent(stored.tenant, _ -> new LinkedHashSet<>()).add(stored.id);
    }

    private void memo(Peer peer, Sent sent) throws IOException {
        counters.memosReceived++;
        Memo memo = MemoCodec.decode(sent.form());
        MemoId id = memo.id();
        requests.came(id);
        StoredMemo stored = store.find(id);
        if (stored != null && stored.held) {
            counters.redundant++;
            holdings.add(stored, peer.number);
            acknowledge(peer, stored);
            return;
        }
        try {
            admit(memo, sent.authorship());
        } catch (MalformedException e) {
            // It will not come again from this list.
            catchUp.came(id);
            throw e;
        }
        Set<MemoId> missing = missing(memo);
        if (!missing.isEmpty() && options.place().follows()) {
            long pause = options.assumptions().beatNs();
            waiting.add(new WaitingMemos.Waiting(memo, sent, peer.id, missing, clock.monotonicNs() + pause, pause));
            missing.stream().filter(each -> !waiting.contains(each)).forEach(each -> ask(peer, each));
            return;
        }
        arrived(memo, sent, peer);
    }

    /** Refuses what may not be here, or can be no memo of its kind, whoever sent it. */
    private void admit(Memo memo, @Nullable Authorship authorship) {
        if (!options.grants().mayHold(id(), memo.tenant())) {
            throw new MalformedException("this slab does not serve tenant " + memo.tenant());
        }
        if (authorship != null && !authorship.vouchesFor(memo.id())) {
            throw new MalformedException(memo + " is not signed by whom it names");
        }
        switch (memo.kind()) {
            case TOPIC, CREATE, EDIT -> ObjectHistory.check(memo);
            case INDEX -> IndexMemo.of(memo);
            case KEYFRAME, BEAT ->
                throw new MalformedException("a memo of kind " + memo.kind() + " is made by each slab itself");
        }
        for (MemoId precursor : memo.precursors()) {
            StoredMemo before = store.find(precursor);
            if (before != null
                    && !(before.tenant.equals(memo.tenant()) && Objects.equals(memo.object(), before.object))) {
                throw new MalformedException(memo + " follows a memo of another object");
            }
        }
    }

    private Set<MemoId> missing(Memo memo) {
        Set<MemoId> missing = new HashSet<>(memo.precursors());
        missing.removeIf(precursor -> store.find(precursor) != null);
        return missing;
    }

    private void arrived(Memo memo, Sent sent, Peer source) throws IOException {
        StoredMemo stored = store.put(memo, sent.form(), sent.authorship());
        if (stored == null) {
            return;
        }
        took(stored, memo, source);
        for (WaitingMemos.Waiting ready : waiting.arrived(memo.id())) {
            Peer other = peers.get(ready.source);
            arrived(ready.memo, ready.sent, other == null ? source : other);
        }
    }

    private void took(StoredMemo stored, Memo memo, @Nullable Peer source) {
        if (stored.holders < 0) {
            holdings.enter(stored);
        }
        stored.used = ticks;
        aim(stored);
        holdings.add(stored, Holdings.SELF);
        if (source != null) {
            holdings.add(stored, source.number);
            acknowledge(source, stored);
            catchUp.came(stored.id);
        }
        arrivals.accept(memo);
    }

    private void absent(Peer peer, List<MemoId> ids) {
        for (MemoId id : ids) {
            StoredMemo stored = store.find(id);
            if (stored != null) {
                holdings.remove(stored, peer.number);
            }
            Requests.Again again = requests.absent(id, clock.monotonicNs());
            Peer other = again == null ? null : peers.get(again.peer());
            if (other != null) {
                other.want.add(id);
            } else {
                catchUp.came(id);
            }
        }
    }

    // What time brings.

    /** Lets time pass: beats, asks again, repairs, lets go, scrubs. Call it about {@link #TICKS_PER_BEAT} times in the pause between two beats. */
    public void tick() throws IOException {
        ticks++;
        long now = clock.monotonicNs();
        for (Requests.Again again : requests.overdue(now)) {
            Peer peer = peers.get(again.peer());
            if (peer != null) {
                peer.want.add(again.memo());
            }
        }
        waiting.due(now).forEach(each -> seek(each.missing));
        catchUp.tick(now);
        if (now >= nextBeatNs) {
            nextBeatNs = now + options.assumptions().beatNs();
            upkeep.beat(now);
            for (StoredMemo rotten : store.scrub(SCRUB_BYTES)) {
                rotten(rotten);
            }
            store.compact();
            beatToAll();
        }
        upkeep.tick(now);
    }

    /** Bytes hashed again with each beat. */
    private static final long SCRUB_BYTES = 1 << 20;

    private void beatToAll() {
        List<Beat.TenantDigest> digests = new ArrayList<>();
        store.digests().forEach((tenant, digest) -> {
            if (digests.size() < Beat.TENANTS_MAX) {
                digests.add(new Beat.TenantDigest(tenant, digest));
            }
        });
        List<Peer> heard = new ArrayList<>(peers.values());
        heard.removeIf(peer -> peer.beat == null);
        List<Beat.Other> others = new ArrayList<>();
        for (int i = 0; i < Math.min(Beat.OTHERS_MAX / 2, heard.size()); i++) {
            Peer peer = heard.get((int) ((beats * 7 + i) % heard.size()));
            others.add(new Beat.Other(peer.id, peer.beat == null ? "" : peer.beat.address()));
        }
        SlabOptions.Place place = options.place();
        Beat beat = new Beat(
                id(),
                identity.starts(),
                ++beats,
                place.lifetimeSeconds(),
                place.domain(),
                place.address(),
                Math.max(0, options.quotas().storageBytes() - store.heldBytes()),
                leaving,
                place.follows(),
                store.arrivals(),
                digests,
                others.stream().distinct().toList());
        byte[] form = MemoCodec.encode(beat.memo());
        peers.values().forEach(peer -> send(peer, new Message.Beating(form)));
    }

    /** Forces what was stored, then says what there is to say. */
    public void flush() throws IOException {
        store.sync();
        upkeep.spread(fresh.values());
        fresh.clear();
        refill();
        peers.values().forEach(this::say);
        boolean sent = true;
        while (sent) {
            sent = false;
            for (Peer peer : peers.values()) {
                sent |= sendMemos(peer);
            }
        }
    }

    private void say(Peer peer) {
        peer.have.forEach((tenant, ids) -> pages(ids, page -> send(peer, new Message.Have(tenant, page))));
        peer.have.clear();
        peer.offer.forEach((tenant, ids) -> pages(ids, page -> send(peer, new Message.Offer(tenant, page))));
        peer.offer.clear();
        pages(peer.want, page -> send(peer, new Message.Want(page)));
        pages(peer.absent, page -> send(peer, new Message.Absent(page)));
        peer.stay.forEach((round, ids) -> pages(ids, page -> send(peer, new Message.Stay(round, page))));
        peer.stay.clear();
    }

    private static void pages(Set<MemoId> ids, Consumer<List<MemoId>> page) {
        while (!ids.isEmpty()) {
            page.accept(Peer.take(ids, Message.IDS_MAX));
        }
    }

    boolean send(Peer peer, Message message) {
        byte[] bytes = MessageCodec.encode(message);
        if (!wire.send(peer.id, bytes)) {
            return false;
        }
        counters.messagesSent++;
        counters.bytesSent += bytes.length;
        return true;
    }

    private void refill() {
        long now = clock.monotonicNs();
        double rate = options.quotas().bandwidthBytesPerSecond();
        credit = Math.min(rate, credit + rate * (now - creditNs) / 1e9);
        creditNs = now;
    }

    /** Sends one message of memos; false when there are none, or no more may be sent now. */
    private boolean sendMemos(Peer peer) throws IOException {
        if (peer.queue.isEmpty() || credit <= 0) {
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
            PackFile.Kept kept = kept(id);
            if (kept == null) {
                peer.absent.add(id);
            } else {
                memos.add(new Sent(kept.form(), kept.authorship()));
                bytes += kept.form().length;
                repair += upkeep.isRepair(id) ? kept.form().length : 0;
            }
        }
        if (!memos.isEmpty() && !send(peer, new Message.Memos(memos))) {
            return false;
        }
        taken.forEach(peer.queue::remove);
        credit -= bytes;
        counters.memosSent += memos.size();
        counters.memoBytesSent += bytes;
        counters.repairBytes += repair;
        return true;
    }

    /** The slab will go for good: it says so, accepts nothing more, and counts for nothing. */
    public void leave() {
        leaving = true;
        nextBeatNs = 0;
    }

    /** Held memos that would be below their target without this slab: what its leaving would cost. */
    public long belowTargetWithoutSelf() {
        return upkeep.belowTargetWithoutSelf();
    }

    public SlabStatus status() {
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
        int held = (int) store.all().stream().filter(memo -> memo.held).count();
        return new SlabStatus(
                id(),
                identity.starts(),
                store.all().size(),
                held,
                store.heldBytes(),
                options.quotas().storageBytes(),
                waiting.size(),
                upkeep.belowTarget(),
                upkeep.annualLoss(),
                counters.traffic(),
                others);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    // For the parts of the slab.

    /** Whether a memo was written here since the last flush, so that it has not been sent anywhere yet. */
    boolean isFresh(StoredMemo memo) {
        return fresh.containsKey(memo.id);
    }

    MemoStore store() {
        return store;
    }

    Holdings holdings() {
        return holdings;
    }

    SlabOptions options() {
        return options;
    }

    Collection<Peer> peers() {
        return peers.values();
    }

    Counters counters() {
        return counters;
    }

    long nowNs() {
        return clock.monotonicNs();
    }

    long ticks() {
        return ticks;
    }

    long starts() {
        return identity.starts();
    }

    Requests requests() {
        return requests;
    }

    WaitingMemos waiting() {
        return waiting;
    }

    boolean serves(TenantId tenant) {
        return options.grants().mayHold(id(), tenant);
    }

    boolean isLeaving() {
        return leaving;
    }

    /** What a copy at a holder counts as now. */
    Holder holder(int number) {
        Peer peer = byNumber.get(number);
        if (peer != null) {
            return peer.holder(clock.monotonicNs());
        }
        SlabOptions.Place place = options.place();
        return new Holder(
                place.domain().isEmpty() ? null : place.domain(), 1.0 / place.lifetimeSeconds(), 0, leaving ? 1 : 0);
    }

    @Nullable
    Peer numbered(int number) {
        return byNumber.get(number);
    }

    @Nullable
    Peer find(UUID id) {
        return peers.get(id);
    }
}
