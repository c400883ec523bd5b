/**
 * Runs: immutable indexes of a range of slots, and how they come about. A {@link io.thalweg.ledger.store.run.RunBuilder} makes one of
 * records in memory ({@link io.thalweg.ledger.store.run.RecordMemory}), a {@link io.thalweg.ledger.store.run.RunMerge} one of several,
 * section by section; {@link io.thalweg.ledger.store.run.Run} is the reader. The format stands in {@link
 * io.thalweg.ledger.store.run.RunFormat} and in the introduction of the package above. Any thread may read a run; one thread builds.
 */
@NullMarked
package io.thalweg.ledger.store.run;

import org.jspecify.annotations.NullMarked;
