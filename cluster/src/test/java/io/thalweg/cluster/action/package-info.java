@NullMarked
package io.thalweg.cluster.action;

import org.jspecify.annotations.NullMarked;
