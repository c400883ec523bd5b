/**
 * Memos on disk: files of records, each of which is written at its end until it is full, and given up once so little in it counts that copying the rest is worth it.
 * {@link io.thalweg.memo.pack.PackFile} reads and writes one, {@link io.thalweg.memo.pack.Packs} has those of a folder. What a record means for others is
 * the store's ({@code memo.slab}).
 *
 * <h2>Files, version 2</h2>
 *
 * Little-endian; crc is the CRC-32C of what follows it up to the end of the record.
 *
 * <pre>
 * pack      := header record*                                   named %016x.pack, ascending
 * header    := "TWMP" crc version:u16=2 0:u16 number:i64
 * record    := "TWMR" crc length:u32 type:u8 arrival:i64 durable:u32 content{length - 13}
 *              durable is how many bytes of the pack had been forced when the record was written
 * content   := 1 memo: id:32 signed:u8 [key:44 signature:64] form
 *            | 2 reference: id:32 form                          the form without its body: known, not held
 *            | 3 dropped: id:32 form                            likewise, with what it added to counters as its body
 * </pre>
 *
 * Of several records about one memo the last one counts. What was not forced may be missing from the newest pack, in any part: it is kept aside and
 * cut before the first record that is not whole and lies behind everything that is known to have been forced. Anywhere else a record that does not
 * have its checksum is rot: it is skipped, and what it held is asked of others.
 */
@NullMarked
package io.thalweg.memo.pack;

import org.jspecify.annotations.NullMarked;
