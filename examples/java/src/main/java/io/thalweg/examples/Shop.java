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
 * account has the money moved in a ledger, by a call to the outside that happens once. What was paid is an event of {@code payments}, what was
 * refused one of {@code refusals}: so a rebuild needs to call nobody, and decides nothing anew, though it meets orders and stock in another order.
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

    /** An event of {@code refusals}: of the order, since an item was out, or of its money. */
    public record Refusal(
            String order,
            @Nullable String missing,
            @Nullable String money) {}

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

    /** In a rebuild, orders that were refused, and how often money was that it has not come to yet. */
    private static final Index<Map<String, Boolean>> OUT = Index.of("out", Schema.map(String.class, Boolean.class));

    private static final Index<Map<String, Long>> UNPAID = Index.of("unpaid", Schema.map(String.class, Long.class));

    public static final Index<Map<String, Held>> ORDERS = Index.of("orders", Schema.map(String.class, Held.class));

    @Override
    public void declare(Declaration view) {
        view.index(STOCK);
        view.index(ORDERS);
        view.index(SETTLED);
        view.index(OUT);
        view.index(UNPAID);
        Output<Payment> payments = view.output("payments", Codec.json(Payment.class));
        Output<Refusal> refusals = view.output("refusals", Codec.json(Refusal.class));
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
                    boolean out = step.index(OUT).at(key(order.order())).orElse(false);
                    String state = out || outcome.missing() != null ? "refused" : settled ? "paid" : "held";
                    put(step, order.order(), state, order.lines());
                    if (outcome.missing() != null) {
                        step.emit(refusals, order.order(), new Refusal(order.order(), outcome.missing(), null));
                    } else if (out) {
                        order.lines().forEach(line -> step.hop(back, line));
                    }
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
                    if (!step.isReplay()
                            && step.index(STOCK).at(key(line.item())).orElse(0L) < line.count()) {
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
            Held held = step.index(ORDERS).at(key(payment.order())).get();
            step.index(SETTLED).at(key(payment.order())).set(true);
            if (held != null && !held.state().equals("pending")) {
                put(step, payment.order(), "paid", payment.lines());
            }
        });
        view.log("refusals", Codec.json(Refusal.class), Refusal::order, (step, refusal) -> {
            if (!step.isReplay()) {
                return; // it came of what is known
            }
            Held held = step.index(ORDERS).at(key(refusal.order())).get();
            String state = held == null ? "" : held.state();
            if (refusal.missing() != null) {
                step.index(OUT).at(key(refusal.order())).set(true);
                if (held != null && state.equals("held")) {
                    put(step, refusal.order(), "refused", held.lines());
                    held.lines().forEach(line -> step.hop(back, line));
                }
            } else if (held != null && state.equals("paying")) {
                refused(step, release, refusal.order(), held, refusal.money());
            } else {
                step.index(UNPAID).at(key(refusal.order())).update(before -> (before == null ? 0 : before) + 1);
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
                        String why = String.valueOf(charged.failure() == null ? charged.answer() : charged.failure());
                        step.emit(refusals, step.key(), new Refusal(step.key(), null, why));
                        refused(step, release, step.key(), held, why);
                    }
                });
        view.log("orders", Codec.json(Order.class), Order::order, (step, order) -> {
            Held held = step.index(ORDERS).at(key(order.order())).get();
            if (order.paid()) {
                pay(step, payments, charge, release, order, held);
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
            Step step,
            Output<Payment> payments,
            Source.Call<Order, String> charge,
            Source.Timer<Order> release,
            Order order,
            @Nullable Held held) {
        var unpaid = step.index(UNPAID).at(key(order.order()));
        if (held == null || !held.state().equals("held")) {
            step.answer(new Answer(held == null ? "unknown" : held.state(), null));
        } else if (order.account() == 0) {
            paid(step, payments, order.order(), held);
        } else if (step.isReplay() && unpaid.orElse(0L) > 0) {
            unpaid.update(before -> (before == null ? 0 : before) - 1);
            refused(step, release, order.order(), held, "it was refused before");
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

    private static void refused(Step step, Source.Timer<Order> release, String order, Held held, @Nullable String why) {
        put(step, order, "held", held.lines());
        step.answer(new Answer("held", why));
        step.schedule(release, step.now().plus(HOLD), new Order(order, held.lines(), false, 0, 0, 0));
    }

    private static void add(Step step, String item, long count) {
        step.index(STOCK).at(key(item)).update(free -> (free == null ? 0 : free) + count);
    }

    private static void put(Step step, String order, String state, List<Line> lines) {
        step.index(ORDERS).at(key(order)).set(new Held(state, lines));
    }
}
