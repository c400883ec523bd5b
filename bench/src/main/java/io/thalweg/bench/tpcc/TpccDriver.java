package io.thalweg.bench.tpcc;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One terminal's connection. One thread; a call returns when the transaction is durable and may be read. */
public interface TpccDriver extends AutoCloseable {
    /** Some of an item from a warehouse. */
    record Line(int item, String supplier, int quantity) {}

    /**
     * A payment by a customer of any warehouse.
     *
     * @param customer 0 for one who is named
     * @param last null for one who is numbered
     */
    record Payment(
            String warehouse,
            int district,
            String home,
            int homeDistrict,
            int customer,
            @Nullable String last,
            long amount) {}

    /** Fills what there is, once. */
    void load(TpccScale scale) throws Exception;

    /** Whether the order was accepted: an item that there is not has all of it refused. */
    boolean newOrder(String warehouse, int district, int customer, List<Line> lines) throws Exception;

    void payment(Payment payment) throws Exception;

    void delivery(String warehouse, int carrier) throws Exception;

    void orderStatus(String warehouse, int district, int customer) throws Exception;

    void stockLevel(String warehouse, int district, int threshold) throws Exception;

    /** Which of the specification's conditions of consistency do not hold; empty if all do. */
    String violated(TpccScale scale) throws Exception;

    @Override
    void close() throws IOException;

    /** Opens connections. */
    @FunctionalInterface
    interface Factory {
        TpccDriver open(String target) throws Exception;
    }
}
