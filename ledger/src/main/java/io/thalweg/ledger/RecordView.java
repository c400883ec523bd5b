package io.thalweg.ledger;

import io.thalweg.ledger.layout.EventLayout;
import io.thalweg.ledger.store.Records;
import java.lang.foreign.MemorySegment;

/** Stands on one record at a time: in place while it is in memory, else on a copy of its own. One thread. */
final class RecordView {
    private final Records records;
    private final MemorySegment copy = MemorySegment.ofArray(new long[EventLayout.BYTES / 8]);
    private MemorySegment memory = copy;
    private long offset;

    RecordView(Records records) {
        this.records = records;
    }

    void stand(long slot) {
        if (records.inMemory(slot)) {
            memory = records.memory(slot);
            offset = records.offset(slot);
        } else {
            records.read(slot, copy, 0);
            memory = copy;
            offset = 0;
        }
    }

    MemorySegment memory() {
        return memory;
    }

    long offset() {
        return offset;
    }
}
