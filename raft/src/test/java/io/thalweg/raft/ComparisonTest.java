package io.thalweg.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.raft.Comparison.Finding;
import io.thalweg.raft.Comparison.Verdict;
import io.thalweg.raft.peer.Member;
import io.thalweg.shard.DivergedException;
import io.thalweg.shard.Replica.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final List<Digest> WELL = List.of(new Digest(10, 1), new Digest(20, 2), new Digest(30, 3));
    private static final List<Digest> ILL = List.of(new Digest(10, 1), new Digest(20, 7), new Digest(30, 8));
    private static final List<Digest> BEHIND = WELL.subList(0, 2);
    private static final List<Digest> COPIED = WELL.subList(2, 3);

    private static Finding find(List<Digest> own, int voters, List<List<Digest>> others) {
        Map<String, List<Digest>> said = new TreeMap<>();
        for (int i = 0; i < others.size(); i++) {
            said.put("n" + (i + 2), others.get(i));
        }
        return Comparison.find(own, said, voters);
    }

    @Test
    void theOddOneIsWhoeverMostDifferFrom() {
        assertThat(find(WELL, 3, List.of(WELL, WELL))).isEqualTo(new Finding(Verdict.RIGHT, 30, List.of()));
        assertThat(find(WELL, 3, List.of(WELL, ILL))).isEqualTo(new Finding(Verdict.RIGHT, 30, List.of("n3")));
        assertThat(find(ILL, 3, List.of(WELL, WELL))).isEqualTo(new Finding(Verdict.ODD, 30, List.of("n2", "n3")));
        assertThat(find(ILL, 5, List.of(WELL, WELL, ILL, WELL)).verdict()).isEqualTo(Verdict.ODD);
        assertThat(find(WELL, 5, List.of(WELL, ILL, ILL, WELL)).verdict()).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void whatIsComparedIsOfTheSamePlace() {
        assertThat(find(WELL, 3, List.of(BEHIND, BEHIND))).isEqualTo(new Finding(Verdict.RIGHT, 20, List.of()));
        assertThat(find(ILL, 3, List.of(BEHIND, BEHIND)).index()).isEqualTo(20);
        assertThat(find(ILL, 3, List.of(BEHIND, COPIED)))
                .as("one each")
                .isEqualTo(new Finding(Verdict.RIGHT, 10, List.of()));
        assertThat(find(BEHIND, 3, List.of(COPIED, COPIED)).verdict()).isEqualTo(Verdict.OPEN);
    }

    @Test
    void noMinorityAndNobodyAloneDecides() {
        assertThat(find(WELL, 3, List.of(ILL, List.of())))
                .as("one does not answer")
                .isEqualTo(new Finding(Verdict.RIGHT, 10, List.of()));
        assertThat(find(ILL.subList(1, 3), 3, List.of(WELL, List.of())))
                .isEqualTo(new Finding(Verdict.OPEN, 30, List.of("n2")));
        assertThat(find(ILL, 2, List.of(WELL)).verdict()).as("of two").isEqualTo(Verdict.NO_MAJORITY);
        assertThat(find(List.of(new Digest(30, 9)), 3, List.of(WELL, ILL)).verdict())
                .isEqualTo(Verdict.NO_MAJORITY);
        assertThat(find(List.of(), 3, List.of(WELL, WELL)).verdict()).isEqualTo(Verdict.OPEN);
    }

    @Test
    void oneThatIsOddHearsSoOnceOthersHaveComeAsFar() {
        List<Member> members = List.of(
                new Member("n1", "127.0.0.1", 1), new Member("n2", "127.0.0.1", 2), new Member("n3", "127.0.0.1", 3));
        List<DivergedException> odd = new ArrayList<>();
        List<List<Digest>> theirs = new ArrayList<>(List.of(COPIED.subList(0, 0), COPIED.subList(0, 0)));
        List<String> asked = new ArrayList<>();
        long[] nowNs = {0};
        Comparison comparison = new Comparison(
                4,
                "n1",
                () -> ILL,
                () -> members,
                member -> {
                    asked.add(member.id());
                    return theirs.isEmpty()
                            ? CompletableFuture.failedFuture(new IllegalStateException("away"))
                            : CompletableFuture.completedFuture(theirs.getFirst());
                },
                odd::add,
                () -> nowNs[0]);
        comparison.step();
        comparison.step();
        assertThat(asked).as("and not again at once").containsExactly("n2", "n3");
        theirs.clear();
        nowNs[0] += Comparison.PAUSE.toNanos();
        comparison.step();
        comparison.step();
        assertThat(asked).hasSize(4);
        assertThat(odd).isEmpty();
        theirs.add(Comparison.decode(Comparison.encode(WELL)));
        nowNs[0] += Comparison.PAUSE.toNanos();
        comparison.step();
        assertThat(odd)
                .singleElement()
                .satisfies(why -> assertThat(why)
                        .hasMessageContaining("before 30")
                        .hasMessageContaining("shard 4")
                        .hasMessageContaining("n2, n3"));
    }
}
