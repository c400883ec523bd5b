package io.thalweg.server.javaviews;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.index.store.Cursor;
import io.thalweg.index.store.MemoryStore;
import io.thalweg.index.store.Overlay;
import io.thalweg.index.store.Reading;
import io.thalweg.model.TenantId;
import io.thalweg.model.ThalwegException;
import io.thalweg.server.javaviews.reading.BorrowedMoment;
import io.thalweg.view.java.query.Moment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A moment that is borrowed reads as the one that is lent, and is had back whatever becomes of who has it. */
final class LentMomentsTest {
    private static final TenantId TENANT = new TenantId(UUID.randomUUID());
    private static final int LARGE = 40 << 10;

    private final AtomicLong nowNs = new AtomicLong();
    private final LentMoments lent = new LentMoments(nowNs::get);
    private final MemoryStore store = new MemoryStore();
    private final AtomicInteger open = new AtomicInteger();

    private Moment moment() {
        Moment its = Moment.of(store);
        open.incrementAndGet();
        return new Moment() {
            @Override
            public Reading partition(int number) {
                return its.partition(number);
            }

            @Override
            public void close() {
                open.decrementAndGet();
                its.close();
            }
        };
    }

    private BorrowedMoment borrow(long id) {
        return new BorrowedMoment(new BorrowedMoment.Lender() {
            @Override
            public byte[] page(byte[] from, byte[] to, boolean reverse, int bytesMax) {
                return lent.page(id, from, to, reverse, bytesMax);
            }

            @Override
            public void back() {
                lent.back(id);
            }
        });
    }

    private static byte[] key(Random random) {
        byte[] key = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(8) * 36);
        }
        return key;
    }

    private static String shown(Cursor cursor) {
        return HexFormat.of().formatHex(cursor.key()) + "=" + cursor.value().length;
    }

    /** Goes through cells as code of paths does, by steps and leaps that are the same for the same seed. */
    private static List<String> walk(Reading cells, Random random) {
        List<String> seen = new ArrayList<>();
        byte[] one = key(random);
        byte[] other = key(random);
        boolean inOrder = Arrays.compareUnsigned(one, other) < 0;
        boolean reverse = random.nextBoolean();
        try (Cursor cursor = cells.cursor(inOrder ? one : other, inOrder ? other : one, reverse)) {
            while (cursor.valid()) {
                seen.add(shown(cursor));
                if (random.nextInt(4) == 0) {
                    cursor.seek(key(random));
                } else {
                    cursor.next();
                }
            }
        }
        return seen;
    }

    @Test
    void whatIsBorrowedReadsAsWhatIsLentAlsoAfterItHasChanged() {
        long seed = Long.getLong("thalweg.seed", new Random().nextLong());
        Random random = new Random(seed);
        Overlay cells = new Overlay(store.latest());
        for (int i = 0; i < 300; i++) {
            cells.put(key(random), new byte[random.nextInt(20) == 0 ? LARGE : random.nextInt(200)]);
        }
        store.commit(cells.changes());
        Moment here = moment();
        long id = lent.lend(TENANT, here);
        try (BorrowedMoment borrowed = borrow(id)) {
            Overlay later = new Overlay(store.latest());
            later.put(new byte[] {36}, new byte[999]);
            later.deleteRange(new byte[] {72}, new byte[] {108});
            store.commit(later.changes());
            Reading far = borrowed.partition(0);
            Reading near = here.partition(0);
            for (int i = 0; i < 400; i++) {
                long walk = random.nextLong();
                assertThat(walk(far, new Random(walk)))
                        .as("seed %s, walk %s", seed, i)
                        .isEqualTo(walk(near, new Random(walk)));
                byte[] key = key(random);
                assertThat(far.get(key)).isEqualTo(near.get(key));
                assertThat(far.has(key)).isEqualTo(near.has(key));
            }
        }
        assertThat(open).as("moments that are open").hasValue(0);
    }

    private void borrowAll(TenantId tenant) {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        long _ = lent.lend(tenant, moment());
                    }
                })
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("256 of them to this tenant");
    }

    @Test
    void whatNobodyReadsIsHadBackAndATenantHasAnEighth() {
        long read = lent.lend(TENANT, moment());
        long idle = lent.lend(TENANT, moment());
        byte[] _ = lent.page(idle, new byte[] {0}, new byte[] {1}, false, 1);
        long _ = lent.lend(TENANT, moment());
        nowNs.addAndGet(Duration.ofSeconds(25).toNanos());
        byte[] _ = lent.page(read, new byte[] {0}, new byte[] {1}, false, 1);
        lent.look();
        assertThat(open).as("but for the one that nobody has read").hasValue(2);
        nowNs.addAndGet(Duration.ofSeconds(20).toNanos());
        lent.look();
        assertThat(open).hasValue(1);
        assertThatThrownBy(() -> lent.page(idle, new byte[] {0}, new byte[] {1}, false, 1))
                .isInstanceOf(ThalwegException.class)
                .hasMessageContaining("not lent any more");
        borrowAll(TENANT);
        assertThat(open).as("an eighth of 2,048").hasValue(256);
        borrowAll(new TenantId(UUID.randomUUID()));
        long _ = lent.lend(new TenantId(UUID.randomUUID()), moment());
        assertThat(open).hasValue(513);
        lent.back(read);
        long _ = lent.lend(TENANT, moment());
        assertThat(open).as("in the place of the one that came back").hasValue(513);
        lent.end();
        assertThat(open).hasValue(0);
        assertThatThrownBy(() -> lent.lend(TENANT, moment())).isInstanceOf(ThalwegException.class);
        assertThat(open).hasValue(0);
    }
}
