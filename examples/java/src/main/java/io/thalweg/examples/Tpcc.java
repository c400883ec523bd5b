package io.thalweg.examples;

import static io.thalweg.index.path.Lists.afterElem;
import static io.thalweg.index.path.Lists.elements;
import static io.thalweg.index.path.Maps.key;
import static io.thalweg.index.path.Maps.keys;
import static io.thalweg.index.path.Maps.range;
import static io.thalweg.index.path.Maps.rangeFromStart;

import io.thalweg.index.Index;
import io.thalweg.index.path.Maps;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Aggregates;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Query;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The five transactions of TPC-C. All of a warehouse lies with its key: its districts, customers, orders and stock, so that a transaction of one
 * warehouse is one handler, and what it does at another one is a hop. Money is in cents, districts and customers are numbered from 1. What only prints
 * (addresses, credit data) is left out.
 */
public final class Tpcc implements View {
    public static final int DISTRICTS = 10;
    private static final int LATEST_ORDERS = 20;
    private static final int FULL_STOCK = 91;
    private static final int LOW_STOCK = 10;

    /** An event of the log of warehouses: one more, with so many customers in each district and so many items. */
    public record Load(String warehouse, int customers, int items) {}

    /** Some of an item; {@code supplier} is the warehouse that it comes from. */
    public record Line(int item, String supplier, int quantity) {}

    /** A command of {@code orders}, answered with its number and price, or with the item that there is not. */
    public record NewOrder(String warehouse, int district, int customer, List<Line> lines) {}

    /** A command of {@code payments}: to a district, of a customer of any warehouse, named by number, or by name with number 0. */
    public record Payment(
            String warehouse,
            int district,
            String home,
            int homeDistrict,
            int customer,
            @Nullable String last,
            long amount) {}

    /** A command of {@code deliveries}: the oldest new order of each district leaves. */
    public record Delivery(String warehouse, int carrier) {}

    public record Ordered(
            boolean accepted,
            long order,
            long amount,
            @Nullable String reason) {}

    public record Delivered(int orders) {}

    public record Balance(int customer, long balance) {}

    public record District(long ytd, long nextOrder) {}

    public record Customer(String last, long balance, long ytdPayment, int payments, int deliveries, long lastOrder) {}

    public record Stock(long price, int quantity, long ytd, int orders, int remote) {}

    public record Item(int item, String supplier, int quantity, long amount, boolean delivered) {}

    /** {@code carrier} is 0 before it is delivered. */
    public record Order(int customer, int carrier, List<Item> lines) {}

    private record Taking(String supplier, int item, int quantity) {}

    /** What {@code order_status} and {@code stock_level} are asked with. */
    public record Who(String warehouse, int district, int customer) {}

    public record Level(String warehouse, int district, int threshold) {}

    public record Where(String warehouse) {}

    public record Everywhere() {}

    public record Status(long balance, long order, int carrier, List<Item> lines) {}

    /** A district and a customer of it. */
    public record At(int district, int customer) {}

    public record Named(int district, String last) {}

    private static final Schema<String> WAREHOUSE = Schema.of(String.class);

    private static <K, V> Index<Map<String, Map<K, V>>> of(String name, Class<K> key, Schema<V> value) {
        return Index.of(name, Schema.map(WAREHOUSE, Schema.map(key, value)));
    }

    public static final Index<Map<String, Long>> YTD = Index.of("ytd", Schema.map(String.class, Long.class));
    public static final Index<Map<String, Map<Integer, District>>> DISTRICT =
            of("districts", Integer.class, Schema.of(District.class));
    public static final Index<Map<String, Map<At, Customer>>> CUSTOMERS =
            of("customers", At.class, Schema.of(Customer.class));
    public static final Index<Map<String, Map<Named, List<Integer>>>> NAMES =
            of("names", Named.class, Schema.list(Integer.class));
    public static final Index<Map<String, Map<Integer, Stock>>> STOCK =
            of("stock", Integer.class, Schema.of(Stock.class));
    public static final Index<Map<String, Map<Integer, Map<Long, Order>>>> ORDERS =
            of("orders", Integer.class, Schema.map(Long.class, Order.class));
    /** Orders that nobody has delivered; the value says nothing. */
    public static final Index<Map<String, Map<Integer, Map<Long, Boolean>>>> NEW_ORDERS =
            of("new_orders", Integer.class, Schema.map(Long.class, Boolean.class));

    public static final Index<Map<String, Map<Integer, List<Long>>>> HISTORY =
            of("history", Integer.class, Schema.list(Long.class));

    /** The customer's newest order. */
    public static final Query<Who, Status> ORDER_STATUS =
            Query.at("order_status", Schema.of(Who.class), Schema.of(Status.class), Who::warehouse, (at, who) -> {
                Customer customer = at.index(CUSTOMERS)
                        .at(key(who.warehouse()), key(new At(who.district(), who.customer())))
                        .get();
                if (customer == null) {
                    throw new IllegalArgumentException("there is no customer " + who);
                }
                Order order = at.index(ORDERS)
                        .at(key(who.warehouse()), key(who.district()), key(customer.lastOrder()))
                        .get();
                return order == null
                        ? new Status(customer.balance(), 0, 0, List.of())
                        : new Status(customer.balance(), customer.lastOrder(), order.carrier(), order.lines());
            });

    /** How many items of the newest twenty orders of a district are nearly out. */
    public static final Query<Level, Long> STOCK_LEVEL =
            Query.at("stock_level", Schema.of(Level.class), Schema.of(Long.class), Level::warehouse, (at, asked) -> {
                District district = at.index(DISTRICT)
                        .at(key(asked.warehouse()), key(asked.district()))
                        .get();
                long next = district == null ? 1 : district.nextOrder();
                TreeSet<Integer> items = new TreeSet<>();
                at.index(ORDERS)
                        .at(
                                key(asked.warehouse()),
                                key(asked.district()),
                                range(Math.max(1, next - LATEST_ORDERS), next),
                                Maps.values())
                        .all()
                        .forEach(order -> order.lines().forEach(line -> items.add(line.item())));
                return items.stream()
                        .map(item -> at.index(STOCK)
                                .at(key(asked.warehouse()), key(item))
                                .get())
                        .filter(stock -> stock != null && stock.quantity() < asked.threshold())
                        .count();
            });

    /** Which of the specification's conditions of consistency do not hold in a warehouse. */
    public static final Query<Where, List<String>> VIOLATED = Query.at(
            "violated", Schema.of(Where.class), Schema.list(String.class), Where::warehouse, TpccConditions::violated);

    /** The same of all of them. */
    public static final Query<Everywhere, List<String>> VIOLATED_ANYWHERE = Query.anywhere(
            "violated_anywhere",
            Schema.of(Everywhere.class),
            Schema.list(String.class),
            (at, asked) -> at.each(
                    at.all(
                            there -> there.select(YTD, keys()),
                            Aggregates.<String>list().overElements()),
                    (there, warehouse) -> TpccConditions.violated(there, new Where(warehouse)),
                    Aggregates.<String>list().overElements()));

    @Override
    public void declare(Declaration view) {
        List.of(YTD, DISTRICT, CUSTOMERS, NAMES, STOCK, ORDERS, NEW_ORDERS, HISTORY)
                .forEach(view::index);
        view.log("warehouses", Codec.json(Load.class), Load::warehouse, Tpcc::load);
        Source.Hop<Taking> taking = view.hop(
                "taking",
                Codec.json(Taking.class),
                Taking::supplier,
                (step, want) -> take(step, want.supplier(), want.item(), want.quantity(), true));
        view.log(
                "orders",
                Codec.json(NewOrder.class),
                NewOrder::warehouse,
                (step, wanted) -> order(step, wanted, taking));
        Source.Hop<Payment> received =
                view.hop("received", Codec.json(Payment.class), Payment::warehouse, Tpcc::receive);
        Source.Hop<Payment> paying = view.hop("paying", Codec.json(Payment.class), Payment::home, (step, payment) -> {
            if (pay(step, payment)) {
                step.hop(received, payment);
            }
        });
        view.log("payments", Codec.json(Payment.class), Payment::warehouse, (step, payment) -> {
            if (payment.amount() < 1
                    || step.index(DISTRICT)
                                    .at(key(payment.warehouse()), key(payment.district()))
                                    .get()
                            == null) {
                step.answer(new Balance(0, 0));
            } else if (!payment.home().equals(payment.warehouse())) {
                step.hop(paying, payment);
            } else if (pay(step, payment)) {
                receive(step, payment);
            }
        });
        view.log("deliveries", Codec.json(Delivery.class), Delivery::warehouse, Tpcc::deliver);
        view.query(ORDER_STATUS);
        view.query(STOCK_LEVEL);
        view.query(VIOLATED);
        view.query(VIOLATED_ANYWHERE);
    }

    /** What an item costs, everywhere. */
    static long price(int item) {
        return 100 + item * 37L % 9_900;
    }

    /** The name of a customer; several have the same. */
    static String last(int customer) {
        return "name" + customer % 10;
    }

    private static void load(Step step, Load load) {
        if (step.index(YTD).at(key(load.warehouse())).get() != null) {
            return;
        }
        step.index(YTD).at(key(load.warehouse())).set(0L);
        for (int item = 1; item <= load.items(); item++) {
            step.index(STOCK)
                    .at(key(load.warehouse()), key(item))
                    .set(new Stock(price(item), LOW_STOCK + item % FULL_STOCK, 0, 0, 0));
        }
        for (int district = 1; district <= DISTRICTS; district++) {
            step.index(DISTRICT).at(key(load.warehouse()), key(district)).set(new District(0, 1));
            for (int customer = 1; customer <= load.customers(); customer++) {
                step.index(CUSTOMERS)
                        .at(key(load.warehouse()), key(new At(district, customer)))
                        .set(new Customer(last(customer), 0, 0, 0, 0, 0));
                step.index(NAMES)
                        .at(key(load.warehouse()), key(new Named(district, last(customer))), afterElem())
                        .set(customer);
            }
        }
    }

    private static void order(Step step, NewOrder wanted, Source.Hop<Taking> taking) {
        String warehouse = wanted.warehouse();
        var district = step.index(DISTRICT).at(key(warehouse), key(wanted.district()));
        District now = district.get();
        At who = new At(wanted.district(), wanted.customer());
        var customer = step.index(CUSTOMERS).at(key(warehouse), key(who));
        Customer its = customer.get();
        if (now == null || its == null || wanted.lines().isEmpty()) {
            step.answer(new Ordered(false, 0, 0, "there is no such district or customer, or nothing is ordered"));
            return;
        }
        List<Item> items = new ArrayList<>();
        long amount = 0;
        for (Line line : wanted.lines()) {
            Stock stock = step.index(STOCK).at(key(warehouse), key(line.item())).get();
            if (stock == null || line.quantity() < 1) {
                step.answer(new Ordered(false, 0, 0, "there is no item " + line.item()));
                return;
            }
            long price = stock.price() * line.quantity();
            items.add(new Item(line.item(), line.supplier(), line.quantity(), price, false));
            amount += price;
        }
        for (Line line : wanted.lines()) {
            if (line.supplier().equals(warehouse)) {
                take(step, warehouse, line.item(), line.quantity(), false);
            } else {
                step.hop(taking, new Taking(line.supplier(), line.item(), line.quantity()));
            }
        }
        long number = now.nextOrder();
        district.set(new District(now.ytd(), number + 1));
        step.index(ORDERS)
                .at(key(warehouse), key(wanted.district()), key(number))
                .set(new Order(wanted.customer(), 0, items));
        step.index(NEW_ORDERS)
                .at(key(warehouse), key(wanted.district()), key(number))
                .set(true);
        customer.set(
                new Customer(its.last(), its.balance(), its.ytdPayment(), its.payments(), its.deliveries(), number));
        step.answer(new Ordered(true, number, amount, null));
    }

    /** Takes some of an item, of which more come in time. */
    private static void take(Step step, String warehouse, int item, int quantity, boolean remote) {
        var at = step.index(STOCK).at(key(warehouse), key(item));
        Stock stock = at.get();
        if (stock != null) {
            int left = stock.quantity() - quantity;
            at.set(new Stock(
                    stock.price(),
                    left >= LOW_STOCK ? left : left + FULL_STOCK,
                    stock.ytd() + quantity,
                    stock.orders() + 1,
                    stock.remote() + (remote ? 1 : 0)));
        }
    }

    /** Takes the money where the customer lives; false if there is none. */
    private static boolean pay(Step step, Payment payment) {
        int number = payment.customer();
        if (number == 0) {
            // Of those of the name the one in the middle, as the specification has it.
            List<Integer> named = step.index(NAMES)
                    .at(
                            key(payment.home()),
                            key(new Named(payment.homeDistrict(), String.valueOf(payment.last()))),
                            elements())
                    .all();
            number = named.isEmpty() ? 0 : named.get((named.size() - 1) / 2);
        }
        var customer = step.index(CUSTOMERS).at(key(payment.home()), key(new At(payment.homeDistrict(), number)));
        Customer its = customer.get();
        if (its == null) {
            step.answer(new Balance(0, 0));
            return false;
        }
        long balance = its.balance() - payment.amount();
        customer.set(new Customer(
                its.last(),
                balance,
                its.ytdPayment() + payment.amount(),
                its.payments() + 1,
                its.deliveries(),
                its.lastOrder()));
        step.answer(new Balance(number, balance));
        return true;
    }

    /** Has the warehouse that was paid count it. */
    private static void receive(Step step, Payment payment) {
        step.index(YTD).at(key(payment.warehouse())).update(ytd -> (ytd == null ? 0 : ytd) + payment.amount());
        var district = step.index(DISTRICT).at(key(payment.warehouse()), key(payment.district()));
        District now = district.get();
        if (now != null) {
            district.set(new District(now.ytd() + payment.amount(), now.nextOrder()));
        }
        step.index(HISTORY)
                .at(key(payment.warehouse()), key(payment.district()), afterElem())
                .set(payment.amount());
    }

    private static void deliver(Step step, Delivery delivery) {
        String warehouse = delivery.warehouse();
        int delivered = 0;
        for (int district = 1; district <= DISTRICTS; district++) {
            List<Long> oldest = step.index(NEW_ORDERS)
                    .at(key(warehouse), key(district), rangeFromStart(1), keys())
                    .all();
            if (oldest.isEmpty()) {
                continue;
            }
            long number = oldest.getFirst();
            step.index(NEW_ORDERS)
                    .at(key(warehouse), key(district), key(number))
                    .remove();
            var at = step.index(ORDERS).at(key(warehouse), key(district), key(number));
            Order order = at.get();
            if (order == null) {
                throw new IllegalStateException("order " + number + " of district " + district + " is gone");
            }
            List<Item> lines = order.lines().stream()
                    .map(line -> new Item(line.item(), line.supplier(), line.quantity(), line.amount(), true))
                    .toList();
            at.set(new Order(order.customer(), delivery.carrier(), lines));
            long amount = lines.stream().mapToLong(Item::amount).sum();
            step.index(CUSTOMERS)
                    .at(key(warehouse), key(new At(district, order.customer())))
                    .update(its -> new Customer(
                            its.last(),
                            its.balance() + amount,
                            its.ytdPayment(),
                            its.payments(),
                            its.deliveries() + 1,
                            its.lastOrder()));
            delivered++;
        }
        step.answer(new Delivered(delivered));
    }
}
