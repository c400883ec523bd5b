/** Tests of the dealing out of time. */
@NullMarked
package io.thalweg.view.schedule;

import org.jspecify.annotations.NullMarked;
