import io.thalweg.bench.ledger.LedgerDriver;
import io.thalweg.bench.ledger.LedgerLoad;
import io.thalweg.bench.ledger.Transfers;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/**
 * The textbook's book on PostgreSQL: a table of accounts with their balances and one of transfers, a request one transaction.
 * The statements of a request go out in one JDBC batch. Started as a single-file program beside the driver; the target is a
 * JDBC address.
 */
final class PostgresLoad implements LedgerDriver {
    private static final String SCHEMA = """
        CREATE TABLE IF NOT EXISTS accounts (
            id numeric(39) PRIMARY KEY, debits_posted numeric(39) NOT NULL DEFAULT 0,
            credits_posted numeric(39) NOT NULL DEFAULT 0, ledger int NOT NULL, code int NOT NULL);
        CREATE TABLE IF NOT EXISTS transfers (
            id numeric(39) PRIMARY KEY, debit_account_id numeric(39) NOT NULL REFERENCES accounts,
            credit_account_id numeric(39) NOT NULL REFERENCES accounts, amount numeric(39) NOT NULL,
            ledger int NOT NULL, code int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE INDEX IF NOT EXISTS transfers_debit ON transfers (debit_account_id, at);
        CREATE INDEX IF NOT EXISTS transfers_credit ON transfers (credit_account_id, at);
        """;

    private final Connection connection;
    private final PreparedStatement insert;
    private final PreparedStatement update;

    private PostgresLoad(String target) throws SQLException {
        connection = DriverManager.getConnection(target);
        try (Statement statement = connection.createStatement()) {
            statement.execute(SCHEMA);
        }
        connection.setAutoCommit(false);
        insert = connection.prepareStatement(
                "INSERT INTO transfers (id, debit_account_id, credit_account_id, amount, ledger, code)"
                        + " VALUES (?::numeric, ?, ?, ?, 1, 1)");
        update = connection.prepareStatement("UPDATE accounts SET debits_posted = debits_posted + ?,"
                + " credits_posted = credits_posted + ? WHERE id = ?");
    }

    public static void main(String[] arguments) throws Exception {
        LedgerLoad.serve(PostgresLoad::new);
    }

    @Override
    public void createAccounts(int count) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO accounts (id, ledger, code) SELECT n, 1, 1 FROM generate_series(1, " + count
                    + ") n ON CONFLICT DO NOTHING");
        }
        connection.commit();
    }

    @Override
    public Request request(Transfers transfers) throws SQLException {
        if (transfers.phase != Transfers.Phase.SINGLE) {
            throw new UnsupportedOperationException("the textbook has one phase");
        }
        String[] ids = new String[transfers.count()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = decimal(transfers.idLow[i], transfers.idHigh[i]);
        }
        long[] debits = transfers.debit.clone();
        long[] credits = transfers.credit.clone();
        long[] amounts = transfers.amount.clone();
        return () -> book(ids, debits, credits, amounts);
    }

    private void book(String[] ids, long[] debits, long[] credits, long[] amounts) throws SQLException {
        TreeMap<Long, long[]> balances = new TreeMap<>();
        for (int i = 0; i < ids.length; i++) {
            insert.setString(1, ids[i]);
            insert.setLong(2, debits[i]);
            insert.setLong(3, credits[i]);
            insert.setLong(4, amounts[i]);
            insert.addBatch();
            balances.computeIfAbsent(debits[i], _ -> new long[2])[0] += amounts[i];
            balances.computeIfAbsent(credits[i], _ -> new long[2])[1] += amounts[i];
        }
        // One update an account and in order of accounts: fewer, and no two transactions wait for each other in a
        // circle.
        for (Map.Entry<Long, long[]> entry : balances.entrySet()) {
            update.setLong(1, entry.getValue()[0]);
            update.setLong(2, entry.getValue()[1]);
            update.setLong(3, entry.getKey());
            update.addBatch();
        }
        insert.executeBatch();
        update.executeBatch();
        connection.commit();
    }

    private static String decimal(long low, long high) {
        byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        return new BigInteger(1, bytes).toString();
    }

    @Override
    public int newest(long account, int limit) throws SQLException {
        String sql = "SELECT * FROM transfers WHERE debit_account_id = " + account + " OR credit_account_id = "
                + account + " ORDER BY at DESC LIMIT " + limit;
        int rows = 0;
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                rows++;
            }
        }
        connection.commit();
        return rows;
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
