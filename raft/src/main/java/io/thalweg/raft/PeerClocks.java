package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.ports.clock.Clock;
import io.thalweg.shard.GroupClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the clocks of other nodes show, as this node hears by asking: each member of its groups about once a second, one question for all
 * groups together. So whoever comes to lead knows already whether its own clock is one of the majority's ({@link GroupClock}).
 *
 * <pre>
 * thalweg.Peers/ask "clock": nothing -> wall clock i64, ns since 1970
 * </pre>
 *
 * An answer is taken for the time at which it arrived, so it is behind by the way back. Thread-safe.
 */
final class PeerClocks implements PeerService {
    static final String CLOCK = "clock";

    private static final Logger log = LoggerFactory.getLogger(PeerClocks.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long EVERY_NS = Duration.ofSeconds(1).toNanos();
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String self;
    private final Clock own;
    private final PeerCalls calls;
    private final PeerService others;
    private final GroupClock clock;
    private final Map<String, Long> askedNs = new ConcurrentHashMap<>();

    /** @param others answers everything else */
    PeerClocks(RatisOptions options, PeerCalls calls, PeerService others) {
        self = options.self().id();
        own = options.clock();
        this.calls = calls;
        this.others = others;
        clock = new GroupClock(own, GroupClock.STEP, log::warn);
    }

    @Override
    public CompletableFuture<ByteBuffer> answer(String what, int shard, ByteBuffer body) {
        return what.equals(CLOCK)
                ? CompletableFuture.completedFuture(
                        new BinaryWriter(8).i64(own.wallNs()).toByteBuffer())
                : others.answer(what, shard, body);
    }

    /** Asks those of a group that were not asked within the last second. Does not wait for answers. */
    void ask(Collection<Member> members) {
        long now = own.monotonicNs();
        for (Member member : members) {
            Long before = askedNs.get(member.id());
            if (member.id().equals(self) || (before != null && now - before < EVERY_NS)) {
                continue;
            }
            askedNs.put(member.id(), now);
            var _ = calls.ask(member.address(), CLOCK, 0, NOTHING.duplicate(), PATIENCE)
                    .thenAccept(answer -> clock.heard(member.id(), new BinaryReader(answer).i64()))
                    .exceptionally(e -> {
                        log.debug("{} does not tell its clock: {}", member.id(), e.getMessage());
                        return null;
                    });
        }
    }

    /** The time for a stamp in a group. */
    long stampNs(Collection<Member> members) {
        return clock.stampNs(others(members));
    }

    private List<String> others(Collection<Member> members) {
        return members.stream().map(Member::id).filter(id -> !id.equals(self)).toList();
    }
}
