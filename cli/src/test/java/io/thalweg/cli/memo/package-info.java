/** What the commands about memos say. */
@NullMarked
package io.thalweg.cli.memo;

import org.jspecify.annotations.NullMarked;
