@NullMarked
package io.thalweg.ports.clock;

import org.jspecify.annotations.NullMarked;
