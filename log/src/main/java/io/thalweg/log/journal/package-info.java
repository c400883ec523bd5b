/**
 * One shard's entries as checksummed frames in segments: {@link io.thalweg.log.journal.Journal} appends, forces and reads them;
 * {@code Recovery} finds at a start what a crash left of them, and destroys nothing before it knows that it can go on; {@code Manifest} says
 * which files there are. Knows entries, not streams: what is in a body is the matter of the package above, which also has the formats.
 *
 * <p>One thread writes; any number reads what has been appended.
 */
@NullMarked
package io.thalweg.log.journal;

import org.jspecify.annotations.NullMarked;
