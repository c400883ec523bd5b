package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.Scene;
import io.thalweg.view.java.local.LocalView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The shop's money: moved once for each order that is paid, whatever fails on the way. */
final class ShopMoneyTest {
    private static final int SEEDS = 20;
    private static final String ORDER =
            "{\"order\":\"o1\",\"lines\":[{\"item\":\"pen\",\"count\":1}],\"account\":7,\"price\":30}";
    private static final String PAY = "{\"order\":\"o1\",\"paid\":true,\"account\":7,\"price\":30}";

    private static LocalView shop(Bank bank) {
        LocalView view = new LocalView(Shop::new, 2, bank);
        view.append("stock", "pen", "{\"item\":\"pen\",\"count\":2}".getBytes(UTF_8));
        assertThat(ask(view, "o1", ORDER)).contains("held");
        return view;
    }

    private static String ask(LocalView view, String order, String command) {
        return String.valueOf(view.ask("orders", order, command.getBytes(UTF_8)));
    }

    private static String state(LocalView view) {
        return view.select(Shop.ORDERS, "o1", key("o1")).getFirst().state();
    }

    @Test
    void moneyMovesOnceThoughTheLedgersAnswerIsNotKnownAtFirst() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.failures = 2;
        assertThat(ask(view, "o1", PAY)).contains("paid");
        assertThat(bank.asked).isEqualTo(3);
        assertThat(bank.booked.values()).containsExactly(new Scene.Money(7, Shop.TILL, 30, 1, 1));
        assertThat(ask(view, "o1", PAY)).contains("paid");
        assertThat(bank.booked).hasSize(1);
        assertThat(view.log("payments")).hasSize(1);
    }

    @Test
    void aLeaderThatDiesBetweenTheCallAndItsEndIsFollowedByOneThatMakesTheSameCall() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.losesAnswers = true;
        assertThat(view.ask("orders", "o1", PAY.getBytes(UTF_8))).isNull();
        assertThat(state(view)).isEqualTo("paying");
        bank.losesAnswers = false;
        for (int i = 0; i < 2; i++) {
            view.crash(i, new Random(1));
        }
        view.process();
        assertThat(state(view)).isEqualTo("paid");
        assertThat(bank.asked).isEqualTo(2);
        assertThat(bank.booked).hasSize(1);
        assertThat(view.log("payments")).hasSize(1);
    }

    @Test
    void whatTheLedgerRefusesIsNotPaidAndIsReleasedInTheEnd() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.refuses = true;
        assertThat(ask(view, "o1", PAY)).contains("held").contains("exceeds_credits");
        view.advance(Shop.HOLD.plusSeconds(1));
        assertThat(state(view)).isEqualTo("released");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(2L);
    }

    @Test
    void aRebuildMovesNoMoneyAndFindsWhatWasPaid() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        view.ask("orders", "o1", PAY.getBytes(UTF_8));
        view.rebuild();
        assertThat(state(view)).isEqualTo("paid");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(1L);
        assertThat(bank.asked).isEqualTo(1);
        assertThat(view.log("payments")).hasSize(1);
        view.append("orders", "o2", ORDER.replace("o1", "o2").getBytes(UTF_8));
        view.process();
        assertThat(ask(view, "o2", PAY.replace("o1", "o2"))).contains("paid");
        assertThat(bank.asked).as("what is new calls again").isEqualTo(2);
    }

    @Test
    void aRebuildFindsWhatTheLedgerRefused() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.refuses = true;
        view.ask("orders", "o1", PAY.getBytes(UTF_8));
        view.rebuild();
        assertThat(state(view)).isEqualTo("held");
        assertThat(bank.asked).isEqualTo(1);
        view.advance(Shop.HOLD.plusSeconds(1));
        assertThat(state(view)).isEqualTo("released");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(2L);
        assertThat(view.log("refusals")).as("nothing is told twice").hasSize(1);
    }

    @Test
    void aRebuildMakesOfTheSameLogsWhatWasThereBefore() {
        Seeds.each(SEEDS, random -> {
            Bank bank = new Bank();
            LocalView view = new LocalView(Shop::new, 1 + random.nextInt(3), bank);
            for (int i = 0; i < 60; i++) {
                String order = "o" + random.nextInt(15);
                bank.refuses = random.nextBoolean();
                String command = random.nextInt(3) == 0 ? ORDER : PAY;
                if (random.nextInt(5) == 0) {
                    view.append("stock", "pen", "{\"item\":\"pen\",\"count\":1}".getBytes(UTF_8));
                }
                if (random.nextInt(5) == 0) {
                    command = command.replace(",\"account\":7", "");
                }
                view.append("orders", order, command.replace("o1", order).getBytes(UTF_8));
                view.process();
                if (random.nextInt(10) == 0) {
                    view.advance(Duration.ofMinutes(1 + random.nextInt(10)));
                }
            }
            view.advance(Shop.HOLD.plusSeconds(1));
            Map<String, String> orders = states(view);
            int asked = bank.asked;
            List<Integer> told =
                    List.of(view.log("payments").size(), view.log("refusals").size());
            view.rebuild();
            assertThat(states(view)).isEqualTo(orders);
            assertThat(bank.asked).isEqualTo(asked);
            assertThat(List.of(view.log("payments").size(), view.log("refusals").size()))
                    .isEqualTo(told);
        });
    }

    /** What has become of each order, and how much is free. */
    private static Map<String, String> states(LocalView view) {
        Map<String, String> states = new TreeMap<>();
        for (int i = 0; i < 15; i++) {
            Shop.Held held = view.select(Shop.ORDERS, "o" + i, key("o" + i)).getFirst();
            states.put("o" + i, held == null ? "" : held.state());
        }
        states.put("free", String.valueOf(view.select(Shop.STOCK, "pen", key("pen"))));
        return states;
    }
}
