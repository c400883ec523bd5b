package io.thalweg.bench.tpcc;

import io.thalweg.bench.load.Measured;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;

/** A terminal: one transaction after the other, of which 45 of a hundred are new orders, 43 payments, and four each of the rest. */
final class TpccTerminal implements Callable<TpccTerminal.Seen> {
    private final TpccDriver driver;
    private final TpccScale scale;
    private final SplittableRandom random;
    private final String home;
    private final long from;
    private final long until;

    /**
     * What it has seen from {@code from} on.
     *
     * @param newOrders times of those that were accepted, in nanoseconds
     */
    record Seen(Histogram newOrders, long transactions) {}

    TpccTerminal(TpccDriver driver, TpccScale scale, long seed, int number, long from, long until) {
        this.driver = driver;
        this.scale = scale;
        this.random = new SplittableRandom(seed + number);
        this.home = "w" + number % scale.warehouses();
        this.from = from;
        this.until = until;
    }

    @Override
    public Seen call() throws Exception {
        Histogram newOrders = Measured.histogram();
        long transactions = 0;
        for (long start = System.nanoTime(); start < until; ) {
            boolean isNewOrder = transaction();
            long end = System.nanoTime();
            if (start >= from && end <= until) {
                transactions++;
                if (isNewOrder) {
                    newOrders.recordValue(Math.min(end - start, Measured.MAX_LATENCY_NS));
                }
            }
            start = end;
        }
        return new Seen(newOrders, transactions);
    }

    private String warehouse() {
        return "w" + random.nextInt(scale.warehouses());
    }

    private int district() {
        return 1 + random.nextInt(TpccScale.DISTRICTS);
    }

    private int customer() {
        return 1 + random.nextInt(scale.customers());
    }

    /** Whether it was a new order that was accepted. */
    private boolean transaction() throws Exception {
        int which = random.nextInt(100);
        if (which < 45) {
            return newOrder();
        }
        if (which < 88) {
            pay();
        } else if (which < 92) {
            driver.delivery(home, 1 + random.nextInt(10));
        } else if (which < 96) {
            driver.orderStatus(home, district(), customer());
        } else {
            driver.stockLevel(home, district(), 10 + random.nextInt(11));
        }
        return false;
    }

    private boolean newOrder() throws Exception {
        boolean isRolledBack = random.nextInt(100) == 0;
        List<TpccDriver.Line> lines = new ArrayList<>();
        for (int i = 5 + random.nextInt(11); i > 0; i--) {
            String supplier = random.nextInt(100) == 0 ? warehouse() : home;
            int item = isRolledBack && i == 1 ? scale.items() + 1 : 1 + random.nextInt(scale.items());
            lines.add(new TpccDriver.Line(item, supplier, 1 + random.nextInt(10)));
        }
        boolean accepted = driver.newOrder(home, district(), customer(), lines);
        if (accepted == isRolledBack) {
            throw new IOException(
                    "an order was " + (accepted ? "accepted" : "refused") + " that is not to be: " + lines);
        }
        return accepted;
    }

    private void pay() throws Exception {
        String lives = random.nextInt(100) < 15 ? warehouse() : home;
        int customer = customer();
        boolean isNamed = random.nextInt(100) < 60;
        driver.payment(new TpccDriver.Payment(
                home,
                district(),
                lives,
                district(),
                isNamed ? 0 : customer,
                isNamed ? TpccScale.last(customer) : null,
                100L + random.nextInt(500_000)));
    }
}
