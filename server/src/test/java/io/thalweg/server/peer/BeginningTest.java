package io.thalweg.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.thalweg.cluster.ClusterNode;
import io.thalweg.model.BinaryWriter;
import io.thalweg.model.MalformedException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A node without anything begins with the others, or does not. */
final class BeginningTest {
    private static final List<String> IDS = List.of("n1", "n2", "n3");

    /** Those that wait, as the others reach them. */
    private final Map<String, Beginning> waiting = new ConcurrentHashMap<>();

    /** Terms of those that wait for nobody. */
    private final Map<String, Long> terms = new ConcurrentHashMap<>();

    private final AtomicInteger asked = new AtomicInteger();

    private static ClusterNode node(String id) {
        return new ClusterNode(id, "127.0.0.1", 1, URI.create("http://127.0.0.1:1"), Optional.empty());
    }

    private Beginning beginning(String id) {
        return new Beginning(
                IDS.stream()
                        .filter(other -> !other.equals(id))
                        .map(BeginningTest::node)
                        .toList(),
                other -> ask(id, other.id()),
                Duration.ZERO);
    }

    private CompletableFuture<Long> ask(String id, String other) {
        asked.incrementAndGet();
        Beginning to = waiting.get(other);
        if (to != null && to.hears(id)) {
            return CompletableFuture.completedFuture(0L);
        }
        @Nullable Long term = terms.get(other);
        return term == null
                ? CompletableFuture.failedFuture(new IllegalStateException("nobody is there"))
                : CompletableFuture.completedFuture(term);
    }

    private FutureTask<Boolean> start(String id) {
        Beginning own = beginning(id);
        waiting.put(id, own);
        return begin(own);
    }

    private static boolean answer(FutureTask<Boolean> start) throws Exception {
        return start.get(1, TimeUnit.MINUTES);
    }

    private void awaitQuestions(int more) {
        int before = asked.get();
        await().atMost(Duration.ofMinutes(1)).until(() -> asked.get() >= before + more);
    }

    @Test
    void allBeginOnceTheLastOfThemIsThere() throws Exception {
        FutureTask<Boolean> first = start("n1");
        FutureTask<Boolean> second = start("n2");
        awaitQuestions(10);
        assertThat(first.isDone() || second.isDone()).isFalse();
        FutureTask<Boolean> third = start("n3");
        assertThat(answer(first)).isTrue();
        assertThat(answer(second)).isTrue();
        assertThat(answer(third)).isTrue();
    }

    /** Two of three are a majority, which would elect one that lacks what the first had acknowledged. */
    @Test
    void oneWithoutAnythingWaitsForEachOfTheOthers() throws Exception {
        FutureTask<Boolean> first = start("n1");
        terms.put("n2", 0L);
        awaitQuestions(10);
        assertThat(first.isDone()).isFalse();
        terms.put("n3", 4L);
        assertThat(answer(first)).isFalse();
    }

    @Test
    void oneWhoseClusterHasBegunNeedsOneThatSaysSo() throws Exception {
        FutureTask<Boolean> first = start("n1");
        awaitQuestions(10);
        assertThat(first.isDone()).as("nobody has said anything").isFalse();
        terms.put("n3", 1L);
        assertThat(answer(first)).as("the second never says anything").isFalse();
    }

    /**
     * Those that wait have all heard from each other when the first of them begins. Where its answer comes late, it tells of the term that came of that, and nothing
     * of a cluster that was there before.
     */
    @Test
    void whoeverHasBegunHasToldTheOthersBefore() throws Exception {
        Map<String, CompletableFuture<Long>> answers = new ConcurrentHashMap<>();
        Beginning second = new Beginning(
                List.of(node("n1"), node("n3")),
                other -> answers.computeIfAbsent(other.id(), _ -> new CompletableFuture<>()),
                Duration.ofMinutes(1));
        FutureTask<Boolean> _ = begin(second);
        await().atMost(Duration.ofMinutes(1)).until(() -> answers.size() == 2);
        assertThat(second.hears("n1")).isTrue();
        assertThat(second.hears("n3")).isTrue();
        answers.values().forEach(late -> late.complete(1L));
        assertThat(second.mayBeNew()).isTrue();

        Beginning third = beginning("n3");
        assertThat(third.hears("n1")).isTrue();
        assertThat(third.hears("n2")).isTrue();
        assertThat(third.mayBegin()).isTrue();
        assertThat(third.hears("n1")).as("it has begun").isFalse();
    }

    private static FutureTask<Boolean> begin(Beginning own) {
        FutureTask<Boolean> start = new FutureTask<>(own::mayBegin);
        Thread.ofPlatform().daemon().start(start);
        return start;
    }

    private static ByteBuffer term(long term) {
        return new BinaryWriter(Long.BYTES).i64(term).toByteBuffer();
    }

    /** Its configuration may be of before others came; they know it, and ask it how it is. */
    @Test
    void oneThatIsInTheDirectoryOfOthersDoesNotBegin() throws Exception {
        PeerAnswers answers = new PeerAnswers();
        Beginning first = new Beginning(
                List.of(node("n2"), node("n3")), _ -> CompletableFuture.completedFuture(0L), Duration.ofMinutes(1));
        answers.waits(first);
        FutureTask<Boolean> start = begin(first);
        // The second may have begun with the third just now; the fourth has none that began yet; an older one says
        // nothing.
        status(answers, "n2", term(1));
        status(answers, "n4", term(0));
        status(answers, "n4", ByteBuffer.allocate(0));
        assertThat(first.mayBeNew()).isTrue();
        status(answers, "n4", term(1));
        assertThat(answer(start)).isFalse();
    }

    private static void status(PeerAnswers answers, String asker, ByteBuffer body) {
        assertThatThrownBy(() -> answers.answer(asker, PeerAnswers.STATUS, 0, body))
                .hasMessageContaining("the node is starting");
    }

    /** Else the one that knows would never be asked. */
    @Test
    void nobodySaysOfAnotherThatItHasNotBegun() {
        PeerAnswers answers = new PeerAnswers();
        answers.waits(beginning("n1"));
        ByteBuffer third = ByteBuffer.wrap("n3".getBytes(StandardCharsets.UTF_8));
        for (String caller : Arrays.asList("n2", null)) {
            assertThatThrownBy(() -> answers.answer(caller, PeerAnswers.TERM, 0, third.duplicate()))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining("that node n3 has not begun is said by " + caller);
        }
        assertThat(answers.answer("n3", PeerAnswers.TERM, 0, third.duplicate())).isCompletedWithValue(term(0));
    }

    /** Five begin while answers are lost. Who is taken for one that was lost has heard so from those who have begun, and those are most. */
    @Test
    void mostBeginThoughAnswersAreLost() throws Exception {
        for (int seed = 1; seed <= 5; seed++) {
            assertThat(begunOfFive(new Random(seed))).as("seed %d", seed).isGreaterThanOrEqualTo(3);
        }
    }

    private static long begunOfFive(Random random) throws Exception {
        List<String> ids = List.of("n1", "n2", "n3", "n4", "n5");
        Map<String, Beginning> all = new ConcurrentHashMap<>();
        Set<String> begun = ConcurrentHashMap.newKeySet();
        for (String id : ids) {
            all.put(
                    id,
                    new Beginning(
                            ids.stream()
                                    .filter(other -> !other.equals(id))
                                    .map(BeginningTest::node)
                                    .toList(),
                            other -> {
                                Beginning to = Objects.requireNonNull(all.get(other.id()));
                                long term = to.hears(id) ? 0 : to.mayBeNew() ? begun.size() / 3 : 1;
                                boolean isLost;
                                synchronized (random) {
                                    isLost = random.nextInt(3) == 0;
                                }
                                return isLost
                                        ? CompletableFuture.failedFuture(new IllegalStateException("lost"))
                                        : CompletableFuture.completedFuture(term);
                            },
                            Duration.ZERO));
        }
        Map<String, FutureTask<Boolean>> starts = new HashMap<>();
        all.forEach((id, own) -> {
            FutureTask<Boolean> start = new FutureTask<>(() -> {
                boolean begins = own.mayBegin();
                if (begins) {
                    begun.add(id);
                }
                return begins;
            });
            starts.put(id, start);
            Thread.ofPlatform().daemon().start(start);
        });
        long began = 0;
        for (FutureTask<Boolean> start : starts.values()) {
            began += answer(start) ? 1 : 0;
        }
        return began;
    }

    @Test
    void whoHasBegunAndHearsOfAnotherClusterSaysSo() throws Exception {
        long[] nowNs = {0};
        Beginning own = new Beginning(
                List.of(node("n2")), _ -> CompletableFuture.completedFuture(0L), Duration.ZERO, () -> nowNs[0]);
        assertThat(answer(begin(own))).isTrue();
        Set<String> directory = new HashSet<>(Set.of("n1", "n2"));
        assertThat(own.isKnownTo("n2", directory::contains)).isFalse();
        assertThat(own.isKnownTo("n4", directory::contains)).isFalse();
        nowNs[0] += Duration.ofSeconds(29).toNanos();
        assertThat(own.isKnownTo("n4", directory::contains))
                .as("it may just have come, and this node not have heard of it yet")
                .isFalse();
        assertThat(own.isKnownTo("n5", directory::contains)).isFalse();
        nowNs[0] += Duration.ofSeconds(1).toNanos();
        assertThat(own.isKnownTo("n4", directory::contains)).isTrue();
        assertThat(own.isKnownTo("n4", directory::contains)).as("not each time").isFalse();
        nowNs[0] += Duration.ofMinutes(1).toNanos();
        assertThat(own.isKnownTo("n4", directory::contains)).isTrue();
        directory.add("n5");
        assertThat(own.isKnownTo("n5", directory::contains)).isFalse();
        assertThat(own.isKnownTo("n2", directory::contains)).isFalse();
    }
}
