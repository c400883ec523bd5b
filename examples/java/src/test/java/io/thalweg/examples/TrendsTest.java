package io.thalweg.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.local.LocalView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Windows of batches, beside a recount of what was appended, with leaders that die on the way. */
final class TrendsTest {
    private static final int SEEDS = 25;
    private static final Instant BEGIN = Instant.parse("2026-01-01T12:00:00Z");

    @Test
    void everyWindowNamesWhatIsTalkedAboutMost() {
        Seeds.each(SEEDS, TrendsTest::live);
    }

    private static void live(Random random) {
        int partitions = 1 + random.nextInt(4);
        LocalView view = new LocalView(Trends::new, partitions);
        List<Trends.Mention> mentions = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            // Some topics are more popular than others, and time goes on with some that come late.
            String topic = "t" + Math.min(random.nextInt(16), random.nextInt(16));
            Instant at = BEGIN.plusSeconds(i * 10L - random.nextInt(120));
            mentions.add(new Trends.Mention(topic, at));
            view.append("mentions", topic, ("{\"topic\":\"" + topic + "\",\"at\":\"" + at + "\"}").getBytes(UTF_8));
            switch (random.nextInt(12)) {
                case 0 -> view.process();
                case 1 -> view.crash(random.nextInt(partitions), random);
                default -> {}
            }
        }
        view.process();
        assertThat(view.parked()).isEmpty();
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
