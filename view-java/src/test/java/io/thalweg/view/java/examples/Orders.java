package io.thalweg.view.java.examples;

import static io.thalweg.index.path.Maps.field;
import static io.thalweg.index.path.Maps.key;

import io.thalweg.index.Index;
import io.thalweg.index.schema.Schema;
import io.thalweg.view.java.Codec;
import io.thalweg.view.java.Declaration;
import io.thalweg.view.java.Output;
import io.thalweg.view.java.Source;
import io.thalweg.view.java.View;
import java.time.Duration;
import java.util.Map;

/** Stock of a shop: a command is refused when there is not enough, and what is not paid in time is released by a timer. */
public final class Orders implements View {
    public static final Duration PATIENCE = Duration.ofMinutes(15);

    public record Command(String item, long add, String order, long take, boolean paid) {}

    public record Order(long count, boolean paid) {}

    public record Stock(long free, Map<String, Order> orders) {}

    public record Answer(boolean accepted, long free) {}

    public static final Index<Map<String, Stock>> STOCK = Index.of(
            "stock",
            Schema.map(
                    String.class,
                    Schema.record(Stock.class).with(Stock::orders, Schema.map(String.class, Order.class))));

    @Override
    public void declare(Declaration view) {
        view.index(STOCK);
        view.onPoison(Declaration.Poison.DEAD_LETTERS);
        Output<Answer> refusals = view.output("refusals", Codec.json(Answer.class));
        Source.Timer<String> release = view.timer("release", Codec.text(), (step, order) -> {
            var stock = step.index(STOCK).at(key(step.key()));
            Order held = stock.then(field(Stock::orders)).then(key(order)).get();
            if (held != null && !held.paid()) {
                stock.then(field(Stock::orders)).then(key(order)).remove();
                stock.then(field(Stock::free)).update(free -> free + held.count());
            }
        });
        view.log("stock", Codec.json(Command.class), Command::item, (step, command) -> {
            if (command.take() < 0) {
                throw new IllegalArgumentException("takes " + command.take());
            }
            var stock = step.index(STOCK).at(key(command.item()));
            long free = stock.then(field(Stock::free)).orElse(0L) + command.add();
            stock.then(field(Stock::free)).set(free);
            if (command.paid()) {
                stock.then(field(Stock::orders))
                        .then(key(command.order()))
                        .then(field(Order::paid))
                        .set(true);
            } else if (command.take() > free) {
                step.emit(refusals, command.item(), new Answer(false, free));
                step.answer(new Answer(false, free));
            } else if (command.take() > 0) {
                stock.then(field(Stock::free)).set(free - command.take());
                stock.then(field(Stock::orders)).then(key(command.order())).set(new Order(command.take(), false));
                step.schedule(release, step.now().plus(PATIENCE), command.order());
                step.answer(new Answer(true, free - command.take()));
            }
        });
    }
}
