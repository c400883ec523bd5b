/** What is kept of secrets: never themselves. */
@NullMarked
package io.thalweg.directory.secret;

import org.jspecify.annotations.NullMarked;
