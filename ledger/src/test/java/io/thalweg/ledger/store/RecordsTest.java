package io.thalweg.ledger.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RecordsTest {

    @Test
    void whatIsAppendedIsFoundAndWhatIsRemovedIsNot() throws Exception {
        try (BlockCache cache = new BlockCache(1 << 20);
                Records records = Records.open(
                        new io.thalweg.disk.FileDisk(),
                        Path.of("target/records"),
                        "transfers",
                        Schema.TRANSFERS,
                        StoreOptions.DEFAULT.withBarRecords(256),
                        cache,
                        Runnable::run,
                        null)) {
            for (int i = 0; i < 20_000; i++) {
                long slot = records.append();
                MemorySegment memory = records.memory(slot);
                memory.set(Field.U64, records.offset(slot), 3L * i + 1);
                memory.set(Field.U64, records.offset(slot) + 120, 10L * i + 10);
                records.appended(slot);
                if (i % 1000 == 999) {
                    records.removeFrom(slot);
                    slot = records.append();
                    records.memory(slot).set(Field.U64, records.offset(slot), 3L * i + 1);
                    records.memory(slot).set(Field.U64, records.offset(slot) + 120, 10L * i + 10);
                    records.appended(slot);
                    records.orphan(3L * i + 2, 0);
                }
            }
            records.publish();
            for (int i = 0; i < 20_000; i++) {
                assertThat(records.find(3L * i + 1, 0)).isEqualTo(i);
                assertThat(records.find(3L * i + 2, 0)).isEqualTo(i % 1000 == 999 ? Records.ORPHAN : Records.NONE);
                assertThat(records.slotOf(10L * i + 10)).isEqualTo(i);
                assertThat(records.lowerBound(10L * i + 5)).isEqualTo(i);
            }
        }
    }
}
