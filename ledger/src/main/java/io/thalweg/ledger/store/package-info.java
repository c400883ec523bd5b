/**
 * Append-only records of a fixed size on disk, with the indexes that the ledger needs to find them: by id, by timestamp, by
 * field. {@link io.thalweg.ledger.store.Records} is the way in.
 *
 * <p>The files of a store called {@code transfers}, all little-endian, in blocks of 16 KiB:
 *
 * <pre>
 * transfers.records             record*                       slot n is at n * record bytes; grows, never changes
 * transfers-NNNNNNNNNNNN.run    block* description            index of a range of slots; immutable
 *   description                 magic "TWRN" u32, version u32, level u32, from u64, to u64,
 *                               smallest id u128, largest id u128, number of sections u32,
 *                               (first block u64, entries u64, bytes of an entry u32)*,
 *                               blocks u64, (CRC-32C u32)* of each block
 *   sections, in this order     blocks of records, ids, filter of the ids, first id of each block of ids, sums,
 *                               then postings and keys of each field: see {@link io.thalweg.ledger.store.run.RunFormat}
 * transfers-NNNNNNNNNNNN.tail   magic "TWTL" u32, CRC-32C u32, version u32, number u64, from u64, count u64,
 *                               n u32, (CRC-32C u32)* of each block of records from slot "from" on,
 *                               n u32, (u64)* orphans, low half and high half
 * *.part, *.tmp                 a file that is being written; worth nothing after a crash
 * </pre>
 *
 * <p>Where the ids of a run's records ascend, ids and filter are empty, and there is the first id of each block of records instead.
 *
 * <p>An entry never crosses the end of a block. A run's checksum is in the manifest that names it, a block's is in the
 * description of its run, and those of the records' blocks are in the runs too, or in the tail: so each block that is read can
 * be told from an older one, and from one of another file. A manifest is the caller's to keep; it names the runs and one tail.
 */
@NullMarked
package io.thalweg.ledger.store;

import org.jspecify.annotations.NullMarked;
