/**
 * What {@code bench memos} measures beside one node's objects: slabs that join it, the libraries and stores that stand for the same job elsewhere, and the upkeep of
 * scores. Peers that are not on the machine are said to be absent, and never left out in silence.
 */
@NullMarked
package io.thalweg.bench.memos;

import org.jspecify.annotations.NullMarked;
