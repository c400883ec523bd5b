package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.Loss;
import io.thalweg.memo.object.Pace;
import io.thalweg.memo.pack.PackFile;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.MessageCodec;
import io.thalweg.model.MalformedException;
import io.thalweg.model.TenantId;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import io.thalweg.ports.wire.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
    /** Ticks between two beats, as callers are expected to give them. */
    public static final int TICKS_PER_BEAT = 10;

    private final SlabIdentity identity;
    private final SlabOptions options;
    private final Clock clock;
    private final MemoStore store;
    private final Holdings holdings = new Holdings();
    private final Peers peers;
    private final Requests requests;
    private final Counters counters = new Counters();
    private final Outbox outbox;
    private final Intake intake;
    private final Dialogue dialogue;
    private final Heart heart;
    private final Upkeep upkeep;
    private final CatchUp catchUp;
    private final Map<MemoId, StoredMemo> fresh = new LinkedHashMap<>();
    private final Policies policies = new Policies();
    private final Dropping dropping = new Dropping(this);
    private final LineageReader lineages = new LineageReader(this);
    private Consumer<Memo> arrivals = _ -> {};
    private Consumer<MemoId> skeletons = _ -> {};
    private Predicate<Memo> keyframes = _ -> false;
    private Pace pace = Pace.USUAL;
    private BiConsumer<UUID, String> addresses = (_, _) -> {};
    private @Nullable SlabAuthor author;
    private String address;
    private boolean leaving;
    private long nextBeatNs;
    private long ticks;

    private Slab(SlabIdentity identity, SlabOptions options, MemoStore store, Places places, Clock clock, Wire wire) {
        this.identity = identity;
        this.options = options;
        this.store = store;
        this.clock = clock;
        this.address = options.place().address();
        this.peers = new Peers(identity.id(), options, clock);
        this.outbox =
                new Outbox(wire, clock, counters, options.quotas().bandwidthBytesPerSecond(), dropping::skeletons);
        this.intake = new Intake(this);
        this.dialogue = new Dialogue(this, intake, peers);
        this.heart = new Heart(this, identity);
        this.requests = new Requests(3 * options.assumptions().beatNs());
        this.upkeep = new Upkeep(this);
        this.catchUp = new CatchUp(this, places);
        for (StoredMemo memo : store.all()) {
            holdings.enter(memo);
            aim(memo);
            if (memo.held) {
                holdings.add(memo, Holdings.SELF);
            }
        }
    }

    /**
     * Opens the slab that lives in a directory; a new one when none does. When everything was read the disk is told that it is {@linkplain
     * Disk#proven proven}, so that one on trial keeps aside what is cut, and an opening that refuses has changed nothing.
     *
     * @param fresh makes the id of a new slab
     */
    public static Slab open(
            Disk disk, Path directory, SlabOptions options, Clock clock, Wire wire, Supplier<UUID> fresh)
            throws IOException {
        SlabIdentity identity = SlabIdentity.open(disk, directory, fresh);
        MemoStore store = MemoStore.open(disk, directory, options.quotas().packBytes());
        disk.proven();
        Places places = Places.open(disk, directory, store.rottenBytes() == 0);
        return new Slab(identity, options.without(store::hasForgotten), store, places, clock, wire);
    }

    public UUID id() {
        return identity.id();
    }

    /** How many nines the memos of a topic are to have, those that are here and those that come. */
    public void target(MemoId topic, double nines) {
        target(topic, OptionalDouble.of(nines));
    }

    /** The same; empty for what the tenant says. */
    public void target(MemoId topic, OptionalDouble nines) {
        if (policies.topic(topic, nines)) {
            aim(memo -> topic.equals(memo.topic));
        }
    }

    /** How many nines memos of a tenant are to have whose topic names none. */
    public void target(TenantId tenant, OptionalDouble nines) {
        if (policies.tenant(tenant, nines)) {
            aim(memo -> tenant.equals(memo.tenant));
        }
    }

    /** How many nines the memos of one object are to have; empty for what its topic says. */
    public void targetOf(MemoId object, OptionalDouble nines) {
        Lineages lineage = store.object(object);
        if (policies.object(object, nines) && lineage != null) {
            lineage.memos.forEach(this::aim);
            lineage.keyframes.forEach(this::aim);
        }
    }

    /** Whether memos of a topic that a keyframe stands for may be let go of for good. */
    public void dropHistory(MemoId topic, boolean drops) {
        if (drops) {
            // Also where the edit that said so cannot be read: what stands for others needs as many copies as they.
            hasDropped(topic);
        }
        if (policies.drop(topic, drops)) {
            store.all().stream()
                    .filter(memo -> memo.kind == Kind.KEYFRAME && topic.equals(memo.topic))
                    .forEach(memo -> dropping.look(memo.object));
        }
    }

    /** A topic said once that its history may be dropped, so that from now on its keyframes may be all that is left of memos. */
    public void hasDropped(MemoId topic) {
        if (policies.hasDropped(topic)) {
            aim(memo -> memo.kind == Kind.KEYFRAME && topic.equals(memo.topic));
        }
    }

    private void aim(Predicate<StoredMemo> those) {
        store.all().stream().filter(those).forEach(this::aim);
    }

    void aim(StoredMemo memo) {
        holdings.aim(memo, policies.nines(memo));
    }

    /** Vouches for what is written here from now on, where its writer does not himself. Keyframes have no author: everybody makes the same. */
    public void signWith(SlabAuthor key) {
        author = key;
    }

    /** Told of each memo that is new here, before anybody is told of it. */
    public void onArrival(Consumer<Memo> observer) {
        arrivals = observer;
    }

    /** Says of a peer's keyframe whether it holds what it says, or is to be believed. */
    void onKeyframe(Predicate<Memo> judge) {
        keyframes = judge;
    }

    /** Told of objects of which this slab learned what was dropped for good, or was not after all. */
    public void onDropped(Consumer<MemoId> observer) {
        skeletons = observer;
    }

    /** Told where other slabs say that they, or slabs that they hear, can be reached. */
    public void onAddress(BiConsumer<UUID, String> observer) {
        addresses = observer;
    }

    /** Makes another slab known, which will be beaten to. */
    public void meet(UUID other) {
        peers.meet(other);
    }

    /**
     * A way to another slab is there, perhaps again: it is beaten to at once. What was said while there was none is lost, so
     * that whatever it knows more was missed, and is not on its way.
     *
     * @param version of the link that both speak
     */
    public void greet(UUID other, int version) {
        Peer peer = peers.meet(other);
        if (peer != null) {
            peer.version = version;
            peer.reached();
            catchUp.expectMissed(peer);
            heart.beatTo(peer);
        }
    }

    /** Where others reach this slab from now on; empty when it dials out only. */
    public void reachableAt(String newAddress) {
        address = newAddress;
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
        Authorship vouched = authorship;
        SlabAuthor own = author;
        if (vouched == null && own != null && memo.kind() != Kind.KEYFRAME && !store.holds(memo.id())) {
            vouched = own.sign(memo.id());
        }
        intake.branches().makeRoom(memo.id(), memo);
        StoredMemo stored = store.put(memo, form, vouched);
        if (stored == null) {
            return false;
        }
        took(stored, memo, null);
        intake.follow(stored.id);
        if (memo.kind() != Kind.KEYFRAME || policies.standsAlone(memo.topic(), memo.object())) {
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
            if (store.holds(memo) || waiting().contains(memo)) {
                continue;
            }
            StoredMemo stored = store.find(memo);
            for (Peer peer : peers.probable(stored == null ? List.of() : holdersOf(stored))) {
                if (requests.ask(memo, peer.id, clock.monotonicNs())) {
                    peer.want.add(memo);
                }
            }
        }
    }

    private List<Peer> holdersOf(StoredMemo stored) {
        return peers.others(holdings.sets().holders(stored.holders));
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
        Peer peer = peers.meet(from);
        if (peer == null) {
            return;
        }
        try {
            dialogue.take(peer, MessageCodec.decode(bytes));
            peer.heard(clock.monotonicNs());
        } catch (MalformedException e) {
            counters.refused++;
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

    void took(StoredMemo stored, Memo memo, @Nullable Peer source) {
        if (stored.holders < 0) {
            holdings.enter(stored);
        }
        stored.used = ticks;
        aim(stored);
        holdings.add(stored, Holdings.SELF);
        if (stored.kind == Kind.KEYFRAME) {
            dropping.look(stored.object);
        } else if (stored.regained && stored.object != null) {
            // What was said of it when it was dropped may have been wrong.
            stored.regained = false;
            dropping.look(stored.object);
            skeletons.accept(stored.object);
        }
        if (source != null) {
            holdings.add(stored, source.number);
            acknowledge(source, stored);
            catchUp.came(stored.id);
        }
        arrivals.accept(memo);
    }

    void acknowledge(Peer peer, StoredMemo stored) {
        peer.have.computeIfAbsent(stored.tenant, _ -> new LinkedHashSet<>()).add(stored.id);
    }

    /** A peer wants a memo: it is sent one day, or said to be absent. */
    void wanted(Peer peer, MemoId id) {
        StoredMemo stored = store().find(id);
        if (stored != null
                && stored.held
                && peer.takes(stored)
                && options().grants().mayHold(peer.id, stored.tenant)) {
            if (peer.queue.size() < Peer.QUEUE_MAX) {
                peer.queue.add(id);
            }
        } else if (stored != null && stored.dropped && options().grants().mayHold(peer.id, stored.tenant)) {
            dropping.tell(peer, stored);
        } else {
            peer.absent.add(id);
        }
    }

    // What time brings.

    /** Lets time pass: beats, asks again, repairs, lets go, scrubs. Call it about {@link #TICKS_PER_BEAT} times in the pause between two beats. */
    public void tick() throws IOException {
        ticks++;
        long now = clock.monotonicNs();
        for (Requests.Again again : requests.overdue(now)) {
            Peer peer = peers.find(again.peer());
            if (peer != null) {
                peer.want.add(again.memo());
            }
        }
        intake.tick(now);
        catchUp.tick(now);
        if (now >= nextBeatNs) {
            nextBeatNs = now + options.assumptions().beatNs();
            upkeep.beat(now);
            dropping.beat();
            for (StoredMemo rotten : store.scrub(SCRUB_BYTES)) {
                rotten(rotten);
            }
            store.compact();
            heart.beat();
        }
        upkeep.tick(now);
    }

    /** Bytes hashed again with each beat. */
    private static final long SCRUB_BYTES = 1 << 20;

    /** Beats after which it is kept how far this slab knows what others know. */
    private static final int BEATS_BETWEEN_PLACES = 6;

    /** Forces what was stored, then says what there is to say. */
    public void flush() throws IOException {
        store.sync();
        catchUp.remember(BEATS_BETWEEN_PLACES);
        upkeep.spread(fresh.values());
        fresh.clear();
        outbox.flush(peers.all(), this::kept, upkeep::isRepair);
    }

    boolean send(Peer peer, Message message) {
        return outbox.send(peer, message);
    }

    /** The slab will go for good: it says so, accepts nothing more, and counts for nothing. */
    public void leave() {
        leaving = true;
        nextBeatNs = 0;
    }

    /** Held memos that would be below their target without this slab: what its leaving would cost. */
    public long belowTargetWithoutSelf() {
        return upkeep.belowWithoutSelf();
    }

    public SlabStatus status() {
        return new SlabStatus(
                id(),
                identity.starts(),
                store.all().size(),
                store.heldMemos(),
                store.heldBytes(),
                store.droppedMemos(),
                store.droppedBytes(),
                options.quotas().storageBytes(),
                waiting().size(),
                upkeep.belowTarget(),
                upkeep.belowTargetWithoutSelf(),
                upkeep.annualLoss(),
                counters.traffic(),
                peers.status());
    }

    /** Has all of a tenant go from the disk, and takes no more of it in any life. Behind a {@link #flush}; then it is to be closed and opened again. */
    public void forget(TenantId tenant) throws IOException {
        store.forget(tenant);
    }

    @Override
    public void close() throws IOException {
        try (store) {
            if (!store.isDirty()) {
                catchUp.remember(0);
            }
        }
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

    /** How it lives. */
    public SlabOptions options() {
        return options;
    }

    Collection<Peer> peers() {
        return peers.all();
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

    String address() {
        return address;
    }

    BiConsumer<UUID, String> addresses() {
        return addresses;
    }

    Upkeep upkeep() {
        return upkeep;
    }

    CatchUp catchUp() {
        return catchUp;
    }

    Requests requests() {
        return requests;
    }

    WaitingMemos waiting() {
        return intake.waiting();
    }

    Policies policies() {
        return policies;
    }

    Dropping dropping() {
        return dropping;
    }

    LineageReader lineages() {
        return lineages;
    }

    /** See {@link #onDropped}. */
    Consumer<MemoId> skeletons() {
        return skeletons;
    }

    /** See {@link #onKeyframe}. */
    boolean isTrue(Memo keyframe) {
        return keyframes.test(keyframe);
    }

    Pace pace() {
        return pace;
    }

    /** Makes keyframes at another pace; before anything is read or written. */
    void pace(Pace other) {
        pace = other;
    }

    /** Whether it may hold, and so serves, what is of a tenant. */
    public boolean serves(TenantId tenant) {
        return options.grants().mayHold(id(), tenant);
    }

    boolean isLeaving() {
        return leaving;
    }

    /** What a copy at a holder counts as now. */
    Holder holder(int number) {
        return peers.holder(number, leaving);
    }

    @Nullable
    Peer numbered(int number) {
        return peers.numbered(number);
    }

    @Nullable
    Peer find(UUID id) {
        return peers.find(id);
    }
}
