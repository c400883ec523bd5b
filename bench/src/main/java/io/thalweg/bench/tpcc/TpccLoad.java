package io.thalweg.bench.tpcc;

import io.thalweg.bench.load.Measured;
import io.thalweg.bench.load.Orders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * The inside of a load generator's JVM. What it is told, a line each: {@code load SCALE TARGET} fills what there is; {@code run SCALE TERMINALS WARM_MS MS
 * SEED TARGET} is answered with the times of new orders, and with how many transactions there were; {@code check SCALE TARGET} with the conditions that do not
 * hold.
 */
public final class TpccLoad {
    private final TpccDriver.Factory factory;

    private TpccLoad(TpccDriver.Factory factory) {
        this.factory = factory;
    }

    /** Serves until standard input ends. */
    public static void serve(TpccDriver.Factory factory) throws IOException {
        Orders.serve(new TpccLoad(factory)::answer);
    }

    private String answer(String[] order) throws Exception {
        return switch (order[0]) {
            case "load" -> {
                try (TpccDriver driver = factory.open(order[1 + TpccScale.WORDS])) {
                    driver.load(TpccScale.decode(order, 1));
                }
                yield "done";
            }
            case "run" -> {
                int at = 1 + TpccScale.WORDS;
                yield run(
                        TpccScale.decode(order, 1),
                        Integer.parseInt(order[at]),
                        Long.parseLong(order[at + 1]) * 1_000_000,
                        Long.parseLong(order[at + 2]) * 1_000_000,
                        Long.parseLong(order[at + 3]),
                        order[at + 4]);
            }
            case "check" -> {
                try (TpccDriver driver = factory.open(order[1 + TpccScale.WORDS])) {
                    yield driver.violated(TpccScale.decode(order, 1)).replaceAll("\\s", "_");
                }
            }
            default -> throw new IllegalArgumentException("no order " + order[0]);
        };
    }

    private String run(TpccScale scale, int terminals, long warmNs, long ns, long seed, String target)
            throws Exception {
        List<TpccDriver> drivers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(terminals)) {
            for (int i = 0; i < terminals; i++) {
                drivers.add(factory.open(target));
            }
            long from = System.nanoTime() + warmNs;
            List<TpccTerminal> all = new ArrayList<>();
            for (int i = 0; i < terminals; i++) {
                all.add(new TpccTerminal(drivers.get(i), scale, seed, i, from, from + ns));
            }
            Histogram newOrders = Measured.histogram();
            long transactions = 0;
            for (Future<TpccTerminal.Seen> each : threads.invokeAll(all)) {
                newOrders.add(each.get().newOrders());
                transactions += each.get().transactions();
            }
            return Measured.encode(newOrders) + " " + transactions;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            for (TpccDriver each : drivers) {
                each.close();
            }
        }
    }
}
