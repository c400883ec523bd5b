package io.thalweg.memo.slab;

import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.durability.DurabilityScore;
import io.thalweg.memo.durability.Holder;
import io.thalweg.memo.durability.HolderSets;
import io.thalweg.memo.durability.Loss;
import io.thalweg.memo.durability.Partitions;
import io.thalweg.memo.durability.Placement;
import io.thalweg.memo.durability.Watermarks;
import io.thalweg.memo.peering.Departure;
import io.thalweg.memo.peering.Message;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a slab does because of durability scores: it makes copies of what is below its target, and lets go of copies of what is far
 * above when it has no room. Scores are those of sets of holders; only memos of sets below the highest target are looked at.
 */
final class Upkeep {
    /** Copies offered with one beat. */
    private static final int OFFERS_MAX = 16_384;

    /** Memos of one set of holders that are looked at with one beat; the next beat goes on behind them. */
    private static final int LOOK_MAX = 65_536;

    /** Beats after which who declined is asked again. */
    private static final int DECLINED_BEATS = 12;

    /** With so much free a slab is half as dear as a full one. */
    private static final double AMPLE_BYTES = 1 << 20;

    /** Peers that one memo is offered to at once. */
    private static final int COPIES_MAX = 8;

    /** Memos that are let go in one round: at least so many, and at most, and between them a share of those held, since looking for them looks at all. */
    private static final int DEPARTURES_MIN = 256;

    private static final int DEPARTURES_MAX = 16_384;
    private static final int DEPARTURES_SHARE = 16;

    /** The share of its quota that a slab frees once it is full. */
    private static final double FREED = 0.1;

    /** What holds for a set of holders, a target and a tenant holds for all memos that share them. */
    private record Question(int set, double target, TenantId tenant, boolean keyframe, Set<Peer> without) {
        static Question of(StoredMemo memo) {
            return of(memo, Set.of());
        }

        static Question of(StoredMemo memo, Set<Peer> without) {
            return new Question(memo.holders, memo.targetNines, memo.tenant, memo.kind == Kind.KEYFRAME, without);
        }
    }

    private static final class Departing {
        final StoredMemo memo;
        final Departure departure;

        Departing(StoredMemo memo, Departure departure) {
            this.memo = memo;
            this.departure = departure;
        }
    }

    private final Slab slab;
    private final DurabilityScore score;
    private Partitions partitions = Partitions.NONE;
    private final Map<MemoId, Long> offered = new HashMap<>();

    /** Memos that cannot go yet, and were offered to all who may have them, with the time until when they are left alone. */
    private final Map<MemoId, Long> pressed = new HashMap<>();

    /** Peers that were offered a memo of late and did not take it: others are asked before they are again. */
    private final Map<MemoId, Set<Peer>> declined = new HashMap<>();

    private int beats;
    private final Map<Integer, StoredMemo> looked = new HashMap<>();
    private final Map<MemoId, Departing> departures = new LinkedHashMap<>();
    private long round;
    private long roundEndNs;
    private long belowTarget;
    private long belowTargetWithoutSelf;
    private double annualLoss;

    Upkeep(Slab slab) {
        this.slab = slab;
        SlabOptions.Assumptions assume = slab.options().assumptions();
        this.score = new DurabilityScore(assume.silence(), assume.domains(), assume.horizonSeconds());
        this.round = slab.starts() << 32;
    }

    private double beatSeconds() {
        return slab.options().assumptions().beatNs() / 1e9;
    }

    private Loss loss(int set) {
        return slab.holdings().sets().loss(set, score, partitions, slab::holder);
    }

    /** Once for each beat: what is known of everybody has changed a little. */
    void beat(long nowNs) {
        partitions = partitions(nowNs);
        HolderSets sets = slab.holdings().sets();
        sets.changedAll();
        offered.values().removeIf(deadline -> deadline <= nowNs);
        pressed.values().removeIf(deadline -> deadline <= nowNs);
        if (++beats % DECLINED_BEATS == 0) {
            declined.clear();
        }
        belowTarget = 0;
        annualLoss = 0;
        int offers = 0;
        Map<Question, List<Peer>> answers = new HashMap<>();
        for (int set : sets.sets()) {
            if (!sets.contains(set, Holdings.SELF)) {
                continue;
            }
            Loss loss = loss(set);
            annualLoss += sets.memos(set) * loss.annual(score.horizonSeconds());
            long below = slab.holdings().below(set, loss.nines());
            belowTarget += below;
            if (below > 0 && !slab.peers().isEmpty()) {
                offers += offerAll(set, loss, OFFERS_MAX - offers, answers, nowNs);
            }
        }
        belowTargetWithoutSelf = belowWithoutSelf();
    }

    private int offerAll(int set, Loss loss, int most, Map<Question, List<Peer>> answers, long nowNs) {
        int offers = 0;
        @Nullable StoredMemo memo = looked.remove(set);
        if (memo == null || memo.holders != set) {
            memo = slab.holdings().first(set);
        }
        for (int left = LOOK_MAX; memo != null && offers < most; left--) {
            if (left == 0) {
                looked.put(set, memo);
                break;
            }
            if (loss.nines() < memo.targetNines && !offered.containsKey(memo.id) && !slab.isFresh(memo)) {
                offers += offer(memo, answers, nowNs);
            }
            memo = memo.next;
        }
        return offers;
    }

    /** Whether a memo has the nines that it is to have. */
    boolean isMet(StoredMemo memo) {
        return loss(memo.holders).nines() >= memo.targetNines;
    }

    private Partitions partitions(long nowNs) {
        List<Partitions.Heard> heard = new ArrayList<>();
        String own = slab.options().place().domain();
        if (!own.isEmpty()) {
            heard.add(new Partitions.Heard(own, 0));
        }
        for (Peer peer : slab.peers()) {
            if (!peer.domain().isEmpty()) {
                heard.add(new Partitions.Heard(peer.domain(), peer.silentSeconds(nowNs)));
            }
        }
        return Partitions.detect(heard, 3 * beatSeconds(), 2 * beatSeconds());
    }

    private int offer(StoredMemo memo, Map<Question, List<Peer>> answers, long nowNs) {
        Set<Peer> without = declined.getOrDefault(memo.id, Set.of());
        List<Peer> places = answers.computeIfAbsent(
                Question.of(memo, without), question -> bestPlaces(question, peer -> peer.isListening(nowNs)));
        if (places.isEmpty()) {
            // Nobody else: whoever declined may have room by now.
            declined.remove(memo.id);
            return 0;
        }
        for (Peer place : places) {
            place.offer.computeIfAbsent(memo.tenant, _ -> new LinkedHashSet<>()).add(memo.id);
        }
        offered.put(memo.id, nowNs + 3 * slab.options().assumptions().beatNs());
        return places.size();
    }

    /** The peers that would bring memos to their target, or as near as they can. */
    private List<Peer> bestPlaces(Question question, Predicate<Peer> able) {
        long now = slab.nowNs();
        HolderSets sets = slab.holdings().sets();
        List<Holder> holders = new ArrayList<>(
                Arrays.stream(sets.holders(question.set)).mapToObj(slab::holder).toList());
        List<Placement.Candidate<Peer>> candidates = new ArrayList<>();
        for (Peer peer : slab.peers()) {
            boolean fit = peer.freeBytes() > 0
                    && !question.without.contains(peer)
                    && able.test(peer)
                    && fits(peer, question.set, question.tenant, now)
                    && (!question.keyframe || peer.version >= Message.VERSION_DROPPED);
            if (fit) {
                candidates.add(new Placement.Candidate<>(peer, peer.holder(now), cost(peer)));
            }
        }
        List<Peer> chosen = new ArrayList<>();
        while (chosen.size() < COPIES_MAX && score.loss(holders, partitions).nines() < question.target) {
            Placement.Candidate<Peer> best =
                    Placement.best(score, holders, candidates).orElse(null);
            if (best == null) {
                break;
            }
            chosen.add(best.what());
            holders.add(best.copy());
            candidates.remove(best);
        }
        return chosen;
    }

    /** Who follows the tenant has it soon anyway; who is nearly full will soon want to be rid of it. */
    private static double cost(Peer peer) {
        return (peer.follows() ? 0.9 : 1) * (1 + 1 / (1 + peer.freeBytes() / AMPLE_BYTES));
    }

    /** New memos of this slab's own writers: sent at once to where they are to be kept, told to all others who follow. */
    void spread(Collection<StoredMemo> memos) {
        Map<Question, List<Peer>> answers = new HashMap<>();
        long now = slab.nowNs();
        for (StoredMemo memo : memos) {
            List<Peer> places = answers.computeIfAbsent(Question.of(memo), question -> bestPlaces(question, _ -> true));
            boolean queued = false;
            for (Peer peer : slab.peers()) {
                if (places.contains(peer) && peer.queue.size() < Peer.QUEUE_MAX) {
                    peer.queue.add(memo.id);
                    queued = true;
                } else if (peer.follows()
                        && peer.takes(memo)
                        && slab.options().grants().mayHold(peer.id, memo.tenant)) {
                    slab.acknowledge(peer, memo);
                }
            }
            if (queued) {
                offered.put(memo.id, now + 3 * slab.options().assumptions().beatNs());
            }
        }
    }

    /** A peer has a memo that may have been offered to it. */
    void acknowledged(StoredMemo memo) {
        offered.remove(memo.id);
        pressed.remove(memo.id);
        declined.remove(memo.id);
    }

    /** A peer has not got a memo, and perhaps does not want it. */
    void absent(Peer peer, MemoId memo) {
        boolean asked = offered.containsKey(memo) || declined.containsKey(memo);
        if (asked && (declined.containsKey(memo) || declined.size() < OFFERS_MAX)) {
            offered.remove(memo);
            // A set of its own each time: answers are kept by it.
            Set<Peer> by = new HashSet<>(declined.getOrDefault(memo, Set.of()));
            by.add(peer);
            declined.put(memo, by);
        }
    }

    boolean isRepair(MemoId memo) {
        return offered.containsKey(memo);
    }

    // Letting go.

    void tick(long nowNs) throws IOException {
        if (!departures.isEmpty()) {
            if (nowNs >= roundEndNs) {
                giveUp();
            }
            return;
        }
        long quota = slab.options().quotas().storageBytes();
        long over = slab.store().heldBytes() - quota;
        if (over > 0) {
            letGo(over + (long) (quota * FREED), nowNs);
        }
    }

    private void letGo(long bytes, long nowNs) throws IOException {
        long freed = 0;
        int most = Math.clamp(slab.store().heldMemos() / DEPARTURES_SHARE, DEPARTURES_MIN, DEPARTURES_MAX);
        Map<Question, Boolean> answers = new HashMap<>();
        // The ones not used for the longest, which is the largest of those kept here when one too many is there.
        PriorityQueue<StoredMemo> oldest = new PriorityQueue<>(Comparator.comparingLong((StoredMemo memo) -> memo.used)
                .thenComparing(memo -> memo.id)
                .reversed());
        PriorityQueue<StoredMemo> unready = new PriorityQueue<>(oldest);
        List<StoredMemo> keyframes = new ArrayList<>();
        for (StoredMemo memo : slab.store().all()) {
            if (memo.held && memo.kind == Kind.KEYFRAME && !standsAlone(memo)) {
                keyframes.add(memo);
            } else if (memo.held && mayEverGo(memo) && answers.computeIfAbsent(Question.of(memo), this::mayGo)) {
                add(oldest, memo, most);
            } else if (memo.held && mayEverGo(memo) && !offered.containsKey(memo.id) && !pressed.containsKey(memo.id)) {
                add(unready, memo, most);
            }
        }
        for (StoredMemo keyframe : keyframes) {
            freed += keyframe.length;
            drop(keyframe);
        }
        if (oldest.isEmpty()) {
            unready.forEach(memo -> press(memo, nowNs));
        }
        List<StoredMemo> leaving = new ArrayList<>(oldest);
        leaving.sort(Comparator.comparingLong((StoredMemo memo) -> memo.used).thenComparing(memo -> memo.id));
        round++;
        Map<Peer, List<MemoId>> told = new HashMap<>();
        for (StoredMemo memo : leaving) {
            if (freed >= bytes) {
                break;
            }
            freed += memo.length;
            Departure departure = new Departure(slab.id());
            departure.begin(round);
            departures.put(memo.id, new Departing(memo, departure));
            for (int number : slab.holdings().sets().holders(memo.holders)) {
                Peer peer = slab.numbered(number);
                if (peer != null && !peer.isLeaving()) {
                    told.computeIfAbsent(peer, _ -> new ArrayList<>()).add(memo.id);
                }
            }
        }
        told.entrySet().stream()
                .sorted(Comparator.comparing(each -> each.getKey().id))
                .forEach(each -> announce(each.getKey(), each.getValue()));
        roundEndNs = nowNs + 2 * slab.options().assumptions().beatNs();
    }

    /** Whether a keyframe may be all that is left of memos, by what its topic says, or because some were dropped. */
    private boolean standsAlone(StoredMemo keyframe) {
        Lineages lineage = keyframe.object == null ? null : slab.store().object(keyframe.object);
        return slab.policies().standsAlone(keyframe.topic, keyframe.object) || (lineage != null && lineage.dropped > 0);
    }

    /** What topics say of themselves stays, for it decides what may go. */
    private static boolean mayEverGo(StoredMemo memo) {
        return memo.topic == null || !memo.topic.equals(memo.object);
    }

    private void announce(Peer peer, List<MemoId> leaving) {
        for (int at = 0; at < leaving.size(); at += Message.IDS_MAX) {
            List<MemoId> page = leaving.subList(at, Math.min(leaving.size(), at + Message.IDS_MAX));
            slab.send(peer, new Message.Leaving(round, page));
        }
    }

    private static void add(PriorityQueue<StoredMemo> oldest, StoredMemo memo, int most) {
        oldest.add(memo);
        if (oldest.size() > most) {
            oldest.remove();
        }
    }

    /**
     * Offers a memo that cannot go yet to all who are not known to hold it: those who have it say so, those who have room take it, and in a
     * while it can go.
     */
    private void press(StoredMemo memo, long nowNs) {
        for (Peer peer : slab.peers()) {
            if (fits(peer, memo.holders, memo.tenant, nowNs)) {
                peer.offer
                        .computeIfAbsent(memo.tenant, _ -> new LinkedHashSet<>())
                        .add(memo.id);
            }
        }
        pressed.put(memo.id, nowNs + 6 * slab.options().assumptions().beatNs());
    }

    private boolean fits(Peer peer, int set, TenantId tenant, long nowNs) {
        return peer.beat != null
                && !peer.isLeaving()
                && peer.silentSeconds(nowNs) < 3 * beatSeconds()
                && slab.options().grants().mayHold(peer.id, tenant)
                && !slab.holdings().sets().contains(set, peer.number);
    }

    /** Whether memos would be well above their target without this slab's copy. */
    private boolean mayGo(Question question) {
        List<Holder> others = new ArrayList<>();
        for (int number : slab.holdings().sets().holders(question.set)) {
            Peer peer = slab.numbered(number);
            if (peer != null && !peer.isLeaving()) {
                others.add(slab.holder(number));
            }
        }
        return marks(question.target).mayEvictOwn(score.loss(others, partitions), others.size());
    }

    private Watermarks marks(double target) {
        return new Watermarks(target, slab.options().assumptions().headroomNines());
    }

    /** A holder would leave. */
    void leaving(Peer peer, Message.Leaving message) {
        for (MemoId id : message.ids()) {
            StoredMemo memo = slab.store().find(id);
            if (memo == null || !memo.held) {
                peer.absent.add(id);
                continue;
            }
            Departing own = departures.get(id);
            if (slab.isLeaving() || (own != null && !own.departure.staysFor(peer.id))) {
                continue;
            }
            if (own != null) {
                departures.remove(id);
            }
            slab.holdings().remove(memo, peer.number);
            peer.stay
                    .computeIfAbsent(message.round(), _ -> new LinkedHashSet<>())
                    .add(id);
        }
    }

    /** Somebody stays. */
    void stay(Peer peer, Message.Stay message) throws IOException {
        for (MemoId id : message.ids()) {
            Departing own = departures.get(id);
            if (own == null) {
                continue;
            }
            own.departure.stays(peer.id, message.round());
            List<UUID> staying = own.departure.staying();
            List<Holder> holders = new ArrayList<>();
            for (UUID other : staying == null ? List.<UUID>of() : staying) {
                Peer found = slab.find(other);
                if (found != null && !found.isLeaving()) {
                    holders.add(found.holder(slab.nowNs()));
                }
            }
            if (marks(own.memo.targetNines).mayEvictOwn(score.loss(holders, partitions), holders.size())) {
                departures.remove(id);
                drop(own.memo);
            }
        }
    }

    /** Lets a memo go that others have. */
    void drop(StoredMemo memo) throws IOException {
        letGo(memo, false);
        slab.counters().evicted++;
    }

    /** Lets a memo go that a keyframe stands for. */
    void dropForGood(StoredMemo memo) throws IOException {
        letGo(memo, true);
        slab.holdings().aim(memo, 0);
        slab.counters().dropped++;
    }

    private void letGo(StoredMemo memo, boolean forGood) throws IOException {
        if (!memo.held) {
            return;
        }
        Memo whole = slab.read(memo.id);
        if (whole == null) {
            return;
        }
        for (int number : slab.holdings().sets().holders(memo.holders)) {
            Peer peer = slab.numbered(number);
            if (peer != null) {
                peer.absent.add(memo.id);
            }
        }
        slab.store().release(memo, whole, forGood);
        slab.holdings().remove(memo, Holdings.SELF);
    }

    private void giveUp() {
        for (Departing each : departures.values()) {
            List<UUID> staying = each.departure.staying();
            each.departure.giveUp();
            // They do not count on this slab any more, but may again.
            for (UUID other : staying == null ? List.<UUID>of() : staying) {
                Peer peer = slab.find(other);
                if (peer != null && each.memo.held) {
                    slab.acknowledge(peer, each.memo);
                }
            }
        }
        departures.clear();
    }

    // What is told.

    Durability durability(StoredMemo memo) {
        List<Durability.Copy> copies = new ArrayList<>();
        long now = slab.nowNs();
        for (int number : slab.holdings().sets().holders(memo.holders)) {
            Peer peer = slab.numbered(number);
            copies.add(
                    peer == null
                            ? new Durability.Copy(
                                    slab.id(),
                                    slab.isLeaving(),
                                    slab.options().place().domain(),
                                    0)
                            : new Durability.Copy(peer.id, peer.isLeaving(), peer.domain(), peer.silentSeconds(now)));
        }
        List<Holder> holders = Arrays.stream(slab.holdings().sets().holders(memo.holders))
                .mapToObj(slab::holder)
                .toList();
        return new Durability(score.loss(holders, partitions), memo.targetNines, score.horizonSeconds(), copies);
    }

    /** Held memos that would be below their target without this slab, now. */
    long belowWithoutSelf() {
        long below = 0;
        HolderSets sets = slab.holdings().sets();
        for (int set : sets.sets()) {
            if (!sets.contains(set, Holdings.SELF)) {
                continue;
            }
            List<Holder> others = new ArrayList<>();
            for (int number : sets.holders(set)) {
                if (number != Holdings.SELF) {
                    others.add(slab.holder(number));
                }
            }
            below += slab.holdings().below(set, score.loss(others, partitions).nines());
        }
        return below;
    }

    /** As of the last beat. */
    long belowTargetWithoutSelf() {
        return belowTargetWithoutSelf;
    }

    long belowTarget() {
        return belowTarget;
    }

    double annualLoss() {
        return annualLoss;
    }
}
