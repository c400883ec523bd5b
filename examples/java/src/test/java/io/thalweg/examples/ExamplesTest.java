package io.thalweg.examples;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.Index;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Examples over seeds, in a world where everything falls that may: their indexes equal a recount of what was appended. */
final class ExamplesTest {
    private static final int SEEDS = 20;

    @Test
    void wordsAreCountedAsOftenAsTheyStandInLines() {
        Seeds.each(SEEDS, random -> {
            LocalSimulation world = new LocalSimulation(WordCount::new, 1 + random.nextInt(4), random)
                    .splitting("lines")
                    .takingOver();
            Map<String, Long> expected = new TreeMap<>();
            String[] words = {"the", "Cat", "ΣΊΣΥΦΟΣ", "x1", "日本", "dog"};
            for (int i = 0; i < 50; i++) {
                StringBuilder line = new StringBuilder();
                for (int j = random.nextInt(6); j > 0; j--) {
                    String word = words[random.nextInt(words.length)];
                    line.append(word).append(random.nextBoolean() ? ", " : "--");
                }
                for (String word : line.toString().toLowerCase(Locale.ROOT).split("[, -]+", -1)) {
                    if (!word.isEmpty()) {
                        expected.merge(word, 1L, Long::sum);
                    }
                }
                world.append("lines", "k" + random.nextInt(9), line.toString().getBytes(UTF_8));
            }
            Map<String, Long> counted = new TreeMap<>();
            world.end()
                    .select(WordCount.COUNTS, entries())
                    .forEach(each -> counted.put(each.getKey(), each.getValue()));
            assertThat(counted).isEqualTo(expected);
        });
    }

    private static String profile(String user, boolean deleted) {
        return "{\"user\":\"" + user + "\"" + (deleted ? ",\"deleted\":true}" : ",\"name\":\"n\"}");
    }

    private static String follow(String user, String other, boolean follow) {
        return "{\"from\":\"" + user + "\",\"to\":\"" + other + "\",\"follow\":" + follow + "}";
    }

    private static String post(String user, int number) {
        return "{\"user\":\"" + user + "\",\"post\":\"p" + number + "\"}";
    }

    private static LocalSimulation social(Random random) {
        return new LocalSimulation(Social::new, 1 + random.nextInt(4), random)
                .splitting("profiles", "follows", "posts");
    }

    /** One event after the other, so that it is known which came first, also to what stands beside. */
    @Test
    void whoIsFollowedWasThereAndTimelinesHaveWhatWasPostedToFollowers() {
        Seeds.each(SEEDS, random -> {
            LocalSimulation world = social(random).takingOverCopies();
            Set<String> there = new HashSet<>();
            Map<String, Set<String>> followers = new HashMap<>();
            Map<String, ArrayList<String>> timelines = new HashMap<>();
            for (int i = 0; i < 40; i++) {
                String user = "u" + random.nextInt(5);
                String other = "u" + random.nextInt(5);
                int number = i;
                switch (random.nextInt(4)) {
                    case 0 -> {
                        boolean deleted = random.nextInt(4) == 0;
                        boolean _ = deleted ? there.remove(user) : there.add(user);
                        world.append("profiles", user, profile(user, deleted).getBytes(UTF_8));
                        world.rest();
                    }
                    case 1, 2 -> {
                        boolean follow = random.nextInt(3) > 0;
                        String event = world.append(
                                "follows", user, follow(user, other, follow).getBytes(UTF_8));
                        world.rest();
                        boolean accepted = !follow || there.contains(other);
                        assertThat(world.answer(event)).isEqualTo(Map.of("accepted", accepted));
                        if (accepted && follow) {
                            followers
                                    .computeIfAbsent(other, _ -> new TreeSet<>())
                                    .add(user);
                        } else if (accepted) {
                            followers.getOrDefault(other, new TreeSet<>()).remove(user);
                        }
                    }
                    default -> {
                        world.append("posts", user, post(user, number).getBytes(UTF_8));
                        world.rest();
                        followers
                                .getOrDefault(user, Set.of())
                                .forEach(follower -> timelines
                                        .computeIfAbsent(follower, _ -> new ArrayList<>())
                                        .add(0, "p" + number));
                    }
                }
            }
            LocalView view = world.end();
            for (int i = 0; i < 5; i++) {
                String user = "u" + i;
                assertThat(posts(view, user)).isEqualTo(timelines.getOrDefault(user, new ArrayList<>()));
                assertThat(view.select("followers", user, List.of(List.of("key", user), List.of("all"))))
                        .isEqualTo(List.copyOf(followers.getOrDefault(user, new TreeSet<>())));
            }
        });
    }

    private static List<String> posts(LocalView view, String user) {
        List<String> posts = new ArrayList<>();
        for (Object entry : view.select("timeline", user, List.of(List.of("key", user), List.of("all")))) {
            assertThat(entry).isInstanceOf(Map.class);
            if (entry instanceof Map<?, ?> post) {
                posts.add(String.valueOf(post.get("post")));
            }
        }
        return posts;
    }

    /** All under way at once: what was answered says what came first. */
    @Test
    void whoFollowsWhomIsWhatWasAnsweredLastOnBothSides() {
        Seeds.each(SEEDS, random -> {
            LocalSimulation world = social(random);
            Map<String, List<String>> commands = new TreeMap<>();
            Map<String, Boolean> asked = new HashMap<>();
            for (int i = 0; i < 50; i++) {
                String user = "u" + random.nextInt(4);
                String other = "u" + random.nextInt(4);
                switch (random.nextInt(4)) {
                    case 0 ->
                        world.append(
                                "profiles",
                                user,
                                profile(user, random.nextInt(4) == 0).getBytes(UTF_8));
                    case 1, 2 -> {
                        boolean follow = random.nextInt(3) > 0;
                        String event = world.append(
                                "follows", user, follow(user, other, follow).getBytes(UTF_8));
                        asked.put(event, follow);
                        commands.computeIfAbsent(user + ">" + other, _ -> new ArrayList<>())
                                .add(event);
                    }
                    default -> world.append("posts", user, post(user, i).getBytes(UTF_8));
                }
            }
            LocalView view = world.end();
            Set<String> expected = new TreeSet<>();
            Set<String> ever = new TreeSet<>();
            commands.forEach((pair, events) -> events.forEach(event -> {
                Object answer = view.answer(event);
                assertThat(answer).as(event).isIn(Map.of("accepted", true), Map.of("accepted", false));
                if (Map.of("accepted", true).equals(answer)) {
                    boolean follow = asked.getOrDefault(event, false);
                    boolean _ = follow ? expected.add(pair) && ever.add(pair) : expected.remove(pair);
                }
            }));
            assertThat(pairs(view, Social.FOLLOWERS, true)).isEqualTo(expected);
            assertThat(pairs(view, Social.FOLLOWING, false)).isEqualTo(expected);
            view.select(Social.TIMELINES, entries()).forEach(timeline -> {
                assertThat(timeline.getValue()).as("a post stands once in it").doesNotHaveDuplicates();
                timeline.getValue().forEach(entry -> assertThat(ever).contains(timeline.getKey() + ">" + entry.user()));
            });
        });
    }

    @Test
    void aTimelineHasTheNewestPostsAndNoMoreThanItMay() {
        LocalView view = new LocalView(Social::new, 2);
        view.append("profiles", "bob", profile("bob", false).getBytes(UTF_8));
        view.process();
        view.append("follows", "ann", follow("ann", "bob", true).getBytes(UTF_8));
        view.process();
        int posts = Social.TIMELINE + 10;
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < posts; i++) {
            view.append("posts", "bob", post("bob", i).getBytes(UTF_8));
            expected.addFirst("p" + i);
        }
        view.process();
        List<Social.Entry> timeline =
                view.select(Social.TIMELINES, "ann", key("ann")).getFirst();
        assertThat(timeline).extracting(Social.Entry::post).isEqualTo(expected.subList(0, 800));
    }

    private static Set<String> pairs(LocalView view, Index<Map<String, Set<String>>> index, boolean turned) {
        Set<String> pairs = new TreeSet<>();
        view.select(index, entries())
                .forEach(entry -> entry.getValue()
                        .forEach(other ->
                                pairs.add(turned ? other + ">" + entry.getKey() : entry.getKey() + ">" + other)));
        return pairs;
    }

    @Test
    void anOrderHasAllOfItsItemsOrNoneAndWhatIsNotPaidComesBack() {
        Seeds.each(SEEDS, random -> {
            Bank bank = new Bank();
            sell(shop(random, bank), random, bank, () -> {});
        });
    }

    /** A command waits until all has come to rest: what stands beside meets orders and decisions each in their order, and between them in its own. */
    @Test
    void aShopThatTakesOverFromItselfLosesNothingThatWasDecided() {
        Seeds.each(SEEDS, random -> {
            Bank bank = new Bank();
            LocalSimulation world = shop(random, bank).takingOver();
            sell(world, random, bank, world::rest);
        });
    }

    private static LocalSimulation shop(Random random, Bank bank) {
        return new LocalSimulation(Shop::new, 1 + random.nextInt(4), random, bank).splitting("stock", "orders");
    }

    /** @param then what comes behind each event */
    private static void sell(LocalSimulation world, Random random, Bank bank, Runnable then) {
        bank.mood(random);
        Map<String, Long> delivered = new TreeMap<>();
        List<String> orders = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String item = "i" + random.nextInt(4);
            switch (random.nextInt(4)) {
                case 0 -> {
                    delivered.merge(item, 3L, Long::sum);
                    world.append("stock", item, ("{\"item\":\"" + item + "\",\"count\":3}").getBytes(UTF_8));
                }
                case 1 -> {
                    if (!orders.isEmpty()) {
                        int number = random.nextInt(orders.size());
                        String from =
                                random.nextBoolean() ? "" : ",\"price\":5,\"account\":" + (FIRST_ACCOUNT + number);
                        String order = orders.get(number);
                        world.append(
                                "orders",
                                order,
                                ("{\"order\":\"" + order + "\",\"paid\":true" + from + "}").getBytes(UTF_8));
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
                    world.append(
                            "orders",
                            order,
                            ("{\"order\":\"" + order + "\",\"lines\":[" + lines + "]}").getBytes(UTF_8));
                }
            }
            then.run();
            if (random.nextInt(20) == 0) {
                world.pass(Duration.ofMinutes(5));
            }
        }
        bank.mood(null);
        LocalView view = world.end();
        assertBooks(view, delivered, orders, Set.of("held", "paid"));
        view.advance(Shop.HOLD.plusSeconds(1));
        Set<Long> paid = assertBooks(view, delivered, orders, Set.of("paid"));
        List<Long> debited =
                bank.booked.values().stream().map(Scene.Money::debitAccount).toList();
        assertThat(debited).as("moved once for an order").doesNotHaveDuplicates();
        assertThat(paid).containsAll(debited);
    }

    private static final long FIRST_ACCOUNT = 1_000;

    /**
     * What is free, and what those orders have that have something, is what was delivered.
     *
     * @return accounts of whoever has paid
     */
    private static Set<Long> assertBooks(
            LocalView view, Map<String, Long> delivered, List<String> orders, Set<String> having) {
        Map<String, Long> found = new TreeMap<>();
        Set<Long> paid = new TreeSet<>();
        for (String order : orders) {
            Shop.Decision held = view.select(Shop.ORDERS, order, key(order)).getFirst();
            if (held != null && having.contains(held.state())) {
                held.lines().forEach(line -> found.merge(line.item(), line.count(), Long::sum));
            }
            assertThat(held == null ? "" : held.state()).isNotIn("pending", "paying");
            if (held != null && held.state().equals("paid")) {
                paid.add(FIRST_ACCOUNT + orders.indexOf(order));
            }
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
        assertThat(ShopMoneyTest.decided(view, "paid")).doesNotHaveDuplicates().hasSize(paid.size());
        return paid;
    }
}
