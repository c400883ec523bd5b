/** What holds of the small Raft, whatever happens to its members and roads. */
@NullMarked
package io.thalweg.testkit.raft;

import org.jspecify.annotations.NullMarked;
