package io.thalweg.testkit.raft;

import io.thalweg.ports.disk.Disk;
import io.thalweg.testkit.raft.RaftEntry.Beginning;
import io.thalweg.testkit.raft.RaftEntry.Command;
import io.thalweg.testkit.raft.RaftEntry.Content;
import io.thalweg.testkit.raft.RaftEntry.Members;
import io.thalweg.testkit.raft.RaftEntry.Membership;
import io.thalweg.testkit.raft.RaftMessage.Append;
import io.thalweg.testkit.raft.RaftMessage.AppendReply;
import io.thalweg.testkit.raft.RaftMessage.Install;
import io.thalweg.testkit.raft.RaftMessage.TakeOver;
import io.thalweg.testkit.raft.RaftMessage.VoteReply;
import io.thalweg.testkit.raft.RaftMessage.VoteRequest;
import io.thalweg.testkit.raft.RaftMessage.WallClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One member of a group: Raft as a state machine that is told of time and of messages and answers with messages. What it says that
 * others may rely on, a vote or an entry, is forced before it is said.
 *
 * <p>A leader's own entries are forced by {@link #force}, which its caller schedules after {@link #propose}, so that several ride on
 * one force; until then they may be on their way to the others, and do not count for the leader itself (Ongaro, 10.2.1).
 *
 * <p>An {@code IOException} from any method is final for this process, as is a crash; a new member is made on what the disk holds.
 */
public final class RaftMember {
    /** What a member is at the moment. */
    public enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER
    }

    private static final int ENTRIES_PER_MESSAGE = 16;

    /** What a leader knows of another member. */
    private static final class Progress {
        long next;
        long matched;
        long heardNs;

        /** Until then nothing more is sent but heartbeats: a snapshot is on its way. */
        long pausedUntilNs;
    }

    private final int id;
    private final RaftStore store;
    private final RaftApplication application;
    private final ObjIntConsumer<RaftMessage> road;
    private final SplittableRandom random;
    private final long electionNs;

    private Role role = Role.FOLLOWER;
    private int leader = -1;
    private long committed;
    private long applied;
    private final TreeSet<Integer> votes = new TreeSet<>();
    private final TreeMap<Integer, Progress> others = new TreeMap<>();
    private long nowNs;
    private long deadlineNs;
    private long heartbeatNs;
    private long heardLeaderNs = Long.MIN_VALUE / 2;

    /**
     * Starts a member on what its disk holds.
     *
     * @param first the group as it begins, for a store that is new; a member that joins later begins with an empty one
     * @param road takes a message and to whom it goes; it may lose it
     * @param electionNs the shortest silence after which a member stands for election; it waits up to twice as long
     */
    public RaftMember(
            int id,
            Disk disk,
            Path directory,
            Members first,
            RaftApplication application,
            ObjIntConsumer<RaftMessage> road,
            SplittableRandom random,
            long nowNs,
            long electionNs)
            throws IOException {
        this.id = id;
        this.store = new RaftStore(disk, directory, first);
        this.application = application;
        this.road = road;
        this.random = random;
        this.nowNs = nowNs;
        this.electionNs = electionNs;
        applied = application.appliedAtStart();
        store.finishArrival(applied);
        if (applied < store.baseIndex() || applied > store.lastIndex()) {
            throw new IOException("the state is as of " + applied + ", but the log has " + store.baseIndex() + " to "
                    + store.lastIndex());
        }
        committed = applied;
        waitForLeader();
    }

    public Role role() {
        return role;
    }

    public int id() {
        return id;
    }

    public long term() {
        return store.term();
    }

    /** Whom this member follows in its term; -1 when it knows of nobody. */
    public int leader() {
        return leader;
    }

    public long committedIndex() {
        return committed;
    }

    public long appliedIndex() {
        return applied;
    }

    public long lastIndex() {
        return store.lastIndex();
    }

    public Members members() {
        return store.members();
    }

    /** Who belongs to the group for good: by the newest committed entry that says so. */
    public Members committedMembers() {
        return store.membersAt(Math.max(committed, store.baseIndex()));
    }

    /** When {@link #tick} has something to do next. */
    public long wakesNs() {
        return role == Role.LEADER ? heartbeatNs : deadlineNs;
    }

    /** An entry of the log, null where the log does not reach: for checks that look at all logs. */
    public @Nullable RaftEntry entry(long index) {
        return index <= store.baseIndex() || index > store.lastIndex() ? null : store.entry(index);
    }

    /** Time has come this far: elections and heartbeats. */
    public void tick(long monotonicNs) throws IOException {
        nowNs = monotonicNs;
        if (role == Role.LEADER) {
            if (!heardByMajority()) {
                follow(store.term(), -1);
            } else if (nowNs >= heartbeatNs) {
                heartbeatNs = nowNs + electionNs / 4;
                others.keySet().forEach(this::send);
            }
        } else if (nowNs >= deadlineNs) {
            stand(false);
        }
    }

    /**
     * Puts a command at the end of the log, when this member leads; returns its index, -1 otherwise. The caller sees to it that {@link
     * #force} comes.
     */
    public long propose(byte[] body) throws IOException {
        return role == Role.LEADER ? append(new Command(body)) : -1;
    }

    /** Changes the membership by one server, when this member leads and the change before is committed; returns its index or -1. */
    public long change(Members wanted) throws IOException {
        if (role != Role.LEADER || !mayChange(wanted)) {
            return -1;
        }
        return append(new Membership(wanted));
    }

    /** Asks a voter that has everything to lead; false when this member does not lead or the other lacks something. */
    public boolean transfer(int to) {
        Progress progress = others.get(to);
        if (role != Role.LEADER
                || progress == null
                || progress.matched < store.lastIndex()
                || !store.members().voters().contains(to)) {
            return false;
        }
        road.accept(new TakeOver(store.term()), to);
        return true;
    }

    /** Forces what this member appended, and counts it. */
    public void force() throws IOException {
        if (store.forcedIndex() < store.lastIndex()) {
            store.force();
        }
        if (role == Role.LEADER) { // also for what was forced on the way, when the log's beginning moved
            commit();
        }
    }

    /** Lets the log begin behind {@code index}, which the application's durable snapshot covers. */
    public void compact(long index) throws IOException {
        store.compact(Math.min(index, applied));
    }

    public void close() throws IOException {
        store.close();
    }

    /** Takes a message. */
    public void receive(RaftMessage message, int from) throws IOException {
        if (message instanceof VoteRequest request && !request.transfer() && leaderIsNear()) {
            return; // stickiness: whoever was cut off does not disturb the others
        }
        if (message.term() > store.term()) {
            follow(message.term(), -1);
        }
        switch (message) {
            case WallClock _ -> {}
            case VoteRequest request -> vote(request, from);
            case VoteReply reply -> count(reply, from);
            case Append append -> take(append, from);
            case AppendReply reply -> hear(reply, from);
            case Install install -> install(install, from);
            case TakeOver takeOver -> {
                if (takeOver.term() == store.term() && role == Role.FOLLOWER) {
                    stand(true);
                }
            }
        }
    }

    // ---- elections

    private boolean leaderIsNear() {
        return role == Role.LEADER || nowNs - heardLeaderNs < electionNs;
    }

    private void waitForLeader() {
        deadlineNs = nowNs + electionNs + random.nextLong(electionNs);
    }

    private void follow(long term, int newLeader) throws IOException {
        if (term > store.term()) {
            store.vote(term, -1);
        }
        role = Role.FOLLOWER;
        leader = newLeader;
        votes.clear();
        others.clear();
        waitForLeader();
    }

    private void stand(boolean transfer) throws IOException {
        waitForLeader();
        if (!mayBeNeeded()) {
            return;
        }
        Members members = store.members();
        store.vote(store.term() + 1, id);
        role = Role.CANDIDATE;
        leader = -1;
        votes.clear();
        votes.add(id);
        var request = new VoteRequest(store.term(), store.lastIndex(), store.termAt(store.lastIndex()), transfer);
        for (int voter : members.voters()) {
            if (voter != id) {
                road.accept(request, voter);
            }
        }
        leadIfElected();
    }

    /**
     * Whether nobody else might be able to lead: a voter, also one that its newest membership leaves out, as long as it does not know
     * that to be committed (Ongaro, 4.2.2). Its log may have what no majority without it has; its own vote does not count.
     */
    private boolean mayBeNeeded() {
        return store.members().voters().contains(id)
                || committedMembers().voters().contains(id);
    }

    private void vote(VoteRequest request, int from) throws IOException {
        long lastTerm = store.termAt(store.lastIndex());
        boolean complete = request.lastTerm() > lastTerm
                || (request.lastTerm() == lastTerm && request.lastIndex() >= store.lastIndex());
        boolean free = store.votedFor() == -1 || store.votedFor() == from;
        boolean granted = request.term() == store.term() && complete && free && role == Role.FOLLOWER;
        if (granted) {
            if (store.votedFor() == -1) {
                // What a vote is judged by is what the log has, forced or not; it must not become less.
                force();
                store.vote(store.term(), from);
            }
            waitForLeader();
        }
        road.accept(new VoteReply(store.term(), granted), from);
    }

    private void count(VoteReply reply, int from) throws IOException {
        if (role == Role.CANDIDATE && reply.term() == store.term() && reply.granted()) {
            votes.add(from);
            leadIfElected();
        }
    }

    private void leadIfElected() throws IOException {
        Members members = store.members();
        long counted = votes.stream().filter(members.voters()::contains).count();
        if (counted < members.majority()) {
            return;
        }
        role = Role.LEADER;
        leader = id;
        others.clear();
        meetOthers();
        append(new Beginning());
        force();
        heartbeatNs = nowNs;
    }

    private void meetOthers() {
        TreeSet<Integer> all = store.members().all();
        others.keySet().retainAll(all);
        for (int member : all) {
            if (member != id && !others.containsKey(member)) {
                Progress progress = new Progress();
                progress.next = store.lastIndex() + 1;
                progress.heardNs = nowNs;
                others.put(member, progress);
            }
        }
    }

    /** A leader that a majority has not answered for long is none: others may have elected another. */
    private boolean heardByMajority() {
        Members members = store.members();
        int heard = members.voters().contains(id) ? 1 : 0;
        for (var other : others.entrySet()) {
            if (members.voters().contains(other.getKey()) && nowNs - other.getValue().heardNs < 2 * electionNs) {
                heard++;
            }
        }
        return heard >= members.majority();
    }

    // ---- the leader's side of the log

    private long append(Content content) throws IOException {
        long index = store.lastIndex() + 1;
        store.append(new RaftEntry(index, store.term(), content));
        if (content instanceof Membership) {
            meetOthers();
        }
        others.keySet().forEach(this::send);
        return index;
    }

    private boolean mayChange(Members wanted) {
        Members now = store.members();
        TreeSet<Integer> joined = new TreeSet<>(wanted.voters());
        joined.removeAll(now.voters());
        TreeSet<Integer> left = new TreeSet<>(now.voters());
        left.removeAll(wanted.voters());
        if (joined.size() + left.size() > 1 || wanted.voters().isEmpty()) {
            return false;
        }
        // The change before must be committed, and so must an entry of this term (the correction of 2015 to chapter 4).
        boolean settled = store.termAt(committed) == store.term();
        for (long i = committed + 1; i <= store.lastIndex() && settled; i++) {
            settled = !(store.entry(i).content() instanceof Membership);
        }
        for (int member : joined) {
            Progress progress = others.get(member);
            settled &= progress != null && progress.matched >= committed;
        }
        return settled;
    }

    private void send(int to) {
        Progress progress = others.get(to);
        if (progress == null) {
            return;
        }
        if (progress.next <= store.baseIndex()) {
            if (nowNs >= progress.pausedUntilNs) {
                progress.pausedUntilNs = nowNs + 2 * electionNs;
                sendState(to);
            }
            return;
        }
        long previous = progress.next - 1;
        List<RaftEntry> entries = store.from(progress.next, ENTRIES_PER_MESSAGE);
        road.accept(new Append(store.term(), previous, store.termAt(previous), entries, committed), to);
        progress.next += entries.size();
    }

    private void sendState(int to) {
        RaftApplication.State state;
        try {
            state = application.export();
        } catch (IOException _) {
            return; // there is none at the moment; the follower is asked again
        }
        long index = state.index();
        if (store.termAt(index) >= 0) {
            road.accept(
                    new Install(store.term(), index, store.termAt(index), store.membersAt(index), state.bytes()), to);
        }
    }

    private void hear(AppendReply reply, int from) throws IOException {
        Progress progress = others.get(from);
        if (role != Role.LEADER || reply.term() != store.term() || progress == null) {
            return;
        }
        progress.heardNs = nowNs;
        if (reply.matches()) {
            progress.matched = Math.max(progress.matched, reply.index());
            progress.next = Math.max(progress.next, progress.matched + 1);
            commit();
            if (progress.next <= store.lastIndex()) {
                send(from);
            }
        } else {
            progress.next = Math.max(progress.matched + 1, Math.min(progress.next - 1, reply.index() + 1));
            send(from);
        }
    }

    private void commit() throws IOException {
        Members members = store.members();
        for (long index = store.lastIndex(); index > committed && store.termAt(index) == store.term(); index--) {
            int have = members.voters().contains(id) && store.forcedIndex() >= index ? 1 : 0;
            for (var other : others.entrySet()) {
                have += members.voters().contains(other.getKey()) && other.getValue().matched >= index ? 1 : 0;
            }
            if (have >= members.majority()) {
                committed = index;
                apply();
                if (!members.voters().contains(id) && noChangeUnderWay()) {
                    follow(store.term(), -1);
                }
                return;
            }
        }
    }

    private boolean noChangeUnderWay() {
        for (long i = committed + 1; i <= store.lastIndex(); i++) {
            if (store.entry(i).content() instanceof Membership) {
                return false;
            }
        }
        return true;
    }

    private void apply() {
        while (applied < committed) {
            RaftEntry entry = store.entry(applied + 1);
            applied++;
            if (entry.content() instanceof Command command) {
                application.apply(entry.index(), entry.term(), command.body());
            }
        }
    }

    // ---- the follower's side

    private boolean heardLeader(RaftMessage message, int from) throws IOException {
        if (message.term() < store.term()) {
            road.accept(new AppendReply(store.term(), false, 0), from);
            return false;
        }
        if (role != Role.FOLLOWER || leader != from) {
            follow(store.term(), from);
        }
        heardLeaderNs = nowNs;
        waitForLeader();
        return true;
    }

    private void take(Append append, int from) throws IOException {
        if (!heardLeader(append, from)) {
            return;
        }
        long previous = append.previousIndex();
        if (previous < store.baseIndex()) {
            // What the snapshot covers is committed, hence the leader's: say from where on to go.
            road.accept(new AppendReply(store.term(), true, store.baseIndex()), from);
            return;
        }
        if (store.termAt(previous) != append.previousTerm()) {
            road.accept(new AppendReply(store.term(), false, Math.min(previous - 1, store.lastIndex())), from);
            return;
        }
        for (RaftEntry entry : append.entries()) {
            if (store.termAt(entry.index()) == entry.term()) {
                continue;
            }
            if (entry.index() <= committed) {
                throw new AssertionError("member " + id + " is asked to drop committed entry " + entry.index());
            }
            store.truncate(entry.index() - 1);
            store.append(entry);
        }
        long matched = previous + append.entries().size();
        force();
        if (append.committed() > committed) {
            committed = Math.max(committed, Math.min(append.committed(), matched));
            apply();
        }
        road.accept(new AppendReply(store.term(), true, matched), from);
    }

    private void install(Install install, int from) throws IOException {
        if (!heardLeader(install, from)) {
            return;
        }
        if (install.index() > committed) {
            store.arrives(install.index(), install.indexTerm(), install.members());
            application.install(install.index(), install.indexTerm(), install.state());
            store.arrived(install.index(), install.indexTerm(), install.members());
            committed = install.index();
            applied = install.index();
        }
        road.accept(new AppendReply(store.term(), true, install.index()), from);
    }
}
