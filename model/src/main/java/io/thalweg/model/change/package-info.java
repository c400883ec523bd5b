/**
 * What became different in a document of maps, lists and scalars, as JSON has them: found on a node, applied by whoever keeps a copy. Both sides
 * can tell by a checksum whether they have the same.
 */
@NullMarked
package io.thalweg.model.change;

import org.jspecify.annotations.NullMarked;
