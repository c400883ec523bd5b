/** Whom commands believe. */
@NullMarked
package io.thalweg.cli.api;

import org.jspecify.annotations.NullMarked;
