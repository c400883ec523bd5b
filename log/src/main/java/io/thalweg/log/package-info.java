/**
 * The log on disk. A {@link io.thalweg.log.journal.Journal} keeps one shard's entries as checksummed frames in segments; an {@link
 * io.thalweg.log.EventIndex} finds a sequence of a stream in them without scanning; an {@link io.thalweg.log.EventReader}
 * serves what has been applied; {@link io.thalweg.log.Retention} gives space back; {@link io.thalweg.log.Verifier} checks all of
 * it offline. Nothing here runs on its own: background work is a method that its owner calls.
 *
 * <h2>Files, version 2</h2>
 *
 * <p>Little-endian. {@code crc} is the CRC-32C of what follows it up to the end of the record, unless said otherwise.
 *
 * <pre>
 * directory := MANIFEST FORCED segment* index*
 * names     := %020d.seg %020d.idx            the index of the first entry
 *              %020d-%04d.seg %020d-%04d.idx  the same, compacted: generation 1 and up
 *
 * segment   := header frame* zero*            while it is written to; zeros are room made ahead
 *            | header frame*                  complete
 *            | header frame* footer           complete, in version 1
 * header    := "TWSG" crc version:u16 0:u16 generation:u32 base:i64 previous:i64 salt:i64
 *              previous is the base of the segment before, -1 for none
 * frame     := "TWFR" crc index:i64 term:i64 stampNs:i64 durable:u32 requests:u32 length:u32 bodyCrc:u32 body
 *              crc covers salt, the frame's offset (8 bytes each) and the fields up to bodyCrc; bodyCrc covers the body;
 *              durable is how many bytes of the segment had been forced when the frame was written
 * footer    := "TWFT" crc length:u32 frames:u32 lastIndex:i64 content:32 previousChain:32 chain:32
 *              crc covers salt and what follows; length is that of header and frames, content their SHA-256;
 *              chain is the SHA-256 of previousChain and content, and stays that of generation 0
 * body      := see {@link io.thalweg.model.request.RequestCodec}; events in it see {@link io.thalweg.model.event.EventCodec}
 *
 * index     := iheader block* [summary trailer]
 * iheader   := "TWIX" crc version:u32 generation:u32 base:i64
 * block     := "TWBL" crc lastIndex:i64 bytes:u32 streams:u32 run{streams}
 *              lastIndex is the entry up to which the index was complete with this block
 * run       := log:16 partition:i32 extents:varint firstSequence:i64 firstTimestampNs:i64 extent{extents}
 * extent    := gap:varint length:varint events:varint timestampDelta:varint
 *              gap is from the end of the extent before (from 0 for the first); the sequence follows that of the one before
 * summary   := "TWSM" crc lastIndex:i64 bytes:u32 streams:u32 share{streams}
 * share     := log:16 partition:i32 firstSequence:i64 lastSequence:i64 bytes:i64 firstTimestampNs:i64 lastTimestampNs:i64
 * trailer   := "TWTR" crc summaryOffset:i64
 *
 * MANIFEST  := "TWMF" crc version:u32 0:u32 record*
 * record    := "TWMR" crc kind:u8 0:24 generation:u32 base:i64 lastIndex:i64 length:u32 frames:u32 content:32 chain:32
 *              crc covers the crc of the record before (8 bytes) and what follows
 * kind      := 0 sealed, 1 compacted: with footer, content and chain, in version 1
 *            | 2 deleted
 *            | 3 mark: a snapshot relies on length bytes of the segment, and frames bytes of its index
 *            | 4 closed, 5 rewritten: the same as 0 and 1 without hashes
 *
 * FORCED    := note zero* note             at 0 and 4096, written in turn, the greater number counts
 * note      := "TWFN" crc number:i64 base:i64 salt:i64 end:u32 0:u32
 *              that segment's bytes were durable up to end when this was written; base -1 says nothing
 * </pre>
 *
 * <p>A record that is not whole or does not have its checksum is a {@link io.thalweg.ports.disk.CorruptionException} that names file
 * and offset. The exceptions are traces of a crash, which can only be at an end: of the newest segment (see {@link
 * io.thalweg.log.journal.Journal}), of the manifest, of the index file behind what the newest mark relies on, and, in a directory that
 * a program of version 1 left, the footer of the segment that was sealed last, which is written again. A version 1 manifest is
 * written anew as version 2 by the first start.
 */
@NullMarked
package io.thalweg.log;

import org.jspecify.annotations.NullMarked;
