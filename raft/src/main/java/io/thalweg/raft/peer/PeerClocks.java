package io.thalweg.raft.peer;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.GroupClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the clocks of other nodes show, as this node hears by asking, and by being asked: each member of its groups about once a second, and
 * more often one that was not heard of, one question for all groups together. A question says what the asker's clock shows, so that of two
 * nodes that start one after the other both know at once. So whoever comes to lead knows already whether its own clock is one of the
 * majority's ({@link GroupClock}).
 *
 * <pre>
 * thalweg.Peers/ask "clock": wall clock i64, ns since 1970; id of the asker, UTF-8 -> wall clock i64
 * </pre>
 *
 * What comes is taken for the time at which it arrived, so it is behind by the way. Thread-safe.
 */
public final class PeerClocks implements PeerService {
    static final String CLOCK = "clock";

    private static final Logger LOG = LoggerFactory.getLogger(PeerClocks.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long EVERY_NS = Duration.ofSeconds(1).toNanos();
    private static final long UNHEARD_EVERY_NS = Duration.ofMillis(100).toNanos();
    private static final int ID_BYTES_MAX = 400;

    private final String self;
    private final Clock own;
    private final PeerCalls calls;
    private final PeerService others;
    private final GroupClock clock;
    private final Map<String, Long> askedNs = new ConcurrentHashMap<>();

    /**
     * @param self id of this node
     * @param own its clock
     * @param others answers everything else
     */
    PeerClocks(String self, Clock own, PeerCalls calls, PeerService others) {
        this.self = self;
        this.own = own;
        this.calls = calls;
        this.others = others;
        clock = new GroupClock(own, GroupClock.STEP, LOG::warn);
    }

    @Override
    public CompletableFuture<ByteBuffer> answer(@Nullable String caller, String what, int shard, ByteBuffer body) {
        if (!what.equals(CLOCK)) {
            return others.answer(caller, what, shard, body);
        }
        BinaryReader question = new BinaryReader(body);
        long theirs = question.i64();
        if (question.remaining() > ID_BYTES_MAX) {
            throw new MalformedException(
                    "a node's id has " + question.remaining() + " bytes, at most " + ID_BYTES_MAX + " are allowed");
        }
        String asker = new String(question.raw(question.remaining()), StandardCharsets.UTF_8);
        // A clock counts among a majority's: nobody tells another's.
        if (!asker.equals(caller)) {
            throw new MalformedException("the clock of node " + asker + " is told by " + caller);
        }
        clock.heard(asker, theirs);
        return CompletableFuture.completedFuture(
                new BinaryWriter(Long.BYTES).i64(own.wallNs()).toByteBuffer());
    }

    private ByteBuffer question() {
        byte[] id = self.getBytes(StandardCharsets.UTF_8);
        return new BinaryWriter(Long.BYTES + id.length)
                .i64(own.wallNs())
                .raw(id)
                .toByteBuffer();
    }

    /** Asks those of a group that it is time for. Does not wait for answers. */
    public void ask(Collection<Member> members) {
        long now = own.monotonicNs();
        for (Member member : members) {
            Long before = askedNs.get(member.id());
            long pauseNs = clock.isKnown(List.of(member.id())) ? EVERY_NS : UNHEARD_EVERY_NS;
            if (member.id().equals(self) || (before != null && now - before < pauseNs)) {
                continue;
            }
            askedNs.put(member.id(), now);
            var _ = calls.ask(member.id(), CLOCK, 0, question(), PATIENCE)
                    .thenAccept(answer -> clock.heard(member.id(), new BinaryReader(answer).i64()))
                    .exceptionally(e -> {
                        LOG.debug("{} does not tell its clock: {}", member.id(), e.getMessage());
                        return null;
                    });
        }
    }

    /** Whether the time that a majority's clocks show is known; always in a group of one. */
    public boolean knowTheTime(Collection<Member> members) {
        return clock.isKnown(others(members));
    }

    /** The time for a stamp in a group. */
    public long stampNs(Collection<Member> members) {
        return clock.stampNs(others(members));
    }

    private List<String> others(Collection<Member> members) {
        return members.stream().map(Member::id).filter(id -> !id.equals(self)).toList();
    }
}
