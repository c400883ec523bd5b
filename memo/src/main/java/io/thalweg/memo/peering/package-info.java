/**
 * How slabs talk: {@link io.thalweg.memo.peering.Message}s over a wire that may lose, repeat and reorder them. Nothing is sent to who has
 * it: a memo goes to a peer that asked for it, or from its writer to a peer that cannot have it yet.
 *
 * <pre>
 * beat      I live, for so long probably, here; so far have I come, this is the digest of what I know, these are others that I know
 * have      I hold these memos, and have checked them: news of what came, acknowledgement of what was sent
 * want      send me these
 * offer     hold these for me          answered by have, want, or absent when there is no room
 * memos     here they are
 * absent    I do not hold these        evicted, never had, or not accepted
 * list      what came to you from this number on?     answered by
 * listing   these, and so on from that number
 * fetch     send me those that came to you under these numbers
 * leaving   I would let go of these    answered by
 * stay      I hold these, and no longer count on you
 * </pre>
 *
 * <p>A slab that comes late or back asks one peer for what came since they last spoke, by that peer's own numbers: what it costs is what it misses.
 * As long as digests are equal nothing but beats is sent.
 *
 * <p>{@link io.thalweg.memo.peering.Departure} is the protocol by which a copy is let go, for one memo on one slab.
 */
@NullMarked
package io.thalweg.memo.peering;

import org.jspecify.annotations.NullMarked;
