/**
 * How nested collections lie in the cells of a store, and the places in them.
 *
 * <pre>
 * index     = prefix of view, version, name and slot, then a node
 * cell      = number of the schema that it was written with (varint), value
 * node      = a cell, for everything that is stored whole; otherwise, each of these after the node's own prefix:
 *   map     = 00 → size (varint; nothing when unsized); 01 key → node of the value
 *   set     = 00 → size (varint; nothing when unsized); 01 element → nothing
 *   record  = 00 → nothing;                             01 name in storage, as a key → node of the field
 *   list    = 00 → see ListOrder;                       01 id → node of the element; 02 → see ListOrder
 * </pre>
 *
 * <p>So every node is one range of the store, a range of a map is one range of cells, and a collection that became empty is still there.
 * {@link io.thalweg.index.tree.Place} is where a value stands or might stand; {@link io.thalweg.index.tree.Keyed} and
 * {@link io.thalweg.index.tree.Sequence} are what maps and sets, and lists, look like from within, stored or inline alike. What is stored
 * inline is read once when it is entered and written once when it is left ({@link io.thalweg.index.tree.Keyed#flush}).
 */
@NullMarked
package io.thalweg.index.tree;

import org.jspecify.annotations.NullMarked;
