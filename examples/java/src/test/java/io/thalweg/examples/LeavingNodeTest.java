package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Start;
import io.thalweg.view.java.View;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A version is left whatever it does, and who waits for an answer gets it from the version that comes. */
final class LeavingNodeTest extends OnNode {
    private static final Index<Map<String, Long>> COUNTS = Index.of("counts", Schema.map(String.class, Long.class));

    /** Where the test says to classes of the node's own what they are to do. */
    private static final String SAID = "io.thalweg.examples.LeavingNodeTest.";

    /** Counts. */
    public static class Counting implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.log("things", Codec.text(), (step, text) -> {
                taken(text);
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
            });
        }

        /** Hears of each event, before it counts. */
        void taken(String text) {}
    }

    /** Does not come back from some events, whoever asks. */
    public static final class Hanging extends Counting {
        @Override
        void taken(String text) {
            while (text.startsWith("hang") && Boolean.getBoolean(SAID + "hang")) {
                try {
                    Thread.sleep(10);
                } catch (InterruptedException _) {
                    // That is what it does.
                }
            }
        }
    }

    /** Is not made any more once somebody says so. */
    public static final class Breaking extends Counting {
        public Breaking() {
            if (Boolean.getBoolean(SAID + "break")) {
                throw new IllegalStateException("it does not begin");
            }
        }
    }

    /** Answers when a call to the outside has ended, which the test ends. */
    public static final class Calling implements View {
        @Override
        public void declare(Declaration view) {
            Source.Call<String, String> call = view.call(
                    "ask",
                    Codec.text(),
                    Codec.text(),
                    CallOptions.DEFAULT,
                    (_, text) -> {
                        if (System.getProperties().get(SAID + "latch") instanceof CountDownLatch latch) {
                            latch.await();
                        }
                        return "answer to " + text;
                    },
                    (step, end) -> step.answer(Map.of("said", String.valueOf(end.answer()))));
            view.log("asked", Codec.text(), (step, text) -> step.call(call, text));
        }
    }

    /** Hops behind what it is told to hold, where it stands until the test lets it; calls the outside for all else. */
    public static final class Noting implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            Source.Hop<String> hop = view.hop("held", Codec.text(), text -> text, (_, _) -> {
                if (System.getProperties().get(SAID + "latch") instanceof CountDownLatch latch) {
                    System.setProperty(SAID + "holding", "true");
                    latch.await();
                }
            });
            Source.Call<String, String> call = view.call(
                    "note",
                    Codec.text(),
                    Codec.text(),
                    CallOptions.DEFAULT,
                    (_, text) -> System.setProperty(SAID + "noted." + text, text) == null ? "first" : "again",
                    (_, _) -> {});
            view.log("things", Codec.text(), (step, text) -> {
                step.index(COUNTS).at(Maps.key(step.key())).update(count -> count == null ? 1 : count + 1);
                if (text.equals("hold")) {
                    step.hop(hop, text);
                } else {
                    step.call(call, text);
                }
            });
        }
    }

    /** Counts, and declares a call once somebody says so. */
    public static final class Fickle extends Counting {
        @Override
        public void declare(Declaration view) {
            super.declare(view);
            if (Boolean.getBoolean(SAID + "call")) {
                view.call("new", Codec.text(), Codec.text(), CallOptions.DEFAULT, (_, text) -> text, (_, _) -> {});
            }
        }
    }

    /** Takes its time to be made when the test says so. */
    public static final class Slow extends Counting {
        public Slow() throws InterruptedException {
            if (System.getProperties().get(SAID + "gate") instanceof CountDownLatch gate) {
                System.setProperty(SAID + "waits", "true");
                gate.await();
            }
        }
    }

    /** Begins with what comes. */
    public static final class Newcomer implements View {
        @Override
        public void declare(Declaration view) {
            view.index(COUNTS);
            view.from("things", new Start.End());
            view.log("things", Codec.text(), (_, _) -> {});
        }
    }

    private static void await(String what, Callable<Boolean> seen) throws Exception {
        for (long end = System.nanoTime() + 60_000_000_000L; !seen.call(); Thread.sleep(20)) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
        }
    }

    private JsonNode status() throws Exception {
        return send("GET", "/views/count", new byte[0]).json();
    }

    private void awaitVersion(int version) throws Exception {
        await(
                "version " + version,
                () -> status().get("active_version").asInt() == version
                        && status().get("candidate").isNull()
                        && !status().get("partitions").isEmpty());
    }

    private static void forgetAll() {
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith(SAID));
    }

    private void beside(Class<?> view) throws Exception {
        Answer answer = send("PUT", "/views/count?class=" + view.getName() + "&way=replay", jar());
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private void append(String text) throws Exception {
        Answer answer = post("/logs/" + log("things") + "/append", text, "Thalweg-Key", "k");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private void requireCount(int count) throws Exception {
        await(
                "it goes on",
                () -> select("count", "counts", "[[\"key\",\"k\"]]", "?consistency=linearizable")
                        .toString()
                        .equals("[" + count + "]"));
    }

    @Test
    void aVersionThatHangsIsLeftForTheOneBefore() throws Exception {
        System.setProperty(SAID + "hang", "true");
        try {
            deploy("count", Counting.class, 1);
            append("one");
            beside(Hanging.class);
            awaitVersion(2);
            Answer patience =
                    send("PUT", "/views/count/options", "{\"patience_ms\":100}".getBytes(StandardCharsets.UTF_8));
            assertThat(patience.status()).as(patience.text()).isEqualTo(200);
            append("hang");
            awaitState("count", "stuck");
            append("two");
            assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
            awaitVersion(1);
            requireCount(3);
        } finally {
            System.clearProperty(SAID + "hang");
        }
    }

    @Test
    void aVersionThatDoesNotStartIsLeftForTheOneBefore() throws Exception {
        try {
            deploy("count", Counting.class, 2);
            append("one");
            beside(Breaking.class);
            awaitVersion(2);
            append("two");
            requireCount(2);
            System.setProperty(SAID + "break", "true");
            restart();
            append("three");
            await("it does not start", () -> status().get("reason").asString("").contains("does not begin"));
            assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
            awaitVersion(1);
            requireCount(3);
        } finally {
            System.clearProperty(SAID + "break");
        }
    }

    @Test
    void noCallIsLostWhereSomebodyGoesBackWhileTheOtherIsTakingOver() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        System.getProperties().put(SAID + "latch", held);
        try {
            deploy("count", Noting.class, 1);
            append("hold");
            await("it stands", () -> Boolean.getBoolean(SAID + "holding"));
            beside(Counting.class);
            await(
                    "it is about to take over",
                    () -> status().get("active_version").asInt() == 2
                            && status().at("/candidate/reason").asString("").contains("hops wait"));
            Answer back = sendOnce("POST", "/views/count/rollback", new byte[0]);
            assertThat(back.status()).as(back.text()).isEqualTo(200);
            held.countDown(); // so that nothing is in the way of it but the directory
            for (int i = 0; i < 10; i++) {
                Answer answer =
                        post("/logs/" + log("things") + "/append?ack=full&timeout=60000", "t" + i, "Thalweg-Key", "k");
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                assertThat(System.getProperty(SAID + "noted.t" + i))
                        .as("call of t%s", i)
                        .isNotNull();
            }
            awaitVersion(1);
            requireCount(11);
        } finally {
            held.countDown();
            forgetAll();
        }
    }

    @Test
    void aVersionThatMakesCallsDoesNotTakeOver() throws Exception {
        try {
            deploy("count", Fickle.class, 1);
            append("one");
            beside(Counting.class);
            awaitVersion(2);
            assertThat(post("/views/count/pause", "").status()).isEqualTo(200);
            assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
            System.setProperty(SAID + "call", "true");
            restart();
            assertThat(post("/views/count/resume", "").status()).isEqualTo(200);
            await(
                    "it says why",
                    () -> status().at("/candidate/reason").asString("").contains("it makes calls [new]"));
            append("two");
            requireCount(2);
            assertThat(post("/views/count/rollback", "").status()).isEqualTo(200);
            awaitVersion(2);
        } finally {
            forgetAll();
        }
    }

    @Test
    void aReplayOfTheVersionOfTodayIsOfThatOfTheMomentWhenItBegins() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        try {
            deploy("count", Slow.class, 1);
            append("one");
            requireCount(1);
            System.getProperties().put(SAID + "gate", gate);
            CompletableFuture<Answer> replay = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    replay.complete(sendOnce("POST", "/views/count/rewind?way=replay", new byte[0]));
                } catch (Exception e) {
                    replay.completeExceptionally(e);
                }
            });
            await("it is looked at", () -> Boolean.getBoolean(SAID + "waits"));
            deploy("count", Counting.class, 1);
            gate.countDown();
            Answer answer = replay.get();
            assertThat(answer.status()).as(answer.text()).isEqualTo(503);
            assertThat(answer.text()).contains("changed meanwhile");
            assertThat(status().get("active_version").asInt()).isEqualTo(2);
            assertThat(status().get("candidate").isNull())
                    .as("no version with the code of before")
                    .isTrue();
        } finally {
            gate.countDown();
            forgetAll();
        }
    }

    @Test
    void whoWaitsForACallsEndGetsItsAnswerFromTheVersionThatComes() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        System.getProperties().put(SAID + "latch", end);
        try {
            deploy("calls", Calling.class, 2);
            String log = log("asked");
            CompletableFuture<Answer> waiting = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    waiting.complete(
                            post("/logs/" + log + "/append?ack=full&timeout=60000", "it", "Thalweg-Key", "ann"));
                } catch (Exception e) {
                    waiting.completeExceptionally(e);
                }
            });
            await("it is taken", () -> {
                JsonNode view = send("GET", "/views/calls", new byte[0]).json();
                return view.get("partitions").toString().contains("\"asked/0\":\"1\"")
                        || view.get("partitions").toString().contains("\"asked/1\":\"1\"");
            });
            deploy("calls", Calling.class, 2);
            await(
                    "the next runs",
                    () -> !send("GET", "/views/calls", new byte[0])
                            .json()
                            .get("partitions")
                            .isEmpty());
            Thread.sleep(300); // who waits looks there meanwhile; before, it heard then that there was no answer
            end.countDown();
            Answer answer = waiting.get();
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.text()).contains("answer to it");
        } finally {
            System.getProperties().remove(SAID + "latch");
        }
    }

    @Test
    void aReplayOfAVersionThatBeginsNowIsRefused() throws Exception {
        deploy("count", Counting.class, 1);
        append("one");
        Answer refused = send("PUT", "/views/count?class=" + Newcomer.class.getName() + "&way=replay", jar());
        assertThat(refused.status()).as(refused.text()).isEqualTo(400);
        assertThat(refused.text()).contains("things", "leave out");
        deploy("count", Newcomer.class, 1);
        assertThat(post("/views/count/rewind?way=replay", "").status()).isEqualTo(400);
    }
}
