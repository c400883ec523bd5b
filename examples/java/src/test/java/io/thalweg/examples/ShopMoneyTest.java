package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.local.LocalView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shop's money: moved once for each order that is paid, whatever fails on the way. */
final class ShopMoneyTest {
    private static final int SEEDS = 20;

    /** So many events of a log come in several steps. */
    private static final int MORE_THAN_A_STEP = 2_100;

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

    /** Orders of which something was decided, as often as it was. */
    static List<String> decided(LocalView view, String state) {
        Codec<Shop.Decision> json = Codec.json(Shop.Decision.class);
        return view.log("decisions").stream()
                .map(json::decode)
                .filter(decision -> decision.state().equals(state))
                .map(Shop.Decision::order)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"lines\":null", ",\"lines\":[]", ",\"lines\":[{\"item\":\"pen\",\"count\":0}]"})
    void anOrderOfNothingIsRefused(String lines) {
        LocalView view = shop(new Bank());
        assertThat(ask(view, "o2", "{\"order\":\"o2\"" + lines + "}")).contains("refused");
        assertThat(ask(view, "o2", "{\"order\":\"o2\",\"paid\":true}")).contains("unknown");
        assertThat(view.parked()).isEmpty();
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
        assertThat(decided(view, "paid")).containsExactly("o1");
    }

    /** Nobody gives up, so that nobody pays once more by another transfer. */
    @Test
    void moneyIsAskedForUntilItIsKnownWhetherItHasMoved() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.failures = 2 * CallOptions.DEFAULT.attempts();
        Object first = ask(view, "o1", PAY);
        assertThat(ask(view, "o1", PAY)).contains("paid");
        assertThat(bank.booked).hasSize(1);
        assertThat(first).asString().contains("paid");
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
        assertThat(decided(view, "paid")).containsExactly("o1");
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
        assertThat(decided(view, "paid")).containsExactly("o1");
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
        assertThat(decided(view, "held")).as("nothing is told twice").containsExactly("o1", "o1");
    }

    /** What the ledger said is told while nothing is taken in, so that only the other state reads it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheLedgerSaysDuringATakeoverIsNotLost(boolean refuses) {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        bank.refuses = refuses;
        List<Runnable> late = new ArrayList<>();
        bank.late = late;
        view.deployBeside(Shop::new);
        assertThat(view.ask("orders", "o1", PAY.getBytes(UTF_8))).isNull();
        late.forEach(Runnable::run);
        assertThat(view.takeOver()).isNull();
        assertThat(state(view)).isEqualTo(refuses ? "held" : "paid");
        view.advance(Shop.HOLD.plusSeconds(1));
        assertThat(state(view)).isEqualTo(refuses ? "released" : "paid");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(refuses ? 2L : 1L);
        assertThat(bank.booked).hasSize(refuses ? 0 : 1);
    }

    /** The second comes while the ledger is asked for the first, and makes no call of its own. */
    @Test
    void aRebuildFindsHeldWhatWasPaidTwiceAtOnceAndRefused() {
        Bank bank = new Bank();
        LocalView view = shop(bank);
        for (int i = 0; i < MORE_THAN_A_STEP; i++) {
            view.append("orders", "o1", ORDER.getBytes(UTF_8)); // known already
        }
        view.process();
        bank.refuses = true;
        view.append("orders", "o1", PAY.getBytes(UTF_8));
        view.append("orders", "o1", PAY.getBytes(UTF_8));
        view.process();
        assertThat(bank.asked).isEqualTo(1);
        assertThat(state(view)).isEqualTo("held");
        view.rebuild();
        assertThat(state(view)).isEqualTo("held");
        view.advance(Shop.HOLD.plusSeconds(1));
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(2L);
    }

    /** Who rebuilds may be late, and have a timer come before it has read that the order was paid. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void ofTwoDecisionsWithOneNumberTheFirstInTheLogCounts(int stepsBefore) {
        LocalView view = shop(new Bank());
        for (int i = 0; i < stepsBefore; i++) {
            view.ask("orders", "o1", ORDER.getBytes(UTF_8)); // a step, so that the timer's turn is another
        }
        String paid = "{\"order\":\"o1\",\"number\":2,\"state\":\"paid\",\"lines\":[{\"item\":\"pen\",\"count\":1}]}";
        view.append("decisions", "o1", paid.getBytes(UTF_8));
        view.advance(Shop.HOLD.plusSeconds(1));
        assertThat(state(view)).isEqualTo("paid");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(1L);
        view.append("decisions", "o1", paid.replace("paid", "released").getBytes(UTF_8));
        view.process();
        assertThat(state(view)).isEqualTo("paid");
        assertThat(view.select(Shop.STOCK, "pen", key("pen"))).containsExactly(1L);
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
                if (random.nextInt(3) > 0) {
                    view.process();
                }
                if (random.nextInt(10) == 0) {
                    view.advance(Duration.ofMinutes(1 + random.nextInt(10)));
                }
            }
            view.process();
            assertRebuilt(view, bank);
            view.advance(Shop.HOLD.plusSeconds(1));
            assertRebuilt(view, bank);
        });
    }

    private static void assertRebuilt(LocalView view, Bank bank) {
        Map<String, String> orders = states(view);
        int asked = bank.asked;
        int decisions = view.log("decisions").size();
        view.rebuild();
        assertThat(states(view)).isEqualTo(orders);
        assertThat(bank.asked).isEqualTo(asked);
        assertThat(view.log("decisions")).hasSize(decisions);
    }

    /** What has become of each order, and how much is free. */
    private static Map<String, String> states(LocalView view) {
        Map<String, String> states = new TreeMap<>();
        for (int i = 0; i < 15; i++) {
            Shop.Decision decision =
                    view.select(Shop.ORDERS, "o" + i, key("o" + i)).getFirst();
            states.put("o" + i, decision == null ? "" : decision.state());
        }
        states.put("free", String.valueOf(view.select(Shop.STOCK, "pen", key("pen"))));
        return states;
    }
}
