package io.thalweg.ledger.store.run;

import io.thalweg.ledger.store.schema.Schema;

/** Numbers that the writer and the readers of run files agree on; the package's description has the format. */
public final class RunFormat {
    static final int MAGIC = 0x4e525754; // "TWRN"
    static final int VERSION = 1;

    static final int RECORD_BLOCKS = 0;
    static final int IDS = 1;
    static final int FILTER = 2;
    static final int FENCES = 3;
    public static final int SUMS = 4;
    private static final int FIELDS = 5;

    /** Checksum u32 and first timestamp u64 of a block of the records file. */
    static final int RECORD_BLOCK_BYTES = 12;
    /** Id u128 and slot u32, relative to the run's first; {@link #ORPHAN} for none. */
    static final int ID_BYTES = 20;
    /** The first id of a block of ids. */
    static final int FENCE_BYTES = 16;
    /** Ledger u32, code u32, minute u64, count u64, sum u192. */
    public static final int SUM_BYTES = 48;
    /** Key u128 and the number of the posting behind its last u64. */
    public static final int KEY_BYTES = 24;
    /** A slot u32, relative to the run's first. */
    public static final int POSTING_BYTES = 4;

    static final int ORPHAN = -1;

    private RunFormat() {}

    public static int postings(int field) {
        return FIELDS + 2 * field;
    }

    public static int keys(int field) {
        return FIELDS + 2 * field + 1;
    }

    static int sections(Schema schema) {
        return FIELDS + 2 * schema.fields().size();
    }
}
