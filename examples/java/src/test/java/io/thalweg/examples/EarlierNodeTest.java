package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.server.config.HistorySettings;
import io.thalweg.server.config.NodeOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.View;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The state of earlier moments once the steps that lead there from the first on are gone: from checkpoints, as far as these reach back. */
final class EarlierNodeTest extends OnNode {
    private static final Pattern EARLIEST = Pattern.compile("at=(\\S+Z)");
    private static final int SUMS = 25;

    /** The sum of what came for each key, and a query for it. */
    public static final class Sums implements View {
        static final Index<Map<String, Long>> SUMS = Index.of("sums", Schema.map(String.class, Long.class));

        public record Who(String key) {}

        static final Query<Who, Long> SUM = Query.at(
                "sum",
                Schema.of(Who.class),
                Schema.of(Long.class),
                Who::key,
                (at, who) -> at.index(SUMS).at(Maps.key(who.key())).orElse(0L));

        @Override
        public void declare(Declaration view) {
            view.index(SUMS);
            view.query(SUM);
            view.log(
                    "numbers",
                    Codec.text(),
                    (step, text) -> step.index(SUMS)
                            .at(Maps.key(step.key()))
                            .update(before -> (before == null ? 0 : before) + Long.parseLong(text)));
        }
    }

    @Override
    NodeOptions options(NodeOptions usual) {
        return usual.withHistory(new HistorySettings(1, 3, Duration.ZERO, 1L << 30));
    }

    private Answer at(String moment) throws Exception {
        return post("/views/sums/indexes/sums/select?at=" + moment, "{\"path\":[[\"key\",\"alice\"]]}");
    }

    private Answer asked(String moment) throws Exception {
        return post("/views/sums/queries/sum?at=" + moment, "{\"key\":\"alice\"}");
    }

    @Test
    void whatCheckpointsReachBackToIsAnsweredAsItWasAndWhatIsOlderNamesTheEarliest() throws Exception {
        deploy("sums", Sums.class, 2);
        String log = log("numbers");
        List<String> positions = new ArrayList<>();
        List<Instant> times = new ArrayList<>();
        for (int i = 0; i < SUMS; i++) {
            positions.add(post("/logs/" + log + "/append", "1", "Thalweg-Key", "alice")
                    .position());
            assertThat(select("sums", "sums", "[[\"key\",\"alice\"]]", "?after=" + positions.getLast())
                            .toString())
                    .isEqualTo("[" + (i + 1) + "]");
            times.add(Instant.now());
        }
        String gone = "";
        for (long end = System.nanoTime() + 60_000_000_000L; gone.isEmpty(); ) {
            Answer first = at(positions.getFirst());
            gone = first.status() == 410 ? first.text() : "";
            assertThat(System.nanoTime()).as("the first steps go").isLessThan(end);
        }
        restart();
        select("sums", "sums", "[[\"key\",\"alice\"]]", "?consistency=linearizable");
        int answered = 0;
        for (int i = 0; i < SUMS; i++) {
            for (String moment : List.of(positions.get(i), times.get(i).toString())) {
                Answer answer = at(moment);
                if (answer.status() == 410 && answered == 0) {
                    assertThat(asked(moment).status()).isEqualTo(410);
                    continue;
                }
                assertThat(answer.status())
                        .as("%s of %s: %s", moment, i, answer.text())
                        .isEqualTo(200);
                assertThat(answer.json().at("/values/0").asLong()).isEqualTo(i + 1);
                Answer asked = asked(moment);
                assertThat(asked.text()).as("%s of %s", moment, i).isEqualTo(Integer.toString(i + 1));
                answered++;
            }
        }
        assertThat(answered).as("more than the step that is kept anyway").isGreaterThan(2);
        Matcher earliest = EARLIEST.matcher(at(positions.getFirst()).text());
        assertThat(earliest.find()).as(gone).isTrue();
        assertThat(at(earliest.group(1)).status()).as(gone).isEqualTo(200);

        // A damaged index begins again with a checkpoint, for the first steps are gone.
        restart(data -> DamagedIndexNodeTest.damage(DamagedIndexNodeTest.store(data, 0)));
        DamagedIndexNodeTest.awaitSum(this, "[[\"key\",\"alice\"]]", SUMS);
    }
}
