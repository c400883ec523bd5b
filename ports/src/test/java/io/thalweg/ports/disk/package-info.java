/** The disk that tests of the modules above share. */
@NullMarked
package io.thalweg.ports.disk;

import org.jspecify.annotations.NullMarked;
