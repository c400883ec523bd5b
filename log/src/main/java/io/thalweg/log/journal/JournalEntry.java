package io.thalweg.log.journal;

import java.nio.ByteBuffer;

/**
 * One entry as the journal holds it.
 *
 * @param index its place in the shard's order; indexes increase, with gaps
 * @param term of the leader that ordered it
 * @param stampNs the leader's stamp
 * @param requests how many requests the body holds
 * @param checksum CRC-32C of the body
 * @param body the requests, see {@link io.thalweg.model.request.RequestCodec}; one buffer, little-endian, never to be changed
 * @param segment the segment that holds it, by the index of its first entry
 * @param bodyOffset where the body begins in the segment's file
 */
public record JournalEntry(
        long index,
        long term,
        long stampNs,
        int requests,
        int checksum,
        ByteBuffer body,
        long segment,
        int bodyOffset) {}
