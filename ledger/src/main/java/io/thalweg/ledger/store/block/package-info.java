/**
 * Files in blocks of 16 KiB, each with its checksum: {@link io.thalweg.ledger.store.block.BlockFile} reads and checks one, {@link
 * io.thalweg.ledger.store.block.BlockCache} keeps those that are asked for often, a {@link io.thalweg.ledger.store.block.Section} is a
 * row of entries of one size over several blocks.
 */
@NullMarked
package io.thalweg.ledger.store.block;

import org.jspecify.annotations.NullMarked;
