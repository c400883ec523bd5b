/** Tests of how code of users is told from waiting for the disk. */
@NullMarked
package io.thalweg.server.javaviews.watch;

import org.jspecify.annotations.NullMarked;
