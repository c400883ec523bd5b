package io.thalweg.raft;

import io.thalweg.model.BinaryReader;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.DivergedException;
import io.thalweg.shard.Replica.Digest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether this member's replica has come to the same as the others' with the same entries. Each member asks for itself, whoever leads, and steps
 * aside when a majority of the voters agree on something else: so the odd one stops and never two that are right, be the odd one the leader or not. Where no
 * majority agrees on anything, nobody knows who is right, and an operator hears of it.
 *
 * <pre>
 * answer = digests i32, (index i64, value i64)*        what {@link io.thalweg.shard.Replica#digests} says, as it is
 * </pre>
 *
 * {@link #step} from one thread at a time.
 */
final class Comparison {
    private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);

    /** Between two rounds of questions about the same place: not all others have come as far yet. */
    static final Duration PAUSE = Duration.ofSeconds(3);

    private static final int ROUNDS_MAX = 10;
    private static final int DIGESTS_MAX = 1 << 10;

    /** What was found. */
    enum Verdict {
        /** Most have come to the same as this member. */
        RIGHT,
        /** Most have come to the same, and this member to something else. */
        ODD,
        /** Not enough of them have said anything about the same place. */
        OPEN,
        /** All have, and no majority has come to the same. */
        NO_MAJORITY
    }

    /**
     * @param verdict about the newest place about which there is one
     * @param index of that place; when all is open, of the newest at which anybody differs, or -1
     * @param others who has come to something else there
     */
    record Finding(Verdict verdict, long index, List<String> others) {}

    private final int shard;
    private final String self;
    private final Supplier<List<Digest>> own;
    private final Supplier<List<Member>> voters;
    private final Function<Member, CompletableFuture<List<Digest>>> ask;
    private final Consumer<DivergedException> onOdd;
    private final LongSupplier clockNs;
    private final AtomicBoolean asking = new AtomicBoolean();

    /** The newest place about which nothing is open any more. */
    private volatile long settled = -1;

    private long asked = -1;
    private volatile int rounds;
    private long askedNs;

    /**
     * @param own this member's digests
     * @param ask gets those of another
     * @param onOdd told when this member is the odd one
     * @param clockNs a clock that only goes forwards
     */
    Comparison(
            int shard,
            String self,
            Supplier<List<Digest>> own,
            Supplier<List<Member>> voters,
            Function<Member, CompletableFuture<List<Digest>>> ask,
            Consumer<DivergedException> onOdd,
            LongSupplier clockNs) {
        this.shard = shard;
        this.self = self;
        this.own = own;
        this.voters = voters;
        this.ask = ask;
        this.onOdd = onOdd;
        this.clockNs = clockNs;
    }

    /** Asks, if there is something new to compare; called twice a second, or far more often. Does not block. */
    void step() {
        List<Digest> here = own.get();
        List<Member> all = voters.get();
        boolean votes = all.stream().anyMatch(member -> member.id().equals(self));
        if (here.isEmpty() || here.getLast().index() <= settled || !votes) {
            return;
        }
        if (here.getLast().index() != asked) {
            asked = here.getLast().index();
            rounds = 0;
        }
        long nowNs = clockNs.getAsLong();
        boolean isSoon = rounds > 0 && nowNs - askedNs < PAUSE.toNanos();
        if (isSoon || rounds >= ROUNDS_MAX || !asking.compareAndSet(false, true)) {
            return;
        }
        int round = rounds + 1;
        rounds = round;
        askedNs = nowNs;
        Map<String, CompletableFuture<List<Digest>>> answers = new TreeMap<>();
        for (Member member : all) {
            if (!member.id().equals(self)) {
                // Who does not answer has said nothing, and is asked in the next round.
                answers.put(member.id(), ask.apply(member).exceptionally(_ -> List.of()));
            }
        }
        var _ = CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new))
                .whenComplete((_, _) -> {
                    try {
                        Map<String, List<Digest>> said = new TreeMap<>();
                        answers.forEach((id, answer) -> said.put(id, answer.resultNow()));
                        // As it is now: a copy may have taken its place since.
                        conclude(
                                find(own.get(), said, all.size()),
                                here.getLast().index());
                    } finally {
                        asking.set(false);
                    }
                });
    }

    private void conclude(Finding finding, long newest) {
        switch (finding.verdict) {
            case OPEN -> {
                if (rounds >= ROUNDS_MAX && !finding.others.isEmpty()) {
                    warnOfNone(finding, "too few others say what they have come to");
                }
            }
            case RIGHT -> {
                settled = Math.max(settled, finding.index);
                if (!finding.others.isEmpty()) {
                    LOG.error(
                            "with the entries before {} shard {} has come to something else on {}: that replica is the"
                                    + " odd one, and stops when it hears so",
                            finding.index,
                            shard,
                            finding.others);
                }
            }
            case ODD -> onOdd.accept(new DivergedException(shard, finding.index, String.join(", ", finding.others)));
            case NO_MAJORITY -> {
                settled = Math.max(settled, newest);
                warnOfNone(finding, "no majority has come to the same");
            }
        }
    }

    private void warnOfNone(Finding finding, String why) {
        LOG.error(
                "with the entries before {} shard {} has come to something else here than on {}, and {}: nobody knows"
                        + " who is right",
                finding.index,
                shard,
                finding.others,
                why);
    }

    /**
     * What digests say, from the newest place back.
     *
     * @param here this member's, oldest first
     * @param others those of other voters, by who said them
     * @param voters how many there are, this member among them
     */
    static Finding find(List<Digest> here, Map<String, List<Digest>> others, int voters) {
        Finding open = new Finding(Verdict.OPEN, -1, List.of());
        for (Digest own : here.reversed()) {
            Map<Long, Integer> counts = new HashMap<>(Map.of(own.value(), 1));
            TreeSet<String> differ = new TreeSet<>();
            int known = 1;
            for (Map.Entry<String, List<Digest>> other : others.entrySet()) {
                for (Digest its : other.getValue()) {
                    if (its.index() == own.index()) {
                        known++;
                        counts.merge(its.value(), 1, Integer::sum);
                        if (its.value() != own.value()) {
                            differ.add(other.getKey());
                        }
                    }
                }
            }
            int majority = voters / 2 + 1;
            for (Map.Entry<Long, Integer> count : counts.entrySet()) {
                if (count.getValue() >= majority) {
                    Verdict verdict = count.getKey() == own.value() ? Verdict.RIGHT : Verdict.ODD;
                    return new Finding(verdict, own.index(), List.copyOf(differ));
                }
            }
            if (known == voters) {
                return new Finding(Verdict.NO_MAJORITY, own.index(), List.copyOf(differ));
            }
            if (open.others.isEmpty() && !differ.isEmpty()) {
                open = new Finding(Verdict.OPEN, own.index(), List.copyOf(differ));
            }
        }
        return open;
    }

    static ByteBuffer encode(List<Digest> digests) {
        BinaryWriter out = new BinaryWriter(4 + 16 * digests.size()).i32(digests.size());
        for (Digest digest : digests) {
            out.i64(digest.index()).i64(digest.value());
        }
        return out.toByteBuffer();
    }

    static List<Digest> decode(ByteBuffer answer) {
        BinaryReader in = new BinaryReader(answer);
        int count = in.i32();
        if (count < 0 || count > DIGESTS_MAX) {
            throw new MalformedException("a member says " + count + " digests");
        }
        List<Digest> digests = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            digests.add(new Digest(in.i64(), in.i64()));
        }
        in.end();
        return digests;
    }
}
