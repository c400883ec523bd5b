/** Tests of what a view keeps on disk. */
@NullMarked
package io.thalweg.view.state;

import org.jspecify.annotations.NullMarked;
