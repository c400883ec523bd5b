/**
 * The five transactions of TPC-C, in the mix that the specification says, on a node with the view {@code Tpcc} of the examples and on PostgreSQL: the same
 * transactions by the same terminals, each of which has one under way and does not think.
 */
@NullMarked
package io.thalweg.bench.tpcc;

import org.jspecify.annotations.NullMarked;
