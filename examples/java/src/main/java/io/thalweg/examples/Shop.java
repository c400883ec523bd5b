package io.thalweg.examples;

import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.CallOptions;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Scene;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.Step;
import io.thalweg.view.java.View;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Orders of several items, and their stock. An order goes from item to item and books each; where one is out, what was booked goes back and
 * the order is refused: in the end it has all of its items or none. What is not paid in time is released by a timer. Whoever pays from an
 * account has the money moved in a ledger, by a call to the outside that happens once; that it was paid is an event of {@code payments}, so
 * that a rebuild needs to call nobody.
 */
public final class Shop implements View {
    /** How long items are held for whoever has not paid, unless the order says otherwise. */
    public static final Duration HOLD = Duration.ofMinutes(15);

    /** An event of {@code stock}: so many more of an item. */
    public record Delivery(String item, long count) {}

    /** Some of an item. */
    public record Line(String item, long count) {}

    /** Account of the shop in {@link #LEDGER}. */
    public static final long TILL = 1;

    /** The tenant's ledger that money moves in. */
    public static final String LEDGER = "default";

    /**
     * A command: a new order, or the payment of one that is there; both are answered.
     *
     * @param account who pays from it; 0 for cash
     * @param price what is paid from it
     */
    public record Order(String order, List<Line> lines, boolean paid, long holdSeconds, long account, long price) {}

    /** What became of an order: {@code pending}, {@code held}, {@code refused}, {@code paying}, {@code paid} or {@code released}. */
    public record Held(String state, List<Line> lines) {}

    /** What a command is answered with; the item that was out, or why the money did not move. */
    public record Answer(String state, @Nullable String missing) {}

    /** An event of {@code payments}, once for each order that is paid. */
    public record Payment(String order, List<Line> lines) {}

    private record Booking(Order order, int next) {
        Line line() {
            return order.lines().get(next);
        }
    }

    private record Outcome(Order order, @Nullable String missing) {}

    public static final Index<Map<String, Long>> STOCK = Index.of("stock", Schema.map(String.class, Long.class));
    /** Orders that are paid, whatever else is known of them yet. */
    public static final Index<Map<String, Boolean>> SETTLED =
            Index.of("settled", Schema.map(String.class, Boolean.class));

    public static final Index<Map<String, Held>> ORDERS = Index.of("orders", Schema.map(String.class, Held.class));

    @Override
    public void declare(Declaration view) {
        view.index(STOCK);
        view.index(ORDERS);
        view.index(SETTLED);
        Output<Payment> payments = view.output("payments", Codec.json(Payment.class));
        Source.Hop<Line> back = view.hop(
                "back", Codec.json(Line.class), Line::item, (step, line) -> add(step, line.item(), line.count()));
        Source.Timer<Order> release = view.timer("release", Codec.json(Order.class), (step, order) -> {
            Held held = step.index(ORDERS).at(key(order.order())).get();
            if (held != null && held.state().equals("held")) {
                put(step, order.order(), "released", order.lines());
                order.lines().forEach(line -> step.hop(back, line));
            }
        });
        Source.Hop<Outcome> decided = view.hop(
                "decided", Codec.json(Outcome.class), outcome -> outcome.order().order(), (step, outcome) -> {
                    Order order = outcome.order();
                    boolean settled = step.index(SETTLED).at(key(order.order())).orElse(false);
                    String state = outcome.missing() != null ? "refused" : settled ? "paid" : "held";
                    put(step, order.order(), state, order.lines());
                    step.answer(new Answer(state, outcome.missing()));
                    if (state.equals("held")) {
                        Duration hold = order.holdSeconds() > 0 ? Duration.ofSeconds(order.holdSeconds()) : HOLD;
                        step.schedule(release, step.now().plus(hold), order);
                    }
                });
        Booked booked = new Booked();
        booked.hop = view.hop(
                "booking", Codec.json(Booking.class), booking -> booking.line().item(), (step, booking) -> {
                    Order order = booking.order();
                    Line line = booking.line();
                    if (step.index(STOCK).at(key(line.item())).orElse(0L) < line.count()) {
                        order.lines().subList(0, booking.next()).forEach(taken -> step.hop(back, taken));
                        step.hop(decided, new Outcome(order, line.item()));
                        return;
                    }
                    add(step, line.item(), -line.count());
                    if (booking.next() + 1 < order.lines().size()) {
                        step.hop(booked.hop(), new Booking(order, booking.next() + 1));
                    } else {
                        step.hop(decided, new Outcome(order, null));
                    }
                });
        view.log(
                "stock",
                Codec.json(Delivery.class),
                Delivery::item,
                (step, delivery) -> add(step, delivery.item(), delivery.count()));
        view.log("payments", Codec.json(Payment.class), Payment::order, (step, payment) -> {
            step.index(SETTLED).at(key(payment.order())).set(true);
            Held held = step.index(ORDERS).at(key(payment.order())).get();
            if (held != null && !held.state().equals("pending")) {
                put(step, payment.order(), "paid", payment.lines());
            }
        });
        Source.Call<Order, String> charge = view.call(
                "charge",
                Codec.json(Order.class),
                Codec.text(),
                CallOptions.DEFAULT,
                (scene, order) -> scene.transfer(LEDGER, new Scene.Money(order.account(), TILL, order.price(), 1, 1)),
                (step, charged) -> {
                    Held held = step.index(ORDERS).at(key(step.key())).get();
                    if (held == null || !held.state().equals("paying")) {
                        step.answer(new Answer(held == null ? "unknown" : held.state(), null));
                    } else if ("created".equals(charged.answer())) {
                        paid(step, payments, step.key(), held);
                    } else {
                        put(step, step.key(), "held", held.lines());
                        String why = charged.failure() == null ? charged.answer() : charged.failure();
                        step.answer(new Answer("held", why));
                        step.schedule(release, step.now().plus(HOLD), charged.question());
                    }
                });
        view.log("orders", Codec.json(Order.class), Order::order, (step, order) -> {
            Held held = step.index(ORDERS).at(key(order.order())).get();
            if (order.paid()) {
                pay(step, payments, charge, order, held);
            } else if (held != null) {
                step.answer(new Answer(held.state(), null));
            } else if (order.lines() == null
                    || order.lines().isEmpty()
                    || order.lines().stream().anyMatch(line -> line.count() < 1)) {
                step.answer(new Answer("refused", null));
            } else {
                put(step, order.order(), "pending", order.lines());
                step.hop(booked.hop(), new Booking(order, 0));
            }
        });
    }

    /** The hop that hops to itself. */
    private static final class Booked {
        private Source.@Nullable Hop<Booking> hop;

        Source.Hop<Booking> hop() {
            return java.util.Objects.requireNonNull(hop);
        }
    }

    private static void pay(
            Step step, Output<Payment> payments, Source.Call<Order, String> charge, Order order, @Nullable Held held) {
        if (held == null || !held.state().equals("held")) {
            step.answer(new Answer(held == null ? "unknown" : held.state(), null));
        } else if (order.account() == 0) {
            paid(step, payments, order.order(), held);
        } else {
            put(step, order.order(), "paying", held.lines());
            step.call(charge, new Order(order.order(), held.lines(), true, 0, order.account(), order.price()));
        }
    }

    private static void paid(Step step, Output<Payment> payments, String order, Held held) {
        put(step, order, "paid", held.lines());
        if (!step.isReplay()) {
            step.emit(payments, order, new Payment(order, held.lines()));
        }
        step.answer(new Answer("paid", null));
    }

    private static void add(Step step, String item, long count) {
        step.index(STOCK).at(key(item)).update(free -> (free == null ? 0 : free) + count);
    }

    private static void put(Step step, String order, String state, List<Line> lines) {
        step.index(ORDERS).at(key(order)).set(new Held(state, lines));
    }
}
