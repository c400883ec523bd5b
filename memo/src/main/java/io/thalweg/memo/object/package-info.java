/**
 * What memos about one object mean together. An {@link io.thalweg.memo.object.Edit} is the body of a memo that begins or changes an
 * object; its {@link io.thalweg.memo.object.Change}s say themselves how they merge, so that what an object is depends on its head
 * alone and not on what anybody knows of its topic. {@link io.thalweg.memo.object.Projection} is that meaning, {@link
 * io.thalweg.memo.object.Ancestry} tells who followed whom, {@link io.thalweg.memo.object.ObjectHistory} keeps one object's lineage and its
 * projection as memos come, in any order that respects causality. {@link io.thalweg.memo.object.TopicModel} is what a topic allows:
 * itself an object.
 *
 * <h2>How concurrent changes merge</h2>
 *
 * <p>Of the changes of one field those count that no other change of that field followed, the <em>newest</em>. There may be several,
 * when writers did not know of each other.
 *
 * <ul>
 *   <li>{@code last}: the newest one; of several the one whose memo has the greatest id, the same one everywhere
 *   <li>{@code all}: all newest ones, in the order of their memos' ids; unsetting takes away what it knew of
 *   <li>{@code counter}: the sum of all additions, of which each memo counts once
 *   <li>{@code set}: an element is in it when some insertion of it was not followed by its removal: who inserts beats who removes
 *       without knowing of it
 *   <li>a relationship: as {@code last}
 *   <li>deletion: once deleted, deleted for ever, whatever others did meanwhile
 * </ul>
 */
@NullMarked
package io.thalweg.memo.object;

import org.jspecify.annotations.NullMarked;
