/**
 * What an operator has a node do: {@link io.thalweg.cluster.action.Actions} takes invocations, keeps them on disk, and has their
 * {@link io.thalweg.cluster.action.Handler}s run one at a time in the order in which they came, over restarts.
 *
 * <p>The file {@code DIR/agent/actions} is written whole and in one step at each change, for it is small:
 *
 * <pre>
 * file    = "ThAc" version:u16=1 action-count:i32 action* crc32c:i32 of all before it
 * action  = id:uuid kind:text args:text metadata:map headers:map requester:text created:i64 scheduled:i64 change-count:i32 change*
 * change  = at:i64 phase:u8 error:text payload:text        oldest first; times in ns since 1970; an empty text is none
 * map     = count:i32 (name:text value:text)*
 * text    = length:i32 UTF-8
 * </pre>
 */
@NullMarked
package io.thalweg.cluster.action;

import org.jspecify.annotations.NullMarked;
