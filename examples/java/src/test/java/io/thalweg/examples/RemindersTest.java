package io.thalweg.examples;

import static io.thalweg.index.path.Maps.entries;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Reminders beside a model of them, in a world where everything falls that may: each comes once for each of its times, and none that was taken back. */
final class RemindersTest {
    private static final int SEEDS = 20;
    private static final int TICK_SECONDS = 10;
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Codec<Reminders.Wish> WISHES = Codec.json(Schema.of(Reminders.Wish.class));
    private static final Codec<Reminders.Reminded> REMINDED = Codec.json(Schema.of(Reminders.Reminded.class));

    @Test
    void eachComesOnceForEachOfItsTimes() {
        Seeds.each(SEEDS, RemindersTest::live);
    }

    private static void live(Random random) {
        LocalSimulation world = new LocalSimulation(Reminders::new, 1 + random.nextInt(4), random)
                .splitting("reminders")
                .takingOver();
        Map<String, Reminders.Wish> toCome = new TreeMap<>();
        List<String> expected = new ArrayList<>();
        Instant now = BEGIN;
        for (int i = 0; i < 40; i++) {
            String user = "u" + random.nextInt(3);
            String id = "r" + random.nextInt(4);
            boolean back = random.nextInt(5) == 0;
            Instant at = back ? null : now.plusSeconds(random.nextInt(200) - 20);
            long every = random.nextInt(3) == 0 ? 5 + random.nextInt(60) : 0;
            Reminders.Wish wish = new Reminders.Wish(user, id, "text " + i, at, every);
            world.append("reminders", user, WISHES.encode(wish));
            world.rest();
            if (back) {
                toCome.remove(user + " " + id);
            } else {
                toCome.put(user + " " + id, wish);
            }
            // What is due at once comes at once; then time goes on.
            ring(toCome, now, expected);
            now = now.plusSeconds(TICK_SECONDS);
            world.pass(Duration.ofSeconds(TICK_SECONDS));
            world.rest();
            ring(toCome, now, expected);
        }
        LocalView view = world.end();
        List<String> came = view.log("reminded").stream()
                .map(REMINDED::decode)
                .map(reminded -> reminded.user() + " " + reminded.id() + " " + reminded.text() + " " + reminded.at())
                .toList();
        assertThat(came).containsExactlyInAnyOrderElementsOf(expected);
        long left = view.select(Reminders.REMINDERS, entries()).stream()
                .mapToLong(entry -> entry.getValue().size())
                .sum();
        assertThat(left).isEqualTo(toCome.size());
    }

    private static void ring(Map<String, Reminders.Wish> toCome, Instant now, List<String> expected) {
        for (Map.Entry<String, Reminders.Wish> each : List.copyOf(toCome.entrySet())) {
            Reminders.Wish wish = each.getValue();
            Instant at = wish.at();
            while (at != null && !at.isAfter(now)) {
                expected.add(each.getKey() + " " + wish.text() + " " + at);
                at = wish.everySeconds() > 0 ? at.plusSeconds(wish.everySeconds()) : null;
            }
            if (at == null) {
                toCome.remove(each.getKey());
            } else {
                toCome.put(
                        each.getKey(),
                        new Reminders.Wish(wish.user(), wish.id(), wish.text(), at, wish.everySeconds()));
            }
        }
    }

    @Test
    void whoAsksToBeRemindedHearsHowManyAreToCome() {
        LocalView view = new LocalView(Reminders::new, 2);
        String wish = "{\"user\":\"ada\",\"id\":\"tea\",\"text\":\"drink it\",\"at\":\"2026-01-01T00:05:00Z\"}";
        assertThat(view.ask("reminders", "ada", wish.getBytes(UTF_8))).isEqualTo(Map.of("to_come", 1));
        String back = "{\"user\":\"ada\",\"id\":\"tea\",\"text\":\"\"}";
        assertThat(view.ask("reminders", "ada", back.getBytes(UTF_8))).isEqualTo(Map.of("to_come", 0));
        view.advance(Duration.ofMinutes(10));
        assertThat(view.log("reminded")).isEmpty();
    }
}
