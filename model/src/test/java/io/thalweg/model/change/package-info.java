@NullMarked
package io.thalweg.model.change;

import org.jspecify.annotations.NullMarked;
