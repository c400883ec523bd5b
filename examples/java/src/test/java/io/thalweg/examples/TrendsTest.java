package io.thalweg.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Windows of batches, beside a recount of what was appended, in a world where everything falls that may. */
final class TrendsTest {
    private static final int SEEDS = 20;
    private static final Instant BEGIN = Instant.parse("2026-01-01T12:00:00Z");

    @Test
    void everyWindowNamesWhatIsTalkedAboutMost() {
        Seeds.each(SEEDS, TrendsTest::live);
    }

    private static void live(Random random) {
        LocalSimulation world = new LocalSimulation(Trends::new, 1 + random.nextInt(4), random)
                .splitting("mentions")
                .takingOver()
                .failing(6 + random.nextInt(60))
                .pace(10);
        List<Trends.Mention> mentions = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            // Some topics are more popular than others, and time goes on with some that come late.
            String topic = "t" + Math.min(random.nextInt(16), random.nextInt(16));
            Instant at = BEGIN.plusSeconds(i * 25L - random.nextInt(120));
            mentions.add(new Trends.Mention(topic, at));
            world.append("mentions", topic, ("{\"topic\":\"" + topic + "\",\"at\":\"" + at + "\"}").getBytes(UTF_8));
        }
        LocalView view = world.end();
        for (int minute = -3; minute < 40; minute++) {
            Instant at = BEGIN.plusSeconds(minute * 60L + 30);
            assertThat(view.ask(Trends.TRENDS, new Trends.When(at)))
                    .as("the window that ends at " + at)
                    .isEqualTo(recount(mentions, Trends.minute(at)));
        }
    }

    private static List<Trends.Ranked> recount(List<Trends.Mention> mentions, long last) {
        Map<String, Long> counts = new HashMap<>();
        for (Trends.Mention mention : mentions) {
            long minute = Trends.minute(mention.at());
            if (minute <= last && minute > last - Trends.MINUTES) {
                counts.merge(mention.topic(), 1L, Long::sum);
            }
        }
        return counts.entrySet().stream()
                .map(each -> new Trends.Ranked(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingLong(Trends.Ranked::mentions)
                        .reversed()
                        .thenComparing(Trends.Ranked::topic))
                .limit(Trends.TOP)
                .toList();
    }
}
