import io.thalweg.bench.tpcc.TpccDriver;
import io.thalweg.bench.tpcc.TpccLoad;
import io.thalweg.bench.tpcc.TpccScale;
import java.io.IOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The transactions on PostgreSQL, each a function in the database, so that it costs one round trip. Lines are taken in the order of their keys; a
 * transaction that is chosen to end a circle of waiting is tried again. Started as a single-file program beside the driver; the target is a JDBC address.
 */
final class PostgresTpcc implements TpccDriver {
    private static final String DEADLOCK = "40P01";

    private static final String SCHEMA = """
        CREATE TABLE warehouse (w text PRIMARY KEY, ytd bigint NOT NULL DEFAULT 0);
        CREATE TABLE district (w text, d int, ytd bigint NOT NULL DEFAULT 0, next_order bigint NOT NULL DEFAULT 1,
            PRIMARY KEY (w, d));
        CREATE TABLE customer (w text, d int, c int, last text NOT NULL, balance bigint NOT NULL DEFAULT 0,
            ytd_payment bigint NOT NULL DEFAULT 0, payments int NOT NULL DEFAULT 0, deliveries int NOT NULL DEFAULT 0,
            last_order bigint NOT NULL DEFAULT 0, PRIMARY KEY (w, d, c));
        CREATE INDEX customer_last ON customer (w, d, last, c);
        CREATE TABLE stock (w text, i int, price bigint NOT NULL, quantity int NOT NULL, ytd bigint NOT NULL DEFAULT 0,
            orders int NOT NULL DEFAULT 0, remote int NOT NULL DEFAULT 0, PRIMARY KEY (w, i));
        CREATE TABLE orders (w text, d int, o bigint, c int NOT NULL, carrier int NOT NULL DEFAULT 0, PRIMARY KEY (w, d, o));
        CREATE TABLE new_order (w text, d int, o bigint, PRIMARY KEY (w, d, o));
        CREATE TABLE order_line (w text, d int, o bigint, n int, item int NOT NULL, supplier text NOT NULL,
            quantity int NOT NULL, amount bigint NOT NULL, delivered bool NOT NULL DEFAULT false, PRIMARY KEY (w, d, o, n));
        CREATE TABLE history (w text NOT NULL, d int NOT NULL, amount bigint NOT NULL);

        CREATE FUNCTION order_new(pw text, pd int, pc int, items int[], suppliers text[], quantities int[]) RETURNS bigint AS $$
        DECLARE o bigint; known int;
        BEGIN
            SELECT count(*) INTO known FROM unnest(items) AS l(item) JOIN stock s ON s.w = pw AND s.i = l.item;
            IF known < cardinality(items) THEN RETURN 0; END IF;
            UPDATE district SET next_order = next_order + 1 WHERE w = pw AND d = pd RETURNING next_order - 1 INTO o;
            INSERT INTO orders (w, d, o, c) VALUES (pw, pd, o, pc);
            INSERT INTO new_order VALUES (pw, pd, o);
            FOR n IN 1 .. cardinality(items) LOOP
                UPDATE stock SET
                    quantity = CASE WHEN quantity - quantities[n] >= 10 THEN quantity - quantities[n]
                        ELSE quantity - quantities[n] + 91 END,
                    ytd = ytd + quantities[n], orders = stock.orders + 1,
                    remote = remote + CASE WHEN suppliers[n] = pw THEN 0 ELSE 1 END
                WHERE w = suppliers[n] AND i = items[n];
            END LOOP;
            INSERT INTO order_line (w, d, o, n, item, supplier, quantity, amount)
                SELECT pw, pd, o, l.n, l.item, l.supplier, l.quantity, s.price * l.quantity
                FROM unnest(items, suppliers, quantities) WITH ORDINALITY AS l(item, supplier, quantity, n)
                JOIN stock s ON s.w = pw AND s.i = l.item;
            UPDATE customer SET last_order = o WHERE w = pw AND d = pd AND c = pc;
            RETURN o;
        END $$ LANGUAGE plpgsql;

        CREATE FUNCTION pay(pw text, pd int, home text, hd int, pc int, named text, amount bigint) RETURNS int AS $$
        DECLARE number int := pc;
        BEGIN
            IF named IS NOT NULL THEN
                SELECT c INTO number FROM (SELECT c, row_number() OVER (ORDER BY c) AS r, count(*) OVER () AS all_of
                    FROM customer WHERE w = home AND d = hd AND last = named) AS found WHERE r = (all_of + 1) / 2;
            END IF;
            UPDATE warehouse SET ytd = ytd + amount WHERE w = pw;
            UPDATE district SET ytd = ytd + amount WHERE w = pw AND d = pd;
            UPDATE customer SET balance = balance - amount, ytd_payment = ytd_payment + amount, payments = payments + 1
                WHERE w = home AND d = hd AND c = number;
            INSERT INTO history VALUES (pw, pd, amount);
            RETURN number;
        END $$ LANGUAGE plpgsql;

        CREATE FUNCTION deliver(pw text, pcarrier int) RETURNS int AS $$
        DECLARE oldest bigint; who int; total bigint; delivered_orders int := 0;
        BEGIN
            FOR pd IN 1 .. 10 LOOP
                SELECT o INTO oldest FROM new_order WHERE w = pw AND d = pd ORDER BY o LIMIT 1 FOR UPDATE SKIP LOCKED;
                IF oldest IS NULL THEN CONTINUE; END IF;
                DELETE FROM new_order WHERE w = pw AND d = pd AND o = oldest;
                UPDATE orders SET carrier = pcarrier WHERE w = pw AND d = pd AND o = oldest RETURNING c INTO who;
                UPDATE order_line SET delivered = true WHERE w = pw AND d = pd AND o = oldest;
                SELECT sum(amount) INTO total FROM order_line WHERE w = pw AND d = pd AND o = oldest;
                UPDATE customer SET balance = balance + total, deliveries = deliveries + 1
                    WHERE w = pw AND d = pd AND c = who;
                delivered_orders := delivered_orders + 1;
            END LOOP;
            RETURN delivered_orders;
        END $$ LANGUAGE plpgsql;
        """;

    private static final String STATUS =
            "SELECT cu.balance, ol.item, ol.quantity, ol.amount, ol.delivered FROM customer cu"
                    + " LEFT JOIN order_line ol ON ol.w = cu.w AND ol.d = cu.d AND ol.o = cu.last_order"
                    + " WHERE cu.w = ? AND cu.d = ? AND cu.c = ?";

    private static final String LEVEL = "SELECT count(DISTINCT ol.item) FROM district di JOIN order_line ol ON ol.w ="
            + " di.w AND ol.d = di.d AND ol.o >= di.next_order - 20 AND ol.o < di.next_order JOIN stock s ON s.w = di.w"
            + " AND s.i = ol.item AND s.quantity < ? WHERE di.w = ? AND di.d = ?";

    /** The first, second, third and tenth condition, as far as they are kept apart from each other here. */
    private static final String VIOLATED = """
        SELECT 'ytd of ' || w FROM warehouse WHERE ytd <> (SELECT sum(d.ytd) FROM district d WHERE d.w = warehouse.w)
        UNION ALL SELECT 'next order of ' || w || ' ' || d FROM district
            WHERE next_order - 1 <> (SELECT coalesce(max(o), 0) FROM orders WHERE orders.w = district.w AND orders.d = district.d)
        UNION ALL SELECT 'new orders of ' || w || ' ' || d FROM new_order
            GROUP BY w, d HAVING max(o) - min(o) + 1 <> count(*)
        UNION ALL SELECT 'history of ' || w || ' ' || d FROM district
            WHERE ytd <> (SELECT coalesce(sum(amount), 0) FROM history WHERE history.w = district.w AND history.d = district.d)
        """;

    private final Connection connection;
    private PreparedStatement order;
    private PreparedStatement pay;
    private PreparedStatement deliver;
    private PreparedStatement status;
    private PreparedStatement level;

    private PostgresTpcc(String target) throws SQLException {
        connection = DriverManager.getConnection(target);
    }

    public static void main(String[] arguments) throws Exception {
        TpccLoad.serve(PostgresTpcc::new);
    }

    private PreparedStatement prepared(PreparedStatement known, String sql) throws SQLException {
        return known == null ? connection.prepareStatement(sql) : known;
    }

    @Override
    public void load(TpccScale scale) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SCHEMA);
            for (int i = 0; i < scale.warehouses(); i++) {
                String w = "'w" + i + "'";
                statement.execute("INSERT INTO warehouse (w) VALUES (" + w + ")");
                statement.execute("INSERT INTO stock (w, i, price, quantity) SELECT " + w
                        + ", i, 100 + i * 37::bigint % 9900, 10 + i % 91 FROM generate_series(1, " + scale.items()
                        + ") i");
                statement.execute("INSERT INTO district (w, d) SELECT " + w + ", d FROM generate_series(1, "
                        + TpccScale.DISTRICTS + ") d");
                statement.execute("INSERT INTO customer (w, d, c, last) SELECT " + w
                        + ", d, c, 'name' || c % 10 FROM generate_series(1, " + TpccScale.DISTRICTS
                        + ") d, generate_series(1, " + scale.customers() + ") c");
            }
            statement.execute("VACUUM ANALYZE");
        }
    }

    /** Something that may be chosen to end a circle of waiting. */
    private interface Work<T> {
        T run() throws SQLException;
    }

    private static <T> T again(Work<T> work) throws SQLException {
        while (true) {
            try {
                return work.run();
            } catch (SQLException e) {
                if (!DEADLOCK.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    private static long number(PreparedStatement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }

    @Override
    public boolean newOrder(String warehouse, int district, int customer, List<Line> lines) throws SQLException {
        List<Line> sorted = new ArrayList<>(lines);
        sorted.sort(Comparator.comparing(Line::supplier).thenComparing(Line::item));
        order = prepared(order, "SELECT order_new(?, ?, ?, ?, ?, ?)");
        Array items =
                connection.createArrayOf("int", sorted.stream().map(Line::item).toArray());
        Array suppliers = connection.createArrayOf(
                "text", sorted.stream().map(Line::supplier).toArray());
        Array quantities = connection.createArrayOf(
                "int", sorted.stream().map(Line::quantity).toArray());
        return again(() -> {
            order.setString(1, warehouse);
            order.setInt(2, district);
            order.setInt(3, customer);
            order.setArray(4, items);
            order.setArray(5, suppliers);
            order.setArray(6, quantities);
            return number(order) > 0;
        });
    }

    @Override
    public void payment(Payment payment) throws SQLException {
        pay = prepared(pay, "SELECT pay(?, ?, ?, ?, ?, ?, ?)");
        again(() -> {
            pay.setString(1, payment.warehouse());
            pay.setInt(2, payment.district());
            pay.setString(3, payment.home());
            pay.setInt(4, payment.homeDistrict());
            pay.setInt(5, payment.customer());
            pay.setString(6, payment.last());
            pay.setLong(7, payment.amount());
            return number(pay);
        });
    }

    @Override
    public void delivery(String warehouse, int carrier) throws SQLException {
        deliver = prepared(deliver, "SELECT deliver(?, ?)");
        again(() -> {
            deliver.setString(1, warehouse);
            deliver.setInt(2, carrier);
            return number(deliver);
        });
    }

    private static int rows(PreparedStatement statement) throws SQLException {
        int rows = 0;
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows++;
            }
        }
        return rows;
    }

    @Override
    public void orderStatus(String warehouse, int district, int customer) throws SQLException {
        status = prepared(status, STATUS);
        status.setString(1, warehouse);
        status.setInt(2, district);
        status.setInt(3, customer);
        rows(status);
    }

    @Override
    public void stockLevel(String warehouse, int district, int threshold) throws SQLException {
        level = prepared(level, LEVEL);
        level.setInt(1, threshold);
        level.setString(2, warehouse);
        level.setInt(3, district);
        rows(level);
    }

    @Override
    public String violated(TpccScale scale) throws SQLException {
        StringBuilder violated = new StringBuilder();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(VIOLATED)) {
            while (result.next()) {
                violated.append(result.getString(1)).append(';');
            }
        }
        return violated.toString();
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
