@NullMarked
package io.thalweg.server.slab;

import org.jspecify.annotations.NullMarked;
