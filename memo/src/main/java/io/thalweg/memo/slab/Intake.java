package io.thalweg.memo.slab;

import io.thalweg.memo.Authorship;
import io.thalweg.memo.Kind;
import io.thalweg.memo.Memo;
import io.thalweg.memo.MemoCodec;
import io.thalweg.memo.MemoId;
import io.thalweg.memo.context.IndexMemo;
import io.thalweg.memo.object.Edit;
import io.thalweg.memo.object.ObjectHistory;
import io.thalweg.memo.object.Projection;
import io.thalweg.memo.peering.Message;
import io.thalweg.memo.peering.Message.Sent;
import io.thalweg.model.MalformedException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where memos of others come in. One is taken when it is whole, may be here, can be of its kind, and everything that it follows is known; what
 * is missing is asked for while it waits in {@link WaitingMemos}. Thus the memos of an object come in an order that respects causality.
 */
final class Intake {
    private final Slab slab;
    private final WaitingMemos waiting = new WaitingMemos();
    private final Branches branches;

    /** Memos that are new here, behind which others may be ready. */
    private final Deque<MemoId> here = new ArrayDeque<>();

    private boolean following;

    Intake(Slab slab) {
        this.slab = slab;
        this.branches = new Branches(slab);
    }

    WaitingMemos waiting() {
        return waiting;
    }

    Branches branches() {
        return branches;
    }

    /** A memo came from a peer; a {@link MalformedException} says why it is refused. */
    void take(Peer peer, Sent sent) throws IOException {
        slab.counters().memosReceived++;
        Memo memo = MemoCodec.decode(sent.form());
        MemoId id = memo.id();
        slab.requests().came(id);
        StoredMemo stored = slab.store().find(id);
        if (stored != null && (stored.held || (stored.dropped && stored.kind == Kind.KEYFRAME))) {
            slab.counters().redundant++;
            slab.holdings().add(stored, peer.number);
            if (stored.held) {
                slab.acknowledge(peer, stored);
            }
            return;
        }
        try {
            admit(peer, memo, sent.authorship());
        } catch (MalformedException e) {
            // It will not come again from this list.
            slab.catchUp().came(id);
            throw e;
        }
        Set<MemoId> missing = missing(memo);
        if (memo.kind() == Kind.KEYFRAME && !(missing.isEmpty() && slab.isTrue(memo))) {
            // Of no use without knowing what it stands for; whoever has it offers it again. Or it is a lie.
            slab.counters().refused++;
            return;
        }
        if (!missing.isEmpty() && slab.options().place().follows()) {
            long pause = slab.options().assumptions().beatNs();
            waiting.add(new WaitingMemos.Waiting(memo, sent, peer.id, missing, slab.nowNs() + pause, pause));
            missing.stream().filter(each -> !waiting.contains(each)).forEach(each -> slab.ask(peer, each));
            if (!waiting.isHalfFull()) {
                // What it waits for may stand on a later page.
                slab.catchUp().came(id);
            }
            return;
        }
        if (keep(memo, sent, peer)) {
            follow(id);
        }
    }

    /** Somebody does not have it, who was asked for it. */
    void askAnother(MemoId id) {
        Requests.Again again = slab.requests().absent(id, slab.nowNs());
        Peer other = again == null ? null : slab.find(again.peer());
        if (other != null) {
            other.want.add(id);
        } else {
            slab.catchUp().came(id);
        }
    }

    /** Refuses what may not be here, or can be no memo of its kind, whoever sent it. */
    private void admit(Peer peer, Memo memo, @Nullable Authorship authorship) {
        requireGranted(peer, memo);
        if (authorship != null && !authorship.vouchesFor(memo.id())) {
            throw new MalformedException(memo + " is not signed by whom it names");
        }
        switch (memo.kind()) {
            case TOPIC, CREATE, EDIT -> ObjectHistory.check(memo);
            case INDEX -> IndexMemo.of(memo);
            case KEYFRAME -> {
                if (!slab.policies().standsAlone(memo.topic(), memo.object())) {
                    throw new MalformedException(
                            "a keyframe of a topic that keeps its history is made by each slab itself");
                }
                var _ = Projection.decode(memo.body());
            }
            case BEAT -> throw new MalformedException("a beat is not kept");
        }
        requireOneObject(memo);
    }

    private void requireOneObject(Memo memo) {
        for (MemoId precursor : memo.precursors()) {
            StoredMemo before = slab.store().find(precursor);
            if (before != null
                    && !(before.kind.isLineage()
                            && before.tenant.equals(memo.tenant())
                            && Objects.equals(memo.object(), before.object)
                            && Objects.equals(memo.topic(), before.topic))) {
                throw new MalformedException(memo + " follows what is no memo of its object");
            }
        }
    }

    private void requireGranted(Peer peer, Memo memo) {
        if (!slab.serves(memo.tenant())) {
            throw new MalformedException("this slab does not serve tenant " + memo.tenant());
        }
        if (!slab.options().grants().mayHold(peer.id, memo.tenant())) {
            throw new MalformedException("slab " + peer.id + " may not hold anything of tenant " + memo.tenant());
        }
    }

    /**
     * What stays of a memo that others dropped. It cannot be checked against its id, so it is believed only where the topic's own memos, which
     * can be, say that such memos are to be expected, and only of memos of which nothing better is here.
     */
    void dropped(Peer peer, Message.Skeleton skeleton) throws IOException {
        MemoId id = skeleton.id();
        Memo memo = MemoCodec.decode(skeleton.form());
        StoredMemo known = slab.store().find(id);
        if (known != null && known.dropped && !known.lost) {
            // Nothing new; it was asked for because somebody else may have it whole.
            askAnother(id);
            return;
        }
        slab.requests().came(id);
        if (known == null && memo.topic() != null && slab.store().object(memo.topic()) == null) {
            // The topic comes with the memos of this page, which is read again then.
            slab.counters().refused++;
            return;
        }
        slab.catchUp().came(id);
        if (known != null && known.held) {
            // A keyframe that is here may stand for it, too.
            slab.dropping().lookAtAll(known.object);
            return;
        }
        requireGranted(peer, memo);
        if ((memo.kind() != Kind.CREATE && memo.kind() != Kind.EDIT)
                || !slab.policies().standsAlone(memo.topic(), memo.object())) {
            throw new MalformedException(id.brief() + " is said to be dropped, and cannot be");
        }
        var _ = Edit.additions(memo.body());
        boolean full = known == null
                && slab.store().droppedBytes() >= slab.options().quotas().storageBytes();
        if (full || !missing(memo).isEmpty()) {
            // It comes again, behind those that it follows.
            slab.counters().refused++;
            return;
        }
        requireOneObject(memo);
        Memo before = known == null || known.lost ? null : slab.store().known(known);
        if (before != null && !before.precursors().equals(memo.precursors())) {
            throw new MalformedException(id.brief() + " followed others than those that are said");
        }
        branches.makeRoom(id, memo);
        slab.dropping().took(slab.store().putDropped(id, memo, MemoCodec.encode(memo)));
        if (known == null) {
            follow(id);
        }
    }

    private Set<MemoId> missing(Memo memo) {
        Set<MemoId> missing = new HashSet<>(memo.precursors());
        missing.removeIf(precursor -> slab.store().find(precursor) != null);
        return missing;
    }

    /** Whether it is new here. */
    private boolean keep(Memo memo, Sent sent, @Nullable Peer source) throws IOException {
        branches.makeRoom(memo.id(), memo);
        StoredMemo stored = slab.store().put(memo, sent.form(), sent.authorship());
        if (stored != null) {
            slab.took(stored, memo, source);
        }
        return stored != null;
    }

    /** A memo is new here: those that wait for nothing else are kept, and so on; one after the other, for they may be thousands in a row. */
    void follow(MemoId memo) throws IOException {
        here.add(memo);
        if (following) {
            return;
        }
        following = true;
        try {
            for (MemoId next = here.poll(); next != null; next = here.poll()) {
                for (WaitingMemos.Waiting ready : waiting.arrived(next)) {
                    ready(ready);
                }
            }
        } finally {
            following = false;
        }
    }

    /** When it came it could not be seen yet whom it follows. */
    private void ready(WaitingMemos.Waiting ready) throws IOException {
        try {
            requireOneObject(ready.memo);
        } catch (MalformedException _) {
            slab.counters().refused++;
            slab.catchUp().came(ready.memo.id());
            return;
        }
        if (keep(ready.memo, ready.sent, slab.find(ready.source))) {
            here.add(ready.memo.id());
        }
    }

    /** Asks again for what memos wait for; those that waited too long are gone. */
    void tick(long nowNs) {
        waiting.due(nowNs).forEach(each -> slab.seek(each.missing));
    }
}
