package io.thalweg.view.java.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.DeclarationException;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import io.thalweg.view.java.run.Streams;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A log of several types of events, and hops to one partition. */
class KindsTest {
    public record Opened(String account, long amount) {}

    public record Closed(String account) {}

    private static final Index<Map<String, Long>> BALANCES = Index.of("balances", Schema.map(String.class, Long.class));

    private static View accounts() {
        return view -> {
            view.index(BALANCES);
            view.log("accounts", "type")
                    .on(
                            "opened",
                            Opened.class,
                            Opened::account,
                            (step, opened) -> step.index(BALANCES)
                                    .at(Maps.key(opened.account()))
                                    .set(opened.amount()))
                    .on(
                            "closed",
                            Closed.class,
                            Closed::account,
                            (step, closed) -> step.index(BALANCES)
                                    .at(Maps.key(closed.account()))
                                    .remove());
        };
    }

    private static void append(LocalView view, String log, String key, String text) {
        view.append(log, key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Without a key, where its place says nothing of what it is about. */
    private static void appendAnywhere(LocalView view, int partition, String text) {
        String stream = "accounts/" + partition;
        assertThat(view.streams()
                        .append(
                                stream,
                                view.streams().newest(stream),
                                List.of(new Streams.Append(stream, null, text.getBytes(StandardCharsets.UTF_8), null))))
                .isTrue();
    }

    @Test
    void eachTypeHasItsHandlerWhereverTheEventWasAppended() {
        LocalView view = new LocalView(KindsTest::accounts, 3);
        for (int i = 0; i < 12; i++) {
            appendAnywhere(view, i % 3, "{\"type\":\"opened\",\"account\":\"a" + i + "\",\"amount\":" + i + "}");
        }
        appendAnywhere(view, 1, "{\"type\":\"audited\",\"by\":\"eve\"}");
        view.process();
        appendAnywhere(view, 1, "{\"type\":\"closed\",\"account\":\"a7\"}");
        view.process();
        assertThat(view.parked()).isEmpty();
        assertThat(view.select(BALANCES, Maps.keys())).hasSize(11).doesNotContain("a7");
        assertThat(view.select(BALANCES, "a5", Maps.key("a5"))).containsExactly(5L);
    }

    @Test
    void anEventThatNamesNoTypeFailsAndATypeHasOneHandler() {
        for (String wrong : List.of("{\"account\":\"a\"}", "[1]", "nonsense", "{\"type\":1}")) {
            LocalView view = new LocalView(KindsTest::accounts, 1);
            append(view, "accounts", "a", wrong);
            view.process();
            assertThat(view.parked()).as(wrong).hasSize(1);
        }
        assertThatThrownBy(() -> Declaration.of(view -> view.log("accounts", "type")
                        .on("closed", Closed.class, (step, closed) -> {})
                        .on("closed", Opened.class, (step, opened) -> {})))
                .isInstanceOf(DeclarationException.class)
                .hasMessageContaining("two handlers of type closed (KindsTest.java:");
    }

    @Test
    void aHopGoesToThePartitionThatItNames() {
        LocalView view = new LocalView(
                () -> declared -> {
                    Output<String> heard = declared.output("heard", Codec.text());
                    Source.Hop<String> hop = declared.hop(
                            "told", Codec.text(), text -> text, (step, text) -> step.emit(heard, step.key(), text));
                    declared.log("words", Codec.text(), (step, text) -> step.hopTo(Integer.parseInt(text), hop, text));
                },
                3);
        append(view, "words", "k", "2");
        append(view, "words", "k", "0");
        append(view, "words", "k", "3");
        view.process();
        assertThat(view.log("heard")).hasSize(2);
        assertThat(view.parked())
                .singleElement()
                .satisfies(parked -> assertThat(parked.reason())
                        .contains("goes to partition 3", "partitions 0 to 2", "KindsTest.java:"));
    }
}
