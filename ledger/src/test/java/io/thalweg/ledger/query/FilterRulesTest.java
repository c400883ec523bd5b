package io.thalweg.ledger.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ledger.layout.AccountFilterLayout;
import io.thalweg.ledger.layout.QueryFilterLayout;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class FilterRulesTest {
    private static ByteBuffer account(Consumer<ByteBuffer> change) {
        ByteBuffer filter = RandomRecords.bytes(AccountFilterLayout.BYTES);
        filter.putLong(AccountFilterLayout.ACCOUNT_ID, 7);
        filter.putInt(AccountFilterLayout.LIMIT, 10);
        filter.putInt(AccountFilterLayout.FLAGS, AccountFilterLayout.FLAG_DEBITS);
        change.accept(filter);
        return filter;
    }

    private static ByteBuffer query(Consumer<ByteBuffer> change) {
        ByteBuffer filter = RandomRecords.bytes(QueryFilterLayout.BYTES);
        filter.putInt(QueryFilterLayout.LIMIT, 10);
        change.accept(filter);
        return filter;
    }

    @Test
    void anAccountFilterThatBreaksARuleIsNone() {
        assertThat(AccountFilter.parse(account(_ -> {}))).isNotNull();
        assertThat(AccountFilter.parse(
                        account(f -> f.putInt(AccountFilterLayout.LIMIT, -1)).slice()))
                .extracting(AccountFilter::limit)
                .isEqualTo(Integer.MAX_VALUE);
        for (int flags = 0; flags < 32; flags++) {
            int f = flags;
            assertThat(AccountFilter.parse(account(b -> b.putInt(AccountFilterLayout.FLAGS, f))) != null)
                    .as("flags %d", flags)
                    .isEqualTo((flags & 3) != 0 && flags < 8);
        }
        assertThat(AccountFilter.parse(account(f -> f.putLong(0, 0)))).isNull();
        assertThat(AccountFilter.parse(account(f -> f.putLong(0, -1)))).isNotNull();
        assertThat(AccountFilter.parse(account(f -> f.putLong(0, -1).putLong(8, -1))))
                .isNull();
        assertThat(AccountFilter.parse(account(f -> f.putInt(AccountFilterLayout.LIMIT, 0))))
                .isNull();
        for (int i = 0; i < AccountFilterLayout.RESERVED_BYTES; i++) {
            int at = AccountFilterLayout.RESERVED + i;
            assertThat(AccountFilter.parse(account(f -> f.put(at, (byte) 1)))).isNull();
        }
        assertTimes((min, max) -> AccountFilter.parse(account(f -> f.putLong(AccountFilterLayout.TIMESTAMP_MIN, min)
                        .putLong(AccountFilterLayout.TIMESTAMP_MAX, max)))
                != null);
    }

    @Test
    void aQueryFilterThatBreaksARuleIsNone() {
        assertThat(QueryFilter.parse(query(_ -> {}))).isNotNull();
        assertThat(QueryFilter.parse(query(f -> f.putInt(QueryFilterLayout.FLAGS, 1))))
                .isNotNull();
        assertThat(QueryFilter.parse(query(f -> f.putInt(QueryFilterLayout.FLAGS, 2))))
                .isNull();
        assertThat(QueryFilter.parse(query(f -> f.putInt(QueryFilterLayout.LIMIT, 0))))
                .isNull();
        for (int i = 0; i < QueryFilterLayout.RESERVED_BYTES; i++) {
            int at = QueryFilterLayout.RESERVED + i;
            assertThat(QueryFilter.parse(query(f -> f.put(at, (byte) 1)))).isNull();
        }
        assertTimes((min, max) -> QueryFilter.parse(query(f ->
                        f.putLong(QueryFilterLayout.TIMESTAMP_MIN, min).putLong(QueryFilterLayout.TIMESTAMP_MAX, max)))
                != null);
    }

    private interface Times {
        boolean valid(long min, long max);
    }

    private static void assertTimes(Times times) {
        assertThat(times.valid(1, Long.MAX_VALUE)).isTrue();
        assertThat(times.valid(5, 5)).isTrue();
        assertThat(times.valid(5, 0)).isTrue();
        assertThat(times.valid(6, 5)).isFalse();
        assertThat(times.valid(-1, 0)).isFalse();
        assertThat(times.valid(0, -1)).isFalse();
        assertThat(times.valid(Long.MIN_VALUE, 0)).isFalse();
        assertThat(times.valid(0, Long.MIN_VALUE)).isFalse();
    }
}
