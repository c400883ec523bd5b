@NullMarked
package io.thalweg.cluster;

import org.jspecify.annotations.NullMarked;
