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
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Orders of several items, and their stock. An order goes from item to item and books each; where one is out, what was booked goes back and
 * the order is refused: in the end it has all of its items or none. What is not paid in time is released by a timer. Whoever pays from an
 * account has the money moved in a ledger, by a call to the outside that happens once, and is tried until the ledger has said yes or no.
 *
 * <p>What is decided of an order is an event of {@code decisions}, numbered. The view follows that log itself: there is nothing new to it in what it
 * has just decided, but a rebuild goes by it. So that calls nobody and decides nothing anew, though it meets orders and stock in another order.
 */
public final class Shop implements View {
    /** How long items are held for whoever has not paid, unless the order says otherwise. */
    public static final Duration HOLD = Duration.ofMinutes(15);

    /** Account of the shop in {@link #LEDGER}. */
    public static final long TILL = 1;

    /** The tenant's ledger that money moves in. */
    public static final String LEDGER = "default";

    /** While nobody knows whether the money has moved, the same call goes on: another one would be another transfer. */
    private static final CallOptions UNTIL_KNOWN = new CallOptions(Duration.ofSeconds(30), Integer.MAX_VALUE, false);

    /** An event of {@code stock}: so many more of an item. */
    public record Delivery(String item, long count) {}

    /** Some of an item. */
    public record Line(String item, long count) {
        Line taken() {
            return new Line(item, -count);
        }
    }

    /**
     * A command: a new order, or the payment of one that is there; both are answered.
     *
     * @param account who pays from it; 0 for cash
     * @param price what is paid from it
     */
    public record Order(String order, List<Line> lines, boolean paid, long holdSeconds, long account, long price) {}

    /**
     * An event of {@code decisions}.
     *
     * @param number of the order's decisions, from 1; of several with the same one the first in the log counts
     * @param state {@code held}, {@code refused}, {@code paying}, {@code paid} or {@code released}; {@code pending} before all of them
     * @param until when what is held is released
     * @param why the item that was out, or why the money did not move
     */
    public record Decision(
            String order,
            long number,
            String state,
            List<Line> lines,
            @Nullable Instant until,
            @Nullable String why) {
        boolean is(String other) {
            return state.equals(other);
        }

        boolean hasItems() {
            return is("held") || is("paying") || is("paid");
        }

        Decision then(String next, @Nullable Instant end, @Nullable String reason) {
            return new Decision(order, number + 1, next, lines, end, reason);
        }
    }

    /** What a command is answered with; the item that was out, or why the money did not move. */
    public record Answer(String state, @Nullable String missing) {}

    private record Booking(Order order, int next) {
        Line line() {
            return order.lines().get(next);
        }
    }

    private record Outcome(
            Order order, int booked, @Nullable String missing) {}

    private record Payment(Decision paying, long account, long price) {}

    public static final Index<Map<String, Long>> STOCK = Index.of("stock", Schema.map(String.class, Long.class));

    /** What was decided last of each order. */
    public static final Index<Map<String, Decision>> ORDERS =
            Index.of("orders", Schema.map(String.class, Decision.class));

    /** The number up to which the decisions of each order were read. */
    private static final Index<Map<String, Long>> READ = Index.of("read", Schema.map(String.class, Long.class));

    @Override
    public void declare(Declaration view) {
        view.index(STOCK);
        view.index(ORDERS);
        view.index(READ);
        Source.Hop<Line> moved = view.hop(
                "moved", Codec.json(Line.class), Line::item, (step, line) -> add(step, line.item(), line.count()));
        Desk desk = new Desk(view.output("decisions", Codec.json(Decision.class)), moved);
        Source.Timer<Decision> release = view.timer("release", Codec.json(Decision.class), (step, held) -> {
            if (held.equals(known(step, held.order()))) {
                desk.decide(step, held.then("released", null, null));
            }
        });
        Source.Hop<Outcome> decided = view.hop(
                "decided", Codec.json(Outcome.class), outcome -> outcome.order().order(), (step, outcome) -> {
                    Order order = outcome.order();
                    Decision known = known(step, order.order());
                    if (known != null && known.is("pending") && outcome.missing() == null) {
                        Duration hold = order.holdSeconds() > 0 ? Duration.ofSeconds(order.holdSeconds()) : HOLD;
                        Decision held = known.then("held", step.now().plus(hold), null);
                        desk.note(step, held); // it has its items
                        schedule(step, release, held);
                    } else {
                        order.lines().subList(0, outcome.booked()).forEach(line -> step.hop(moved, line));
                        if (known != null && known.is("pending")) {
                            desk.decide(step, known.then("refused", null, outcome.missing()));
                        }
                    }
                    answer(step, order);
                });
        Booked booked = new Booked();
        booked.hop = view.hop(
                "booking", Codec.json(Booking.class), booking -> booking.line().item(), (step, booking) -> {
                    Order order = booking.order();
                    Line line = booking.line();
                    int next = booking.next() + 1;
                    if (!step.isReplay()
                            && step.index(STOCK).at(key(line.item())).orElse(0L) < line.count()) {
                        step.hop(decided, new Outcome(order, booking.next(), line.item()));
                        return;
                    }
                    add(step, line.item(), -line.count());
                    if (next < order.lines().size()) {
                        step.hop(booked.hop(), new Booking(order, next));
                    } else {
                        step.hop(decided, new Outcome(order, next, null));
                    }
                });
        Source.Call<Payment, String> charge = view.call(
                "charge",
                Codec.json(Payment.class),
                Codec.text(),
                UNTIL_KNOWN,
                (scene, asked) -> scene.transfer(LEDGER, new Scene.Money(asked.account(), TILL, asked.price(), 1, 1)),
                (step, charged) -> {
                    Decision paying = charged.question().paying();
                    boolean created = "created".equals(charged.answer());
                    Decision then = created
                            ? paying.then("paid", null, null)
                            : paying.then("held", step.now().plus(HOLD), charged.answer());
                    desk.decide(step, then);
                    schedule(step, release, then);
                    step.answer(new Answer(then.state(), then.why()));
                });
        view.log(
                "stock",
                Codec.json(Delivery.class),
                Delivery::item,
                (step, delivery) -> add(step, delivery.item(), delivery.count()));
        // Before orders, so that a rebuild that meets these knows what was decided.
        view.log("decisions", Codec.json(Decision.class), Decision::order, (step, told) -> {
            var read = step.index(READ).at(key(told.order()));
            if (told.number() <= read.orElse(0L)) {
                return;
            }
            read.set(told.number());
            Decision known = known(step, told.order());
            if (known == null || (told.number() >= known.number() && !told.equals(known))) {
                desk.move(step, told);
                put(step, told);
                schedule(step, release, told);
            }
        });
        view.log("orders", Codec.json(Order.class), Order::order, (step, order) -> {
            Decision known = known(step, order.order());
            if (known == null && !order.paid() && isSound(order)) {
                put(step, new Decision(order.order(), 0, "pending", order.lines(), null, null));
                step.hop(booked.hop(), new Booking(order, 0));
            } else if (known != null && known.is("held") && order.paid() && !step.isReplay()) {
                boolean cash = order.account() == 0;
                Decision then = known.then(cash ? "paid" : "paying", null, null);
                desk.decide(step, then);
                if (cash) {
                    answer(step, order);
                } else {
                    step.call(charge, new Payment(then, order.account(), order.price()));
                }
            } else {
                answer(step, order);
            }
        });
    }

    /** The hop that hops to itself. */
    private static final class Booked {
        private Source.@Nullable Hop<Booking> hop;

        Source.Hop<Booking> hop() {
            return Objects.requireNonNull(hop);
        }
    }

    /** Where decisions are made. */
    private record Desk(Output<Decision> decisions, Source.Hop<Line> moved) {
        void decide(Step step, Decision decision) {
            move(step, decision);
            note(step, decision);
        }

        void note(Step step, Decision decision) {
            put(step, decision);
            step.emit(decisions, decision.order(), decision);
        }

        /** Has the order have its items if it has none, or give them back, as was decided. */
        void move(Step step, Decision decision) {
            Decision before = known(step, decision.order());
            boolean had = before != null && before.hasItems();
            if (had != decision.hasItems()) {
                decision.lines().forEach(line -> step.hop(moved, had ? line : line.taken()));
            }
        }
    }

    private static @Nullable Decision known(Step step, String order) {
        return step.index(ORDERS).at(key(order)).get();
    }

    private static void put(Step step, Decision decision) {
        step.index(ORDERS).at(key(decision.order())).set(decision);
    }

    private static void schedule(Step step, Source.Timer<Decision> release, Decision decision) {
        if (decision.until() != null) {
            step.schedule(release, decision.until(), decision);
        }
    }

    private static boolean isSound(Order order) {
        return order.lines() != null
                && !order.lines().isEmpty()
                && order.lines().stream().allMatch(line -> line.count() > 0);
    }

    private static void answer(Step step, Order order) {
        Decision known = known(step, order.order());
        String state = known != null ? known.state() : order.paid() ? "unknown" : "refused";
        step.answer(new Answer(state, known == null ? null : known.why()));
    }

    private static void add(Step step, String item, long count) {
        step.index(STOCK).at(key(item)).update(free -> (free == null ? 0 : free) + count);
    }
}
