/**
 * A store of memos that lives among others of its kind. {@link io.thalweg.memo.slab.Slab} is the agent: a state machine that is told
 * what arrives and how late it is, and writes to a disk and to a wire; it starts no thread and reads no clock of its own. It keeps
 * what comes in a {@link io.thalweg.memo.slab.MemoStore}, keeps what cannot be placed yet in {@link io.thalweg.memo.slab.WaitingMemos}, knows
 * others as {@link io.thalweg.memo.slab.Peer}s, and makes and lets go of copies as the durability score asks ({@link
 * io.thalweg.memo.slab.Upkeep}). {@link io.thalweg.memo.slab.Objects} is what doors use: topics and objects made of memos.
 *
 * <h2>Duties of a slab</h2>
 *
 * <ol>
 *   <li>keeps memos for its lifetime, and finds them again after a crash
 *   <li>keeps to its quotas for storage, memory and bandwidth
 *   <li>knows some of the holders of each memo, by gossip
 *   <li>reports how long it expects to live
 *   <li>scores all memos that it holds
 *   <li>pushes copies of those below their target
 *   <li>beats
 *   <li>counts holders for less the longer they are silent
 *   <li>accepts copies while it has room
 *   <li>lets go of what was not used for the longest when it has none
 *   <li>says what came and what went
 * </ol>
 *
 * <h2>Files, version 2</h2>
 *
 * Little-endian; crc is the CRC-32C of what follows it up to the end of the record.
 *
 * <pre>
 * directory := SLAB [AUTHOR] [PLACES] [FORGOTTEN] pack*         AUTHOR: see SlabAuthor; PLACES: see Places; FORGOTTEN: see ForgottenTenants
 * SLAB      := "TWSI" crc version:u8=1 id:16 starts:i64         see SlabIdentity
 * pack      := named %016x.pack, ascending                      see io.thalweg.memo.pack
 * </pre>
 */
@NullMarked
package io.thalweg.memo.slab;

import org.jspecify.annotations.NullMarked;
