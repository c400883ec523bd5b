@NullMarked
package io.thalweg.cluster.plan;

import org.jspecify.annotations.NullMarked;
