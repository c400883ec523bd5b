package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.local.LocalView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each example in the process, over seeds, with leaders that die on the way: its indexes equal a recount of what was appended. */
final class ExamplesTest {
    private static final int SEEDS = 30;

    private static void perhapsCrash(LocalView view, Random random, int partitions) {
        if (random.nextInt(10) == 0) {
            view.crash(random.nextInt(partitions), random);
        }
        if (random.nextInt(4) == 0) {
            view.process();
        }
    }

    @Test
    void wordsAreCountedAsOftenAsTheyStandInLines() {
        Seeds.each(SEEDS, random -> {
            int partitions = 1 + random.nextInt(4);
            LocalView view = new LocalView(WordCount::new, partitions);
            Map<String, Long> expected = new TreeMap<>();
            String[] words = {"the", "Cat", "ΣΊΣΥΦΟΣ", "x1", "日本", "dog"};
            for (int i = 0; i < 60; i++) {
                StringBuilder line = new StringBuilder();
                for (int j = random.nextInt(6); j > 0; j--) {
                    String word = words[random.nextInt(words.length)];
                    line.append(word).append(random.nextBoolean() ? ", " : "--");
                }
                for (String word :
                        line.toString().toLowerCase(java.util.Locale.ROOT).split("[, -]+", -1)) {
                    if (!word.isEmpty()) {
                        expected.merge(word, 1L, Long::sum);
                    }
                }
                view.append("lines", "k" + random.nextInt(9), line.toString().getBytes(UTF_8));
                perhapsCrash(view, random, partitions);
            }
            view.process();
            Map<String, Long> counted = new TreeMap<>();
            expected.keySet()
                    .forEach(word -> counted.put(
                            word, view.select(WordCount.COUNTS, word, key(word)).getFirst()));
            assertThat(counted).isEqualTo(expected);
        });
    }

    @Test
    void whoIsFollowedWasThereAndTimelinesHaveWhatWasPostedToFollowers() {
        Seeds.each(SEEDS, random -> {
            int partitions = 1 + random.nextInt(4);
            LocalView view = new LocalView(Social::new, partitions);
            Set<String> there = new HashSet<>();
            Map<String, Set<String>> followers = new HashMap<>();
            Map<String, ArrayList<String>> timelines = new HashMap<>();
            for (int i = 0; i < 80; i++) {
                String user = "u" + random.nextInt(6);
                String other = "u" + random.nextInt(6);
                String postId = "p" + i;
                switch (random.nextInt(4)) {
                    case 0 -> {
                        boolean deleted = random.nextInt(4) == 0;
                        boolean _ = deleted ? there.remove(user) : there.add(user);
                        view.append(
                                "profiles",
                                user,
                                ("{\"user\":\"" + user + "\"" + (deleted ? ",\"deleted\":true}" : ",\"name\":\"n\"}"))
                                        .getBytes(UTF_8));
                    }
                    case 1, 2 -> {
                        boolean follow = random.nextInt(3) > 0;
                        Object answer = view.ask(
                                "follows",
                                user,
                                ("{\"from\":\"" + user + "\",\"to\":\"" + other + "\",\"follow\":" + follow + "}")
                                        .getBytes(UTF_8));
                        boolean accepted = !follow || there.contains(other);
                        assertThat(answer).isEqualTo(Map.of("accepted", accepted));
                        if (accepted && follow) {
                            followers
                                    .computeIfAbsent(other, _ -> new TreeSet<>())
                                    .add(user);
                        } else if (accepted) {
                            followers.getOrDefault(other, new TreeSet<>()).remove(user);
                        }
                    }
                    default -> {
                        view.append(
                                "posts",
                                user,
                                ("{\"user\":\"" + user + "\",\"post\":\"" + postId + "\"}").getBytes(UTF_8));
                        followers
                                .getOrDefault(user, Set.of())
                                .forEach(follower -> timelines
                                        .computeIfAbsent(follower, _ -> new ArrayList<>())
                                        .add(0, postId));
                    }
                }
                view.process();
                if (random.nextInt(8) == 0) {
                    view.crash(random.nextInt(partitions), random);
                }
            }
            for (int i = 0; i < 6; i++) {
                String user = "u" + i;
                List<String> posts = new ArrayList<>();
                for (Object entry : view.select("timeline", user, List.of(List.of("key", user), List.of("all")))) {
                    assertThat(entry).isInstanceOf(Map.class);
                    if (entry instanceof Map<?, ?> post) {
                        posts.add(String.valueOf(post.get("post")));
                    }
                }
                assertThat(posts).isEqualTo(timelines.getOrDefault(user, new ArrayList<>()));
                assertThat(view.select("followers", user, List.of(List.of("key", user), List.of("all"))))
                        .isEqualTo(List.copyOf(followers.getOrDefault(user, new TreeSet<>())));
            }
        });
    }

    @Test
    void anOrderHasAllOfItsItemsOrNoneAndWhatIsNotPaidComesBack() {
        Seeds.each(SEEDS, random -> {
            int partitions = 1 + random.nextInt(4);
            LocalView view = new LocalView(Shop::new, partitions);
            Map<String, Long> delivered = new TreeMap<>();
            List<String> orders = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String item = "i" + random.nextInt(4);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        delivered.merge(item, 3L, Long::sum);
                        view.append("stock", item, ("{\"item\":\"" + item + "\",\"count\":3}").getBytes(UTF_8));
                    }
                    case 1 -> {
                        if (!orders.isEmpty()) {
                            String order = orders.get(random.nextInt(orders.size()));
                            view.append(
                                    "orders", order, ("{\"order\":\"" + order + "\",\"paid\":true}").getBytes(UTF_8));
                        }
                    }
                    default -> {
                        String order = "o" + i;
                        orders.add(order);
                        StringBuilder lines = new StringBuilder();
                        for (int j = 0; j <= random.nextInt(3); j++) {
                            lines.append(j == 0 ? "" : ",")
                                    .append("{\"item\":\"i")
                                    .append(random.nextInt(4))
                                    .append("\",\"count\":")
                                    .append(1 + random.nextInt(2))
                                    .append('}');
                        }
                        view.append(
                                "orders",
                                order,
                                ("{\"order\":\"" + order + "\",\"lines\":[" + lines + "]}").getBytes(UTF_8));
                    }
                }
                perhapsCrash(view, random, partitions);
                if (random.nextInt(20) == 0) {
                    view.advance(Duration.ofMinutes(5));
                }
            }
            view.process();
            assertBooks(view, delivered, orders, Set.of("held", "paid"));
            view.advance(Shop.HOLD.plusSeconds(1));
            assertBooks(view, delivered, orders, Set.of("paid"));
        });
    }

    /** What is free, and what those orders have that have something, is what was delivered. */
    private static void assertBooks(
            LocalView view, Map<String, Long> delivered, List<String> orders, Set<String> having) {
        Map<String, Long> found = new TreeMap<>();
        int paid = 0;
        for (String order : orders) {
            Shop.Held held = view.select(Shop.ORDERS, order, key(order)).getFirst();
            if (held != null && having.contains(held.state())) {
                held.lines().forEach(line -> found.merge(line.item(), line.count(), Long::sum));
            }
            assertThat(held == null ? "" : held.state()).isNotEqualTo("pending");
            paid += held != null && held.state().equals("paid") ? 1 : 0;
        }
        for (int i = 0; i < 4; i++) {
            String item = "i" + i;
            Long free = view.select(Shop.STOCK, item, key(item)).getFirst();
            if (free != null) {
                assertThat(free).isNotNegative();
                found.merge(item, free, Long::sum);
            }
        }
        found.values().removeIf(count -> count == 0);
        assertThat(found).isEqualTo(delivered);
        assertThat(view.log("payments")).hasSize(paid);
    }
}
