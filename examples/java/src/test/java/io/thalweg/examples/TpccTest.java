package io.thalweg.examples;

import static io.thalweg.index.path.Maps.entries;
import static io.thalweg.index.path.Maps.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.index.path.Maps;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.local.LocalSimulation;
import io.thalweg.view.java.local.LocalView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** TPC-C in the specification's mix, in a world where everything falls that may: its conditions hold, and stock and money are those of a recount. */
final class TpccTest {
    private static final int SEEDS = 20;
    private static final int WAREHOUSES = 3;
    private static final int CUSTOMERS = 6;
    private static final int ITEMS = 20;
    private static final int TRANSACTIONS = 60;
    private static final Codec<Tpcc.Load> LOADS = Codec.json(Tpcc.Load.class);
    private static final Codec<Tpcc.NewOrder> ORDERS = Codec.json(Tpcc.NewOrder.class);
    private static final Codec<Tpcc.Payment> PAYMENTS = Codec.json(Tpcc.Payment.class);
    private static final Codec<Tpcc.Delivery> DELIVERIES = Codec.json(Tpcc.Delivery.class);

    /** One run of the mix, with what it is to come to. */
    private static final class Mix {
        final Random random;
        final LocalSimulation world;
        final List<String> ordered = new ArrayList<>();
        final Map<String, Long> taken = new TreeMap<>();
        long paid;
        int refused;

        Mix(Random random) {
            this.random = random;
            this.world = new LocalSimulation(Tpcc::new, 1 + random.nextInt(4), random)
                    .splitting("warehouses", "orders", "payments", "deliveries")
                    .takingOverCopies();
        }

        private String warehouse() {
            return "w" + random.nextInt(WAREHOUSES);
        }

        private int district() {
            return 1 + random.nextInt(Tpcc.DISTRICTS);
        }

        private int customer() {
            return 1 + random.nextInt(CUSTOMERS);
        }

        void load() {
            for (int i = 0; i < WAREHOUSES; i++) {
                world.append("warehouses", "w" + i, LOADS.encode(new Tpcc.Load("w" + i, CUSTOMERS, ITEMS)));
            }
            world.rest(); // what is ordered elsewhere is known then
        }

        /** New orders 45 of 100, payments 43, and of the rest a part each. */
        void transaction() {
            int which = random.nextInt(100);
            if (which < 45) {
                order();
            } else if (which < 88) {
                pay();
            } else if (which < 92) {
                String at = warehouse();
                world.append("deliveries", at, DELIVERIES.encode(new Tpcc.Delivery(at, 1 + random.nextInt(10))));
            } else if (which < 96) {
                world.view().ask(Tpcc.ORDER_STATUS, new Tpcc.Who(warehouse(), district(), customer()));
            } else {
                world.view().ask(Tpcc.STOCK_LEVEL, new Tpcc.Level(warehouse(), district(), 10 + random.nextInt(11)));
            }
        }

        private void order() {
            String at = warehouse();
            boolean rolledBack = random.nextInt(100) == 0;
            List<Tpcc.Line> lines = new ArrayList<>();
            for (int i = 5 + random.nextInt(11); i > 0; i--) {
                String supplier = random.nextInt(100) == 0 ? warehouse() : at;
                int item = rolledBack && i == 1 ? ITEMS + 1 : 1 + random.nextInt(ITEMS);
                lines.add(new Tpcc.Line(item, supplier, 1 + random.nextInt(10)));
            }
            if (!rolledBack) {
                lines.forEach(
                        line -> taken.merge(line.supplier() + " " + line.item(), (long) line.quantity(), Long::sum));
            }
            refused += rolledBack ? 1 : 0;
            ordered.add(
                    world.append("orders", at, ORDERS.encode(new Tpcc.NewOrder(at, district(), customer(), lines))));
        }

        private void pay() {
            String at = warehouse();
            String home = random.nextInt(100) < 15 ? warehouse() : at;
            boolean named = random.nextInt(100) < 60;
            int customer = customer();
            long amount = 100L + random.nextInt(500_000);
            paid += amount;
            world.append(
                    "payments",
                    at,
                    PAYMENTS.encode(new Tpcc.Payment(
                            at,
                            district(),
                            home,
                            district(),
                            named ? 0 : customer,
                            named ? Tpcc.last(customer) : null,
                            amount)));
        }
    }

    @Test
    void theConditionsHoldAfterAnyRun() {
        Seeds.each(SEEDS, TpccTest::live);
    }

    private static void live(Random random) {
        Mix mix = new Mix(random);
        mix.load();
        for (int i = 0; i < TRANSACTIONS; i++) {
            mix.transaction();
        }
        LocalView view = mix.world.end();
        assertThat(view.ask(Tpcc.VIOLATED_ANYWHERE, new Tpcc.Everywhere())).isEmpty();

        long refused = mix.ordered.stream()
                .filter(event -> String.valueOf(view.answer(event)).contains("accepted=false"))
                .count();
        assertThat(refused).as("orders that were rolled back").isEqualTo(mix.refused);
        long ytd = view.select(Tpcc.YTD, Maps.values()).stream()
                .mapToLong(Long::longValue)
                .sum();
        assertThat(ytd).isEqualTo(mix.paid);
        Map<String, Long> taken = new TreeMap<>();
        for (int i = 0; i < WAREHOUSES; i++) {
            String at = "w" + i;
            for (Map.Entry<Integer, Tpcc.Stock> each :
                    view.select(Tpcc.STOCK, at, Tpcc.STOCK.path().then(key(at)).then(entries()))) {
                if (each.getValue().ytd() > 0) {
                    taken.put(at + " " + each.getKey(), each.getValue().ytd());
                }
                assertThat(each.getValue().quantity()).isPositive();
            }
        }
        assertThat(taken).isEqualTo(mix.taken);
    }

    @Test
    void aConditionThatDoesNotHoldIsSeen() {
        LocalView view = new LocalView(
                () -> (Declaration declaration) -> {
                    new Tpcc().declare(declaration);
                    declaration.log(
                            "damage",
                            Codec.text(),
                            (step, amount) -> step.index(Tpcc.YTD)
                                    .at(key(step.key()))
                                    .update(ytd -> (ytd == null ? 0 : ytd) + Long.parseLong(amount)));
                },
                2);
        view.append("warehouses", "w0", LOADS.encode(new Tpcc.Load("w0", CUSTOMERS, ITEMS)));
        view.process();
        assertThat(view.ask(Tpcc.VIOLATED, new Tpcc.Where("w0"))).isEmpty();
        view.append("damage", "w0", "5".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        view.process();
        assertThat(view.ask(Tpcc.VIOLATED, new Tpcc.Where("w0")))
                .containsExactly("condition 1 of w0", "condition 8 of w0");
        assertThat(view.ask(Tpcc.VIOLATED_ANYWHERE, new Tpcc.Everywhere()))
                .containsExactly("condition 1 of w0", "condition 8 of w0");
    }
}
