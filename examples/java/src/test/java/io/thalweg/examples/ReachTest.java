package io.thalweg.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Queries that go to many partitions, beside a recount of what was appended, in a world where everything falls that may. */
final class ReachTest {
    private static final int SEEDS = 20;

    @Test
    void aLinkReachesWhoeverFollowsWhoSharedItEachOnce() {
        Seeds.each(SEEDS, ReachTest::live);
    }

    private static void live(Random random) {
        LocalSimulation world = new LocalSimulation(Reach::new, 1 + random.nextInt(5), random)
                .splitting("shares", "followings")
                .takingOver();
        Map<String, Set<String>> sharers = new HashMap<>();
        Map<String, Set<String>> followers = new HashMap<>();
        for (int i = 0; i < 80; i++) {
            String one = "u" + random.nextInt(12);
            String other = "u" + random.nextInt(12);
            if (random.nextInt(3) == 0) {
                String link = "https://example.org/" + random.nextInt(3);
                sharers.computeIfAbsent(link, _ -> new TreeSet<>()).add(one);
                append(world, "shares", link, "{\"link\":\"" + link + "\",\"user\":\"" + one + "\"}");
            } else {
                followers.computeIfAbsent(other, _ -> new TreeSet<>()).add(one);
                append(world, "followings", other, "{\"from\":\"" + one + "\",\"to\":\"" + other + "\"}");
            }
        }
        LocalView view = world.end();
        for (int i = 0; i < 4; i++) {
            String link = "https://example.org/" + i;
            Set<String> reached = new TreeSet<>();
            Set<String> who = sharers.getOrDefault(link, Set.of());
            who.forEach(user -> reached.addAll(followers.getOrDefault(user, Set.of())));
            assertThat(view.ask(Reach.REACH, new Reach.Link(link)))
                    .isEqualTo(new Reach.Reached(who.size(), reached.size()));
            assertThat(view.ask("reach", Map.of("link", link)))
                    .isEqualTo(Map.of("sharers", (long) who.size(), "people", (long) reached.size()));
        }
        for (int steps = 1; steps <= 3; steps++) {
            assertThat(view.ask(Reach.CIRCLE, new Reach.Circle("u1", steps)))
                    .isEqualTo(circle(followers, Set.of("u1"), steps));
        }
    }

    private static Set<String> circle(Map<String, Set<String>> followers, Set<String> from, int steps) {
        Set<String> all = new TreeSet<>();
        Set<String> edge = from;
        for (int i = 0; i < steps; i++) {
            Set<String> next = new TreeSet<>();
            edge.forEach(user -> next.addAll(followers.getOrDefault(user, Set.of())));
            all.addAll(next);
            edge = next;
        }
        return all;
    }

    private static void append(LocalSimulation world, String log, String key, String json) {
        world.append(log, key, json.getBytes(UTF_8));
    }

    @Test
    void aCircleOfNoStepsIsRefused() {
        LocalView view = new LocalView(Reach::new, 2);
        assertThatThrownBy(() -> view.ask("circle", Map.of("user", "u1", "steps", 0)))
                .hasMessageContaining("steps is 0, expected at least 1");
        assertThat(view.ask("circle", Map.of("user", "u1", "steps", 1))).isEqualTo(List.of());
    }
}
