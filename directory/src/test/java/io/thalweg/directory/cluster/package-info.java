@NullMarked
package io.thalweg.directory.cluster;

import org.jspecify.annotations.NullMarked;
